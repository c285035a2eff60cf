/* The tour solver: whole, repeatable, optimal where that can be checked, obedient to what it is to
 * avoid. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"
#include "motion/tour.h"

#define MOST 50000u

static struct tour_point points[MOST];
static uint32_t order[MOST], again[MOST];

static void scatter(size_t count, uint64_t seed) {
    struct rng rng;
    rng_init(&rng, seed);
    memset(points, 0, sizeof points);
    for (size_t i = 0; i < count; i++)
        for (int k = 0; k < 3; k++) points[i].x[k] = (float)rng_range(&rng, 0, 100);
}

static double chord(uint32_t a, uint32_t b) {
    double sum = 0;
    for (int k = 0; k < 3; k++) sum += pow((double)(points[a].x[k] - points[b].x[k]), 2);
    return sqrt(sum);
}

static double length_of(const uint32_t *path, size_t count, bool is_closed) {
    double sum = is_closed ? chord(path[count - 1], path[0]) : 0;
    for (size_t i = 1; i < count; i++) sum += chord(path[i - 1], path[i]);
    return sum;
}

static void assert_whole(const uint32_t *path, size_t count) {
    static bool is_seen[MOST];
    memset(is_seen, 0, sizeof is_seen);
    for (size_t i = 0; i < count; i++) {
        assert_true(path[i] < count);
        assert_false(is_seen[path[i]]);
        is_seen[path[i]] = true;
    }
    assert_int_equal(path[0], 0);
}

static struct tour_result solve(const struct tour_setup *setup, uint32_t *ret_order) {
    struct tour_result result;
    assert_int_equal(tour_solve(setup, ret_order, &result), RESULT_OK);
    assert_whole(ret_order, setup->count);
    return result;
}

static double shortest(uint32_t *path, size_t count, size_t fixed, bool is_closed) {
    double best = (double)INFINITY;
    if (fixed == count) return length_of(path, count, is_closed);
    for (size_t i = fixed; i < count; i++) {
        uint32_t swap = path[fixed];
        path[fixed] = path[i], path[i] = swap;
        best = fmin(best, shortest(path, count, fixed + 1, is_closed));
        swap = path[fixed];
        path[fixed] = path[i], path[i] = swap;
    }
    return best;
}

static void small_tours_are_the_shortest(void **state) {
    (void)state;
    printf("seeds 100..\n");
    for (size_t count = 1; count <= 8; count++)
        for (uint64_t seed = 100; seed < 120; seed++)
            for (int is_closed = 0; is_closed < 2; is_closed++) {
                uint32_t path[8] = {0, 1, 2, 3, 4, 5, 6, 7};
                scatter(count, seed);
                struct tour_setup setup = {.metric = TOUR_CHORD,
                                           .points = points,
                                           .count = count,
                                           .is_closed = is_closed,
                                           .kicks = 400};
                struct tour_result result = solve(&setup, order);
                double found = length_of(order, count, is_closed);
                assert_true(fabs(found - result.length) < 1e-3);
                double least = shortest(path, count, 1, is_closed);
                assert_true(found <= least * 1.0001);
            }
}

static void every_size_and_shape_is_whole(void **state) {
    (void)state;
    for (size_t count = 1; count < 60; count++)
        for (int shape = 0; shape < 3; shape++) {
            scatter(count, count);
            for (size_t i = 0; i < count && shape; i++) /* all in one place; in one line */
                for (int k = 0; k < 3; k++) points[i].x[k] = shape == 1 ? 7 : (float)(i / 2);
            struct tour_setup setup = {.metric = TOUR_CHORD,
                                       .points = points,
                                       .count = count,
                                       .is_closed = count % 2,
                                       .kicks = 50};
            struct tour_result result = solve(&setup, order);
            assert_true(result.length <= result.nearest_neighbour + 1e-3);
        }
    struct tour_result result;
    struct tour_setup none = {.points = points, .count = 0};
    assert_int_equal(tour_solve(&none, order, &result), RESULT_RANGE);
}

