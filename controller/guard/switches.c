#include "controller/guard/switches.h"

#include <errno.h>
#include <fcntl.h>
#include <gpiod.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/text.h"

#define SPEC_MAX 256
#define LINE_MOST 1023

static const struct {
    const char *name;
    uint32_t sensor;
} names[SWITCHES_MAX] = {{"estop_a", SENSOR_ESTOP_A}, {"estop_b", SENSOR_ESTOP_B},
                         {"door", SENSOR_DOOR},       {"deadman", SENSOR_DEADMAN},
                         {"client", SENSOR_CLIENT},   {"needle", SENSOR_NEEDLE}};

static uint32_t sensor_named(const char *name) {
    for (int i = 0; i < SWITCHES_MAX; i++)
        if (strcmp(names[i].name, name) == 0) return names[i].sensor;
    return 0;
}

static bool is_wired(const struct switches *switches, uint32_t sensor) {
    for (int i = 0; i < switches->count; i++)
        if (switches->sensors[i] == sensor) return true;
    return false;
}

/* "deadman=~8" */
static enum result add_line(struct switches *switches, char *item, struct error *err) {
    char *number = strchr(item, '=');
    int64_t offset = 0;
    if (number) *number++ = '\0';
    bool is_active_low = number && *number == '~';
    uint32_t sensor = sensor_named(item);
    if (!number || !sensor || is_wired(switches, sensor) ||
        text_to_int64(number + is_active_low, 0, LINE_MOST, &offset) != RESULT_OK)
        return error_set(err, RESULT_FORMAT,
                         "--switches: '%s' is none of estop_a, estop_b, door, deadman, client, "
                         "needle with =LINE or =~LINE, each once",
                         item);
    struct gpiod_line *line = gpiod_chip_get_line(switches->chip, (unsigned)offset);
    int flags = is_active_low ? GPIOD_LINE_REQUEST_FLAG_ACTIVE_LOW : 0;
    if (!line || gpiod_line_request_input_flags(line, "smprig-guard", flags) != 0)
        return error_set(err, RESULT_IO, "--switches: line %d of %s: %s", (int)offset, item,
                         strerror(errno));
    switches->lines[switches->count] = line;
    switches->sensors[switches->count++] = sensor;
    return RESULT_OK;
}

static enum result open_gpio(char *spec, struct switches *switches, struct error *err) {
    char *rest = strchr(spec, ':');
    enum result result = RESULT_OK;
    if (!rest) return error_set(err, RESULT_FORMAT, "--switches gpio:%s: no lines are named", spec);
    *rest++ = '\0';
    switches->chip = gpiod_chip_open(spec);
    if (!switches->chip)
        return error_set(err, RESULT_NOT_FOUND, "--switches: %s: %s", spec, strerror(errno));
    for (char *item; result == RESULT_OK && (item = strsep(&rest, ","));)
        result = add_line(switches, item, err);
    /* One channel of an emergency stop is none: a welded contact would never show. */
    if (result == RESULT_OK &&
        is_wired(switches, SENSOR_ESTOP_A) != is_wired(switches, SENSOR_ESTOP_B))
        result =
            error_set(err, RESULT_FORMAT, "--switches: an e-stop has both estop_a and estop_b");
    return result;
}

static enum result open_shared(const char *path, struct switches *switches, struct error *err) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return error_set(err, RESULT_NOT_FOUND, "--switches: %s: %s", path, strerror(errno));
    bool is_whole = lseek(fd, 0, SEEK_END) >= (off_t)sizeof(struct switches_shared);
    void *memory = is_whole
                       ? mmap(NULL, sizeof(struct switches_shared), PROT_READ, MAP_SHARED, fd, 0)
                       : MAP_FAILED;
    close(fd);
    if (memory == MAP_FAILED)
        return error_set(err, RESULT_FORMAT, "--switches: %s is too short", path);
    switches->shared = memory;
    return RESULT_OK;
}

enum result switches_open(const char *spec, struct switches *ret_switches, struct error *err) {
    struct switches switches = {0};
    char text[SPEC_MAX];
    enum result result = RESULT_FORMAT;
    if (text_copy(text, sizeof text, spec) != RESULT_OK)
        return error_set(err, RESULT_LIMIT, "--switches: longer than %d characters", SPEC_MAX - 1);
    if (strncmp(text, "gpio:", 5) == 0)
        result = open_gpio(text + 5, &switches, err);
    else if (strncmp(text, "sim:", 4) == 0)
        result = open_shared(text + 4, &switches, err);
    else
        error_set(err, result, "--switches %s: expected gpio:CHIP:NAME=LINE,... or sim:FILE", spec);
    if (result == RESULT_OK)
        *ret_switches = switches;
    else
        switches_close(&switches);
    return result;
}

void switches_close(struct switches *switches) {
    if (switches->chip) gpiod_chip_close(switches->chip);
    if (switches->shared) munmap((void *)(uintptr_t)switches->shared, sizeof *switches->shared);
    *switches = (struct switches){0};
}

struct sensor_levels switches_read(struct switches *switches) {
    struct sensor_levels now = {0};
    if (switches->shared)
        return (struct sensor_levels){switches->shared->present, switches->shared->levels};
    for (int i = 0; i < switches->count; i++) {
        now.present |= switches->sensors[i];
        if (gpiod_line_get_value(switches->lines[i]) == 1) now.levels |= switches->sensors[i];
    }
    return now;
}
