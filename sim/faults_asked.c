/* Requests that the session would never make: forged, absurd, in the wrong unit, into a lesion
 * (hazards 14 to 17, 19 to 21). */
#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "motion/kinematics.h"
#include "sim/faults_private.h"

static struct guard_request travel_to(const struct virtual_rig *rig, uint32_t dot) {
    struct guard_request request = {.kind = GUARD_TRAVEL};
    request.as.travel.dot = dot;
    for (size_t i = 0; i < rig->setup.rig->axis_count; i++)
        request.as.travel.target.q[i] = rig->session.machine.q[i];
    request.as.travel.arrive_ns = rig->now_ns + 50 * NS_PER_MS;
    return request;
}

/* Into the head, by a random way. */
void fault_forge_travel(struct virtual_rig *rig, struct rng *rng) {
    struct guard_request request = travel_to(rig, GUARD_NO_DOT);
    for (size_t i = 0; i < rig->setup.rig->axis_count; i++)
        request.as.travel.target.q[i] +=
            rig->setup.rig->axes[i].is_rotary ? rng_range(rng, -0.2, 0.2) : rng_range(rng, -20, 20);
    virtual_forge_request(rig, request);
}

/* Straight at the head along the needle, as if the scan lay farther in (hazard 16). */
void fault_forge_push(struct virtual_rig *rig, struct rng *rng) {
    struct guard_request request = travel_to(rig, GUARD_NO_DOT);
    struct axes at = {0}, target;
    memcpy(at.q, rig->session.machine.q, sizeof at.q);
    if (kinematics_lift(rig->setup.rig, &at, -rng_range(rng, 1, 15), &target) != REACH_OK) return;
    for (size_t i = 0; i < rig->setup.rig->axis_count; i++)
        request.as.travel.target.q[i] = target.q[i];
    virtual_forge_request(rig, request);
}

/* Everything in the wrong unit, on the way to the next dot and in its strike (hazard 20). */
void fault_forge_units(struct virtual_rig *rig, struct rng *rng) {
    static const double factors[] = {25.4, 1 / 25.4, 1000, 0.001};
    double factor = factors[rng_below(rng, 4)];
    struct guard_request request = travel_to(rig, rig->setup.plan->dots[0].id);
    for (size_t i = 0; i < rig->setup.rig->axis_count; i++) request.as.travel.target.q[i] *= factor;
    virtual_forge_request(rig, request);
    request = (struct guard_request){.kind = GUARD_STRIKE};
    request.as.strike = (struct guard_strike){.dot = rig->setup.plan->dots[0].id,
                                              .stroke_mm = 1.1 * factor,
                                              .plunge_mm_s = rig->setup.rig->plunge_mm_s,
                                              .contact_ns = rig->now_ns + 20 * NS_PER_MS};
    virtual_forge_request(rig, request);
}

void fault_forge_strike(struct virtual_rig *rig, struct rng *rng) {
    const struct dot_plan *plan = rig->setup.plan;
    struct guard_request request = {.kind = GUARD_STRIKE};
    request.as.strike =
        (struct guard_strike){.dot = plan->dots[rng_below(rng, (uint32_t)plan->dot_count)].id,
                              .stroke_mm = rng_range(rng, 0.2, 1.6),
                              .plunge_mm_s = rig->setup.rig->plunge_mm_s,
                              .contact_ns = rig->now_ns + 20 * NS_PER_MS};
    virtual_forge_request(rig, request);
}

void fault_forge_numbers(struct virtual_rig *rig, struct rng *rng) {
    static const double absurd[] = {NAN, INFINITY, -INFINITY, 1e300, -1e300};
    struct guard_request request = travel_to(rig, rig->setup.plan->dots[0].id);
    request.as.travel.target.q[rng_below(rng, 3)] = absurd[rng_below(rng, 5)];
    virtual_forge_request(rig, request);
    request = (struct guard_request){.kind = GUARD_STRIKE};
    request.as.strike = (struct guard_strike){.dot = rig->setup.plan->dots[0].id,
                                              .stroke_mm = absurd[rng_below(rng, 5)],
                                              .plunge_mm_s = NAN};
    virtual_forge_request(rig, request);
}

void fault_forge_load(struct virtual_rig *rig, struct rng *rng) {
    (void)rng;
    virtual_forge_request(rig, (struct guard_request){.kind = GUARD_LOAD});
}

/* A lesion is found where the needle is about to go (hazard 17), and the strike is asked for all
 * the same. */
void fault_mark_lesion(struct virtual_rig *rig, struct rng *rng) {
    const struct dot_plan *plan = rig->setup.plan;
    const struct gate *gate = &rig->guard.gate;
    const struct dot *dot = &plan->dots[rng_below(rng, (uint32_t)plan->dot_count)];
    for (size_t i = 0; i < plan->dot_count && gate->is_at_dot; i++)
        if (plan->dots[i].id == gate->at_dot) dot = &plan->dots[i];
    virtual_mark_lesion(rig, dot->p_head, rng_range(rng, 0.3, 2));
    struct guard_request request = {.kind = GUARD_STRIKE};
    request.as.strike = (struct guard_strike){.dot = dot->id,
                                              .stroke_mm = 1.1,
                                              .plunge_mm_s = rig->setup.rig->plunge_mm_s,
                                              .contact_ns = rig->now_ns + 20 * NS_PER_MS};
    virtual_forge_request(rig, request);
}

void fault_heal_lesion(struct virtual_rig *rig) {
    virtual_mark_lesion(rig, vec3_make(0, 0, 0), 0);
}
