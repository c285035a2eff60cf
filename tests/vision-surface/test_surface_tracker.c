/* The head followed by its surface alone: patches of the scan with noise, moved as a head moves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "tests/vision-surface/patch_scene.h"
#include "vision/surface/surface_tracker.h"

#define SEED 88
#define POINTS 4000

static struct patch_scene scene;
static struct vec3 p_rig[POINTS];

static int setup(void **state) {
    (void)state;
    printf("seed %d\n", SEED);
    return patch_scene_init(&scene, SEED) ? 0 : -1;
}

static int teardown(void **state) {
    (void)state;
    patch_scene_finish(&scene);
    return 0;
}

static void a_breathing_head_is_followed(void **state) {
    (void)state;
    struct surface_tracker tracker;
    double sum2 = 0, told2 = 0;
    int count = 0;
    surface_tracker_init(&tracker, &scene.field.view, scene.T_nominal, scene.zone_head);
    for (int i = 0; i < 60; i++) {
        double t = i / 15.0;
        struct surface_measurement m;
        struct head_pose pose;
        struct error err = {0};
        struct pose T = patch_scene_pose(&scene, t);
        patch_scene_points(&scene, T, -20, 1000, 0.1, p_rig, POINTS);
        if (surface_tracker_step(&tracker, p_rig, POINTS, s_to_ns(t), &pose, &m, &err) != RESULT_OK)
            fail_msg("%s", err.text);
        assert_int_not_equal(pose.state, HEAD_LOST);
        sum2 += patch_scene_error2(&scene, m.T_rig_head, T);
        told2 += pow(surface_error_at(&m, scene.zone_head), 2);
        count++;
    }
    printf("forehead in view: %.0f um rms, told %.0f um\n", 1e3 * sqrt(sum2 / count),
           1e3 * sqrt(told2 / count));
    assert_true(sqrt(sum2 / count) < 0.06);
    assert_true(sqrt(told2 / count) > 0.8 * sqrt(sum2 / count));
}

static void what_is_not_the_scan_is_refused(void **state) {
    (void)state;
    struct surface_tracker tracker;
    struct surface_measurement m = {.points_used = 77};
    struct head_pose pose;
    struct error err = {0};
    static const struct {
        double noise_mm, scale; /* scale: another, larger head */
        size_t count;
    } cases[] = {{0.1, 1, 40}, {0.8, 1, POINTS}, {0.1, 1.06, POINTS}, {NAN, 1, POINTS}};
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        surface_tracker_init(&tracker, &scene.field.view, scene.T_nominal, scene.zone_head);
        struct pose T = scene.T_nominal;
        patch_scene_points(&scene, T, -20, 1000, cases[c].noise_mm, p_rig, POINTS);
        for (size_t i = 0; i < POINTS; i++)
            p_rig[i] = vec3_mad(T.t, cases[c].scale, vec3_sub(p_rig[i], T.t));
        enum result result =
            surface_tracker_step(&tracker, p_rig, cases[c].count, 0, &pose, &m, &err);
        printf("noise %g, scale %g: %s\n", cases[c].noise_mm, cases[c].scale,
               result == RESULT_OK ? "taken" : err.text);
        assert_int_equal(result, RESULT_REFUSED);
        assert_int_equal(pose.state, HEAD_LOST);
        assert_true(strlen(err.text) > 20);
        assert_int_equal(m.points_used, 77);
    }
}

/* A small round patch slides over a round head: the told error must say so. */
static void a_weak_patch_is_told_or_refused(void **state) {
    (void)state;
    struct surface_tracker tracker;
    struct surface_measurement m;
    struct head_pose pose;
    surface_tracker_init(&tracker, &scene.field.view, scene.T_nominal, scene.zone_head);
    patch_scene_points(&scene, scene.T_nominal, 0, 20, 0.1, p_rig, POINTS);
    if (surface_tracker_step(&tracker, p_rig, POINTS, 0, &pose, &m, NULL) != RESULT_OK) return;
    double told_mm = surface_error_at(&m, scene.zone_head);
    double error_mm = sqrt(patch_scene_error2(&scene, m.T_rig_head, scene.T_nominal));
    printf("a patch of 20 mm: %.3f mm off, told %.3f\n", error_mm, told_mm);
    assert_true(error_mm < 3 * told_mm);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_breathing_head_is_followed),
        cmocka_unit_test(what_is_not_the_scan_is_refused),
        cmocka_unit_test(a_weak_patch_is_told_or_refused),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
