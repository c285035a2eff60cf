/* The order of striking: an open path from the park position through all dots, short in machine
 * time, sector by sector and needle by needle.
 *
 * The metric is the firmware's own rest-to-rest time, tilt included (motion/time_model.h); the
 * search is motion/tour.h's. Sectors, needles and the rest rule are costs within it, so that it
 * finds the sectors' order and the ways between them together with all else. Deterministic by seed:
 * the budget is a count of kicks. */
#ifndef SMPRIG_MOTION_ORDER_H
#define SMPRIG_MOTION_ORDER_H

#include <stdbool.h>
#include <stdint.h>

#include "motion/rig.h"

/* Kicks that bring a plan near to what any number would. */
#define ORDER_KICKS_A_DOT 10u
#define ORDER_KICKS_LEAST 10000u

struct order_setup {
    const struct rig *rig;
    struct axes start;        /* the park position */
    const struct axes *stops; /* one a dot: hovering over it */
    size_t stop_count;
    const uint32_t *sectors;     /* a stop's; each is struck as a whole; NULL: one sector */
    const uint32_t *needles;     /* a sector is one needle's; NULL: one needle */
    const float (*places_mm)[3]; /* on the skin, for the rest rule; NULL: no rule */
    double rest_mm;              /* least distance between one stop and the next */
    uint64_t seed;
    uint64_t kicks; /* perturbations to try; 0: order_kicks() */
    /* Called now and then; false ends the search with the best so far. NULL: run all kicks. */
    bool (*goes_on)(void *context, uint64_t kicks_done);
    void *context;
};

struct order_result {
    double nearest_neighbour_s; /* travel time of the nearest-neighbour path */
    double travel_s;            /* and of the path found */
    uint64_t kicks_done;
    size_t short_rests; /* steps that the rest rule could not spare */
};

/* The default budget. */
uint64_t order_kicks(size_t stop_count);

/* Fill ret_order (stop_count indexes into stops). RESULT_RANGE: more stops than TOUR_POINTS_MAX. */
MUST_USE enum result order_stops(const struct order_setup *setup, uint32_t *ret_order,
                                 struct order_result *ret_result);

#endif
