/* Ways over a real scan: every leg is clear by the guard's own proof and by plain sampling, the
 * lift is no higher than it must be, and a needle that the head has come near to
 * goes straight out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/rng.h"
#include "controller/guard/guard_bind.h"
#include "motion/kinematics.h"
#include "motion/travel.h"
#include "plan/field.h"
#include "safety/clearance.h"
#include "safety/retreat.h"
#include "sim/scenario.h"

#define WAYS 300
#define SAMPLES 400

static struct rig rig;
static struct gate_rig gate_rig;
static struct scenario scenario;
static struct field field;

static int set_up(void **state) {
    struct error err = {0};
    (void)state;
    if (rig_read("configs/rigs/gantry.yaml", &rig, &err) == RESULT_OK &&
        scenario_read("configs/scenarios/demo.yaml", &scenario, &err) == RESULT_OK &&
        field_of_scan("configs/scans/colin27.ply", &field, &err) == RESULT_OK) {
        gate_rig = guard_gate_rig(&rig);
        return 0;
    }
    printf("%s\n", err.text);
    return -1;
}

static int tear_down(void **state) {
    (void)state;
    field_release(&field);
    return 0;
}

/* Hovering over a random place of the scan that the rig reaches with the tool clear. */
static struct axes random_hover(struct rng *rng) {
    for (;;) {
        struct axes axes;
        struct vec3 p = {rng_range(rng, -80, 80), rng_range(rng, -110, 80),
                         rng_range(rng, 40, 110)};
        for (int i = 0; i < 20; i++)
            p = vec3_mad(p, -field_view_sample(&field.view, p),
                         vec3_unit(field_view_gradient(&field.view, p)));
        struct vec3 n = vec3_unit(field_view_gradient(&field.view, p));
        p = pose_apply(scenario.T_rig_head, vec3_mad(p, rig.hover_mm, n));
        n = pose_rotate(scenario.T_rig_head, n);
        if (kinematics_inverse(&rig, p, n, &axes) == REACH_OK &&
            travel_stands_clear(&rig, &field.view, scenario.T_rig_head, axes))
            return axes;
    }
}

static struct axes between(const struct axes *from, const struct axes *to, double s) {
    struct axes at = *from;
    for (size_t i = 0; i < rig.axis_count; i++) at.q[i] += s * (to->q[i] - from->q[i]);
    return at;
}

static void assert_clear(const struct axes *from, const struct axes *to) {
    struct clearance_segment segment = {from->q, to->q, pose_inverse(scenario.T_rig_head)};
    assert_true(clearance_holds(&gate_rig, &field.view, &segment));
    for (int k = 0; k <= SAMPLES; k++) {
        struct axes at = between(from, to, (double)k / SAMPLES);
        struct pose T = pose_mul(pose_inverse(scenario.T_rig_head), kinematics_forward(&rig, &at));
        assert_true(field_view_sample(&field.view, T.t) >= rig.tip_clearance_mm);
    }
}

static void every_leg_is_clear(void **state) {
    (void)state;
    struct rng rng;
    size_t kinds[TRAVEL_LEGS_MAX + 1] = {0};
    rng_init(&rng, 61);
    printf("seed 61\n");
    for (int i = 0; i < WAYS; i++) {
        struct axes ends[2] = {random_hover(&rng), random_hover(&rng)}, legs[TRAVEL_LEGS_MAX];
        size_t count = 0;
        if (i % 3 == 0) ends[0] = between(&ends[1], &ends[0], 0.02); /* a near neighbour's way */
        if (!travel_stands_clear(&rig, &field.view, scenario.T_rig_head, ends[0])) continue;
        assert_int_equal(travel_plan(&rig, &field.view, scenario.T_rig_head, ends, legs, &count),
                         RESULT_OK);
        assert_true(count >= 1 && count <= TRAVEL_LEGS_MAX);
        kinds[count]++;
        assert_memory_equal(&legs[count - 1], &ends[1], sizeof ends[1]);
        const struct axes *from = &ends[0];
        for (size_t k = 0; k < count; k++) {
            assert_clear(from, &legs[k]);
            from = &legs[k];
        }
        if (count == 1) continue;
        assert_false(travel_is_clear(&rig, &field.view, scenario.T_rig_head, ends[0], ends[1]));
        /* A tent that is much lower touches. */
        struct axes top = between(&ends[0], &ends[1], 0.5);
        if (count != 2) continue;
        double height_mm =
            vec3_distance(kinematics_forward(&rig, &top).t, kinematics_forward(&rig, &legs[0]).t);
        assert_int_equal(kinematics_lift(&rig, &top, height_mm - 0.6, &top), REACH_OK);
        assert_false(travel_is_clear(&rig, &field.view, scenario.T_rig_head, ends[0], top) &&
                     travel_is_clear(&rig, &field.view, scenario.T_rig_head, top, ends[1]));
    }
    printf("straight %zu, tents %zu, lifted %zu\n", kinds[1], kinds[2], kinds[3]);
    assert_true(kinds[1] > 20 && kinds[2] > 20);
}

static void a_head_that_came_near_is_left_straight_out(void **state) {
    (void)state;
    struct rng rng;
    rng_init(&rng, 62);
    printf("seed 62\n");
    for (int i = 0; i < 50; i++) {
        struct axes ends[2] = {random_hover(&rng), random_hover(&rng)}, legs[TRAVEL_LEGS_MAX];
        size_t count = 0;
        /* The head has come 0.35 mm nearer: less than the tip's clearance is left. */
        assert_int_equal(kinematics_lift(&rig, &ends[0], -0.35, &ends[0]), REACH_OK);
        assert_false(travel_stands_clear(&rig, &field.view, scenario.T_rig_head, ends[0]));
        assert_int_equal(travel_plan(&rig, &field.view, scenario.T_rig_head, ends, legs, &count),
                         RESULT_OK);
        assert_true(count >= 2);
        assert_true(retreat_is_axial(&gate_rig, ends[0].q, legs[0].q));
        for (size_t k = 1; k < count; k++) assert_clear(&legs[k - 1], &legs[k]);
    }
}

static void what_cannot_be_reached_clear_is_refused(void **state) {
    (void)state;
    struct rng rng;
    rng_init(&rng, 63);
    struct axes ends[2] = {random_hover(&rng), random_hover(&rng)}, legs[TRAVEL_LEGS_MAX] = {{{7}}};
    size_t count = 9;
    assert_int_equal(kinematics_lift(&rig, &ends[1], -3, &ends[1]), REACH_OK); /* in the skin */
    assert_int_equal(travel_plan(&rig, &field.view, scenario.T_rig_head, ends, legs, &count),
                     RESULT_RANGE);
    assert_true(count == 9 && legs[0].q[0] == 7); /* untouched */
    ends[1].q[1] = (double)NAN;
    assert_int_equal(travel_plan(&rig, &field.view, scenario.T_rig_head, ends, legs, &count),
                     RESULT_RANGE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_leg_is_clear),
        cmocka_unit_test(a_head_that_came_near_is_left_straight_out),
        cmocka_unit_test(what_cannot_be_reached_clear_is_refused),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
