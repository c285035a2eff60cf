/* Sectors, needles, loads: what belongs together stays together, loads are as few as can be, and
 * the stops survive the plan's file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/rng.h"
#include "motion/kinematics.h"
#include "motion/order.h"
#include "motion/schedule.h"
#include "tests/motion/gantry.h"

#define DOTS 1500

static struct dot dots[DOTS];
static struct axes axes[DOTS];

/* A cap of a ball under the gantry, two shades. */
static struct dot_plan make_plan(size_t count, uint64_t seed) {
    struct dot_plan plan = {.dots = dots,
                            .dot_count = count,
                            .zone_count = 1,
                            .shade_count = 2,
                            .zone_names = {"cap"},
                            .shade_names = {"light", "dark"}};
    struct rng rng;
    rng_init(&rng, seed);
    printf("seed %d\n", (int)seed);
    memset(plan.scan_sha256, 'a', 64);
    for (size_t i = 0; i < count; i++) {
        struct vec3 n =
            vec3_unit(vec3_make(rng_range(&rng, -0.5, 0.5), rng_range(&rng, -0.5, 0.5), 1));
        struct vec3 p = vec3_mad(vec3_make(150, 150, -240), 80, n);
        dots[i] = (struct dot){.id = (uint32_t)i + 10,
                               .p_head = p,
                               .n_head = n,
                               .depth_um = 600,
                               .diameter_um = 350,
                               .shade = i % 3 == 0};
        assert_int_equal(kinematics_inverse(&rig, p, n, &axes[i]), REACH_OK);
    }
    return plan;
}

static const struct work everything = {.sector_dots_max = 200,
                                       .sector_pause_s = 15,
                                       .load_dots_max = 90,
                                       .load_at = PLAN_STOP_CUP,
                                       .load_pause_s = 5,
                                       .cup = {20, 20, 0, 0, -10},
                                       .cup_count = 5,
                                       .needle_per = WORK_NEEDLE_PER_SHADE,
                                       .needle_dots_max = 700,
                                       .needle_pause_s = 60};

/* Order the plan, its axes and the schedule, as smprig order does. */
static void put_in_order(struct dot_plan *plan, struct schedule *schedule) {
    static uint32_t order[DOTS], sectors[DOTS], needles[DOTS];
    static struct dot sorted[DOTS];
    static struct axes sorted_axes[DOTS];
    struct order_result result;
    struct order_setup setup = {.rig = &rig,
                                .stops = axes,
                                .stop_count = plan->dot_count,
                                .sectors = schedule->sectors,
                                .needles = schedule->needles,
                                .kicks = 2000};
    memcpy(setup.start.q, rig.park, sizeof setup.start.q);
    assert_int_equal(order_stops(&setup, order, &result), RESULT_OK);
    for (size_t i = 0; i < plan->dot_count; i++) {
        sorted[i] = dots[order[i]], sorted_axes[i] = axes[order[i]];
        sectors[i] = schedule->sectors[order[i]], needles[i] = schedule->needles[order[i]];
    }
    memcpy(dots, sorted, sizeof sorted);
    memcpy(axes, sorted_axes, sizeof sorted_axes);
    memcpy(schedule->sectors, sectors, plan->dot_count * sizeof *sectors);
    memcpy(schedule->needles, needles, plan->dot_count * sizeof *needles);
}

static size_t count_changes(const uint32_t *values, size_t count) {
    size_t changes = 0;
    for (size_t i = 1; i < count; i++) changes += values[i] != values[i - 1];
    return changes;
}

static void sectors_are_equal_and_whole(void **state) {
    (void)state;
    struct dot_plan plan = make_plan(DOTS, 81);
    struct schedule schedule;
    assert_int_equal(schedule_make(&plan, &everything, &schedule), RESULT_OK);
    assert_int_equal(schedule.needle_count, 2);
    assert_int_equal(schedule.sector_count, 3 + 5); /* 500 and 1000 dots by 200 */
    size_t counts[8] = {0};
    for (size_t i = 0; i < DOTS; i++) counts[schedule.sectors[i]]++;
    for (size_t s = 0; s < 8; s++) assert_true(counts[s] >= 165 && counts[s] <= 200);
    put_in_order(&plan, &schedule);
    assert_int_equal(count_changes(schedule.sectors, DOTS), 7);
    assert_int_equal(count_changes(schedule.needles, DOTS), 1);
    schedule_release(&schedule);
}

