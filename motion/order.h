/* The order of striking: an open path from the park position through all dots, short in machine
 * time.
 *
 * Nearest neighbour, then 2-opt and or-opt over neighbour lists with a work queue (Bentley 1992),
 * then local double bridges with the same search around them, each kept when it is no longer
 * (iterated local search; Johnson and McGeoch 1997). The metric is the firmware's own rest-to-rest
 * time, tilt included. Deterministic by seed: the budget is a count of kicks, the clock only ends
 * it early. */
#ifndef SMPRIG_MOTION_ORDER_H
#define SMPRIG_MOTION_ORDER_H

#include <stdbool.h>
#include <stdint.h>

#include "motion/rig.h"

struct order_setup {
    const struct rig *rig;
    struct axes start;        /* the park position */
    const struct axes *stops; /* one a dot: hovering over it */
    size_t stop_count;
    uint64_t seed;
    uint64_t kicks; /* perturbations to try */
    /* Called now and then; false ends the search with the best so far. NULL: run all kicks. */
    bool (*goes_on)(void *context, uint64_t kicks_done);
    void *context;
};

struct order_result {
    double nearest_neighbour_s; /* travel time of the nearest-neighbour path */
    double travel_s;            /* and of the path found */
    uint64_t kicks_done;
};

/* Fill ret_order (stop_count indexes into stops). */
MUST_USE enum result order_stops(const struct order_setup *setup, uint32_t *ret_order,
                                 struct order_result *ret_result);

#endif
