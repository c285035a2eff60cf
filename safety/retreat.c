#include "safety/retreat.h"

/* Sideways way of the tip, and turn of the needle's axis, that still count as none: far below the
 * needle's own thickness. Joints that turn carry the tip along a slight bow between exact ends. */
#define SIDEWAYS_MM 0.01
#define BOW_MM 0.04
#define TURN_RAD 1e-6
#define BOW_TURN_RAD 1e-3
#define BOW_POINTS 8
/* A target found by iteration may fall short by so much and still not lead inward. */
#define INWARD_MM 1e-9

static struct vec3 up_of(struct pose T) {
    return pose_rotate(T, vec3_make(0, 0, 1));
}

/* The tool there against the tool before: straight out, within the given bounds. */
static bool is_straight_out(struct pose before, struct pose after, double sideways_mm,
                            double turn_rad) {
    struct vec3 up = up_of(before), way = vec3_sub(after.t, before.t);
    double out_mm = vec3_dot(way, up);
    return out_mm >= -INWARD_MM && out_mm <= RETREAT_MOST_MM &&
           vec3_norm(vec3_mad(way, -out_mm, up)) <= sideways_mm &&
           vec3_norm(vec3_sub(up_of(after), up)) <= turn_rad;
}

bool retreat_is_axial(const struct gate_rig *rig, const double *from, const double *to) {
    struct pose before = chain_forward(&rig->chain, from);
    if (!is_straight_out(before, chain_forward(&rig->chain, to), SIDEWAYS_MM, TURN_RAD))
        return false;
    for (int i = 1; i < BOW_POINTS; i++) {
        double q[GATE_AXES_MAX] = {0};
        for (int k = 0; k < rig->axis_count; k++)
            q[k] = from[k] + (to[k] - from[k]) * i / BOW_POINTS;
        if (!is_straight_out(before, chain_forward(&rig->chain, q), BOW_MM, BOW_TURN_RAD))
            return false;
    }
    return true;
}
