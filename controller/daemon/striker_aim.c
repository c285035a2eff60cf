#include "controller/daemon/striker_aim.h"

#include <string.h>

#include "base/clock.h"
#include "motion/kinematics.h"
#include "motion/reach.h"
#include "motion/time_model.h"
#include "motion/travel.h"

/* Rounds of "travel time depends on the target, the target on the time": each shrinks the error by
 * the head's speed over the needle's, a hundred. */
#define AIM_ROUNDS 3

static const struct dot *aimed_dot(const struct striker *striker, const struct striker_aim *aim) {
    return &striker->setup.plan->dots[aim->index];
}

/* From the scan's surface to where the needle is to end. */
static double depth_below_scan_mm(const struct striker *striker, const struct striker_aim *aim) {
    return aimed_dot(striker, aim)->depth_um * 1e-3 - striker->setup.surface_zero_mm;
}

static double wanted_stroke_mm(const struct striker *striker, const struct striker_aim *aim) {
    return striker->setup.rig->hover_mm + depth_below_scan_mm(striker, aim);
}

/* A travel that takes longer goes to a point well above the dot first: too far ahead for a
 * prediction that hover height could rest on. */
#define DIRECT_TRAVEL_S 0.08
#define APPROACH_MM 6.0

/* Axes with the tip `height_mm` over the dot of a head at this pose. */
static enum result hover_over(const struct striker *striker, const struct striker_aim *aim,
                              struct pose T_rig_head, double height_mm, struct axes *ret_target) {
    const struct dot *dot = aimed_dot(striker, aim);
    struct vec3 n_rig = pose_rotate(T_rig_head, dot->n_head);
    struct vec3 p_rig = pose_apply(T_rig_head, dot->p_head);
    enum reach reach =
        reach_over(striker->setup.rig, p_rig, n_rig, height_mm, &striker->at, ret_target);
    return reach == REACH_OK ? RESULT_OK : RESULT_RANGE;
}

static double legs_duration_s(const struct striker *striker, const struct striker_aim *aim) {
    const struct axes *from = &striker->at;
    double sum_s = 0;
    for (size_t i = 0; i < aim->leg_count; i++) {
        sum_s += time_model_travel_s(striker->setup.rig, from, &aim->legs[i]);
        from = &aim->legs[i];
    }
    return sum_s;
}

/* The rounds with every way proven clear; is_hoped_straight: only the last round's, and the rounds
 * before it reckon with the straight line. */
static enum result plan_rounds(const struct striker *striker, struct striker_aim *aim,
                               int64_t start_ns, bool is_hoped_straight) {
    const struct striker_setup *setup = &striker->setup;
    double contact_s =
        time_model_contact_s(setup->rig, setup->rig->hover_mm, setup->rig->plunge_mm_s);
    double travel_s = 0.03; /* a neighbour's; the rounds below replace it */
    aim->leg = 0;
    for (int round = 0; round < AIM_ROUNDS; round++) {
        struct pose T_rig_head;
        int64_t contact_ns = start_ns + s_to_ns(travel_s + contact_s);
        if (!setup->predictor.predict(setup->predictor.context, contact_ns, &T_rig_head))
            return RESULT_NOT_FOUND;
        double height_mm = setup->rig->hover_mm + (aim->is_approach ? APPROACH_MM : 0.0);
        enum result result = hover_over(striker, aim, T_rig_head, height_mm, &aim->target);
        if (result != RESULT_OK) return result;
        const struct axes ends[2] = {striker->at, aim->target};
        aim->legs[0] = aim->target;
        aim->leg_count = 1;
        if (!is_hoped_straight || round == AIM_ROUNDS - 1)
            result =
                travel_plan(setup->rig, setup->field, T_rig_head, ends, aim->legs, &aim->leg_count);
        if (result != RESULT_OK) return RESULT_REFUSED;
        travel_s = legs_duration_s(striker, aim);
        aim->is_approach = aim->is_approach || travel_s > DIRECT_TRAVEL_S;
    }
    return RESULT_OK;
}

