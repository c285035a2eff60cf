#include "motion/travel.h"

#include <string.h>

#include "motion/kinematics.h"
#include "motion/time_model.h"

/* Steps of one proof; a segment that needs more grazes the head and counts as not clear. */
#define STEPS_MAX 2000
/* A margin below this ends the proof: contact, as far as arithmetic can tell. */
#define MARGIN_MIN_MM 0.002
/* Pieces of a capsule's axis are halved down to this. */
#define CAPSULE_PIECE_MM 0.5
/* The lowest height that is clear is found to this. */
#define LIFT_STEP_MM 0.25

/* What one proof looks at. */
struct scene {
    const struct rig *rig;
    const struct field_view *field;
    struct pose T_head_rig;
};

/* Least distance to spare of a piece of a capsule's axis, or of what is known already: the middle's
 * distance less what the field can fall by over half the piece; halved where that would decide. */
static double piece_margin_mm(const struct scene *scene, const struct rig_capsule *capsule,
                              struct pose T_head_tool, double known_mm) {
    struct vec3 way = vec3_sub(capsule->b, capsule->a);
    double half_mm = 0.5 * vec3_norm(way);
    struct vec3 middle = vec3_mad(capsule->a, 0.5, way);
    double gap_mm = field_view_sample(scene->field, pose_apply(T_head_tool, middle)) -
                    capsule->radius_mm - scene->rig->body_clearance_mm;
    double least_mm = gap_mm - FIELD_SLOPE_MAX * half_mm;
    if (least_mm >= known_mm) return known_mm;
    if (2 * half_mm <= CAPSULE_PIECE_MM || gap_mm <= 0) return fmin(known_mm, least_mm);
    struct rig_capsule first = {capsule->a, middle, capsule->radius_mm};
    struct rig_capsule second = {middle, capsule->b, capsule->radius_mm};
    known_mm = piece_margin_mm(scene, &first, T_head_tool, known_mm);
    return piece_margin_mm(scene, &second, T_head_tool, known_mm);
}

/* Least distance to spare of a capsule, or without one of the tip, mm; of a capsule no more than
 * enough_mm is told: what is far from the head is seen to be far at one look. */
static double part_margin_mm(const struct scene *scene, const struct rig_capsule *capsule,
                             const struct axes *at, double enough_mm) {
    struct pose T_head_tool = pose_mul(scene->T_head_rig, kinematics_forward(scene->rig, at));
    if (capsule) return piece_margin_mm(scene, capsule, T_head_tool, enough_mm);
    return field_view_sample(scene->field, T_head_tool.t) - scene->rig->tip_clearance_mm;
}

static bool stands_clear(const struct scene *scene, const struct axes *at) {
    const double enough_mm = 2 * MARGIN_MIN_MM;
    bool stands = part_margin_mm(scene, NULL, at, enough_mm) > MARGIN_MIN_MM;
    for (size_t i = 0; stands && i < scene->rig->capsule_count; i++)
        stands = part_margin_mm(scene, &scene->rig->capsules[i], at, enough_mm) > MARGIN_MIN_MM;
    return stands;
}

/* What bounds a part's motion over one segment. */
struct motion_bound {
    double longest_mm; /* of its points' ways: the linear axes' way, and each turn by the longest
                          arm that any posture gives it, the chain stretched out */
    double bend_mm;    /* the second derivative of any point's way, the segment being 1 */
};

/* p'' is the sum, over the axes, of d times the change of its lever: at most 2 W (W R + L) with W
 * the turns, L the linear ways and R the longest lever. */
static struct motion_bound bound_motion(const struct rig *rig, const struct rig_capsule *capsule,
                                        const struct axes *from, const struct axes *to) {
    double linear2 = 0.0, linear = 0.0, turned_mm = 0.0, arm_mm = 0.0, turns = 0.0, lever_mm = 0.0;
    if (capsule) arm_mm = fmax(vec3_norm(capsule->a), vec3_norm(capsule->b)) + capsule->radius_mm;
    struct vec3 next = rig->M_tool.t;
    for (size_t k = rig->axis_count; k-- > 0;) {
        size_t i = rig->chain_order[k];
        double way = fabs(to->q[i] - from->q[i]);
        if (rig->axes[i].is_rotary) {
            arm_mm += vec3_distance(rig->axes[i].point, next);
            next = rig->axes[i].point;
            turned_mm += way * arm_mm;
            turns += way;
            lever_mm = arm_mm;
        } else {
            arm_mm += fmax(fabs(rig->axes[i].min), fabs(rig->axes[i].max));
            linear2 += way * way;
            linear += way;
        }
    }
    return (struct motion_bound){.longest_mm = sqrt(linear2) + turned_mm,
                                 .bend_mm = 2 * turns * (turns * lever_mm + linear)};
}

