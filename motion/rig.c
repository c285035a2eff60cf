#include "motion/rig.h"

#include <stdio.h>
#include <string.h>

#include "base/config.h"

/* Joints of the gantry in chain order, and the words of the file. */
enum joint { JOINT_X, JOINT_Y, JOINT_VERTICAL, JOINT_TILT_X, JOINT_TILT_Y, JOINT_COUNT };

static const char *const joint_words[] = {"x", "y", "vertical", "tilt_x", "tilt_y", NULL};
static const char *const kind_words[] = {"gantry5", NULL};

struct axis_file {
    char letter[2];
    int joint;
    double min, max, speed_max_per_s, acceleration_max_per_s2, steps_per_unit;
};

struct capsule_file {
    double from_mm[3], to_mm[3], radius_mm;
};

struct needle_file {
    char letter[2];
    double stroke_max_mm, speed_max_mm_s, acceleration_max_mm_s2, steps_per_mm, plunge_mm_s;
    double hover_mm;
};

struct rig_file {
    char name[RIG_NAME_MAX];
    int kind;
    struct axis_file *axes;
    size_t axis_count;
    struct needle_file needle;
    double pivot_mm[3], needle_length_mm, tip_clearance_mm, body_clearance_mm, tilt_tolerance_deg;
    struct capsule_file *tool;
    size_t tool_count;
    double park[RIG_AXES_MAX];
    size_t park_count;
    double junction_deviation_mm;
    int64_t status_mask;
};

static const struct config_field axis_fields[] = {
    CONFIG_REQUIRED(struct axis_file, CONFIG_STRING, letter),
    CONFIG_REQUIRED(struct axis_file, CONFIG_WORD, joint, .words = joint_words),
    CONFIG_REQUIRED(struct axis_file, CONFIG_NUMBER, min, .min = -2000, .max = 2000),
    CONFIG_REQUIRED(struct axis_file, CONFIG_NUMBER, max, .min = -2000, .max = 2000),
    CONFIG_REQUIRED(struct axis_file, CONFIG_NUMBER, speed_max_per_s, .min = 0.1, .max = 2000),
    CONFIG_REQUIRED(struct axis_file, CONFIG_NUMBER, acceleration_max_per_s2, .min = 1,
                    .max = 100000),
    CONFIG_REQUIRED(struct axis_file, CONFIG_NUMBER, steps_per_unit, .min = 0.1, .max = 100000),
};
static const struct config_schema axis_schema = {
    "axis", axis_fields, sizeof axis_fields / sizeof *axis_fields, sizeof(struct axis_file)};

static const struct config_field capsule_fields[] = {
    CONFIG_REQUIRED(struct capsule_file, CONFIG_NUMBERS, from_mm, .min = -500, .max = 500,
                    .count_min = 3, .count_max = 3),
    CONFIG_REQUIRED(struct capsule_file, CONFIG_NUMBERS, to_mm, .min = -500, .max = 500,
                    .count_min = 3, .count_max = 3),
    CONFIG_REQUIRED(struct capsule_file, CONFIG_NUMBER, radius_mm, .min = 0.05, .max = 200),
};
static const struct config_schema capsule_schema = {"capsule", capsule_fields,
                                                    sizeof capsule_fields / sizeof *capsule_fields,
                                                    sizeof(struct capsule_file)};

static const struct config_field needle_fields[] = {
    CONFIG_REQUIRED(struct needle_file, CONFIG_STRING, letter),
    CONFIG_REQUIRED(struct needle_file, CONFIG_NUMBER, stroke_max_mm, .min = 0.2, .max = 3),
    CONFIG_REQUIRED(struct needle_file, CONFIG_NUMBER, speed_max_mm_s, .min = 1, .max = 2000),
    CONFIG_REQUIRED(struct needle_file, CONFIG_NUMBER, acceleration_max_mm_s2, .min = 100,
                    .max = 100000),
    CONFIG_REQUIRED(struct needle_file, CONFIG_NUMBER, steps_per_mm, .min = 1, .max = 100000),
    CONFIG_REQUIRED(struct needle_file, CONFIG_NUMBER, plunge_mm_s, .min = 1, .max = 500),
    CONFIG_REQUIRED(struct needle_file, CONFIG_NUMBER, hover_mm, .min = 0.2, .max = 2),
};
static const struct config_schema needle_schema = {"needle", needle_fields,
                                                   sizeof needle_fields / sizeof *needle_fields,
                                                   sizeof(struct needle_file)};