/* Between neighbours nearly every way is straight: one proof instead of one a round. */
enum result aim_plan(const struct striker *striker, struct striker_aim *aim, int64_t start_ns) {
    struct striker_aim straight = *aim;
    enum result result = plan_rounds(striker, &straight, start_ns, true);
    if (result != RESULT_OK || straight.leg_count != 1)
        return plan_rounds(striker, aim, start_ns, false);
    *aim = straight;
    return RESULT_OK;
}

enum result aim_measure(const struct striker *striker, const struct striker_aim *aim,
                        int64_t start_ns, struct aim_miss *ret_miss) {
    const struct striker_setup *setup = &striker->setup;
    const struct dot *dot = aimed_dot(striker, aim);
    double contact_s =
        time_model_contact_s(setup->rig, setup->rig->hover_mm, setup->rig->plunge_mm_s);
    struct aim_miss miss = {.contact_ns = start_ns + s_to_ns(contact_s)};
    struct pose T_rig_head;
    if (!setup->predictor.predict(setup->predictor.context, miss.contact_ns, &T_rig_head))
        return RESULT_NOT_FOUND;
    struct pose T_rig_tool = kinematics_forward(setup->rig, &aim->target);
    struct vec3 z_rig = pose_rotate(T_rig_tool, vec3_make(0, 0, 1));
    struct vec3 n_rig = pose_rotate(T_rig_head, dot->n_head);
    struct vec3 to_tip = vec3_sub(T_rig_tool.t, pose_apply(T_rig_head, dot->p_head));
    /* Along the needle, the tangent plane of the dot is met after `gap`; what is
     * left is lateral. */
    double cosine = vec3_dot(z_rig, n_rig);
    double gap_mm = vec3_dot(to_tip, n_rig) / cosine;
    miss.lateral_mm = vec3_norm(vec3_mad(to_tip, -gap_mm, z_rig));
    miss.stroke_mm = gap_mm + depth_below_scan_mm(striker, aim);
    miss.allows_stroke = cosine > cos(setup->rig->tilt_tolerance_rad) && gap_mm > 0.1 &&
                         miss.stroke_mm < setup->rig->needle.max;
    *ret_miss = miss;
    return RESULT_OK;
}

enum result aim_lift(const struct striker *striker, double height_mm, struct axes *ret_target) {
    enum reach reach = kinematics_lift(striker->setup.rig, &striker->at, height_mm, ret_target);
    return reach == REACH_OK ? RESULT_OK : RESULT_RANGE;
}

int64_t aim_leg_duration_ns(const struct striker *striker, const struct striker_aim *aim) {
    return s_to_ns(time_model_travel_s(striker->setup.rig, &aim->from, &aim->piece));
}

int64_t aim_leg_left_ns(const struct striker *striker, const struct striker_aim *aim,
                        const double q[RIG_AXES_MAX]) {
    struct axes at;
    memcpy(at.q, q, sizeof at.q);
    return s_to_ns(time_model_left_s(striker->setup.rig, &aim->from, &aim->piece, &at));
}

struct axes aim_piece(const struct striker *striker, const struct striker_aim *aim) {
    return time_model_reach(striker->setup.rig, &aim->from, &aim->legs[aim->leg], STRIKER_TRAVEL_S);
}

bool aim_is_whole_leg(const struct striker_aim *aim) {
    for (size_t i = 0; i < RIG_AXES_MAX; i++)
        if (aim->piece.q[i] != aim->legs[aim->leg].q[i]) return false;
    return true;
}

int64_t aim_strike_duration_ns(const struct striker *striker, const struct striker_aim *aim) {
    const struct rig *rig = striker->setup.rig;
    return s_to_ns(time_model_strike_s(rig, wanted_stroke_mm(striker, aim), rig->plunge_mm_s));
}
