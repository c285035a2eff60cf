#include "vision/camera_name.h"

#include <string.h>

#include "base/text.h"

#define OPTION_TEXT_MAX 32

static const struct {
    const char *prefix;
    bool has_devices; /* a list with options; else all that follows is one path */
} kinds[] = {
    [CAMERA_SHM] = {"shm:", false},
    [CAMERA_SEQUENCE] = {"sequence:", false},
    [CAMERA_V4L2] = {"v4l2:", true},
    [CAMERA_GENICAM] = {"genicam:", true},
};
_Static_assert(sizeof kinds / sizeof *kinds == CAMERA_KIND_COUNT, "a row a kind");

static bool has_prefix(const char *text, const char *prefix) {
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

bool camera_name_is_simulated(const char *text) {
    return has_prefix(text, kinds[CAMERA_SHM].prefix);
}

static enum result add_device(const char *text, const char *device, size_t length,
                              struct camera_name *name, struct error *err) {
    if (length == 0)
        return error_set(err, RESULT_FORMAT, "'%s': an empty name; expected " CAMERA_NAME_SHAPES,
                         text);
    if (length >= CAMERA_DEVICE_MAX)
        return error_set(err, RESULT_LIMIT, "'%.60s...': a name of %zu bytes, expected below %d",
                         text, length, CAMERA_DEVICE_MAX);
    if (name->device_count == CAMERA_COUNT_MAX)
        return error_set(err, RESULT_LIMIT, "'%s': too many cameras, expected %d at most", text,
                         CAMERA_COUNT_MAX);
    char *target = name->devices[name->device_count];
    memcpy(target, device, length);
    target[length] = '\0';
    for (uint32_t i = 0; i < name->device_count; i++)
        if (strcmp(name->devices[i], target) == 0)
            return error_set(err, RESULT_INVALID, "'%s': %s stands there twice", text, target);
    name->device_count++;
    return RESULT_OK;
}

/* One `key=value`. */
static enum result take_option(const char *text, const char *option, size_t length,
                               struct camera_name *name, struct error *err) {
    const struct {
        const char *key;
        double *value, most;
    } rows[] = {{"rate=", &name->rate_hz, CAMERA_RATE_HZ_MAX},
                {"exposure_us=", &name->exposure_us, CAMERA_EXPOSURE_US_MAX}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        size_t key = strlen(rows[i].key);
        char number[OPTION_TEXT_MAX] = "";
        double value = 0;
        if (length < key || strncmp(option, rows[i].key, key) != 0) continue;
        if (*rows[i].value > 0)
            return error_set(err, RESULT_FORMAT, "'%s': %.*s stands there twice", text,
                             (int)key - 1, option);
        if (length - key < sizeof number) memcpy(number, option + key, length - key);
        bool is_number = text_to_double(number, &value) == RESULT_OK;
        if (!is_number || !(value > 0 && value <= rows[i].most))
            return error_set(err, is_number ? RESULT_RANGE : RESULT_FORMAT,
                             "'%s': %.*s, expected a number above 0, at most %.0f", text,
                             (int)length, option, rows[i].most);
        *rows[i].value = value;
        return RESULT_OK;
    }
    return error_set(err, RESULT_FORMAT, "'%s': option '%.*s', expected rate=HZ or exposure_us=N",
                     text, (int)length, option);
}

/* DEVICE[+DEVICE...][,OPTION...] */
static enum result take_devices(const char *text, const char *at, struct camera_name *name,
                                struct error *err) {
    size_t length = strcspn(at, "+,");
    enum result result = add_device(text, at, length, name, err);
    for (at += length; result == RESULT_OK && *at == '+'; at += length) {
        at++;
        length = strcspn(at, "+,");
        result = add_device(text, at, length, name, err);
    }
    for (; result == RESULT_OK && *at == ','; at += length) {
        at++;
        length = strcspn(at, ",");
        result = take_option(text, at, length, name, err);
    }
    if (result == RESULT_OK && name->rate_hz * name->exposure_us > 1e6)
        return error_set(err, RESULT_RANGE,
                         "'%s': %g us of exposure do not go into a frame of %g a second", text,
                         name->exposure_us, name->rate_hz);
    return result;
}

enum result camera_name_parse(const char *text, struct camera_name *ret_name, struct error *err) {
    struct camera_name name = {0};
    int kind = 0;
    while (kind < CAMERA_KIND_COUNT && !has_prefix(text, kinds[kind].prefix)) kind++;
    if (kind == CAMERA_KIND_COUNT)
        return error_set(err, RESULT_FORMAT, "'%s': expected " CAMERA_NAME_SHAPES, text);
    name.kind = (enum camera_kind)kind;
    const char *rest = text + strlen(kinds[kind].prefix);
    enum result result = kinds[kind].has_devices ? take_devices(text, rest, &name, err)
                                                 : add_device(text, rest, strlen(rest), &name, err);
    if (result == RESULT_OK) *ret_name = name;
    return result;
}
