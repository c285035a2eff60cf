/* What the parts of the tour solver share: points sorted so that neighbours lie close in memory,
 * their costs, the tour as an array. Used by motion/tour*.c alone. */
#ifndef SMPRIG_MOTION_TOUR_PRIVATE_H
#define SMPRIG_MOTION_TOUR_PRIVATE_H

#include <math.h>

#include "motion/tour.h"

#define TOUR_NEIGHBOURS 10
#define TOUR_NONE UINT32_MAX
#define TOUR_DEPTH 5 /* links of one move */
/* Costs of avoided links, in the metric's unit (s or mm): far above what a move of TOUR_DEPTH links
 * can gain or what the lesser ones cost, and low enough that a double's sums hold
 * 1e-7 beside them. */
#define TOUR_GROUP_COST 1e5
#define TOUR_FAMILY_COST 1e7
#define TOUR_REST_COST 1e3
/* The link from an open path's end back to its start: never worth removing. */
#define TOUR_CLOSING_GAIN 1e9

struct tour_near {
    uint32_t node;
    float cost; /* without avoidance */
};

struct tour_group {
    uint32_t group, family;
};

struct tour_space {
    enum tour_metric metric;
    size_t count; /* of points; an open path has one node more, its end, which costs nothing */
    bool is_closed, has_groups;
    uint32_t end, start; /* nodes; end: TOUR_NONE when closed; start: the caller's point 0 */
    float ramp_s[TOUR_DIMENSIONS];
    float rest_mm;
    struct tour_point *points; /* owned, in the order of the tree */
    uint32_t *original;        /* owned: index of a node in the caller's array */
    struct tour_group *groups; /* owned or NULL */
    float (*places_mm)[3];     /* owned or NULL */
    uint8_t *split;            /* owned: the tree's dimension at its middle element */
    uint32_t *alive;           /* owned: points of a range not yet taken, by middle element */
    bool *is_taken;            /* owned */
    struct tour_near *near;    /* owned: TOUR_NEIGHBOURS a node */
};

static inline float tour_time(float speed_s, float ramp_s2) {
    /* On the common line of length 1: speed 1 / speed_s, acceleration 1 / ramp_s2. */
    if (ramp_s2 >= speed_s * speed_s) return 2.0f * sqrtf(ramp_s2);
    return speed_s + ramp_s2 / speed_s;
}

/* Cost between two points, avoidance left out. */
static inline float tour_base_cost(const struct tour_space *space, uint32_t a, uint32_t b) {
    const float *p = space->points[a].x, *q = space->points[b].x;
    if (space->metric == TOUR_CHORD) {
        float dx = p[0] - q[0], dy = p[1] - q[1], dz = p[2] - q[2];
        return sqrtf(dx * dx + dy * dy + dz * dz);
    }
    float speed[TOUR_DIMENSIONS], ramp[TOUR_DIMENSIONS];
    for (int i = 0; i < TOUR_DIMENSIONS; i++) {
        speed[i] = fabsf(p[i] - q[i]);
        ramp[i] = speed[i] * space->ramp_s[i];
    }
    for (int half = TOUR_DIMENSIONS / 2; half; half /= 2)
        for (int i = 0; i < half; i++) {
            speed[i] = speed[i] > speed[i + half] ? speed[i] : speed[i + half];
            ramp[i] = ramp[i] > ramp[i + half] ? ramp[i] : ramp[i + half];
        }
    return tour_time(speed[0], ramp[0]);
}

/* Whether two points are struck too near each other one after the other. */
static inline bool tour_is_too_near(const struct tour_space *space, uint32_t a, uint32_t b) {
    const float *p = space->places_mm[a], *q = space->places_mm[b];
    float dx = p[0] - q[0], dy = p[1] - q[1], dz = p[2] - q[2];
    return dx * dx + dy * dy + dz * dz < space->rest_mm * space->rest_mm;
}

static inline double tour_avoidance_cost(const struct tour_space *space, uint32_t a, uint32_t b) {
    double cost = 0;
    if (space->has_groups && space->groups[a].group != space->groups[b].group)
        cost +=
            space->groups[a].family != space->groups[b].family ? TOUR_FAMILY_COST : TOUR_GROUP_COST;
    if (space->places_mm && tour_is_too_near(space, a, b)) cost += TOUR_REST_COST;
    return cost;
}

static inline bool tour_avoids(const struct tour_space *space) {
    return space->has_groups || space->places_mm;
}

/* What a link costs, all told; nodes, so the open path's end too. */
static inline double tour_cost(const struct tour_space *space, uint32_t a, uint32_t b) {
    if (a == space->end || b == space->end)
        return a == space->start || b == space->start ? -TOUR_CLOSING_GAIN : 0;
    double cost = (double)tour_base_cost(space, a, b);
    return tour_avoids(space) ? cost + tour_avoidance_cost(space, a, b) : cost;
}

/* --- tour_space.c: the points and their neighbours --- */

MUST_USE enum result tour_space_init(struct tour_space *space, const struct tour_setup *setup);
void tour_space_release(struct tour_space *space);
/* Fill space->near. */
void tour_space_find_neighbours(struct tour_space *space);
/* The nearest point that is not yet taken, avoidance reckoned; TOUR_NONE when all are. */
uint32_t tour_space_nearest(const struct tour_space *space, uint32_t to);
void tour_space_take(struct tour_space *space, uint32_t node);

/* --- tour_search.c: the tour as an array, and moves on it --- */

struct tour_cut {
    uint32_t position, before, after; /* link (position, position + 1); slots of its two nodes */
};

/* One stretch of the old tour within the new one. */
struct tour_piece {
    uint32_t first, length;
    bool is_turned;
};

struct tour_search {
    const struct tour_space *space;
    uint32_t count;  /* nodes */
    uint32_t *at;    /* node at a position */
    uint32_t *place; /* position of a node */
    uint32_t *queue; /* nodes to look at; ring */
    uint32_t queue_first, queue_count;
    bool *is_queued;
    uint32_t rewrite_max;           /* positions that one move may write */
    uint32_t slots[2 * TOUR_DEPTH]; /* nodes of the removed links: 0-1, 2-3, .. */
    uint32_t *scratch;
    uint32_t *log; /* what was overwritten since the kick: nodes, first position, length */
    size_t log_count;
    bool is_logging;
};

MUST_USE enum result tour_search_init(struct tour_search *search, const struct tour_space *space);
void tour_search_release(struct tour_search *search);
void tour_search_push(struct tour_search *search, uint32_t node);
/* Look at queued nodes until none improves; the total saving. */
double tour_search_run(struct tour_search *search);
/* Swap two neighbouring stretches after position `from`, of lengths a and b, and queue what it
 * touches; the saving (mostly a loss). false: it would cut what must stay. */
bool tour_search_kick(struct tour_search *search, uint32_t from, uint32_t a, uint32_t b,
                      double *ret_saving);
/* Take back all that was logged. */
void tour_search_undo(struct tour_search *search);

#endif
