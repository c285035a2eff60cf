#include "motion/arm_posture.h"

#include <string.h>

#include "motion/arm.h"
#include "motion/kinematics.h"
#include "motion/time_model.h"

/* The whole turn is looked through in steps of 20 deg, then the best is refined by golden section:
 * each round keeps 0.618 of the bracket. */
#define ROLL_STEPS 18
#define ROLL_STEP_RAD (2 * PI / ROLL_STEPS)
#define GOLDEN 0.61803398874989485
#define ROUNDS_BEST 24
/* On the way from near by, a turn beyond this is never worth its time; eleven rounds
 * leave 0.2 deg. */
#define NEAR_WINDOW_RAD 0.35
#define ROUNDS_NEAR 11
/* What a unit of discomfort may cost in travel time, s: below, being quick wins. */
#define DISCOMFORT_S 0.03
#define SINGULAR_WEIGHT 0.01
/* Discomfort that a turn of one radian away from the park position's must save: without it, two
 * turns that are equally good on either side of the head's middle would make a seam there. */
#define ROLL_WEIGHT 0.3

/* A needle's pose but for the turn about it. */
struct roll_search {
    const struct rig *rig;
    struct vec3 p, n;
    struct mat3 R; /* the turn of 0 */
    unsigned branch;
    const struct axes *near;
    bool is_hurried; /* time counts, not the turn */
};

double arm_discomfort(const struct rig *rig, const struct axes *axes) {
    struct arm_margins margins = arm_margins(rig, axes);
    double sum = 0.0;
    for (size_t i = 0; i < rig->axis_count; i++) {
        const struct rig_axis *axis = &rig->axes[i];
        double x = (2.0 * axes->q[i] - axis->min - axis->max) / (axis->max - axis->min);
        sum += x * x / fmax(0.0, 1.0 - x * x);
    }
    return sum + SINGULAR_WEIGHT * (1.0 / (margins.shoulder * margins.shoulder) +
                                    1.0 / (margins.elbow * margins.elbow) +
                                    1.0 / (margins.wrist * margins.wrist));
}

/* Cost of a turn; infinite without a posture. */
static double try_roll(const struct roll_search *search, double roll_rad, struct axes *ret_axes) {
    struct pose T = {.R = mat3_mul(mat3_exp(vec3_scale(search->n, roll_rad)), search->R),
                     .t = search->p};
    struct axes axes;
    if (!arm_inverse_branch(search->rig, T, search->near, search->branch, &axes)) return INFINITY;
    double cost = arm_discomfort(search->rig, &axes);
    *ret_axes = axes;
    return search->is_hurried
               ? cost * DISCOMFORT_S + time_model_travel_s(search->rig, search->near, &axes)
               : cost + ROLL_WEIGHT * roll_rad * roll_rad;
}

/* Golden section around `roll_rad`, best being there. */
static void refine(const struct roll_search *search, double roll_rad, double window_rad, int rounds,
                   struct axes *ret_axes) {
    double low = roll_rad - window_rad, high = roll_rad + window_rad;
    double a = high - GOLDEN * (high - low), b = low + GOLDEN * (high - low);
    struct axes at_a = *ret_axes, at_b = *ret_axes;
    double cost_a = try_roll(search, a, &at_a), cost_b = try_roll(search, b, &at_b);
    for (int i = 0; i < rounds; i++) {
        if (cost_a < cost_b) {
            high = b, b = a, cost_b = cost_a, at_b = at_a;
            a = high - GOLDEN * (high - low);
            cost_a = try_roll(search, a, &at_a);
        } else {
            low = a, a = b, cost_a = cost_b, at_a = at_b;
            b = low + GOLDEN * (high - low);
            cost_b = try_roll(search, b, &at_b);
        }
    }
    if (isfinite(cost_a) || isfinite(cost_b)) *ret_axes = cost_a < cost_b ? at_a : at_b;
}

/* The tool of `axes` turned the shortest way until its z is n. */
static struct mat3 carried_to(const struct rig *rig, const struct axes *axes, struct vec3 n) {
    struct pose T = kinematics_forward(rig, axes);
    struct vec3 z = pose_rotate(T, vec3_make(0, 0, 1));
    struct vec3 about = vec3_unit(vec3_cross(z, n));
    return mat3_mul(mat3_exp(vec3_scale(about, vec3_angle(z, n))), T.R);
}

static bool best_in_branch(struct roll_search *search, struct axes *ret_axes) {
    double best = INFINITY, best_roll = 0.0;
    struct axes axes;
    for (int i = -ROLL_STEPS / 2; i < ROLL_STEPS / 2; i++) {
        double cost = try_roll(search, i * ROLL_STEP_RAD, &axes);
        if (cost < best) best = cost, best_roll = i * ROLL_STEP_RAD, *ret_axes = axes;
    }
    if (!isfinite(best)) return false;
    refine(search, best_roll, ROLL_STEP_RAD, ROUNDS_BEST, ret_axes);
    return true;
}

bool arm_posture_best(const struct rig *rig, struct vec3 p_rig, struct vec3 n_rig,
                      struct axes *ret_axes) {
    struct axes park;
    memcpy(park.q, rig->park, sizeof park.q);
    struct roll_search search = {.rig = rig,
                                 .p = p_rig,
                                 .n = n_rig,
                                 .R = carried_to(rig, &park, n_rig),
                                 .branch = arm_branch_of(rig, &park),
                                 .near = &park};
    struct axes axes;
    unsigned first = search.branch;
    for (unsigned i = 0; i < ARM_BRANCHES; i++) {
        search.branch = first ^ i;
        if (!best_in_branch(&search, &axes)) continue;
        *ret_axes = axes;
        return true;
    }
    return false;
}

bool arm_posture_near(const struct rig *rig, struct vec3 p_rig, struct vec3 n_rig,
                      const struct axes *near, struct axes *ret_axes) {
    struct roll_search search = {.rig = rig,
                                 .p = p_rig,
                                 .n = n_rig,
                                 .R = carried_to(rig, near, n_rig),
                                 .branch = arm_branch_of(rig, near),
                                 .near = near,
                                 .is_hurried = true};
    struct axes axes;
    if (!isfinite(try_roll(&search, 0.0, &axes)))
        return arm_posture_best(rig, p_rig, n_rig, ret_axes);
    refine(&search, 0.0, NEAR_WINDOW_RAD, ROUNDS_NEAR, &axes);
    *ret_axes = axes;
    return true;
}
