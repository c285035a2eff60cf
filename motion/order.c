#include "motion/order.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "motion/time_model.h"
#include "motion/tour.h"

static_assert(RIG_AXES_MAX <= TOUR_DIMENSIONS, "a tour point holds every axis");

/* What the tour solver reads: point 0 is the start, point i + 1 is stop i. */
struct order_points {
    struct tour_point *points;
    uint32_t *groups, *families, *tour;
    float (*places_mm)[3];
};

uint64_t order_kicks(size_t stop_count) {
    uint64_t kicks = (uint64_t)stop_count * ORDER_KICKS_A_DOT;
    return kicks < ORDER_KICKS_LEAST ? ORDER_KICKS_LEAST : kicks;
}

static void release(struct order_points *points) {
    free(points->points);
    free(points->groups);
    free(points->families);
    free(points->tour);
    free(points->places_mm);
}

static enum result make_room(const struct order_setup *setup, struct order_points *points) {
    size_t n = setup->stop_count + 1;
    *points =
        (struct order_points){calloc(n, sizeof *points->points), calloc(n, sizeof *points->groups),
                              calloc(n, sizeof *points->families), calloc(n, sizeof *points->tour),
                              calloc(n, sizeof *points->places_mm)};
    if (points->points && points->groups && points->families && points->tour && points->places_mm)
        return RESULT_OK;
    release(points);
    return RESULT_NO_MEMORY;
}

/* Seconds at full speed, the solver's unit. */
static struct tour_point point_of(const struct rig *rig, const struct axes *axes) {
    struct tour_point point = {0};
    for (size_t i = 0; i < rig->axis_count; i++)
        point.x[i] = (float)(axes->q[i] / rig->axes[i].speed_max);
    return point;
}

/* The start belongs to a sector and a needle of its own and lies far from all skin. */
static void fill(const struct order_setup *setup, struct order_points *points) {
    points->points[0] = point_of(setup->rig, &setup->start);
    points->groups[0] = points->families[0] = UINT32_MAX;
    for (int k = 0; k < 3; k++) points->places_mm[0][k] = 1e6f;
    for (size_t i = 0; i < setup->stop_count; i++) {
        points->points[i + 1] = point_of(setup->rig, &setup->stops[i]);
        if (setup->sectors) points->groups[i + 1] = setup->sectors[i];
        if (setup->needles) points->families[i + 1] = setup->needles[i];
        if (setup->places_mm)
            memcpy(points->places_mm[i + 1], setup->places_mm[i], sizeof *points->places_mm);
    }
}

static double path_s(const struct order_setup *setup, const uint32_t *order) {
    const struct axes *at = &setup->start;
    double sum_s = 0;
    for (size_t i = 0; i < setup->stop_count; i++) {
        sum_s += time_model_travel_s(setup->rig, at, &setup->stops[order[i]]);
        at = &setup->stops[order[i]];
    }
    return sum_s;
}

static size_t count_short_rests(const struct order_setup *setup, const uint32_t *order) {
    size_t count = 0;
    if (!setup->places_mm || !(setup->rest_mm > 0)) return 0;
    for (size_t i = 1; i < setup->stop_count; i++) {
        const float *p = setup->places_mm[order[i - 1]], *q = setup->places_mm[order[i]];
        double dx = (double)(p[0] - q[0]), dy = (double)(p[1] - q[1]), dz = (double)(p[2] - q[2]);
        count += sqrt(dx * dx + dy * dy + dz * dz) < setup->rest_mm;
    }
    return count;
}

enum result order_stops(const struct order_setup *setup, uint32_t *ret_order,
                        struct order_result *ret_result) {
    struct order_points points;
    struct tour_result tour;
    enum result result = make_room(setup, &points);
    if (result != RESULT_OK) return result;
    fill(setup, &points);
    struct tour_setup search = {
        .metric = TOUR_TIME,
        .points = points.points,
        .count = setup->stop_count + 1,
        .seed = setup->seed,
        .kicks = setup->kicks ? setup->kicks : order_kicks(setup->stop_count),
        .goes_on = setup->goes_on,
        .context = setup->context};
    for (size_t i = 0; i < setup->rig->axis_count; i++)
        search.ramp_s[i] =
            (float)(setup->rig->axes[i].speed_max / setup->rig->axes[i].acceleration_max);
    if (setup->sectors) search.avoidance.groups = points.groups;
    if (setup->needles) search.avoidance.families = points.families;
    if (setup->places_mm) search.avoidance.places_mm = (const float(*)[3])points.places_mm;
    search.avoidance.rest_mm = setup->rest_mm;
    result = tour_solve(&search, points.tour, &tour);
    if (result == RESULT_OK) {
        for (size_t i = 0; i < setup->stop_count; i++) ret_order[i] = points.tour[i + 1] - 1;
        *ret_result = (struct order_result){.nearest_neighbour_s = tour.nearest_neighbour,
                                            .travel_s = path_s(setup, ret_order),
                                            .kicks_done = tour.kicks_done,
                                            .short_rests = count_short_rests(setup, ret_order)};
    }
    release(&points);
    return result;
}
