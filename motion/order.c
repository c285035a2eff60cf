#include "motion/order.h"

#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "motion/time_model.h"

#define NEIGHBOURS 8
#define SEGMENT_MAX 3       /* or-opt moves up to so many stops together */
#define KICK_SEGMENT_MAX 40 /* stops of each of the two swapped pieces of a kick */
#define REVERSAL_KICK_MAX                                                  \
    1000 /* during kicks no longer reversal is tried: they must stay local \
          */
#define LOG_MAX 4096
#define CHECK_EVERY 256 /* kicks between two looks at goes_on */
#define GAIN_LEAST_S 1e-9

/* Node 0 is the start, node i + 1 is stop i. */
struct tour {
    const struct order_setup *setup;
    size_t count;    /* nodes */
    uint32_t *at;    /* node at a position */
    uint32_t *place; /* position of a node */
    uint32_t *near;  /* NEIGHBOURS a node, nearest first */
    uint32_t *queue; /* nodes to look at; ring */
    size_t queue_first, queue_count;
    bool *is_queued;
    size_t reversal_max;
    struct reversal {
        uint32_t from, to;
    } log[LOG_MAX]; /* since the kick began, to take it back */
    size_t log_count;
    bool is_logging;
};

static const struct axes *axes_of(const struct tour *tour, uint32_t node) {
    return node == 0 ? &tour->setup->start : &tour->setup->stops[node - 1];
}

static double cost(const struct tour *tour, uint32_t a, uint32_t b) {
    return time_model_travel_s(tour->setup->rig, axes_of(tour, a), axes_of(tour, b));
}

/* From a position's node to the next one's; nothing beyond the open end. */
static double link_cost(const struct tour *tour, size_t position) {
    if (position + 1 >= tour->count) return 0.0;
    return cost(tour, tour->at[position], tour->at[position + 1]);
}

static double path_cost(const struct tour *tour) {
    double sum = 0;
    for (size_t i = 0; i + 1 < tour->count; i++) sum += link_cost(tour, i);
    return sum;
}

static void push(struct tour *tour, uint32_t node) {
    if (tour->is_queued[node]) return;
    tour->is_queued[node] = true;
    tour->queue[(tour->queue_first + tour->queue_count++) % tour->count] = node;
}

static uint32_t pop(struct tour *tour) {
    uint32_t node = tour->queue[tour->queue_first];
    tour->queue_first = (tour->queue_first + 1) % tour->count;
    tour->queue_count--;
    tour->is_queued[node] = false;
    return node;
}

static void swap_ends(struct tour *tour, size_t i, size_t j) {
    for (; i < j; i++, j--) {
        uint32_t x = tour->at[i], y = tour->at[j];
        tour->at[i] = y, tour->place[y] = (uint32_t)i;
        tour->at[j] = x, tour->place[x] = (uint32_t)j;
    }
}

static void reverse(struct tour *tour, size_t i, size_t j) {
    swap_ends(tour, i, j);
    if (tour->is_logging && tour->log_count < LOG_MAX)
        tour->log[tour->log_count++] = (struct reversal){(uint32_t)i, (uint32_t)j};
}

static bool can_log(const struct tour *tour, size_t reversals) {
    return !tour->is_logging || tour->log_count + reversals <= LOG_MAX;
}

/* Reverse positions i..j when that shortens the path; the saving, 0 when it was not done. */
static double try_reversal(struct tour *tour, size_t i, size_t j) {
    if (i < 1 || i >= j || j >= tour->count || j - i > tour->reversal_max || !can_log(tour, 1))
        return 0;
    uint32_t before = tour->at[i - 1], first = tour->at[i], last = tour->at[j];
    bool has_after = j + 1 < tour->count;
    uint32_t after = has_after ? tour->at[j + 1] : 0;
    double gain = cost(tour, before, first) - cost(tour, before, last);
    if (has_after) gain += cost(tour, last, after) - cost(tour, first, after);
    if (!(gain > GAIN_LEAST_S)) return 0;
    reverse(tour, i, j);
    push(tour, before), push(tour, first), push(tour, last);
    if (has_after) push(tour, after);
    return gain;
}

