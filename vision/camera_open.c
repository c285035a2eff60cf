#include "vision/camera_open.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "vision/camera_genicam.h"
#include "vision/camera_join.h"
#include "vision/camera_sequence.h"
#include "vision/camera_shm.h"
#include "vision/camera_v4l2.h"

static bool has_devices(const struct camera_name *name) {
    return name->kind == CAMERA_V4L2 || name->kind == CAMERA_GENICAM;
}

static enum result check_count(const char *text, const struct camera_name *name,
                               const struct camera_set *set, struct error *err) {
    if (!has_devices(name) || name->device_count == set->count) return RESULT_OK;
    return error_set(err, RESULT_RANGE,
                     "'%s': %u camera(s), expected as many as are calibrated, in that order: %u",
                     text, name->device_count, set->count);
}

static enum result open_device(const struct camera_name *name, uint32_t index,
                               const struct camera_model *model, struct camera_source **ret_source,
                               struct error *err) {
    if (name->kind == CAMERA_V4L2) {
        const struct v4l2_settings settings = {.device = name->devices[index],
                                               .width = model->width_px,
                                               .height = model->height_px,
                                               .rate_hz = name->rate_hz,
                                               .exposure_ns = (int64_t)(name->exposure_us * 1000)};
        return camera_v4l2_open(&settings, ret_source, err);
    }
    const struct genicam_settings settings = {.device = name->devices[index],
                                              .width = model->width_px,
                                              .height = model->height_px,
                                              .rate_hz = name->rate_hz,
                                              .exposure_us = name->exposure_us};
    return camera_genicam_open(&settings, ret_source, err);
}

static enum result open_devices(const struct camera_name *name, const struct camera_set *set,
                                struct camera_source **ret_source, struct error *err) {
    struct camera_source *parts[CAMERA_COUNT_MAX] = {0};
    enum result result = RESULT_OK;
    for (uint32_t i = 0; result == RESULT_OK && i < name->device_count; i++)
        result = open_device(name, i, &set->cameras[i].model, &parts[i], err);
    if (result != RESULT_OK)
        for (uint32_t i = 0; i < name->device_count; i++) camera_close(&parts[i]);
    else if (name->device_count > 1)
        result = camera_join(parts, name->device_count, ret_source, err);
    else
        *ret_source = parts[0];
    return result;
}

enum result camera_open(const char *text, const struct camera_set *set,
                        struct camera_source **ret_source, struct error *err) {
    struct camera_name name;
    struct camera_source *source = NULL;
    enum result result = camera_name_parse(text, &name, err);
    if (result == RESULT_OK) result = check_count(text, &name, set, err);
    if (result != RESULT_OK) return result;
    if (name.kind == CAMERA_SHM)
        result = camera_shm_open(name.devices[0], CAMERA_CONNECT_WAIT_MS, &source, err);
    else if (name.kind == CAMERA_SEQUENCE)
        result = camera_sequence_open(name.devices[0], &source, err);
    else
        result = open_devices(&name, set, &source, err);
    if (result == RESULT_OK && source->camera_count > set->count) {
        result = error_set(err, RESULT_RANGE, "'%s': frames of %u cameras, but %u are calibrated",
                           text, source->camera_count, set->count);
        camera_close(&source);
    }
    if (result == RESULT_OK) *ret_source = source;
    return result;
}

static enum result check_access(const char *path, int mode, struct error *err) {
    if (access(path, mode) == 0) return RESULT_OK;
    if (errno == EACCES)
        return error_set(err, RESULT_REFUSED, "%s: %s: not a member of its group (video)?", path,
                         strerror(errno));
    return error_set(err, RESULT_NOT_FOUND, "%s: %s", path, strerror(errno));
}

enum result camera_open_check(const char *text, const struct camera_set *set, struct error *err) {
    struct camera_name name;
    enum result result = camera_name_parse(text, &name, err);
    if (result == RESULT_OK && set != NULL) result = check_count(text, &name, set, err);
    if (result == RESULT_OK && name.kind == CAMERA_SEQUENCE)
        result = check_access(name.devices[0], R_OK, err);
    for (uint32_t i = 0; result == RESULT_OK && name.kind == CAMERA_V4L2 && i < name.device_count;
         i++)
        result = check_access(name.devices[i], R_OK | W_OK, err);
    return result;
}