/* No point of the part moves farther than this over the whole segment, mm. A velocity differs from
 * its mean, the chord, by at most the bend: on short ways that is far less than the arms say. */
static double longest_motion_mm(const struct scene *scene, const struct rig_capsule *capsule,
                                const struct axes *from, const struct axes *to) {
    const struct rig *rig = scene->rig;
    struct motion_bound bound = bound_motion(rig, capsule, from, to);
    struct pose T0 = kinematics_forward(rig, from), T1 = kinematics_forward(rig, to);
    double chord_mm = vec3_distance(T0.t, T1.t);
    if (capsule) {
        double a_mm = vec3_distance(pose_apply(T0, capsule->a), pose_apply(T1, capsule->a));
        double b_mm = vec3_distance(pose_apply(T0, capsule->b), pose_apply(T1, capsule->b));
        chord_mm = fmax(a_mm, b_mm);
    }
    return fmin(bound.longest_mm, chord_mm + bound.bend_mm);
}

static struct axes interpolate(const struct rig *rig, const struct axes *from,
                               const struct axes *to, double s) {
    struct axes at = *from;
    for (size_t i = 0; i < rig->axis_count; i++) at.q[i] += s * (to->q[i] - from->q[i]);
    return at;
}

/* The capsule, or without one the tip: each by itself, since the tip passes near the skin in small
 * steps and the rest in large ones. */
static bool part_is_clear(const struct scene *scene, const struct rig_capsule *capsule,
                          const struct axes *from, const struct axes *to) {
    double falls_mm = FIELD_SLOPE_MAX * longest_motion_mm(scene, capsule, from, to), s = 0.0;
    for (int step = 0; step < STEPS_MAX; step++) {
        struct axes at = interpolate(scene->rig, from, to, s);
        double enough_mm =
            falls_mm * (1.0 - s) + 2 * MARGIN_MIN_MM; /* to the end, whatever comes */
        double margin_mm = part_margin_mm(scene, capsule, &at, enough_mm);
        if (!(margin_mm > MARGIN_MIN_MM)) return false;
        if (s >= 1.0 || margin_mm >= enough_mm) return true;
        s = fmin(1.0, s + margin_mm / fmax(falls_mm, margin_mm));
    }
    return false;
}

static bool is_clear(const struct scene *scene, const struct axes *from, const struct axes *to) {
    bool clear = part_is_clear(scene, NULL, from, to);
    for (size_t i = 0; clear && i < scene->rig->capsule_count; i++)
        clear = part_is_clear(scene, &scene->rig->capsules[i], from, to);
    return clear;
}

bool travel_is_clear(const struct rig *rig, const struct field_view *field, struct pose T_rig_head,
                     struct axes from, struct axes to) {
    struct scene scene = {rig, field, pose_inverse(T_rig_head)};
    return is_clear(&scene, &from, &to);
}

bool travel_stands_clear(const struct rig *rig, const struct field_view *field,
                         struct pose T_rig_head, struct axes at) {
    struct scene scene = {rig, field, pose_inverse(T_rig_head)};
    return stands_clear(&scene, &at);
}

double travel_duration_s(const struct rig *rig, const struct axes *from, const struct axes *legs,
                         size_t leg_count) {
    double sum_s = 0;
    for (size_t i = 0; i < leg_count; i++) {
        sum_s += time_model_travel_s(rig, from, &legs[i]);
        from = &legs[i];
    }
    return sum_s;
}

/* --- ways over the head --- */

struct way {
    struct axes legs[TRAVEL_LEGS_MAX - 1]; /* one more to back off */
    size_t count;
    double duration_s;
};

/* Both halves of a tent whose top stands height_mm over the middle of the straight line. */
static bool make_tent(const struct scene *scene, const struct axes ends[2], double height_mm,
                      struct way *ret_way) {
    struct axes top = interpolate(scene->rig, &ends[0], &ends[1], 0.5);
    if (kinematics_lift(scene->rig, &top, height_mm, &top) != REACH_OK ||
        !is_clear(scene, &ends[0], &top) || !is_clear(scene, &top, &ends[1]))
        return false;
    ret_way->legs[0] = top;
    ret_way->legs[1] = ends[1];
    ret_way->count = 2;
    return true;
}

static bool join(const struct scene *scene, const struct axes ends[2], const struct axes lifted[2],
                 struct way *ret_way) {
    if (!is_clear(scene, &lifted[0], &lifted[1]) || !is_clear(scene, &ends[0], &lifted[0]) ||
        !is_clear(scene, &lifted[1], &ends[1]))
        return false;
    ret_way->legs[0] = lifted[0];
    ret_way->legs[1] = lifted[1];
    ret_way->legs[2] = ends[1];
    ret_way->count = 3;
    return true;
}

