/* From the rig file's geometry to the chain: the gantry's five joints about one pivot, the arm's
 * six from its Denavit-Hartenberg table. */
#include <stdio.h>

#include "motion/rig_file.h"

#define TILT_MOST_DEG 85
#define LINK_LEAST_MM 1.0 /* a shorter link leaves the arm without that degree of freedom */
#define DIRECTION_LEAST 1e-3

static struct vec3 vec3_of(const double v[3]) {
    return vec3_make(v[0], v[1], v[2]);
}

static struct rig_complaint complain(const char *key, const char *why) {
    struct rig_complaint complaint = {.why = why};
    (void)snprintf(complaint.key, sizeof complaint.key, "%s", key);
    return complaint;
}

static struct rig_complaint complain_row(const char *list, size_t row, const char *key,
                                         const char *why) {
    struct rig_complaint complaint = {.why = why};
    (void)snprintf(complaint.key, sizeof complaint.key, "%s[%zu]%s%s", list, row, *key ? "." : "",
                   key);
    return complaint;
}

static size_t first_joint(const struct rig_file *file) {
    return file->kind == RIG_ARM6 ? JOINT_1 : JOINT_X;
}

static size_t joint_count(const struct rig_file *file) {
    return file->kind == RIG_ARM6 ? 6 : 5;
}

static struct rig_complaint check_joints(const struct rig_file *file) {
    bool is_used[JOINT_COUNT] = {false};
    size_t first = first_joint(file), count = joint_count(file);
    if (file->axis_count != count)
        return complain("axes", file->kind == RIG_ARM6
                                    ? "an arm6 has six axes beside the needle"
                                    : "a gantry5 has five axes beside the needle");
    for (size_t i = 0; i < file->axis_count; i++) {
        size_t joint = (size_t)file->axes[i].joint;
        if (joint < first || joint >= first + count)
            return complain_row("axes", i, "joint", "this kind of rig has no such joint");
        if (is_used[joint]) return complain_row("axes", i, "joint", "this joint stands twice");
        is_used[joint] = true;
    }
    return complain("", "");
}

static struct rig_complaint check_gantry(const struct rig_file *file) {
    if (!file->has_pivot) return complain("pivot_mm", "a gantry5 needs it");
    if (!file->has_needle_length) return complain("needle_length_mm", "a gantry5 needs it");
    if (file->has_dh) return complain("dh", "only an arm6 has it");
    for (size_t i = 0; i < file->axis_count; i++) {
        const struct axis_file *axis = &file->axes[i];
        bool is_tilt = axis->joint == JOINT_TILT_X || axis->joint == JOINT_TILT_Y;
        if (is_tilt && (axis->min < -TILT_MOST_DEG || axis->max > TILT_MOST_DEG))
            return complain_row("axes", i, "min", "a tilt beyond 85 deg is singular");
    }
    return complain("", "");
}

/* Axes 2 and 3 parallel, the others square to their neighbours, the last three through one point:
 * the shape that the closed form inverts. */
static struct rig_complaint check_dh(const struct dh_file dh[6]) {
    static const bool is_square[6] = {true, false, true, true, true, false};
    for (size_t i = 0; i < 6; i++) {
        double turn = fabs(dh[i].alpha_deg);
        if (is_square[i] && turn != 90)
            return complain_row("dh", i, "alpha_deg", "must be 90 or -90");
        if (!is_square[i] && turn != 0 && turn != 180)
            return complain_row("dh", i, "alpha_deg", "must be 0 or 180");
        if (i >= 3 && dh[i].a_mm != 0)
            return complain_row("dh", i, "a_mm",
                                "must be 0: the last three axes meet in one point");
    }
    if (dh[4].d_mm != 0)
        return complain_row("dh", 4, "d_mm", "must be 0: the last three axes meet in one point");
    if (!(fabs(dh[1].a_mm) >= LINK_LEAST_MM))
        return complain_row("dh", 1, "a_mm", "singular: an upper arm without length");
    if (!(hypot(dh[2].a_mm, dh[3].d_mm) >= LINK_LEAST_MM))
        return complain_row("dh", 3, "d_mm", "singular: a forearm without length");
    return complain("", "");
}

static struct rig_complaint check_arm(const struct rig_file *file) {
    if (!file->has_dh) return complain("dh", "an arm6 needs its six rows");
    if (!file->has_base) return complain("base_mm", "an arm6 needs it");
    if (!file->has_tip) return complain("tip_mm", "an arm6 needs it");
    if (!file->has_direction) return complain("needle_direction", "an arm6 needs it");
    if (file->has_pivot) return complain("pivot_mm", "only a gantry5 has it");
    if (file->has_needle_length) return complain("needle_length_mm", "only a gantry5 has it");
    if (!(vec3_norm(vec3_of(file->needle_direction)) > DIRECTION_LEAST))
        return complain("needle_direction", "is no direction");
    return check_dh(file->dh);
}

