/* The filter on made-up motion: prediction, flinch, late measurements, honest covariance. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/vision/motion.h"

static const struct vec3 ring_centre = {0, -30, 90};
#define SIGMA_MM 0.001
#define SIGMA_RAD 2e-5

static void start(struct head_filter *filter) {
    struct head_filter_settings settings = head_filter_settings_default();
    settings.centre_head = ring_centre;
    head_filter_init(filter, &settings);
}

static struct head_filter filter, other;

static double error_mm(struct pose T, struct pose T_true) {
    struct vec3 p = {0, -36, 103};
    return vec3_distance(pose_apply(T, p), pose_apply(T_true, p));
}

/* Rms of predictions ahead_s after each frame of a sway, after 8 s of learning. */
static double predict_sway(double rate_hz, double ahead_s, struct rng *rng) {
    const struct motion motion = {
        .sway_mm = 2, .sway_hz = 0.25, .drift_mm_s = 0.01, .flinch_s = -1};
    double sum = 0;
    int count = 0;
    start(&filter);
    for (int i = 0; i < (int)(20 * rate_hz); i++) {
        double t = i / rate_hz;
        struct head_pose pose;
        struct head_measurement m = motion_measure(motion_at(&motion, t), ring_centre, s_to_ns(t),
                                                   rng, SIGMA_MM, SIGMA_RAD);
        assert_int_equal(head_filter_update(&filter, &m, &pose), RESULT_OK);
        if (t < 8) continue;
        assert_int_equal(pose.state, HEAD_STILL);
        assert_true(head_filter_predict(&filter, s_to_ns(t + ahead_s), &pose));
        double e = error_mm(pose.T_rig_head, motion_at(&motion, t + ahead_s));
        sum += e * e;
        count++;
    }
    return sqrt(sum / count);
}

static void sway_is_predicted(void **state) {
    (void)state;
    struct rng rng;
    rng_init(&rng, 31);
    printf("seed 31\n");
    double fast = predict_sway(120, 0.010, &rng), slow = predict_sway(30, 0.080, &rng);
    printf("120 Hz, 10 ms: %.2f um; 30 Hz, 80 ms: %.2f um\n", 1e3 * fast, 1e3 * slow);
    assert_true(fast < 0.010);
    assert_true(slow < 0.050);
}

/* Heart beats of 80 um (a short push each 0.9 s), tremor of 20 um at 8 Hz, on top of the sway. */
static struct pose living(const struct motion *motion, double t) {
    struct pose T = motion_at(motion, t);
    double beat = fmod(t, 0.9) / 0.1;
    T.t.z += 0.08 * exp(-0.5 * (beat - 2) * (beat - 2)) + 0.02 * sin(2 * PI * 8 * t);
    return T;
}

static void a_beating_heart_is_no_flinch(void **state) {
    (void)state;
    static const struct {
        double rate_hz, ahead_s, limit_mm;
    } cases[] = {{120, 0.010, 0.020}, {30, 0.030, 0.060}};
    const struct motion motion = {
        .sway_mm = 2, .sway_hz = 0.25, .drift_mm_s = 0.01, .flinch_s = -1};
    struct rng rng;
    rng_init(&rng, 36);
    printf("seed 36\n");
    for (int k = 0; k < 2; k++) {
        double sum = 0;
        int count = 0;
        start(&filter);
        for (int i = 0; i < 20 * (int)cases[k].rate_hz; i++) {
            double t = i / cases[k].rate_hz, later = t + cases[k].ahead_s;
            struct head_pose pose;
            struct head_measurement m = motion_measure(living(&motion, t), ring_centre, s_to_ns(t),
                                                       &rng, SIGMA_MM, SIGMA_RAD);
            assert_int_equal(head_filter_update(&filter, &m, &pose), RESULT_OK);
            if (t < 1) continue;
            assert_int_not_equal(pose.state, HEAD_FLINCH);
            /* Position and breathing must not run away from each other (a fixed bug). */
            assert_true(vec3_norm(filter.state.q) < 10);
            assert_true(head_filter_predict(&filter, s_to_ns(later), &pose));
            double e = error_mm(pose.T_rig_head, living(&motion, later));
            sum += e * e;
            count++;
        }
        printf("%.0f Hz, %.0f ms: %.1f um\n", cases[k].rate_hz, 1e3 * cases[k].ahead_s,
               1e3 * sqrt(sum / count));
        assert_true(sqrt(sum / count) < cases[k].limit_mm);
    }
}

