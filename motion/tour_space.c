/* A k-d tree (Bentley 1975) whose elements are the points themselves, sorted: the middle element of
 * a range splits it. Its order also puts neighbours close in memory, which the search lives on. */
#include <stdlib.h>
#include <string.h>

#include "motion/tour_private.h"

#define LEAF 8u /* ranges so short are looked through */

/* Half-open range of nodes. */
struct range {
    uint32_t first, end;
};

static uint32_t middle(struct range range) {
    return range.first + (range.end - range.first) / 2;
}

static struct range left_of(struct range range) {
    return (struct range){range.first, middle(range)};
}

static struct range right_of(struct range range) {
    return (struct range){middle(range) + 1, range.end};
}

static bool is_leaf(struct range range) {
    return range.end - range.first <= LEAF;
}

static uint8_t widest_dimension(const struct tour_point *points, struct range range) {
    float widest = -1;
    uint8_t found = 0;
    for (uint8_t d = 0; d < TOUR_DIMENSIONS; d++) {
        float low = INFINITY, high = -INFINITY;
        for (uint32_t i = range.first; i < range.end; i++) {
            low = fminf(low, points[i].x[d]);
            high = fmaxf(high, points[i].x[d]);
        }
        if (high - low > widest) widest = high - low, found = d;
    }
    return found;
}

static void swap_nodes(struct tour_space *space, uint32_t i, uint32_t j) {
    struct tour_point point = space->points[i];
    uint32_t original = space->original[i];
    space->points[i] = space->points[j], space->original[i] = space->original[j];
    space->points[j] = point, space->original[j] = original;
}

/* Quickselect (Hoare, as Wirth writes it): the middle element in its place, none
 * larger before it. */
static void select_middle(struct tour_space *space, struct range range, uint8_t d) {
    int64_t wanted = middle(range), first = range.first, last = (int64_t)range.end - 1;
    while (first < last) {
        float pivot = space->points[wanted].x[d];
        int64_t i = first, j = last;
        while (i <= j) {
            while (space->points[i].x[d] < pivot) i++;
            while (space->points[j].x[d] > pivot) j--;
            if (i <= j) swap_nodes(space, (uint32_t)i++, (uint32_t)j--);
        }
        if (j < wanted) first = i;
        if (wanted < i) last = j;
    }
}

static void build(struct tour_space *space, struct range range) {
    if (is_leaf(range)) return;
    uint8_t d = widest_dimension(space->points, range);
    select_middle(space, range, d);
    space->split[middle(range)] = d;
    space->alive[middle(range)] = range.end - range.first;
    build(space, left_of(range));
    build(space, right_of(range));
}

/* Cost that a difference along one dimension alone makes: a lower bound of the whole. */
static float bound(const struct tour_space *space, uint8_t d, float difference) {
    float x = fabsf(difference);
    return space->metric == TOUR_CHORD ? x : tour_time(x, x * space->ramp_s[d]);
}

/* --- the nearest of one point --- */

#define FOUND_MAX (2 * TOUR_NEIGHBOURS)

struct nearest {
    const struct tour_space *space;
    uint32_t to, wanted, count;
    struct tour_near found[FOUND_MAX]; /* nearest first; cost with the rest rule */
};

static float rest_cost(const struct tour_space *space, uint32_t a, uint32_t b) {
    bool is_too_near = space->places_mm && tour_is_too_near(space, a, b);
    return tour_base_cost(space, a, b) + (is_too_near ? (float)TOUR_REST_COST : 0);
}

static void offer(struct nearest *nearest, uint32_t node) {
    if (node == nearest->to) return;
    float cost = rest_cost(nearest->space, nearest->to, node);
    bool is_full = nearest->count == nearest->wanted;
    if (is_full && !(cost < nearest->found[nearest->count - 1].cost)) return;
    uint32_t k = is_full ? nearest->count - 1 : nearest->count++;
    for (; k > 0 && nearest->found[k - 1].cost > cost; k--)
        nearest->found[k] = nearest->found[k - 1];
    nearest->found[k] = (struct tour_near){node, cost};
}

static void look_near(struct nearest *nearest, struct range range) {
    const struct tour_space *space = nearest->space;
    if (is_leaf(range)) {
        for (uint32_t i = range.first; i < range.end; i++) offer(nearest, i);
        return;
    }
    uint32_t mid = middle(range);
    uint8_t d = space->split[mid];
    float difference = space->points[nearest->to].x[d] - space->points[mid].x[d];
    offer(nearest, mid);
    look_near(nearest, difference < 0 ? left_of(range) : right_of(range));
    bool is_full = nearest->count == nearest->wanted;
    if (!is_full || bound(space, d, difference) < nearest->found[nearest->count - 1].cost)
        look_near(nearest, difference < 0 ? right_of(range) : left_of(range));
}

/* Half of the neighbours from the point's own group where there are so many near it, so that the
 * search inside a group does not starve at its border. */
static void keep_nearest(const struct nearest *nearest, struct tour_near *near) {
    const struct tour_space *space = nearest->space;
    uint32_t own = TOUR_NEIGHBOURS / 2, others = TOUR_NEIGHBOURS - own, kept = 0;
    bool is_kept[FOUND_MAX] = {false};
    for (uint32_t k = 0; k < nearest->count; k++) {
        bool is_own = !space->has_groups || space->groups[nearest->found[k].node].group ==
                                                space->groups[nearest->to].group;
        is_kept[k] = is_own ? own > 0 || others > 0 : others > 0;
        if (is_own && own > 0)
            own--;
        else if (is_kept[k])
            others--;
    }
    for (uint32_t k = 0; k < nearest->count && kept < TOUR_NEIGHBOURS; k++)
        if (is_kept[k])
            near[kept++] = (struct tour_near){
                nearest->found[k].node, tour_base_cost(space, nearest->to, nearest->found[k].node)};
    while (kept < TOUR_NEIGHBOURS) near[kept++] = (struct tour_near){TOUR_NONE, INFINITY};
}