struct rig_complaint rig_chain_check(const struct rig_file *file) {
    struct rig_complaint complaint = check_joints(file);
    if (*complaint.key) return complaint;
    return file->kind == RIG_ARM6 ? check_arm(file) : check_gantry(file);
}

static void fill_gantry(const struct rig_file *file, struct rig *rig) {
    static const struct vec3 directions[] = {
        [JOINT_X] = {1, 0, 0},      [JOINT_Y] = {0, 1, 0},      [JOINT_VERTICAL] = {0, 0, 1},
        [JOINT_TILT_X] = {1, 0, 0}, [JOINT_TILT_Y] = {0, 1, 0},
    };
    struct vec3 pivot = vec3_of(file->pivot_mm);
    for (size_t i = 0; i < file->axis_count; i++) {
        struct rig_axis *axis = &rig->axes[i];
        axis->is_rotary = file->axes[i].joint >= JOINT_TILT_X;
        axis->direction = directions[file->axes[i].joint];
        axis->point = pivot;
    }
    rig->M_tool = pose_identity();
    rig->M_tool.t = vec3_sub(pivot, vec3_make(0, 0, file->needle_length_mm));
}

static struct pose dh_at_zero(const struct rig_dh *dh) {
    struct pose about_z = {.R = mat3_exp(vec3_make(0, 0, dh->theta_rad)), .t = {0, 0, dh->d_mm}};
    struct pose about_x = {
        .R = {{{1, 0, 0}, {0, dh->alpha_cos, -dh->alpha_sin}, {0, dh->alpha_sin, dh->alpha_cos}}},
        .t = {dh->a_mm, 0, 0}};
    return pose_mul(about_z, about_x);
}

/* z up the needle, x as near as can be to the flange's z (its x when the needle lies along z). */
static struct pose flange_to_tool(const struct rig_file *file) {
    struct vec3 z = vec3_unit(vec3_of(file->needle_direction));
    struct vec3 wanted = fabs(z.z) < 0.99 ? vec3_make(0, 0, 1) : vec3_make(1, 0, 0);
    struct vec3 x = vec3_unit(vec3_mad(wanted, -vec3_dot(wanted, z), z)), y = vec3_cross(z, x);
    return (struct pose){.R = {{{x.x, y.x, z.x}, {x.y, y.y, z.y}, {x.z, y.z, z.z}}},
                         .t = vec3_of(file->tip_mm)};
}

static void fill_arm(const struct rig_file *file, struct rig *rig) {
    struct vec3 turn = vec3_scale(vec3_of(file->base_turn_deg), RAD_PER_DEG);
    struct mat3 R =
        mat3_mul(mat3_exp(vec3_make(0, 0, turn.z)),
                 mat3_mul(mat3_exp(vec3_make(0, turn.y, 0)), mat3_exp(vec3_make(turn.x, 0, 0))));
    struct pose T = {.R = R, .t = vec3_of(file->base_mm)};
    rig->arm.T_base_rig = pose_inverse(T);
    for (size_t k = 0; k < rig->axis_count; k++) {
        const struct dh_file *row = &file->dh[k];
        struct rig_axis *axis = &rig->axes[rig->chain_order[k]];
        rig->arm.dh[k] = (struct rig_dh){row->a_mm, row->d_mm, row->theta_deg * RAD_PER_DEG,
                                         nearbyint(sin(row->alpha_deg * RAD_PER_DEG)),
                                         nearbyint(cos(row->alpha_deg * RAD_PER_DEG))};
        axis->is_rotary = true;
        axis->direction = pose_rotate(T, vec3_make(0, 0, 1));
        axis->point = T.t;
        T = pose_mul(T, dh_at_zero(&rig->arm.dh[k]));
    }
    const struct rig_dh *dh = rig->arm.dh;
    double side_mm = -dh[1].alpha_cos * dh[2].alpha_sin * dh[3].d_mm;
    rig->arm.forearm_mm = hypot(dh[2].a_mm, side_mm);
    rig->arm.forearm_rad = atan2(side_mm, dh[2].a_mm);
    struct pose T_flange_tool = flange_to_tool(file);
    rig->arm.T_tool_flange = pose_inverse(T_flange_tool);
    rig->M_tool = pose_mul(T, T_flange_tool);
}

void rig_chain_fill(const struct rig_file *file, struct rig *rig) {
    rig->kind = (enum rig_kind)file->kind;
    rig->axis_count = file->axis_count;
    for (size_t i = 0; i < file->axis_count; i++)
        rig->chain_order[(size_t)file->axes[i].joint - first_joint(file)] = i;
    if (rig->kind == RIG_ARM6)
        fill_arm(file, rig);
    else
        fill_gantry(file, rig);
}