static double improve_by_reversal(struct tour *tour, uint32_t node) {
    size_t p = tour->place[node];
    for (int k = 0; k < NEIGHBOURS; k++) {
        size_t q = tour->place[tour->near[(size_t)node * NEIGHBOURS + (size_t)k]];
        /* Make node and its neighbour adjacent, as successors or as predecessors of each other. */
        double gain = p < q ? try_reversal(tour, p + 1, q) : try_reversal(tour, q + 1, p);
        if (gain > 0) return gain;
        gain = p < q ? try_reversal(tour, p, q - 1) : try_reversal(tour, q, p - 1);
        if (gain > 0) return gain;
    }
    return try_reversal(tour, p, tour->count - 1); /* the open end may turn about */
}

/* Move positions i..j to between positions q and q + 1 (outside i..j), by two or three reversals.
 */
static void move_segment(struct tour *tour, size_t i, size_t j, size_t q, bool is_turned) {
    size_t length = j - i + 1;
    if (q > j) { /* [i..j][j+1..q] -> [j+1..q][i..j] */
        reverse(tour, i, q);
        reverse(tour, i, q - length);
        if (!is_turned) reverse(tour, q - length + 1, q);
    } else { /* [q+1..i-1][i..j] -> [i..j][q+1..i-1] */
        reverse(tour, q + 1, j);
        reverse(tour, q + 1 + length, j);
        if (!is_turned) reverse(tour, q + 1, q + length);
    }
}

static double try_move(struct tour *tour, size_t i, size_t j, size_t q) {
    size_t span = q > j ? q - i : j - q;
    if (i < 1 || j >= tour->count || (q + 1 >= i && q <= j) || span > tour->reversal_max ||
        !can_log(tour, 3))
        return 0;
    uint32_t before = tour->at[i - 1], first = tour->at[i], last = tour->at[j];
    uint32_t left = tour->at[q], right = q + 1 < tour->count ? tour->at[q + 1] : 0;
    uint32_t after = j + 1 < tour->count ? tour->at[j + 1] : 0;
    double gain = cost(tour, before, first) + link_cost(tour, j) + link_cost(tour, q);
    if (after) gain -= cost(tour, before, after);
    double straight = cost(tour, left, first) + (right ? cost(tour, last, right) : 0);
    double turned = cost(tour, left, last) + (right ? cost(tour, first, right) : 0);
    gain -= fmin(straight, turned);
    if (!(gain > GAIN_LEAST_S)) return 0;
    move_segment(tour, i, j, q, turned < straight);
    push(tour, before), push(tour, first), push(tour, last), push(tour, left);
    if (right) push(tour, right);
    if (after) push(tour, after);
    return gain;
}

static double improve_by_move(struct tour *tour, uint32_t node) {
    size_t p = tour->place[node];
    for (size_t length = 1; length <= SEGMENT_MAX; length++)
        for (int k = 0; k < NEIGHBOURS; k++) {
            size_t q = tour->place[tour->near[(size_t)node * NEIGHBOURS + (size_t)k]];
            double gain = try_move(tour, p, p + length - 1, q);
            if (!(gain > 0) && p + 1 > length) gain = try_move(tour, p + 1 - length, p, q);
            if (!(gain > 0) && q > 0) gain = try_move(tour, p, p + length - 1, q - 1);
            if (gain > 0) return gain;
        }
    return 0;
}

/* Look at queued nodes until none improves; the total saving. */
static double search(struct tour *tour) {
    double saved = 0;
    while (tour->queue_count) {
        uint32_t node = pop(tour);
        for (double gain = 1; gain > 0;) {
            gain = improve_by_reversal(tour, node);
            if (!(gain > 0) && node != 0) gain = improve_by_move(tour, node);
            saved += gain;
        }
    }
    return saved;
}

/* Swap two neighbouring pieces of random length near a random place; the saving (mostly a loss). */
static double kick(struct tour *tour, struct rng *rng) {
    size_t room = tour->count - 1;
    size_t longest = room / 3 < KICK_SEGMENT_MAX ? room / 3 : KICK_SEGMENT_MAX;
    size_t a = 1 + rng_below(rng, (uint32_t)longest), b = 1 + rng_below(rng, (uint32_t)longest);
    size_t i = 1 + rng_below(rng, (uint32_t)(tour->count - a - b));
    size_t j = i + a, k = j + b; /* pieces i..j-1 and j..k-1 */
    double before = link_cost(tour, i - 1) + link_cost(tour, j - 1) + link_cost(tour, k - 1);
    reverse(tour, i, k - 1);
    reverse(tour, i, i + b - 1);
    reverse(tour, i + b, k - 1);
    double after = link_cost(tour, i - 1) + link_cost(tour, i + b - 1) + link_cost(tour, k - 1);
    const size_t touched[] = {i - 1, i, i + b - 1, i + b, k - 1, k};
    for (size_t t = 0; t < 6; t++)
        if (touched[t] < tour->count) push(tour, tour->at[touched[t]]);
    return before - after;
}

