/* What happens to the simulated head and its cameras, from YAML (configs/scenarios/). */
#ifndef SMPRIG_SIM_SCENARIO_H
#define SMPRIG_SIM_SCENARIO_H

#include "base/geom.h"
#include "base/result.h"

#define SCENARIO_NAME_MAX 32

struct scenario {
    char name[SCENARIO_NAME_MAX];
    struct pose T_rig_head; /* at rest */
    double breathing_mm, breathing_hz, breathing_rad;
    struct vec3 breathing_direction; /* unit, rig frame */
    double drift_mm_s;
    struct vec3 drift_direction; /* unit, rig frame */
    double heartbeat_mm, tremor_mm;
    double ring_slip_mm, ring_slip_s; /* the ring slides so far on the skin at that time */
    double frame_rate_hz, latency_s;
};

MUST_USE enum result scenario_read(const char *path, struct scenario *ret_scenario,
                                   struct error *err);

/* The head's true pose t seconds after the start. Smooth and exactly repeatable. */
struct pose scenario_head_at(const struct scenario *scenario, double t_s);
/* Its velocity as a left twist, rig frame (central difference over 1 ms). */
struct twist scenario_head_velocity(const struct scenario *scenario, double t_s);
/* How far the ring has slid by then: a left twist in the head frame, along the head's x. */
struct twist scenario_ring_slip(const struct scenario *scenario, double t_s);
/* No point of the head within lever_mm of its frame's origin is ever faster than this, mm/s. */
double scenario_speed_bound(const struct scenario *scenario, double lever_mm);

#endif
