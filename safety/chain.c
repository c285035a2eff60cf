#include "safety/chain.h"

struct pose chain_forward(const struct chain *chain, const double q[GATE_AXES_MAX]) {
    struct vec3 tip = chain->tip, up = chain->up, side = chain->side;
    /* From the tool back to the base: each joint, at its zero place, moves all that it carries. */
    for (int k = chain->joint_count - 1; k >= 0; k--) {
        const struct chain_joint *joint = &chain->joints[k];
        double value = q[joint->axis];
        if (!joint->is_rotary) {
            tip = vec3_mad(tip, value, joint->direction);
            continue;
        }
        struct mat3 R = mat3_exp(vec3_scale(joint->direction, value));
        tip = vec3_add(joint->point, mat3_apply(R, vec3_sub(tip, joint->point)));
        up = mat3_apply(R, up);
        side = mat3_apply(R, side);
    }
    struct vec3 third = vec3_cross(up, side);
    return (struct pose){
        .R = {{{side.x, third.x, up.x}, {side.y, third.y, up.y}, {side.z, third.z, up.z}}},
        .t = tip};
}
