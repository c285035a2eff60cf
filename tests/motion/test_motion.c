/* Kinematics, time model, travel and order on the shipped gantry. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"
#include "controller/guard/guard_bind.h"
#include "controller/guard/retreat_target.h"
#include "motion/kinematics.h"
#include "motion/order.h"
#include "motion/time_model.h"
#include "motion/travel.h"
#include "safety/chain.h"
#include "safety/retreat.h"

#define POSES 200000

static struct rig rig;

static int set_up(void **state) {
    struct error err = {0};
    (void)state;
    if (rig_read("configs/rigs/gantry.yaml", &rig, &err) == RESULT_OK) return 0;
    printf("%s\n", err.text);
    return -1;
}

static struct axes random_axes(struct rng *rng) {
    struct axes axes = {0};
    for (size_t i = 0; i < rig.axis_count; i++)
        axes.q[i] = rng_range(rng, rig.axes[i].min, rig.axes[i].max);
    return axes;
}

/* And the gate's own chain, written apart, agrees with motion's. */
static void forward_of_inverse_is_the_pose(void **state) {
    (void)state;
    struct rng rng;
    struct gate_rig gate_rig = guard_gate_rig(&rig);
    rng_init(&rng, 31);
    printf("seed 31\n");
    for (int i = 0; i < POSES; i++) {
        struct axes q = random_axes(&rng), back = {0};
        struct pose T = kinematics_forward(&rig, &q);
        struct vec3 n = pose_rotate(T, vec3_make(0, 0, 1));
        assert_int_equal(kinematics_inverse(&rig, T.t, n, &back), REACH_OK);
        struct pose again = kinematics_forward(&rig, &back);
        assert_true(vec3_distance(again.t, T.t) < 1e-9);
        assert_true(vec3_distance(pose_rotate(again, vec3_make(0, 0, 1)), n) < 1e-12);
        if (i % 10) continue;
        struct pose gate = chain_forward(&gate_rig.chain, q.q);
        assert_true(vec3_distance(gate.t, T.t) < 1e-9);
        for (int k = 0; k < 3; k++)
            for (int m = 0; m < 3; m++) assert_true(fabs(gate.R.m[k][m] - T.R.m[k][m]) < 1e-12);
    }
}

static void what_is_out_of_reach_is_named(void **state) {
    (void)state;
    struct axes axes = {.q = {1, 2, 3, 4, 5}}, before = axes;
    const struct {
        struct vec3 p, n;
        enum reach reach;
    } cases[] = {
        {{150, 150, -160}, {0, 0, 1}, REACH_OK},
        {{-50, 150, -160}, {0, 0, 1}, REACH_TRAVEL},
        {{150, 150, -400}, {0, 0, 1}, REACH_TRAVEL},
        {{150, 150, -160}, {0, 0.9, 0.4358898944}, REACH_TILT},
        {{150, 150, -160}, {1, 0, 0}, REACH_SINGULAR},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        axes = before;
        assert_int_equal(kinematics_inverse(&rig, cases[i].p, cases[i].n, &axes), cases[i].reach);
        bool is_untouched = memcmp(&axes, &before, sizeof axes) == 0;
        assert_true(is_untouched == (cases[i].reach != REACH_OK));
    }
}

static void the_time_model_is_the_trapezoid(void **state) {
    (void)state;
    struct axes from = {0}, to = {0};
    assert_true(time_model_travel_s(&rig, &from, &to) == 0);
    to.q[0] = 1.5; /* all ramp: 2 sqrt(d / a) */
    assert_true(fabs(time_model_travel_s(&rig, &from, &to) - 2 * sqrt(1.5 / 5000)) < 1e-12);
    to.q[0] = 100; /* d / v + v / a */
    assert_true(fabs(time_model_travel_s(&rig, &from, &to) - (0.5 + 0.04)) < 1e-12);
    to.q[2] = 90 * RAD_PER_DEG; /* the tilt is slower: 0.5 s at 180 deg/s and its ramps of 0.05 s */
    assert_true(fabs(time_model_travel_s(&rig, &from, &to) - 0.55) < 1e-9);
    assert_true(fabs(time_model_contact_s(&rig, 0.4, 80) - 0.01) < 1e-12);
    assert_true(fabs(time_model_strike_s(&rig, 1.0, 80) -
                     (1.0 / 80 + 0.01 + 2 * sqrt(1.0 / 8000))) < 1e-12);
}

