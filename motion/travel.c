#include "motion/travel.h"

#include "motion/kinematics.h"

/* Steps of one proof; a segment that needs more grazes the head and counts as not clear. */
#define STEPS_MAX 2000
/* A margin below this ends the proof: contact, as far as arithmetic can tell. */
#define MARGIN_MIN_MM 0.002
/* A capsule is sampled along its axis this far apart. */
#define CAPSULE_PIECE_MM 0.5
/* Heights that a lifted travel tries. */
static const double lift_heights_mm[] = {1, 2, 4, 8, 16, 32, 64};

/* Least distance to spare of a capsule, mm: bounded by its axis's samples, half a spacing apart
 * being covered by the slope. */
static double capsule_margin_mm(const struct rig *rig, const struct field_view *field,
                                const struct rig_capsule *capsule, struct pose T_head_tool) {
    struct vec3 axis = vec3_sub(capsule->b, capsule->a);
    double length = vec3_norm(axis), nearest = INFINITY;
    int pieces = 1 + (int)(length / CAPSULE_PIECE_MM);
    for (int k = 0; k <= pieces; k++) {
        struct vec3 p = vec3_mad(capsule->a, (double)k / pieces, axis);
        nearest = fmin(nearest, field_view_sample(field, pose_apply(T_head_tool, p)));
    }
    /* The nearest point of the axis is at most half a piece away from a sample. */
    return nearest - FIELD_SLOPE_MAX * 0.5 * length / pieces - capsule->radius_mm -
           rig->body_clearance_mm;
}

/* No point of the part moves farther than this over the whole segment, mm. */
static double longest_motion_mm(const struct rig *rig, const struct axes *from,
                                const struct axes *to, double part_mm) {
    double linear = 0.0, angle = 0.0;
    for (size_t i = 0; i < rig->axis_count; i++) {
        double d = fabs(to->q[i] - from->q[i]);
        if (rig->axes[i].is_rotary)
            angle += d;
        else
            linear += d * d;
    }
    /* A tilt turns about the pivot, so a point off the axis swings by both lengths at most. */
    struct vec3 pivot = rig->axes[rig->chain_order[rig->axis_count - 1]].point;
    return sqrt(linear) + angle * (vec3_distance(pivot, rig->M_tool.t) + part_mm);
}

static struct axes interpolate(const struct rig *rig, const struct axes *from,
                               const struct axes *to, double s) {
    struct axes at = *from;
    for (size_t i = 0; i < rig->axis_count; i++) at.q[i] += s * (to->q[i] - from->q[i]);
    return at;
}

/* A straight line in axis space past the head. */
struct segment {
    struct axes from, to;
    struct pose T_head_rig;
};

/* The capsule, or without one the tip. */
static bool part_is_clear(const struct rig *rig, const struct field_view *field,
                          const struct segment *segment, const struct rig_capsule *capsule) {
    double part_mm = 0.0, s = 0.0;
    if (capsule) part_mm = fmax(vec3_norm(capsule->a), vec3_norm(capsule->b)) + capsule->radius_mm;
    double whole_mm = longest_motion_mm(rig, &segment->from, &segment->to, part_mm);
    for (int step = 0; step < STEPS_MAX; step++) {
        struct axes at = interpolate(rig, &segment->from, &segment->to, s);
        struct pose T_head_tool = pose_mul(segment->T_head_rig, kinematics_forward(rig, &at));
        double margin = capsule ? capsule_margin_mm(rig, field, capsule, T_head_tool)
                                : field_view_sample(field, T_head_tool.t) - rig->tip_clearance_mm;
        if (!(margin > MARGIN_MIN_MM)) return false;
        if (s >= 1.0) return true;
        s = fmin(1.0, s + margin / fmax(FIELD_SLOPE_MAX * whole_mm, margin));
    }
    return false;
}

bool travel_is_clear(const struct rig *rig, const struct field_view *field, struct pose T_rig_head,
                     struct axes from, struct axes to) {
    /* Each part by itself: the tip passes near the skin in small steps, the rest in large ones. */
    const struct segment segment = {from, to, pose_inverse(T_rig_head)};
    bool is_clear = part_is_clear(rig, field, &segment, NULL);
    for (size_t i = 0; is_clear && i < rig->capsule_count; i++)
        is_clear = part_is_clear(rig, field, &segment, &rig->capsules[i]);
    return is_clear;
}

static bool lift(const struct rig *rig, struct axes *axes, double height_mm) {
    struct pose T = kinematics_forward(rig, axes);
    struct vec3 p = vec3_add(T.t, vec3_make(0, 0, height_mm));
    struct vec3 n = pose_rotate(T, vec3_make(0, 0, 1));
    return kinematics_inverse(rig, p, n, axes) == REACH_OK;
}

enum result travel_plan(const struct rig *rig, const struct field_view *field,
                        struct pose T_rig_head, const struct axes ends[2],
                        struct axes ret_legs[TRAVEL_LEGS_MAX], size_t *ret_count) {
    if (!field || travel_is_clear(rig, field, T_rig_head, ends[0], ends[1])) {
        ret_legs[0] = ends[1];
        *ret_count = 1;
        return RESULT_OK;
    }
    for (size_t i = 0; i < sizeof lift_heights_mm / sizeof *lift_heights_mm; i++) {
        struct axes up = ends[0], across = ends[1];
        if (!lift(rig, &up, lift_heights_mm[i]) || !lift(rig, &across, lift_heights_mm[i])) break;
        if (!travel_is_clear(rig, field, T_rig_head, up, across)) continue;
        ret_legs[0] = up;
        ret_legs[1] = across;
        ret_legs[2] = ends[1];
        *ret_count = 3;
        return RESULT_OK;
    }
    return RESULT_RANGE;
}