/* Out along the needle, across, in along the needle. */
static bool make_lifted(const struct scene *scene, const struct axes ends[2], double height_mm,
                        struct way *ret_way) {
    struct axes lifted[2] = {ends[0], ends[1]};
    for (int k = 0; k < 2; k++)
        if (kinematics_lift(scene->rig, &lifted[k], height_mm, &lifted[k]) != REACH_OK)
            return false;
    return join(scene, ends, lifted, ret_way);
}

/* Up, across, down: from one side of the head to the other, where the needle's own direction would
 * lead far out. */
static bool make_risen(const struct scene *scene, const struct axes ends[2], double height_mm,
                       struct way *ret_way) {
    struct axes risen[2];
    for (int k = 0; k < 2; k++) {
        struct pose T = kinematics_forward(scene->rig, &ends[k]);
        struct vec3 p = vec3_add(T.t, vec3_make(0, 0, height_mm));
        struct vec3 n = pose_rotate(T, vec3_make(0, 0, 1));
        if (kinematics_inverse_near(scene->rig, p, n, &ends[k], &risen[k]) != REACH_OK)
            return false;
    }
    return join(scene, ends, risen, ret_way);
}

typedef bool make_way(const struct scene *scene, const struct axes ends[2], double height_mm,
                      struct way *ret_way);

/* The lowest way of its kind: the height doubles until it is clear, then the gap is halved. */
static bool find_lowest(const struct scene *scene, const struct axes ends[2], make_way *make,
                        struct way *ret_way) {
    double low_mm = 0, high_mm = LIFT_STEP_MM;
    while (!make(scene, ends, high_mm, ret_way)) {
        if (high_mm >= TRAVEL_LIFT_MAX_MM) return false;
        low_mm = high_mm;
        high_mm *= 2;
    }
    while (high_mm - low_mm > LIFT_STEP_MM) {
        double middle_mm = 0.5 * (low_mm + high_mm);
        if (make(scene, ends, middle_mm, ret_way))
            high_mm = middle_mm;
        else
            low_mm = middle_mm;
    }
    ret_way->duration_s = travel_duration_s(scene->rig, &ends[0], ret_way->legs, ret_way->count);
    return true;
}

/* The fastest way between two ends that both stand clear. */
static bool find_way(const struct scene *scene, const struct axes ends[2], struct way *ret_way) {
    static make_way *const kinds[] = {make_tent, make_lifted, make_risen};
    struct way way = {.legs = {ends[1]}, .count = 1};
    bool is_found = false;
    if (is_clear(scene, &ends[0], &ends[1])) {
        *ret_way = way;
        return true;
    }
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (!find_lowest(scene, ends, kinds[i], &way)) continue;
        if (!is_found || way.duration_s < ret_way->duration_s) *ret_way = way;
        is_found = true;
    }
    return is_found;
}

/* Straight out along the needle, as little as lets the tool stand clear. */
static bool back_off(const struct scene *scene, struct axes *at) {
    double height_mm = LIFT_STEP_MM;
    while (height_mm <= TRAVEL_BACK_OFF_MAX_MM) {
        struct axes out;
        if (kinematics_lift(scene->rig, at, height_mm, &out) != REACH_OK) return false;
        if (stands_clear(scene, &out)) {
            *at = out;
            return true;
        }
        height_mm *= 2;
    }
    return false;
}

enum result travel_plan(const struct rig *rig, const struct field_view *field,
                        struct pose T_rig_head, const struct axes ends[2],
                        struct axes ret_legs[TRAVEL_LEGS_MAX], size_t *ret_count) {
    struct scene scene = {rig, field, pose_inverse(T_rig_head)};
    struct axes from[2] = {ends[0], ends[1]};
    struct way way;
    if (!field || is_clear(&scene, &ends[0], &ends[1])) {
        ret_legs[0] = ends[1];
        *ret_count = 1;
        return RESULT_OK;
    }
    if (!stands_clear(&scene, &ends[1])) return RESULT_RANGE;
    bool backs_off = !stands_clear(&scene, &ends[0]);
    if (backs_off && !back_off(&scene, &from[0])) return RESULT_RANGE;
    if (!find_way(&scene, from, &way)) return RESULT_RANGE;
    if (backs_off) ret_legs[0] = from[0];
    memcpy(ret_legs + backs_off, way.legs, way.count * sizeof *ret_legs);
    *ret_count = way.count + backs_off;
    return RESULT_OK;
}
