#include "safety/retreat.h"

#include "base/linalg.h"

/* Sideways way of the tip that still counts as none: far below the needle's own thickness. */
#define SIDEWAYS_MM 0.01

bool retreat_is_axial(const struct gate_rig *rig, const double *from, const double *to) {
    for (int k = 0; k < rig->chain.joint_count; k++) {
        const struct chain_joint *joint = &rig->chain.joints[k];
        if (joint->is_rotary && !(fabs(to[joint->axis] - from[joint->axis]) < 1e-9)) return false;
    }
    struct pose before = chain_forward(&rig->chain, from), after = chain_forward(&rig->chain, to);
    struct vec3 up = pose_rotate(before, vec3_make(0, 0, 1)), way = vec3_sub(after.t, before.t);
    double out_mm = vec3_dot(way, up);
    return out_mm >= 0 && out_mm <= RETREAT_MOST_MM &&
           vec3_norm(vec3_mad(way, -out_mm, up)) <= SIDEWAYS_MM;
}

bool retreat_target(const struct gate_rig *rig, const double *from, double height_mm,
                    double ret_to[GATE_AXES_MAX]) {
    struct vec3 up = pose_rotate(chain_forward(&rig->chain, from), vec3_make(0, 0, 1));
    const struct chain_joint *linear[3];
    double A[9], b[3], to[GATE_AXES_MAX];
    int count = 0;
    for (int k = 0; k < rig->chain.joint_count; k++)
        if (!rig->chain.joints[k].is_rotary && count < 3) linear[count++] = &rig->chain.joints[k];
    if (count < 3) return false;
    /* Normal equations of directions * d = height * up; the linear joints come before the rotary
     * ones, so their directions are as at zero configuration. */
    for (int i = 0; i < 3; i++) {
        b[i] = height_mm * vec3_dot(linear[i]->direction, up);
        for (int j = 0; j < 3; j++)
            A[3 * i + j] = vec3_dot(linear[i]->direction, linear[j]->direction);
    }
    if (linalg_cholesky(A, 3) != RESULT_OK) return false;
    linalg_cholesky_solve(A, 3, b);
    for (int i = 0; i < GATE_AXES_MAX; i++) to[i] = from[i];
    for (int i = 0; i < 3; i++) {
        int axis = linear[i]->axis;
        to[axis] += b[i];
        if (!(to[axis] >= rig->axes[axis].min && to[axis] <= rig->axes[axis].max)) return false;
    }
    for (int i = 0; i < GATE_AXES_MAX; i++) ret_to[i] = to[i];
    return true;
}