static const struct config_field rig_fields[] = {
    CONFIG_REQUIRED(struct rig_file, CONFIG_STRING, name),
    CONFIG_REQUIRED(struct rig_file, CONFIG_WORD, kind, .words = kind_words),
    CONFIG_REQUIRED(struct rig_file, CONFIG_LIST, axes,
                    .count_offset = offsetof(struct rig_file, axis_count), .count_min = 5,
                    .count_max = 5, .child = &axis_schema),
    CONFIG_REQUIRED(struct rig_file, CONFIG_OBJECT, needle, .child = &needle_schema),
    CONFIG_REQUIRED(struct rig_file, CONFIG_NUMBERS, pivot_mm, .min = -2000, .max = 2000,
                    .count_min = 3, .count_max = 3),
    CONFIG_REQUIRED(struct rig_file, CONFIG_NUMBER, needle_length_mm, .min = 5, .max = 500),
    CONFIG_REQUIRED(struct rig_file, CONFIG_NUMBER, tip_clearance_mm, .min = 0.1, .max = 5),
    CONFIG_REQUIRED(struct rig_file, CONFIG_NUMBER, body_clearance_mm, .min = 0.5, .max = 50),
    CONFIG_REQUIRED(struct rig_file, CONFIG_NUMBER, tilt_tolerance_deg, .min = 0.1, .max = 10),
    CONFIG_REQUIRED(struct rig_file, CONFIG_LIST, tool,
                    .count_offset = offsetof(struct rig_file, tool_count), .count_min = 1,
                    .count_max = RIG_CAPSULES_MAX, .child = &capsule_schema),
    CONFIG_REQUIRED(struct rig_file, CONFIG_NUMBERS, park, .min = -2000, .max = 2000,
                    .count_offset = offsetof(struct rig_file, park_count), .count_min = 1,
                    .count_max = RIG_AXES_MAX),
    CONFIG_OPTIONAL(struct rig_file, CONFIG_NUMBER, junction_deviation_mm, .min = 0.001, .max = 1,
                    .default_number = 0.01),
    CONFIG_OPTIONAL(struct rig_file, CONFIG_INTEGER, status_mask, .min = 1, .max = 65535,
                    .default_number = 511),
};
static const struct config_schema rig_schema = {
    "rig file", rig_fields, sizeof rig_fields / sizeof *rig_fields, sizeof(struct rig_file)};

static struct vec3 vec3_of(const double v[3]) {
    return vec3_make(v[0], v[1], v[2]);
}

/* A refusal that points at the key's place in the file. */
static enum result refuse(const char *path, const char *key, const char *why, struct error *err) {
    char where[ERROR_TEXT_MAX / 2];
    config_where(path, key, where, sizeof where);
    return error_set(err, RESULT_RANGE, "%s: %s: %s", where, key, why);
}

static enum result check_letters(const char *path, const struct rig_file *file, struct error *err) {
    bool is_used[128] = {false};
    is_used[(unsigned char)file->needle.letter[0] & 127] = true;
    if (!strchr("XYZABCUVW", file->needle.letter[0]) || !file->needle.letter[0])
        return refuse(path, "needle.letter", "must be one of XYZABCUVW", err);
    for (size_t i = 0; i < file->axis_count; i++) {
        char key[48], letter = file->axes[i].letter[0];
        (void)snprintf(key, sizeof key, "axes[%zu].letter", i);
        if (!letter || !strchr("XYZABCUVW", letter))
            return refuse(path, key, "must be one of XYZABCUVW", err);
        if (is_used[(unsigned char)letter])
            return refuse(path, key, "this letter is already another axis's", err);
        is_used[(unsigned char)letter] = true;
    }
    return RESULT_OK;
}

static enum result check_axes(const char *path, const struct rig_file *file, struct error *err) {
    bool is_used[JOINT_COUNT] = {false};
    for (size_t i = 0; i < file->axis_count; i++) {
        const struct axis_file *axis = &file->axes[i];
        char key[48];
        (void)snprintf(key, sizeof key, "axes[%zu].joint", i);
        if (is_used[axis->joint]) return refuse(path, key, "this joint stands twice", err);
        is_used[axis->joint] = true;
        (void)snprintf(key, sizeof key, "axes[%zu].max", i);
        if (!(axis->min < axis->max)) return refuse(path, key, "must be above min", err);
        (void)snprintf(key, sizeof key, "park[%zu]", i);
        if (file->park_count != file->axis_count)
            return refuse(path, "park", "needs one value for each axis", err);
        if (!(file->park[i] >= axis->min && file->park[i] <= axis->max))
            return refuse(path, key, "lies outside the axis's travel", err);
        bool is_tilt = axis->joint == JOINT_TILT_X || axis->joint == JOINT_TILT_Y;
        (void)snprintf(key, sizeof key, "axes[%zu].min", i);
        if (is_tilt && (axis->min < -85 || axis->max > 85))
            return refuse(path, key, "a tilt beyond 85 deg is singular", err);
    }
    if (!(file->needle.hover_mm < file->needle.stroke_max_mm))
        return refuse(path, "needle.hover_mm", "must be below stroke_max_mm", err);
    if (!(file->tip_clearance_mm < file->needle.hover_mm))
        return refuse(path, "tip_clearance_mm", "must be below needle.hover_mm", err);
    return RESULT_OK;
}

