#include "motion/rig.h"

#include <stdio.h>
#include <string.h>

#include "base/config.h"
#include "motion/arm.h"
#include "motion/rig_file.h"
#include "motion/rig_needle.h"

#define SETTER_BESIDE_MM 20     /* half a plate */
#define AXIS_LETTERS "XYZABCUV" /* the firmware's axes; U and V take an eight-axis build */

static const char *const joint_words[] = {
    [JOINT_X] = "x",           [JOINT_Y] = "y",           [JOINT_VERTICAL] = "vertical",
    [JOINT_TILT_X] = "tilt_x", [JOINT_TILT_Y] = "tilt_y", [JOINT_1] = "j1",
    [JOINT_2] = "j2",          [JOINT_3] = "j3",          [JOINT_4] = "j4",
    [JOINT_5] = "j5",          [JOINT_6] = "j6",          [JOINT_COUNT] = NULL,
};
static const char *const kind_words[] = {
    [RIG_GANTRY5] = "gantry5", [RIG_ARM6] = "arm6", [RIG_KIND_COUNT] = NULL};

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

static const struct config_field dh_fields[] = {
    CONFIG_REQUIRED(struct dh_file, CONFIG_NUMBER, a_mm, .min = -2000, .max = 2000),
    CONFIG_REQUIRED(struct dh_file, CONFIG_NUMBER, alpha_deg, .min = -180, .max = 180),
    CONFIG_REQUIRED(struct dh_file, CONFIG_NUMBER, d_mm, .min = -2000, .max = 2000),
    CONFIG_REQUIRED(struct dh_file, CONFIG_NUMBER, theta_deg, .min = -360, .max = 360),
};
static const struct config_schema dh_schema = {
    "row of the table", dh_fields, sizeof dh_fields / sizeof *dh_fields, sizeof(struct dh_file)};

static const struct config_field setter_fields[] = {
    CONFIG_REQUIRED(struct setter_file, CONFIG_NUMBERS, at, .min = -2000, .max = 2000,
                    .count_offset = offsetof(struct setter_file, at_count), .count_min = 1,
                    .count_max = RIG_AXES_MAX),
    CONFIG_REQUIRED(struct setter_file, CONFIG_NUMBERS, surface_mm, .min = -5000, .max = 5000,
                    .count_min = 3, .count_max = 3),
};
static const struct config_schema setter_schema = {"needle setter", setter_fields,
                                                   sizeof setter_fields / sizeof *setter_fields,
                                                   sizeof(struct setter_file)};

/* Three numbers that one kind of rig has and the other has not. */
#define RIG_VECTOR(member, flag, most)                                                      \
    CONFIG_OPTIONAL(struct rig_file, CONFIG_NUMBERS, member, .min = -(most), .max = (most), \
                    .count_min = 3, .count_max = 3,                                         \
                    .is_set_offset = offsetof(struct rig_file, flag))

static const struct config_field rig_fields[] = {
    CONFIG_REQUIRED(struct rig_file, CONFIG_STRING, name),
    CONFIG_REQUIRED(struct rig_file, CONFIG_WORD, kind, .words = kind_words),
    CONFIG_REQUIRED(struct rig_file, CONFIG_LIST, axes,
                    .count_offset = offsetof(struct rig_file, axis_count), .count_min = 5,
                    .count_max = RIG_AXES_MAX, .child = &axis_schema),
    CONFIG_REQUIRED(struct rig_file, CONFIG_OBJECT, needle, .child = &needle_schema),
    RIG_VECTOR(pivot_mm, has_pivot, 2000),
    CONFIG_OPTIONAL(struct rig_file, CONFIG_NUMBER, needle_length_mm, .min = 5, .max = 500,
                    .is_set_offset = offsetof(struct rig_file, has_needle_length)),
    CONFIG_OPTIONAL(struct rig_file, CONFIG_LIST, dh,
                    .count_offset = offsetof(struct rig_file, dh_count), .count_min = 6,
                    .count_max = 6, .child = &dh_schema,
                    .is_set_offset = offsetof(struct rig_file, has_dh)),
    RIG_VECTOR(base_mm, has_base, 5000),
    CONFIG_OPTIONAL(struct rig_file, CONFIG_NUMBERS, base_turn_deg, .min = -360, .max = 360,
                    .count_min = 3, .count_max = 3),
    RIG_VECTOR(tip_mm, has_tip, 500),
    RIG_VECTOR(needle_direction, has_direction, 1),
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
    CONFIG_OPTIONAL(struct rig_file, CONFIG_OBJECT, needle_setter, .child = &setter_schema,
                    .is_set_offset = offsetof(struct rig_file, has_setter)),
};
static const struct config_schema rig_schema = {
    "rig file", rig_fields, sizeof rig_fields / sizeof *rig_fields, sizeof(struct rig_file)};