void tour_space_find_neighbours(struct tour_space *space) {
    struct nearest nearest = {.space = space,
                              .wanted = space->has_groups ? FOUND_MAX : TOUR_NEIGHBOURS};
    uint32_t count = (uint32_t)space->count;
    for (uint32_t i = 0; i < count; i++) {
        nearest.to = i, nearest.count = 0;
        look_near(&nearest, (struct range){0, count});
        keep_nearest(&nearest, space->near + (size_t)i * TOUR_NEIGHBOURS);
    }
    for (uint32_t k = 0; k < TOUR_NEIGHBOURS && !space->is_closed; k++)
        space->near[(size_t)space->end * TOUR_NEIGHBOURS + k] =
            (struct tour_near){TOUR_NONE, INFINITY};
}

/* --- the nearest that is left --- */

struct best {
    uint32_t to, node;
    double cost;
};

static void offer_left(const struct tour_space *space, uint32_t node, struct best *best) {
    if (space->is_taken[node]) return;
    double cost = (double)tour_base_cost(space, best->to, node);
    if (!(cost < best->cost)) return;
    if (tour_avoids(space)) cost += tour_avoidance_cost(space, best->to, node);
    if (cost < best->cost) best->cost = cost, best->node = node;
}

static void look_for_left(const struct tour_space *space, struct range range, struct best *best) {
    if (is_leaf(range)) {
        for (uint32_t i = range.first; i < range.end; i++) offer_left(space, i, best);
        return;
    }
    uint32_t mid = middle(range);
    if (space->alive[mid] == 0) return;
    uint8_t d = space->split[mid];
    float difference = space->points[best->to].x[d] - space->points[mid].x[d];
    offer_left(space, mid, best);
    look_for_left(space, difference < 0 ? left_of(range) : right_of(range), best);
    if ((double)bound(space, d, difference) < best->cost)
        look_for_left(space, difference < 0 ? right_of(range) : left_of(range), best);
}

uint32_t tour_space_nearest(const struct tour_space *space, uint32_t to) {
    struct best best = {to, TOUR_NONE, (double)INFINITY};
    look_for_left(space, (struct range){0, (uint32_t)space->count}, &best);
    return best.node;
}

void tour_space_take(struct tour_space *space, uint32_t node) {
    space->is_taken[node] = true;
    for (struct range range = {0, (uint32_t)space->count}; !is_leaf(range);) {
        uint32_t mid = middle(range);
        space->alive[mid]--;
        if (node == mid) return;
        range = node < mid ? left_of(range) : right_of(range);
    }
}

/* --- memory --- */

static void copy_avoidance(struct tour_space *space, const struct tour_avoidance *avoidance) {
    for (size_t i = 0; i < space->count; i++) {
        uint32_t from = space->original[i];
        if (avoidance->groups)
            space->groups[i] = (struct tour_group){
                avoidance->groups[from], avoidance->families ? avoidance->families[from] : 0};
        if (space->places_mm)
            memcpy(space->places_mm[i], avoidance->places_mm[from], sizeof *space->places_mm);
    }
}

enum result tour_space_init(struct tour_space *space, const struct tour_setup *setup) {
    const struct tour_avoidance *avoidance = &setup->avoidance;
    size_t n = setup->count, nodes = n + !setup->is_closed;
    bool rests = avoidance->rest_mm > 0 && avoidance->places_mm;
    *space = (struct tour_space){.metric = setup->metric,
                                 .count = n,
                                 .is_closed = setup->is_closed,
                                 .has_groups = avoidance->groups != NULL,
                                 .end = setup->is_closed ? TOUR_NONE : (uint32_t)n,
                                 .start = TOUR_NONE,
                                 .rest_mm = (float)avoidance->rest_mm};
    memcpy(space->ramp_s, setup->ramp_s, sizeof space->ramp_s);
    space->points = calloc(n, sizeof *space->points);
    space->original = calloc(n, sizeof *space->original);
    space->split = calloc(n, sizeof *space->split);
    space->alive = calloc(n, sizeof *space->alive);
    space->is_taken = calloc(n, sizeof *space->is_taken);
    space->near = calloc(nodes * TOUR_NEIGHBOURS, sizeof *space->near);
    if (avoidance->groups) space->groups = calloc(n, sizeof *space->groups);
    if (rests) space->places_mm = calloc(n, sizeof *space->places_mm);
    if (!space->points || !space->original || !space->split || !space->alive || !space->is_taken ||
        !space->near || (avoidance->groups && !space->groups) || (rests && !space->places_mm)) {
        tour_space_release(space);
        return RESULT_NO_MEMORY;
    }
    memcpy(space->points, setup->points, n * sizeof *space->points);
    for (uint32_t i = 0; i < n; i++) space->original[i] = i;
    build(space, (struct range){0, (uint32_t)n});
    copy_avoidance(space, avoidance);
    for (uint32_t i = 0; i < n; i++)
        if (space->original[i] == 0) space->start = i;
    return RESULT_OK;
}

void tour_space_release(struct tour_space *space) {
    free(space->points);
    free(space->original);
    free(space->split);
    free(space->alive);
    free(space->is_taken);
    free(space->near);
    free(space->groups);
    free(space->places_mm);
    *space = (struct tour_space){0};
}