static void the_same_seed_gives_the_same_tour(void **state) {
    (void)state;
    scatter(3000, 7);
    struct tour_setup setup = {
        .metric = TOUR_CHORD, .points = points, .count = 3000, .seed = 3, .kicks = 3000};
    struct tour_result one = solve(&setup, order), two = solve(&setup, again);
    assert_memory_equal(order, again, 3000 * sizeof *order);
    assert_true(one.length == two.length && one.kicks_done == 3000);
    setup.seed = 4;
    solve(&setup, again);
    assert_true(memcmp(order, again, 3000 * sizeof *order) != 0);
    assert_true(one.length < 0.9 * one.nearest_neighbour);
}

static bool ends_at_once(void *context, uint64_t kicks_done) {
    (void)context;
    return kicks_done < 1000;
}

static void it_can_be_ended_at_any_time(void **state) {
    (void)state;
    scatter(MOST, 8);
    struct tour_setup setup = {.metric = TOUR_CHORD,
                               .points = points,
                               .count = MOST,
                               .kicks = UINT64_MAX,
                               .goes_on = ends_at_once};
    struct tour_result result = solve(&setup, order);
    assert_true(result.kicks_done >= 1000 && result.kicks_done < 2000);
    assert_true(fabs(length_of(order, MOST, false) - result.length) < 1e-4 * result.length);
}

/* Groups in the order of the tour: each is entered once, and so is each family. */
static void groups_are_visited_whole(void **state) {
    (void)state;
    enum { COUNT = 4000 };
    static uint32_t groups[COUNT], families[COUNT];
    scatter(COUNT, 9);
    for (size_t i = 0; i < COUNT; i++) {
        families[i] = points[i].x[2] > 50;
        groups[i] = 16 * families[i] + 4 * (uint32_t)(points[i].x[0] / 25.01F) +
                    (uint32_t)(points[i].x[1] / 25.01F);
    }
    struct tour_setup setup = {.metric = TOUR_CHORD,
                               .points = points,
                               .count = COUNT,
                               .avoidance = {.groups = groups, .families = families},
                               .kicks = 4000};
    solve(&setup, order);
    size_t group_changes = 0, family_changes = 0;
    for (size_t i = 1; i < COUNT; i++) {
        group_changes += groups[order[i]] != groups[order[i - 1]];
        family_changes += families[order[i]] != families[order[i - 1]];
    }
    assert_int_equal(group_changes, 31);
    assert_int_equal(family_changes, 1);
}

static void steps_keep_the_rest(void **state) {
    (void)state;
    enum { COUNT = 2000 };
    static float places[COUNT][3];
    const double rest_mm = 12;
    scatter(COUNT, 10);
    for (size_t i = 0; i < COUNT; i++)
        for (int k = 0; k < 3; k++) places[i][k] = points[i].x[k];
    struct tour_setup setup = {
        .metric = TOUR_CHORD,
        .points = points,
        .count = COUNT,
        .avoidance = {.places_mm = (const float(*)[3])places, .rest_mm = rest_mm},
        .kicks = 2000};
    struct tour_result result = solve(&setup, order);
    size_t broken = 0;
    for (size_t i = 1; i < COUNT; i++) broken += chord(order[i - 1], order[i]) < rest_mm - 1e-4;
    printf("%d steps of %.1f mm in the mean, %d shorter than the rest\n", COUNT - 1,
           result.length / (COUNT - 1), (int)broken);
    assert_int_equal(broken, 0);
    assert_true(result.length / (COUNT - 1) < 1.15 * rest_mm);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_tours_are_the_shortest),
        cmocka_unit_test(every_size_and_shape_is_whole),
        cmocka_unit_test(the_same_seed_gives_the_same_tour),
        cmocka_unit_test(it_can_be_ended_at_any_time),
        cmocka_unit_test(groups_are_visited_whole),
        cmocka_unit_test(steps_keep_the_rest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