static struct vec3 vec3_of(const double v[3]) {
    return vec3_make(v[0], v[1], v[2]);
}

static enum result check_letters(const char *path, const struct rig_file *file, struct error *err) {
    bool is_used[128] = {false};
    is_used['Z'] = true;
    if (strcmp(file->needle.letter, "Z") != 0)
        return config_refuse(path, "needle.letter", "must be Z: the canned cycle strikes along it",
                             err);
    for (size_t i = 0; i < file->axis_count; i++) {
        char key[48], letter = file->axes[i].letter[0];
        (void)snprintf(key, sizeof key, "axes[%zu].letter", i);
        if (!letter || !strchr(AXIS_LETTERS, letter))
            return config_refuse(path, key, "must be one of " AXIS_LETTERS, err);
        if (is_used[(unsigned char)letter])
            return config_refuse(path, key, "this letter is already another axis's", err);
        is_used[(unsigned char)letter] = true;
    }
    return RESULT_OK;
}

static enum result check_axes(const char *path, const struct rig_file *file, struct error *err) {
    if (file->park_count != file->axis_count)
        return config_refuse(path, "park", "needs one value for each axis", err);
    for (size_t i = 0; i < file->axis_count; i++) {
        const struct axis_file *axis = &file->axes[i];
        char key[48];
        (void)snprintf(key, sizeof key, "axes[%zu].max", i);
        if (!(axis->min < axis->max)) return config_refuse(path, key, "must be above min", err);
        (void)snprintf(key, sizeof key, "park[%zu]", i);
        if (!(file->park[i] >= axis->min && file->park[i] <= axis->max))
            return config_refuse(path, key, "lies outside the axis's travel", err);
    }
    return RESULT_OK;
}

static enum result check_needle(const char *path, const struct rig_file *file, struct error *err) {
    const struct needle_file *needle = &file->needle;
    if (!(needle->hover_mm < needle->stroke_max_mm))
        return config_refuse(path, "needle.hover_mm", "must be below stroke_max_mm", err);
    if (!(needle->plunge_mm_s <= needle->speed_max_mm_s))
        return config_refuse(path, "needle.plunge_mm_s", "must not be above speed_max_mm_s", err);
    if (!(file->tip_clearance_mm < needle->hover_mm))
        return config_refuse(path, "tip_clearance_mm", "must be below needle.hover_mm", err);
    return RESULT_OK;
}

static enum result check_setter(const char *path, const struct rig_file *file, struct error *err) {
    const struct setter_file *setter = &file->needle_setter;
    if (!file->has_setter) return RESULT_OK;
    if (setter->at_count != file->axis_count)
        return config_refuse(path, "needle_setter.at", "needs one value for each axis", err);
    for (size_t i = 0; i < file->axis_count; i++) {
        char key[48];
        (void)snprintf(key, sizeof key, "needle_setter.at[%zu]", i);
        if (!(setter->at[i] >= file->axes[i].min && setter->at[i] <= file->axes[i].max))
            return config_refuse(path, key, "lies outside the axis's travel", err);
    }
    return RESULT_OK;
}

