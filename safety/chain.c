#include "safety/chain.h"

/* Carries a point through one joint's motion. */
static struct vec3 move_point(const struct chain_joint *joint, double q, struct vec3 p) {
    if (!joint->is_rotary) return vec3_mad(p, q, joint->direction);
    struct vec3 arm = vec3_sub(p, joint->point);
    return vec3_add(joint->point, mat3_apply(mat3_exp(vec3_scale(joint->direction, q)), arm));
}

static struct vec3 turn(const struct chain_joint *joint, double q, struct vec3 d) {
    return joint->is_rotary ? mat3_apply(mat3_exp(vec3_scale(joint->direction, q)), d) : d;
}

struct pose chain_forward(const struct chain *chain, const double q[GATE_AXES_MAX]) {
    struct vec3 tip = chain->tip, up = chain->up, side = chain->side;
    /* From the tool back to the base: each joint, at its zero place, moves all that it carries. */
    for (int k = chain->joint_count - 1; k >= 0; k--) {
        const struct chain_joint *joint = &chain->joints[k];
        double value = q[joint->axis];
        tip = move_point(joint, value, tip);
        up = turn(joint, value, up);
        side = turn(joint, value, side);
    }
    struct vec3 third = vec3_cross(up, side);
    return (struct pose){
        .R = {{{side.x, third.x, up.x}, {side.y, third.y, up.y}, {side.z, third.z, up.z}}},
        .t = tip};
}
