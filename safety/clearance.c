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

static double tool_margin_mm(const struct gate_rig *rig, const struct field_view *field,
                             struct pose T_head_tool) {
    double margin = field_view_sample(field, T_head_tool.t) - rig->tip_clearance_mm;
    for (int i = 0; i < rig->capsule_count; i++)
        margin = fmin(margin, capsule_margin_mm(rig, field, &rig->capsules[i], T_head_tool));
    return margin;
}

/* Reach of the tool's farthest point from any rotary joint's axis, mm: at most the length of the
 * chain from the last rotary joint that has a point, plus the tool. */
static double tool_reach_mm(const struct gate_rig *rig) {
    double reach = 0.0, tool = 0.0;
    for (int i = 0; i < rig->capsule_count; i++) {
        const struct gate_capsule *c = &rig->capsules[i];
        tool = fmax(tool, fmax(vec3_norm(c->a), vec3_norm(c->b)) + c->radius_mm);
    }
    for (int k = 0; k < rig->chain.joint_count; k++)
        if (rig->chain.joints[k].is_rotary)
            reach = fmax(reach, vec3_distance(rig->chain.joints[k].point, rig->chain.tip));
    return reach + tool;
}

static double longest_motion_mm(const struct gate_rig *rig, const double *from, const double *to) {
    double linear2 = 0.0, angle = 0.0;
    for (int k = 0; k < rig->chain.joint_count; k++) {
        const struct chain_joint *joint = &rig->chain.joints[k];
        double d = fabs(to[joint->axis] - from[joint->axis]);
        if (joint->is_rotary)
            angle += d;
        else
            linear2 += d * d;
    }
    return sqrt(linear2) + angle * tool_reach_mm(rig);
}

bool clearance_holds(const struct gate_rig *rig, const struct field_view *field,
                     const struct clearance_segment *segment) {
    double whole_mm = longest_motion_mm(rig, segment->from, segment->to), s = 0.0;
    for (int step = 0; step < STEPS_MAX; step++) {
        double q[GATE_AXES_MAX] = {0};
        for (int i = 0; i < rig->axis_count; i++)
            q[i] = segment->from[i] + s * (segment->to[i] - segment->from[i]);
        struct pose T_head_tool = pose_mul(segment->T_head_rig, chain_forward(&rig->chain, q));
        double margin_mm = tool_margin_mm(rig, field, T_head_tool);
        if (!(margin_mm > MARGIN_LEAST_MM)) return false;
        if (s >= 1.0) return true;
        s = fmin(1.0, s + margin_mm / fmax(FIELD_SLOPE_MAX * whole_mm, margin_mm));
    }
    return false;
}