/* The needle of the file must meet the plate somewhere along its stroke. */
static enum result check_setter_reach(const char *path, const struct rig *rig, struct error *err) {
    double beside_mm, stroke_mm = rig_setter_stroke_mm(rig, &beside_mm);
    if (!rig->has_setter) return RESULT_OK;
    if (!(stroke_mm > 0 && stroke_mm < rig->needle.max))
        return config_refuse(
            path, "needle_setter.surface_mm",
            "the needle does not reach it from there: it must lie within the stroke", err);
    if (!(beside_mm <= SETTER_BESIDE_MM))
        return config_refuse(path, "needle_setter.surface_mm", "lies beside the needle's way", err);
    return RESULT_OK;
}

static struct rig_axis make_axis(const struct axis_file *file) {
    bool is_rotary = file->joint >= JOINT_TILT_X;
    double unit = is_rotary ? RAD_PER_DEG : 1.0;
    return (struct rig_axis){.letter = file->letter[0],
                             .is_rotary = is_rotary,
                             .min = file->min * unit,
                             .max = file->max * unit,
                             .speed_max = file->speed_max_per_s * unit,
                             .acceleration_max = file->acceleration_max_per_s2 * unit,
                             .steps_per_unit = file->steps_per_unit};
}

static void fill_rig(const struct rig_file *file, struct rig *rig) {
    *rig = (struct rig){.hover_mm = file->needle.hover_mm,
                        .plunge_mm_s = file->needle.plunge_mm_s,
                        .tip_clearance_mm = file->tip_clearance_mm,
                        .body_clearance_mm = file->body_clearance_mm,
                        .tilt_tolerance_rad = file->tilt_tolerance_deg * RAD_PER_DEG,
                        .junction_deviation_mm = file->junction_deviation_mm,
                        .status_mask = (int)file->status_mask,
                        .capsule_count = file->tool_count};
    memcpy(rig->name, file->name, sizeof rig->name);
    rig->has_setter = file->has_setter;
    rig->setter.p_rig = vec3_of(file->needle_setter.surface_mm);
    for (size_t i = 0; i < file->axis_count; i++) {
        rig->axes[i] = make_axis(&file->axes[i]);
        double unit = rig->axes[i].is_rotary ? RAD_PER_DEG : 1.0;
        rig->park[i] = file->park[i] * unit;
        rig->setter.q[i] = file->needle_setter.at[i] * unit;
    }
    rig->needle = (struct rig_axis){.letter = file->needle.letter[0],
                                    .max = file->needle.stroke_max_mm,
                                    .speed_max = file->needle.speed_max_mm_s,
                                    .acceleration_max = file->needle.acceleration_max_mm_s2,
                                    .steps_per_unit = file->needle.steps_per_mm};
    for (size_t i = 0; i < file->tool_count; i++)
        rig->capsules[i] = (struct rig_capsule){
            vec3_of(file->tool[i].from_mm), vec3_of(file->tool[i].to_mm), file->tool[i].radius_mm};
    rig_chain_fill(file, rig);
}

static enum result check(const char *path, const struct rig_file *file, struct error *err) {
    enum result result = check_letters(path, file, err);
    if (result != RESULT_OK) return result;
    struct rig_complaint complaint = rig_chain_check(file);
    if (*complaint.key) return config_refuse(path, complaint.key, complaint.why, err);
    result = check_axes(path, file, err);
    if (result == RESULT_OK) result = check_setter(path, file, err);
    return result == RESULT_OK ? check_needle(path, file, err) : result;
}

/* `where`: the file to point into when keys contradict each other. */
static enum result activate(const char *where, struct rig_file *file, struct rig *ret_rig,
                            struct error *err) {
    struct rig rig = {0};
    enum result result = check(where, file, err);
    if (result == RESULT_OK) fill_rig(file, &rig);
    if (result == RESULT_OK && rig.kind == RIG_ARM6) {
        struct axes park;
        memcpy(park.q, rig.park, sizeof park.q);
        if (arm_is_singular(&rig, &park))
            result = config_refuse(where, "park", "the arm is singular there", err);
    }
    if (result == RESULT_OK) result = check_setter_reach(where, &rig, err);
    if (result == RESULT_OK) *ret_rig = rig;
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
