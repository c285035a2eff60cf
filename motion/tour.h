/* A short tour through many points: the search beneath motion/order.h, apart from it so that it can
 * be measured against other solvers on plain distances.
 *
 * Chained Lin-Kernighan (Martin, Otto and Felten 1991; Applegate, Cook and Rohe 2003): nearest
 * neighbour, then sequential moves of up to five links (Lin and Kernighan 1973; 2-opt, or-opt and
 * 3-opt are among them) over neighbour lists with a work queue (Bentley 1992), then local double
 * bridges with the same search around them, each kept when the tour is no longer for it.
 *
 * Deterministic by seed: the budget is a count of kicks. */
#ifndef SMPRIG_MOTION_TOUR_H
#define SMPRIG_MOTION_TOUR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/result.h"

#define TOUR_DIMENSIONS 8
#define TOUR_POINTS_MAX 1000000u

struct tour_point {
    float x[TOUR_DIMENSIONS]; /* unused ones 0 */
};

enum tour_metric {
    TOUR_CHORD, /* straight distance over x[0..2] */
    /* Rest-to-rest time of the slowest axis (motion/time_model.h): x in s at full speed, that is
     * position / speed; ramp_s holds speed / acceleration of each. */
    TOUR_TIME,
};

/* Links that are to be avoided, as a cost on top: so high that no search takes one more of them
 * than it must (clustered tours: Chisman 1975). */
struct tour_avoidance {
    const uint32_t *groups;   /* a point; links between groups are avoided; NULL: none */
    const uint32_t *families; /* of groups: links between families still more; NULL: none */
    const float (*places_mm)[3];
    double rest_mm; /* links shorter than this are avoided; 0: none */
};

struct tour_setup {
    enum tour_metric metric;
    const struct tour_point *points;
    size_t count;
    float ramp_s[TOUR_DIMENSIONS];
    struct tour_avoidance avoidance;
    bool is_closed; /* else a path that begins at point 0 and ends anywhere */
    uint64_t seed, kicks;
    /* Called now and then; false ends the search with the best so far. NULL: run all kicks. */
    bool (*goes_on)(void *context, uint64_t kicks_done);
    void *context;
};

struct tour_result {
    double nearest_neighbour; /* length of the tour that the search began with */
    double length;            /* and of the one found; both without the cost of avoided links */
    uint64_t kicks_done;
};

/* Fill ret_order (count indexes into points; the first is 0). RESULT_RANGE: too many points. */
MUST_USE enum result tour_solve(const struct tour_setup *setup, uint32_t *ret_order,
                                struct tour_result *ret_result);

#endif
