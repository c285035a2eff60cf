#include "safety/clearance.h"

#define STEPS_MAX 4000
#define MARGIN_LEAST_MM 0.002
#define PIECE_MM 0.5 /* a capsule's axis is sampled so far apart */

static double capsule_margin_mm(const struct gate_rig *rig, const struct field_view *field,
                                const struct gate_capsule *capsule, struct pose T_head_tool) {
    struct vec3 axis = vec3_sub(capsule->b, capsule->a);
    double length_mm = vec3_norm(axis), margin = INFINITY;
    int pieces = 1 + (int)(length_mm / PIECE_MM);
    for (int k = 0; k <= pieces; k++) {
        struct vec3 p = vec3_mad(capsule->a, (double)k / pieces, axis);
        margin = fmin(margin, field_view_sample(field, pose_apply(T_head_tool, p)));
    }
    return margin - FIELD_SLOPE_MAX * 0.5 * length_mm / pieces - capsule->radius_mm -
           rig->body_clearance_mm;
}

/* Distance that a part of the tool has to spare: the capsule, or without one the tip. */
static double part_margin_mm(const struct gate_rig *rig, const struct field_view *field,
                             const struct gate_capsule *capsule, struct pose T_head_tool) {
    return capsule ? capsule_margin_mm(rig, field, capsule, T_head_tool)
                   : field_view_sample(field, T_head_tool.t) - rig->tip_clearance_mm;
}

/* Reach of the part's farthest point from any rotary joint's axis, mm: at most the length of the
 * chain from the last rotary joint that has a point, plus the part. */
static double part_reach_mm(const struct gate_rig *rig, const struct gate_capsule *capsule) {
    double reach = 0.0, part = 0.0;
    if (capsule) part = fmax(vec3_norm(capsule->a), vec3_norm(capsule->b)) + capsule->radius_mm;
    for (int k = 0; k < rig->chain.joint_count; k++)
        if (rig->chain.joints[k].is_rotary)
            reach = fmax(reach, vec3_distance(rig->chain.joints[k].point, rig->chain.tip));
    return reach + part;
}

static double longest_motion_mm(const struct gate_rig *rig, const double *from, const double *to,
                                double reach_mm) {
    double linear2 = 0.0, angle = 0.0;
    for (int k = 0; k < rig->chain.joint_count; k++) {
        const struct chain_joint *joint = &rig->chain.joints[k];
        double d = fabs(to[joint->axis] - from[joint->axis]);
        if (joint->is_rotary)
            angle += d;
        else
            linear2 += d * d;
    }
    return sqrt(linear2) + angle * reach_mm;
}

static bool part_is_clear(const struct gate_rig *rig, const struct field_view *field,
                          const struct clearance_segment *segment,
                          const struct gate_capsule *capsule) {
    double reach_mm = part_reach_mm(rig, capsule), s = 0.0;
    double whole_mm = longest_motion_mm(rig, segment->from, segment->to, reach_mm);
    for (int step = 0; step < STEPS_MAX; step++) {
        double q[GATE_AXES_MAX] = {0};
        for (int i = 0; i < rig->axis_count; i++)
            q[i] = segment->from[i] + s * (segment->to[i] - segment->from[i]);
        struct pose T_head_tool = pose_mul(segment->T_head_rig, chain_forward(&rig->chain, q));
        double margin_mm = part_margin_mm(rig, field, capsule, T_head_tool);
        if (!(margin_mm > MARGIN_LEAST_MM)) return false;
        if (s >= 1.0) return true;
        s = fmin(1.0, s + margin_mm / fmax(FIELD_SLOPE_MAX * whole_mm, margin_mm));
    }
    return false;
}

bool clearance_holds(const struct gate_rig *rig, const struct field_view *field,
                     const struct clearance_segment *segment) {
    /* Each part by itself: the tip passes near the skin in small steps, the rest in large ones. */
    bool is_clear = part_is_clear(rig, field, segment, NULL);
    for (int i = 0; is_clear && i < rig->capsule_count; i++)
        is_clear = part_is_clear(rig, field, segment, &rig->capsules[i]);
    return is_clear;
}