static void a_flinch_is_flagged_and_settles(void **state) {
    (void)state;
    struct rng rng;
    struct head_pose pose;
    rng_init(&rng, 32);
    printf("seed 32\n");
    const double rate_hz = 120;
    struct motion motion = {.sway_mm = 2, .sway_hz = 0.25, .flinch_s = 5.003, .flinch_mm_s = 20};
    int64_t flagged_ns = 0;
    start(&filter);
    for (int i = 0; i < 7 * (int)rate_hz; i++) {
        double t = i / rate_hz;
        struct pose T = motion_at(&motion, t < 5.2 ? t : 5.2); /* then it stands still */
        struct head_measurement m =
            motion_measure(T, ring_centre, s_to_ns(t), &rng, SIGMA_MM, SIGMA_RAD);
        assert_int_equal(head_filter_update(&filter, &m, &pose), RESULT_OK);
        if (t > 1 && t < 5) assert_int_equal(pose.state, HEAD_STILL);
        if (pose.state == HEAD_FLINCH && t > 5 && flagged_ns == 0) flagged_ns = m.stamp_ns;
        if (t > 5.01 && t < 5.2) assert_int_not_equal(pose.state, HEAD_STILL);
        if (t > 5.5) assert_int_equal(pose.state, HEAD_STILL);
        assert_true(error_mm(pose.T_rig_head, T) < 0.1);
    }
    printf("flagged %.1f ms after onset\n", 1e3 * (ns_to_s(flagged_ns) - motion.flinch_s));
    assert_true(flagged_ns > 0 && ns_to_s(flagged_ns) - motion.flinch_s < 0.020);
}

static void late_measurements_fall_into_place(void **state) {
    (void)state;
    struct rng rng;
    struct head_measurement m[12];
    struct head_pose in_order, late;
    const struct motion motion = {.sway_mm = 2, .sway_hz = 0.25, .flinch_s = -1};
    rng_init(&rng, 33);
    printf("seed 33\n");
    start(&filter);
    start(&other);
    for (int i = 0; i < 12; i++)
        m[i] = motion_measure(motion_at(&motion, i / 60.0), ring_centre, s_to_ns(i / 60.0), &rng,
                              SIGMA_MM, SIGMA_RAD);
    for (int i = 0; i < 12; i++)
        assert_int_equal(head_filter_update(&filter, &m[i], &in_order), RESULT_OK);
    const int order[12] = {0, 1, 2, 4, 3, 5, 7, 8, 9, 6, 11, 10};
    for (int i = 0; i < 12; i++)
        assert_int_equal(head_filter_update(&other, &m[order[i]], &late), RESULT_OK);
    assert_true(in_order.stamp_ns == late.stamp_ns);
    assert_true(error_mm(in_order.T_rig_head, late.T_rig_head) < 1e-9);
    assert_true(vec3_distance(in_order.velocity.v, late.velocity.v) < 1e-6);
    /* Too old to be placed: refused, nothing changed. */
    struct head_measurement old = m[0];
    old.stamp_ns -= NS_PER_S;
    assert_int_equal(head_filter_update(&other, &old, &late), RESULT_RANGE);
}

static void nonsense_is_refused(void **state) {
    (void)state;
    struct rng rng;
    struct head_pose pose;
    rng_init(&rng, 34);
    start(&filter);
    assert_false(head_filter_predict(&filter, 0, &pose));
    struct head_measurement m =
        motion_measure(pose_identity(), ring_centre, 0, &rng, SIGMA_MM, SIGMA_RAD);
    m.T_rig_head.t.x = NAN;
    assert_int_equal(head_filter_update(&filter, &m, &pose), RESULT_INVALID);
    m.T_rig_head.t.x = 0;
    m.covariance[0] = -1;
    assert_int_equal(head_filter_update(&filter, &m, &pose), RESULT_INVALID);
    assert_false(head_filter_predict(&filter, 0, &pose));
}

static void missing_frames_are_lost_at_once_and_forgotten_later(void **state) {
    (void)state;
    struct rng rng;
    struct head_pose pose;
    rng_init(&rng, 35);
    start(&filter);
    for (int i = 0; i < 60; i++) {
        struct head_measurement m = motion_measure(pose_identity(), ring_centre, i * 10 * NS_PER_MS,
                                                   &rng, SIGMA_MM, SIGMA_RAD);
        assert_int_equal(head_filter_update(&filter, &m, &pose), RESULT_OK);
    }
    assert_int_equal(pose.state, HEAD_STILL);
    head_filter_miss(&filter, 610 * NS_PER_MS, HEAD_REASON_FROZEN, &pose);
    assert_int_equal(pose.state, HEAD_LOST);
    assert_int_equal(pose.reason, HEAD_REASON_FROZEN);
    assert_true(head_filter_predict(&filter, 620 * NS_PER_MS, &pose));
    assert_int_equal(pose.state, HEAD_LOST);
    head_filter_miss(&filter, 2000 * NS_PER_MS, HEAD_REASON_NO_IMAGE, &pose);
    assert_false(head_filter_predict(&filter, 2000 * NS_PER_MS, &pose));
    /* Found again: not still before it has settled. */
    struct head_measurement m =
        motion_measure(pose_identity(), ring_centre, 2010 * NS_PER_MS, &rng, SIGMA_MM, SIGMA_RAD);
    assert_int_equal(head_filter_update(&filter, &m, &pose), RESULT_OK);
    assert_int_equal(pose.state, HEAD_MOVING);
    assert_int_equal(pose.reason, HEAD_REASON_SETTLING);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sway_is_predicted),
        cmocka_unit_test(a_beating_heart_is_no_flinch),
        cmocka_unit_test(a_flinch_is_flagged_and_settles),
        cmocka_unit_test(late_measurements_fall_into_place),
        cmocka_unit_test(nonsense_is_refused),
        cmocka_unit_test(missing_frames_are_lost_at_once_and_forgotten_later),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