static struct rig_axis make_axis(const struct axis_file *file, struct vec3 pivot) {
    static const struct vec3 directions[JOINT_COUNT] = {
        [JOINT_X] = {1, 0, 0},      [JOINT_Y] = {0, 1, 0},      [JOINT_VERTICAL] = {0, 0, 1},
        [JOINT_TILT_X] = {1, 0, 0}, [JOINT_TILT_Y] = {0, 1, 0},
    };
    bool is_rotary = file->joint == JOINT_TILT_X || file->joint == JOINT_TILT_Y;
    double unit = is_rotary ? RAD_PER_DEG : 1.0;
    return (struct rig_axis){.letter = file->letter[0],
                             .is_rotary = is_rotary,
                             .min = file->min * unit,
                             .max = file->max * unit,
                             .speed_max = file->speed_max_per_s * unit,
                             .acceleration_max = file->acceleration_max_per_s2 * unit,
                             .steps_per_unit = file->steps_per_unit,
                             .direction = directions[file->joint],
                             .point = pivot};
}

static void fill_rig(const struct rig_file *file, struct rig *rig) {
    struct vec3 pivot = vec3_of(file->pivot_mm);
    *rig = (struct rig){.kind = RIG_GANTRY5, .axis_count = file->axis_count};
    memcpy(rig->name, file->name, sizeof rig->name);
    for (size_t i = 0; i < file->axis_count; i++) {
        rig->axes[i] = make_axis(&file->axes[i], pivot);
        rig->chain_order[file->axes[i].joint] = i;
        rig->park[i] = file->park[i] * (rig->axes[i].is_rotary ? RAD_PER_DEG : 1.0);
    }
    rig->needle = (struct rig_axis){.letter = file->needle.letter[0],
                                    .max = file->needle.stroke_max_mm,
                                    .speed_max = file->needle.speed_max_mm_s,
                                    .acceleration_max = file->needle.acceleration_max_mm_s2,
                                    .steps_per_unit = file->needle.steps_per_mm};
    rig->M_tool = pose_identity();
    rig->M_tool.t = vec3_sub(pivot, vec3_make(0, 0, file->needle_length_mm));
    rig->hover_mm = file->needle.hover_mm;
    rig->plunge_mm_s = file->needle.plunge_mm_s;
    rig->tip_clearance_mm = file->tip_clearance_mm;
    rig->body_clearance_mm = file->body_clearance_mm;
    rig->tilt_tolerance_rad = file->tilt_tolerance_deg * RAD_PER_DEG;
    rig->junction_deviation_mm = file->junction_deviation_mm;
    rig->status_mask = (int)file->status_mask;
    rig->capsule_count = file->tool_count;
    for (size_t i = 0; i < file->tool_count; i++)
        rig->capsules[i] = (struct rig_capsule){
            vec3_of(file->tool[i].from_mm), vec3_of(file->tool[i].to_mm), file->tool[i].radius_mm};
}

/* `where`: the file to point into when keys contradict each other. */
static enum result activate(const char *where, struct rig_file *file, struct rig *ret_rig,
                            struct error *err) {
    enum result result = check_letters(where, file, err);
    if (result == RESULT_OK) result = check_axes(where, file, err);
    if (result == RESULT_OK) fill_rig(file, ret_rig);
    config_release(&rig_schema, file);
    return result;
}

enum result rig_read(const char *path, struct rig *ret_rig, struct error *err) {
    struct rig_file file;
    enum result result = config_read(path, &rig_schema, &file, err);
    return result == RESULT_OK ? activate(path, &file, ret_rig, err) : result;
}

enum result rig_parse(const char *name, const char *text, size_t size, struct rig *ret_rig,
                      struct error *err) {
    struct rig_file file;
    enum result result = config_parse(name, text, size, &rig_schema, &file, err);
    return result == RESULT_OK ? activate(name, &file, ret_rig, err) : result;
}
