#include "motion/tour.h"

#include <stdlib.h>

#include "base/rng.h"
#include "motion/tour_private.h"

#define KICK_STRETCH_MAX 50u /* points of each of the two stretches that a kick swaps */
/* During kicks a move writes no more than this: they must stay local to be cheap. */
#define KICK_REWRITE_MAX 25000u
#define CHECK_EVERY 256u      /* kicks between two looks at goes_on */
#define SEARCH_LEAST_COUNT 4u /* fewer nodes make one tour only */
#define SLACK 1e-9

static void begin_with_nearest(struct tour_search *search, struct tour_space *space) {
    uint32_t node = space->start;
    for (uint32_t i = 0; i < space->count; i++) {
        tour_space_take(space, node);
        search->at[i] = node, search->place[node] = i;
        if (i + 1 < space->count) node = tour_space_nearest(space, node);
    }
    if (space->is_closed) return;
    search->at[space->count] = space->end;
    search->place[space->end] = (uint32_t)space->count;
}

/* Without the cost of avoided links; an open path ends before its end's node. */
static double length_of(const struct tour_search *search) {
    const struct tour_space *space = search->space;
    double sum = 0;
    for (uint32_t i = 0; i < search->count; i++) {
        uint32_t a = search->at[i], b = search->at[i + 1 < search->count ? i + 1 : 0];
        if (a != space->end && b != space->end) sum += (double)tour_base_cost(space, a, b);
    }
    return sum;
}

/* One kick and the search around it, taken back when the tour is longer for it. */
static void kick_once(struct tour_search *search, struct rng *rng) {
    uint32_t longest = (search->count - 1) / 3;
    if (longest > KICK_STRETCH_MAX) longest = KICK_STRETCH_MAX;
    uint32_t from = rng_below(rng, search->count);
    uint32_t a = 1 + rng_below(rng, longest), b = 1 + rng_below(rng, longest);
    double saved = 0;
    search->log_count = 0;
    if (!tour_search_kick(search, from, a, b, &saved)) return;
    saved += tour_search_run(search);
    if (saved < -SLACK) tour_search_undo(search);
}

static uint64_t perturb(struct tour_search *search, const struct tour_setup *setup) {
    struct rng rng;
    rng_init(&rng, setup->seed);
    search->is_logging = true;
    if (search->rewrite_max > KICK_REWRITE_MAX) search->rewrite_max = KICK_REWRITE_MAX;
    for (uint64_t done = 0; done < setup->kicks; done++) {
        if (done % CHECK_EVERY == 0 && setup->goes_on && !setup->goes_on(setup->context, done))
            return done;
        kick_once(search, &rng);
    }
    return setup->kicks;
}

/* From the start in the direction that leaves the end's node for last. */
static void read_out(const struct tour_search *search, uint32_t *ret_order) {
    const struct tour_space *space = search->space;
    uint32_t n = search->count, first = search->place[space->start];
    bool is_backward = !space->is_closed && search->at[(first + 1) % n] == space->end && n > 2;
    for (uint32_t i = 0; i < space->count; i++)
        ret_order[i] = space->original[search->at[(first + (is_backward ? n - i : i)) % n]];
}

enum result tour_solve(const struct tour_setup *setup, uint32_t *ret_order,
                       struct tour_result *ret_result) {
    struct tour_space space;
    struct tour_search search;
    struct tour_result result = {0};
    if (setup->count == 0 || setup->count > TOUR_POINTS_MAX) return RESULT_RANGE;
    if (tour_space_init(&space, setup) != RESULT_OK) return RESULT_NO_MEMORY;
    if (tour_search_init(&search, &space) != RESULT_OK) {
        tour_space_release(&space);
        return RESULT_NO_MEMORY;
    }
    begin_with_nearest(&search, &space);
    result.nearest_neighbour = length_of(&search);
    if (search.count >= SEARCH_LEAST_COUNT) {
        tour_space_find_neighbours(&space);
        for (uint32_t i = 0; i < search.count; i++) tour_search_push(&search, search.at[i]);
        (void)tour_search_run(&search);
        result.kicks_done = perturb(&search, setup);
    }
    result.length = length_of(&search);
    read_out(&search, ret_order);
    *ret_result = result;
    tour_search_release(&search);
    tour_space_release(&space);
    return RESULT_OK;
}
