#include "motion/work.h"

#include <string.h>

#include "base/config.h"
#include "plan/stop.h"

struct part_file {
    int64_t dots_max;
    double pause_s;
    int word; /* the load's `at`, the needle's `per` */
    double cup[RIG_AXES_MAX];
    size_t cup_count;
};

struct work_file {
    char name[WORK_NAME_MAX];
    struct part_file sector, load, needle;
    double rest_mm;
};

static const char *const place_words[] = {"here", "park", "cup", NULL}; /* enum plan_stop_place */
static const char *const needle_words[] = {"none", "shade", "zone", NULL};

#define DOTS_FIELD CONFIG_REQUIRED(struct part_file, CONFIG_INTEGER, dots_max, .min = 0, .max = 1e6)
#define PAUSE_FIELD CONFIG_REQUIRED(struct part_file, CONFIG_NUMBER, pause_s, .min = 0, .max = 3600)
#define WORD_FIELD(key_, words_)                                                        \
    {                                                                                   \
        .key = (key_), .type = CONFIG_WORD, .offset = offsetof(struct part_file, word), \
        .size = sizeof(int), .is_required = true, .words = (words_)                     \
    }

static const struct config_field sector_fields[] = {DOTS_FIELD, PAUSE_FIELD};
static const struct config_field load_fields[] = {
    DOTS_FIELD, PAUSE_FIELD, WORD_FIELD("at", place_words),
    CONFIG_OPTIONAL(struct part_file, CONFIG_NUMBERS, cup, .min = -2000, .max = 2000,
                    .count_offset = offsetof(struct part_file, cup_count), .count_min = 1,
                    .count_max = RIG_AXES_MAX)};
static const struct config_field needle_fields[] = {DOTS_FIELD, PAUSE_FIELD,
                                                    WORD_FIELD("per", needle_words)};
static const struct config_schema sector_schema = {"sector", sector_fields, 2,
                                                   sizeof(struct part_file)};
static const struct config_schema load_schema = {"load", load_fields, 4, sizeof(struct part_file)};
static const struct config_schema needle_schema = {"needle", needle_fields, 3,
                                                   sizeof(struct part_file)};

static const struct config_field work_fields[] = {
    CONFIG_REQUIRED(struct work_file, CONFIG_STRING, name),
    CONFIG_REQUIRED(struct work_file, CONFIG_OBJECT, sector, .child = &sector_schema),
    CONFIG_REQUIRED(struct work_file, CONFIG_OBJECT, load, .child = &load_schema),
    CONFIG_REQUIRED(struct work_file, CONFIG_OBJECT, needle, .child = &needle_schema),
    CONFIG_OPTIONAL(struct work_file, CONFIG_NUMBER, rest_mm, .min = 0, .max = 50),
};
static const struct config_schema work_schema = {
    "work file", work_fields, sizeof work_fields / sizeof *work_fields, sizeof(struct work_file)};

struct work work_none(void) {
    return (struct work){.name = "none"};
}

static double unit_of(const struct rig *rig, size_t axis) {
    return rig->axes[axis].is_rotary ? RAD_PER_DEG : 1.0;
}

struct axes work_cup(const struct work *work, const struct rig *rig) {
    struct axes axes = {0};
    for (size_t i = 0; i < work->cup_count; i++) axes.q[i] = work->cup[i] * unit_of(rig, i);
    return axes;
}

static enum result check_cup(const char *path, const struct part_file *load, const struct rig *rig,
                             struct error *err) {
    if (load->word != PLAN_STOP_CUP) return RESULT_OK;
    if (load->cup_count != rig->axis_count)
        return config_refuse(path, "load.cup", "needs one value for each axis of the rig", err);
    for (size_t i = 0; i < rig->axis_count; i++) {
        double q = load->cup[i] * unit_of(rig, i);
        if (!(q >= rig->axes[i].min && q <= rig->axes[i].max))
            return config_refuse(path, "load.cup", "lies outside the rig's travel", err);
    }
    return RESULT_OK;
}

enum result work_read(const char *path, const struct rig *rig, struct work *ret_work,
                      struct error *err) {
    struct work_file file;
    enum result result = config_read(path, &work_schema, &file, err);
    if (result == RESULT_OK) result = check_cup(path, &file.load, rig, err);
    if (result != RESULT_OK) return result;
    *ret_work = (struct work){.sector_dots_max = (size_t)file.sector.dots_max,
                              .sector_pause_s = file.sector.pause_s,
                              .load_dots_max = (size_t)file.load.dots_max,
                              .load_at = file.load.word,
                              .load_pause_s = file.load.pause_s,
                              .needle_per = file.needle.word,
                              .needle_dots_max = (size_t)file.needle.dots_max,
                              .needle_pause_s = file.needle.pause_s,
                              .cup_count = file.load.cup_count,
                              .rest_mm = file.rest_mm};
    memcpy(ret_work->cup, file.load.cup, sizeof ret_work->cup);
    memcpy(ret_work->name, file.name, sizeof ret_work->name);
    config_release(&work_schema, &file);
    return RESULT_OK;
}
