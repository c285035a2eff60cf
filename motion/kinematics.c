#include "motion/kinematics.h"

#include "motion/arm.h"
#include "motion/arm_posture.h"

/* cos of the tilt about y below which the tilt about x is not determined. */
#define SINGULAR_COS 1e-3

struct pose kinematics_forward(const struct rig *rig, const struct axes *axes) {
    struct pose T = pose_identity();
    bool is_turned = false; /* before the first turn T.R need not be multiplied */
    for (size_t k = 0; k < rig->axis_count; k++) {
        const struct rig_axis *axis = &rig->axes[rig->chain_order[k]];
        double q = axes->q[rig->chain_order[k]];
        if (axis->is_rotary) {
            struct mat3 R = mat3_exp(vec3_scale(axis->direction, q));
            struct vec3 t = vec3_sub(axis->point, mat3_apply(R, axis->point));
            T = is_turned ? pose_mul(T, (struct pose){R, t}) : (struct pose){R, vec3_add(t, T.t)};
            is_turned = true;
        } else {
            T.t = vec3_mad(T.t, q, is_turned ? pose_rotate(T, axis->direction) : axis->direction);
        }
    }
    return pose_mul(T, rig->M_tool);
}

/* Closed form of the gantry: R_A R_B z = (sin b, -sin a cos b, cos a cos b), and the linear axes
 * carry the pivot to where the tilted needle's tip meets p. */
static enum reach inverse_gantry(const struct rig *rig, struct vec3 p_rig, struct vec3 n_rig,
                                 struct axes *ret_axes) {
    const size_t *chain = rig->chain_order;
    struct vec3 pivot = rig->axes[chain[3]].point;
    double length_mm = vec3_distance(pivot, rig->M_tool.t);
    double cos_b = sqrt(fmax(0.0, 1.0 - n_rig.x * n_rig.x));
    if (!(cos_b > SINGULAR_COS)) return REACH_SINGULAR;
    struct vec3 carried = vec3_sub(vec3_mad(p_rig, length_mm, n_rig), pivot);
    double q[] = {carried.x, carried.y, carried.z, atan2(-n_rig.y, n_rig.z), atan2(n_rig.x, cos_b)};
    struct axes axes = {0};
    for (size_t k = rig->axis_count; k-- > 0;) { /* tilts first: they tell more of why */
        const struct rig_axis *axis = &rig->axes[chain[k]];
        if (!(q[k] >= axis->min && q[k] <= axis->max))
            return axis->is_rotary ? REACH_TILT : REACH_TRAVEL;
        axes.q[chain[k]] = q[k];
    }
    *ret_axes = axes;
    return REACH_OK;
}

enum reach kinematics_inverse(const struct rig *rig, struct vec3 p_rig, struct vec3 n_rig,
                              struct axes *ret_axes) {
    if (rig->kind != RIG_ARM6) return inverse_gantry(rig, p_rig, n_rig, ret_axes);
    return arm_posture_best(rig, p_rig, n_rig, ret_axes) ? REACH_OK : REACH_POSTURE;
}

enum reach kinematics_inverse_near(const struct rig *rig, struct vec3 p_rig, struct vec3 n_rig,
                                   const struct axes *near, struct axes *ret_axes) {
    if (rig->kind != RIG_ARM6) return inverse_gantry(rig, p_rig, n_rig, ret_axes);
    return arm_posture_near(rig, p_rig, n_rig, near, ret_axes) ? REACH_OK : REACH_POSTURE;
}

enum reach kinematics_lift(const struct rig *rig, const struct axes *from, double height_mm,
                           struct axes *ret_axes) {
    struct pose T = kinematics_forward(rig, from);
    struct vec3 up = pose_rotate(T, vec3_make(0, 0, 1));
    T.t = vec3_mad(T.t, height_mm, up);
    if (rig->kind != RIG_ARM6) return inverse_gantry(rig, T.t, up, ret_axes);
    bool is_found = arm_inverse_branch(rig, T, from, arm_branch_of(rig, from), ret_axes);
    return is_found ? REACH_OK : REACH_POSTURE;
}
