/* Which dots belong together, and where the session stops: needles, sectors, loads. */
#ifndef SMPRIG_MOTION_SCHEDULE_H
#define SMPRIG_MOTION_SCHEDULE_H

#include "motion/rig.h"
#include "motion/work.h"
#include "plan/dot.h"

/* By dot, in the plan's order. Owned. */
struct schedule {
    size_t dot_count, needle_count, sector_count;
    uint32_t *needles; /* 0.. */
    uint32_t *sectors; /* 0..; one needle each */
};

/* Needles by shade or zone; each needle's dots in patches of at most work->sector_dots_max, as
 * compact and as equal as halving across the longer side makes them. */
MUST_USE enum result schedule_make(const struct dot_plan *plan, const struct work *work,
                                   struct schedule *ret_schedule);
void schedule_release(struct schedule *schedule);

/* What the stops cost and where they are. */
struct schedule_stops {
    size_t looks, loads, needles;
    double pause_s;  /* the operator's part, by the work file's estimates */
    double travel_s; /* ways to park or cup and back, beyond the straight way to the next dot */
};

/* Replace plan->stops, for dots and schedule already in the order of striking (axes: one a dot,
 * hovering over it). A new needle comes where a needle's dots or life begin; a look where another
 * sector begins; loads, as few as dots_max allows, where they cost the least time, which is
 * preferably where the session stops anyhow. RESULT_LIMIT: more than PLAN_STOPS_MAX. */
MUST_USE enum result schedule_stops(struct dot_plan *plan, const struct schedule *schedule,
                                    const struct work *work, const struct rig *rig,
                                    const struct axes *axes, struct schedule_stops *ret_stops);

#endif