static uint64_t perturb(struct tour *tour) {
    const struct order_setup *setup = tour->setup;
    struct rng rng;
    rng_init(&rng, setup->seed);
    tour->is_logging = true;
    if (tour->reversal_max > REVERSAL_KICK_MAX) tour->reversal_max = REVERSAL_KICK_MAX;
    for (uint64_t done = 0; done < setup->kicks; done++) {
        if (done % CHECK_EVERY == 0 && setup->goes_on && !setup->goes_on(setup->context, done))
            return done;
        tour->log_count = 0;
        double saved = kick(tour, &rng);
        saved += search(tour);
        if (saved >= -GAIN_LEAST_S) continue;
        while (tour->log_count) {
            struct reversal r = tour->log[--tour->log_count];
            swap_ends(tour, r.from, r.to);
        }
    }
    return setup->kicks;
}

/* The NEIGHBOURS nearest nodes of each, by time. Quadratic, but a heap of eight is all it keeps:
 * half a second for 5,000 dots, and longer plans are cut into sectors first. */
static void find_neighbours(struct tour *tour) {
    for (uint32_t i = 0; i < tour->count; i++) {
        uint32_t *near = tour->near + (size_t)i * NEIGHBOURS;
        double costs[NEIGHBOURS];
        int found = 0;
        for (uint32_t j = 0; j < tour->count; j++) {
            double c = j == i ? (double)INFINITY : cost(tour, i, j);
            if (j == i || (found == NEIGHBOURS && c >= costs[NEIGHBOURS - 1])) continue;
            int k = found < NEIGHBOURS ? found++ : NEIGHBOURS - 1;
            for (; k > 0 && costs[k - 1] > c; k--) costs[k] = costs[k - 1], near[k] = near[k - 1];
            costs[k] = c, near[k] = j;
        }
    }
}

static void nearest_neighbour(struct tour *tour, bool *is_used) {
    uint32_t current = 0;
    memset(is_used, 0, tour->count * sizeof *is_used);
    for (size_t position = 0; position < tour->count; position++) {
        tour->at[position] = current;
        tour->place[current] = (uint32_t)position;
        is_used[current] = true;
        uint32_t best = 0;
        double best_cost = INFINITY;
        for (uint32_t j = 1; j < tour->count; j++) {
            if (is_used[j]) continue;
            double c = cost(tour, current, j);
            if (c < best_cost) best_cost = c, best = j;
        }
        current = best;
    }
}

static enum result run(struct tour *tour, uint32_t *ret_order, struct order_result *ret_result) {
    struct order_result result = {0};
    nearest_neighbour(tour, tour->is_queued);
    result.nearest_neighbour_s = path_cost(tour);
    memset(tour->is_queued, 0, tour->count * sizeof *tour->is_queued);
    if (tour->count > NEIGHBOURS + 1) {
        find_neighbours(tour);
        tour->reversal_max = tour->count;
        for (size_t i = 0; i < tour->count; i++) push(tour, tour->at[i]);
        search(tour);
        result.kicks_done = perturb(tour);
    }
    result.travel_s = path_cost(tour);
    for (size_t i = 1; i < tour->count; i++) ret_order[i - 1] = tour->at[i] - 1;
    *ret_result = result;
    return RESULT_OK;
}

enum result order_stops(const struct order_setup *setup, uint32_t *ret_order,
                        struct order_result *ret_result) {
    size_t n = setup->stop_count + 1;
    enum result result = RESULT_NO_MEMORY;
    struct tour *tour = calloc(1, sizeof *tour);
    if (!tour) return result;
    tour->setup = setup;
    tour->count = n;
    tour->at = calloc(n, sizeof *tour->at);
    tour->place = calloc(n, sizeof *tour->place);
    tour->near = calloc(n * NEIGHBOURS, sizeof *tour->near);
    tour->queue = calloc(n, sizeof *tour->queue);
    tour->is_queued = calloc(n, sizeof *tour->is_queued);
    if (tour->at && tour->place && tour->near && tour->queue && tour->is_queued)
        result = run(tour, ret_order, ret_result);
    free(tour->at);
    free(tour->place);
    free(tour->near);
    free(tour->queue);
    free(tour->is_queued);
    free(tour);
    return result;
}
