#include "motion/reach.h"

#include "motion/travel.h"

/* How far towards the rig's own needle axis a needle is turned when the normal is too steep, as a
 * part of the rig's tilt tolerance: the rest is the head's. */
static const double tilt_parts[] = {0.0, 0.4, 0.8};
#define TILT_PARTS (sizeof tilt_parts / sizeof *tilt_parts)

static const char *const names[REACH_CASE_COUNT] = {
    [REACH_CASE_FREE] = "free",         [REACH_CASE_TILTED] = "tilted",
    [REACH_CASE_TRAVEL] = "travel",     [REACH_CASE_TILT] = "tilt",
    [REACH_CASE_SINGULAR] = "singular", [REACH_CASE_TOUCHES] = "touches",
};
static const char *const texts[REACH_CASE_COUNT] = {
    [REACH_CASE_FREE] = "reached",
    [REACH_CASE_TILTED] = "reached with the needle tilted within its tolerance",
    [REACH_CASE_TRAVEL] = "beyond the travel of the axes",
    [REACH_CASE_TILT] = "steeper than the needle tilts",
    [REACH_CASE_SINGULAR] = "along an axis that would have to turn the needle",
    [REACH_CASE_TOUCHES] = "the tool would come too near to the head",
};

const char *reach_case_name(enum reach_case reach) {
    return (unsigned)reach < REACH_CASE_COUNT ? names[reach] : "unknown";
}

const char *reach_case_text(enum reach_case reach) {
    return (unsigned)reach < REACH_CASE_COUNT ? texts[reach] : "unknown";
}

bool reach_case_allows(enum reach_case reach) {
    return reach == REACH_CASE_FREE || reach == REACH_CASE_TILTED;
}

static enum reach_case case_of(enum reach reach) {
    switch (reach) {
        case REACH_OK:
            return REACH_CASE_FREE;
        case REACH_TILT:
            return REACH_CASE_TILT;
        case REACH_SINGULAR:
            return REACH_CASE_SINGULAR;
        case REACH_TRAVEL:
        case REACH_POSTURE:
        case REACH_COUNT:
            break;
    }
    return REACH_CASE_TRAVEL;
}

/* n turned by an angle towards another direction, not beyond it. */
static struct vec3 turn_towards(struct vec3 n, struct vec3 aim, double angle_rad) {
    struct vec3 axis = vec3_cross(n, aim);
    double sine = vec3_norm(axis), whole_rad = atan2(sine, vec3_dot(n, aim));
    if (!(sine > 1e-9)) return n;
    double rad = fmin(angle_rad, whole_rad);
    return mat3_apply(mat3_exp(vec3_scale(axis, rad / sine)), n);
}

static struct vec3 needle_at_park(const struct rig *rig) {
    struct axes park = {0};
    for (size_t i = 0; i < rig->axis_count; i++) park.q[i] = rig->park[i];
    return pose_rotate(kinematics_forward(rig, &park), vec3_make(0, 0, 1));
}

static enum reach_case check_margins(const struct rig *rig, const struct axes *axes) {
    for (size_t i = 0; i < rig->axis_count; i++) {
        const struct rig_axis *axis = &rig->axes[i];
        double margin = axis->is_rotary ? REACH_MARGIN_RAD : REACH_MARGIN_MM;
        bool is_inside = axis->is_free_turning ||
                         (axes->q[i] >= axis->min + margin && axes->q[i] <= axis->max - margin);
        if (!is_inside)
            return axis->is_rotary && rig->kind == RIG_GANTRY5 ? REACH_CASE_TILT
                                                               : REACH_CASE_TRAVEL;
    }
    return REACH_CASE_FREE;
}

/* Along one direction of the needle. */
static enum reach_case try_direction(const struct reach_scene *scene, struct pose T_rig_head,
                                     struct vec3 p_skin_rig, struct vec3 n_rig,
                                     struct axes *ret_axes) {
    struct axes axes;
    struct vec3 p_rig = vec3_mad(p_skin_rig, scene->rig->hover_mm, n_rig);
    enum reach_case reach = case_of(kinematics_inverse(scene->rig, p_rig, n_rig, &axes));
    if (reach == REACH_CASE_FREE) reach = check_margins(scene->rig, &axes);
    if (reach != REACH_CASE_FREE) return reach;
    if (scene->field && !travel_stands_clear(scene->rig, scene->field, T_rig_head, axes))
        return REACH_CASE_TOUCHES;
    *ret_axes = axes;
    return REACH_CASE_FREE;
}

/* The directions that the needle may take, the normal first. */
static struct vec3 direction(const struct rig *rig, struct vec3 n_rig, size_t number) {
    double angle_rad = tilt_parts[number] * rig->tilt_tolerance_rad;
    return number == 0 ? n_rig : turn_towards(n_rig, needle_at_park(rig), angle_rad);
}

enum reach_case reach_dot(const struct reach_scene *scene, struct pose T_rig_head,
                          const struct dot *dot, struct axes *ret_axes) {
    struct vec3 p_rig = pose_apply(T_rig_head, dot->p_head);
    struct vec3 n_rig = pose_rotate(T_rig_head, dot->n_head);
    enum reach_case first = REACH_CASE_TRAVEL;
    for (size_t i = 0; i < TILT_PARTS; i++) {
        enum reach_case reach =
            try_direction(scene, T_rig_head, p_rig, direction(scene->rig, n_rig, i), ret_axes);
        if (i == 0) first = reach;
        if (reach == REACH_CASE_FREE) return i == 0 ? REACH_CASE_FREE : REACH_CASE_TILTED;
        bool helps = reach == REACH_CASE_TILT || reach == REACH_CASE_SINGULAR;
        if (!helps) break;
    }
    return first;
}

enum reach reach_over(const struct rig *rig, struct vec3 p_skin_rig, struct vec3 n_rig,
                      double height_mm, const struct axes *near, struct axes *ret_axes) {
    enum reach first = REACH_OK;
    for (size_t i = 0; i < TILT_PARTS; i++) {
        struct vec3 along = direction(rig, n_rig, i), p = vec3_mad(p_skin_rig, height_mm, along);
        enum reach reach = kinematics_inverse_near(rig, p, along, near, ret_axes);
        if (i == 0) first = reach;
        if (reach == REACH_OK) return REACH_OK;
        if (reach != REACH_TILT && reach != REACH_SINGULAR) break;
    }
    return first;
}