static void an_order_beats_nearest_neighbour(void **state) {
    (void)state;
    enum { STOPS = 800 };
    static struct axes stops[STOPS];
    static uint32_t order[STOPS], again[STOPS];
    struct order_result result, repeated;
    bool is_seen[STOPS] = {false};
    struct rng rng;
    rng_init(&rng, 41);
    printf("seed 41\n");
    for (int i = 0; i < STOPS; i++) {
        struct vec3 n =
            vec3_unit(vec3_make(rng_range(&rng, -0.4, 0.4), rng_range(&rng, -0.4, 0.4), 1));
        struct vec3 p = vec3_mad(vec3_make(150, 150, -240), 80, n);
        assert_int_equal(kinematics_inverse(&rig, p, n, &stops[i]), REACH_OK);
    }
    struct order_setup setup = {
        .rig = &rig, .stops = stops, .stop_count = STOPS, .seed = 9, .kicks = 20000};
    memcpy(setup.start.q, rig.park, sizeof setup.start.q);
    assert_int_equal(order_stops(&setup, order, &result), RESULT_OK);
    assert_int_equal(order_stops(&setup, again, &repeated), RESULT_OK);
    assert_memory_equal(order, again, sizeof order); /* the same seed, the same order */
    double sum = time_model_travel_s(&rig, &setup.start, &stops[order[0]]);
    for (int i = 0; i < STOPS; i++) {
        assert_false(is_seen[order[i]]);
        is_seen[order[i]] = true;
        if (i) sum += time_model_travel_s(&rig, &stops[order[i - 1]], &stops[order[i]]);
    }
    assert_true(fabs(sum - result.travel_s) < 1e-9); /* what it says is what it is */
    printf("travel %.2f s, nearest neighbour %.2f s\n", result.travel_s,
           result.nearest_neighbour_s);
    assert_true(result.travel_s < 0.94 * result.nearest_neighbour_s);
}

static void tiny_orders_work(void **state) {
    (void)state;
    struct axes stops[12] = {0};
    uint32_t order[12];
    struct order_result result;
    for (size_t n = 1; n <= 12; n++) {
        for (size_t i = 0; i < n; i++) stops[i].q[0] = (double)((i * 7) % 12) * 10;
        struct order_setup setup = {.rig = &rig, .stops = stops, .stop_count = n, .kicks = 100};
        assert_int_equal(order_stops(&setup, order, &result), RESULT_OK);
        assert_true(result.travel_s <= result.nearest_neighbour_s + 1e-6);
    }
}

static void a_retreat_is_axial_and_nothing_else_is(void **state) {
    (void)state;
    struct gate_rig gate_rig = guard_gate_rig(&rig);
    struct rng rng;
    rng_init(&rng, 51);
    printf("seed 51\n");
    for (int i = 0; i < 20000; i++) {
        struct axes q = random_axes(&rng);
        double to[GATE_AXES_MAX];
        q.q[4] = rng_range(&rng, -140, -20); /* away from the ends, so that there is a way */
        q.q[0] = q.q[1] = 150;
        assert_true(retreat_target(&gate_rig, q.q, 8, to));
        assert_true(retreat_is_axial(&gate_rig, q.q, to));
        struct pose before = chain_forward(&gate_rig.chain, q.q);
        struct pose after = chain_forward(&gate_rig.chain, to);
        struct vec3 up = pose_rotate(before, vec3_make(0, 0, 1));
        assert_true(vec3_distance(after.t, vec3_mad(before.t, 8, up)) < 1e-9);
        double wrong[GATE_AXES_MAX];
        memcpy(wrong, to, sizeof wrong);
        wrong[rng_below(&rng, 2)] += 0.05; /* sideways */
        assert_false(retreat_is_axial(&gate_rig, q.q, wrong));
        assert_false(retreat_is_axial(&gate_rig, to, q.q)); /* inward */
        memcpy(wrong, to, sizeof wrong);
        wrong[2] += 1e-3; /* turning */
        assert_false(retreat_is_axial(&gate_rig, q.q, wrong));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(forward_of_inverse_is_the_pose, set_up),
        cmocka_unit_test_setup(what_is_out_of_reach_is_named, set_up),
        cmocka_unit_test_setup(the_time_model_is_the_trapezoid, set_up),
        cmocka_unit_test_setup(an_order_beats_nearest_neighbour, set_up),
        cmocka_unit_test_setup(tiny_orders_work, set_up),
        cmocka_unit_test_setup(a_retreat_is_axial_and_nothing_else_is, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
