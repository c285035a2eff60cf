#include "safety/clearance.h"

#define STEPS_MAX 4000
#define MARGIN_LEAST_MM 0.002
#define PIECE_MM 0.5 /* a capsule's axis is sampled so far apart */

/* No more than enough_mm is told: where the axis is far from the head, the samples of which the
 * field's slope says that they have as much are left out. */
static double capsule_margin_mm(const struct gate_rig *rig, const struct field_view *field,
                                const struct gate_capsule *capsule, struct pose T_head_tool,
                                double enough_mm) {
    struct vec3 axis = vec3_sub(capsule->b, capsule->a);
    double length_mm = vec3_norm(axis);
    int pieces = 1 + (int)(length_mm / PIECE_MM);
    double piece_falls_mm = FIELD_SLOPE_MAX * length_mm / pieces;
    double taken_mm = 0.5 * piece_falls_mm + capsule->radius_mm + rig->body_clearance_mm;
    double margin_mm = enough_mm;
    for (int k = 0; k <= pieces; k++) {
        struct vec3 p = vec3_mad(capsule->a, (double)k / pieces, axis);
        double spare_mm = field_view_sample(field, pose_apply(T_head_tool, p)) - taken_mm;
        if (!isfinite(spare_mm)) return (double)NAN;
        margin_mm = fmin(margin_mm, spare_mm);
        double far_mm = fmin(spare_mm - enough_mm, pieces * piece_falls_mm);
        if (far_mm > piece_falls_mm) k += (int)(far_mm / piece_falls_mm);
    }
    return margin_mm;
}

/* Distance that a part of the tool has to spare: the capsule, or without one the tip. */
static double part_margin_mm(const struct gate_rig *rig, const struct field_view *field,
                             const struct gate_capsule *capsule, struct pose T_head_tool,
                             double enough_mm) {
    return capsule ? capsule_margin_mm(rig, field, capsule, T_head_tool, enough_mm)
                   : field_view_sample(field, T_head_tool.t) - rig->tip_clearance_mm;
}

/* Farthest that any point of the part moves, mm. Going from the tool to the base, `stretch` bounds
 * how far the part's points are from the newest rotary joint's point, whatever the joints between
 * do. */
static double longest_motion_mm(const struct gate_rig *rig, const struct clearance_segment *segment,
                                const struct gate_capsule *capsule) {
    double linear2 = 0.0, turned = 0.0, stretch = 0.0;
    if (capsule) stretch = fmax(vec3_norm(capsule->a), vec3_norm(capsule->b)) + capsule->radius_mm;
    struct vec3 carried = rig->chain.tip;
    for (int k = rig->chain.joint_count - 1; k >= 0; k--) {
        const struct chain_joint *joint = &rig->chain.joints[k];
        double d = fabs(segment->to[joint->axis] - segment->from[joint->axis]);
        if (!joint->is_rotary) {
            const struct gate_axis *travel = &rig->axes[joint->axis];
            stretch += fmax(fabs(travel->min), fabs(travel->max));
            linear2 += d * d;
            continue;
        }
        stretch += vec3_distance(joint->point, carried);
        carried = joint->point;
        turned += d * stretch;
    }
    return sqrt(linear2) + turned;
}

static bool part_is_clear(const struct gate_rig *rig, const struct field_view *field,
                          const struct clearance_segment *segment,
                          const struct gate_capsule *capsule) {
    double falls_mm = FIELD_SLOPE_MAX * longest_motion_mm(rig, segment, capsule), s = 0.0;
    for (int step = 0; step < STEPS_MAX; step++) {
        double q[GATE_AXES_MAX] = {0};
        for (int i = 0; i < rig->axis_count; i++)
            q[i] = segment->from[i] + s * (segment->to[i] - segment->from[i]);
        struct pose T_head_tool = pose_mul(segment->T_head_rig, chain_forward(&rig->chain, q));
        double enough_mm = falls_mm * (1.0 - s) + 2 * MARGIN_LEAST_MM; /* to the segment's end */
        double margin_mm = part_margin_mm(rig, field, capsule, T_head_tool, enough_mm);
        if (!(margin_mm > MARGIN_LEAST_MM)) return false;
        if (s >= 1.0 || margin_mm >= enough_mm) return true;
        s = fmin(1.0, s + margin_mm / fmax(falls_mm, margin_mm));
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