static void loads_are_few_and_short(void **state) {
    (void)state;
    struct dot_plan plan = make_plan(DOTS, 82);
    struct schedule schedule;
    struct schedule_stops stops;
    assert_int_equal(schedule_make(&plan, &everything, &schedule), RESULT_OK);
    put_in_order(&plan, &schedule);
    assert_int_equal(schedule_stops(&plan, &schedule, &everything, &rig, axes, &stops), RESULT_OK);
    uint32_t last[PLAN_STOP_KIND_COUNT] = {0};
    size_t counts[PLAN_STOP_KIND_COUNT] = {0};
    for (size_t i = 0; i < plan.stop_count; i++) {
        const struct plan_stop *stop = &plan.stops[i];
        if (i) assert_true(stop->before >= plan.stops[i - 1].before);
        if (stop->kind == PLAN_STOP_LOAD)
            assert_true(stop->before - last[PLAN_STOP_LOAD] <= everything.load_dots_max);
        last[stop->kind] = stop->before;
        counts[stop->kind]++;
    }
    assert_true(DOTS - last[PLAN_STOP_LOAD] <= everything.load_dots_max);
    assert_int_equal(counts[PLAN_STOP_LOOK], 7);
    assert_int_equal(counts[PLAN_STOP_LOOK], stops.looks);
    assert_int_equal(counts[PLAN_STOP_NEEDLE], 3); /* 500 and 1000 dots, a life of 700 */
    assert_int_equal(counts[PLAN_STOP_LOAD], stops.loads);
    assert_true(counts[PLAN_STOP_LOAD] >= 17 && counts[PLAN_STOP_LOAD] <= 24);
    assert_true(stops.travel_s > 0 && stops.pause_s > 7 * 15 + 3 * 60 + 17 * 5 - 1);
    free(plan.stops);
    schedule_release(&schedule);
}

static void no_work_no_stops(void **state) {
    (void)state;
    struct work none = work_none();
    for (size_t count = 1; count <= 3; count++) {
        struct dot_plan plan = make_plan(count, 83);
        struct schedule schedule;
        struct schedule_stops stops;
        assert_int_equal(schedule_make(&plan, &none, &schedule), RESULT_OK);
        assert_true(schedule.sector_count == 1 && schedule.needle_count == 1);
        assert_int_equal(schedule_stops(&plan, &schedule, &none, &rig, axes, &stops), RESULT_OK);
        assert_true(plan.stop_count == 0 && stops.pause_s == 0);
        free(plan.stops);
        schedule_release(&schedule);
    }
}

static void stops_survive_the_file(void **state) {
    (void)state;
    struct dot_plan plan = make_plan(DOTS, 84), back;
    struct schedule schedule;
    struct schedule_stops stops;
    struct error err = {0};
    char path[] = "/tmp/smprig-schedule.XXXXXX";
    int file = mkstemp(path);
    assert_true(file >= 0);
    close(file);
    assert_int_equal(schedule_make(&plan, &everything, &schedule), RESULT_OK);
    put_in_order(&plan, &schedule);
    assert_int_equal(schedule_stops(&plan, &schedule, &everything, &rig, axes, &stops), RESULT_OK);
    assert_int_equal(dot_plan_write(&plan, path, &err), RESULT_OK);
    if (dot_plan_read(path, &back, &err) != RESULT_OK) fail_msg("%s", err.text);
    assert_int_equal(back.stop_count, plan.stop_count);
    for (size_t i = 0; i < plan.stop_count; i++) {
        const struct plan_stop *a = &plan.stops[i], *b = &back.stops[i];
        assert_true(a->before == b->before && a->kind == b->kind && a->place == b->place);
        assert_string_equal(a->text, b->text);
        if (a->place == PLAN_STOP_CUP) assert_memory_equal(a->cup, b->cup, sizeof a->cup);
    }
    dot_plan_release(&back);
    free(plan.stops);
    schedule_release(&schedule);
    unlink(path);
}

static void bad_stop_lines_are_refused(void **state) {
    (void)state;
    const char *const lines[] = {
        "comment stop look park wipe",          "comment stop 3 wash park wipe",
        "comment stop 3 look kitchen wipe",     "comment stop 3 load cup dip",
        "comment stop 3 load cup:1,x dip",      "comment stop 3 load cup:1,2,3,4,5,6,7 dip",
        "comment stop 3 load park:1,2 by hand", "comment zone 0 crown",
    };
    struct plan_stop stop = {.before = 77};
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        if (plan_stop_parse(lines[i], &stop)) fail_msg("%s", lines[i]);
    assert_int_equal(stop.before, 77);
    assert_true(plan_stop_parse("comment stop 3 load cup:1,-2.5 dip", &stop));
    assert_true(stop.before == 3 && stop.cup_count == 2 && stop.cup[1] == -2.5);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sectors_are_equal_and_whole),
        cmocka_unit_test(loads_are_few_and_short),
        cmocka_unit_test(no_work_no_stops),
        cmocka_unit_test(stops_survive_the_file),
        cmocka_unit_test(bad_stop_lines_are_refused),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
