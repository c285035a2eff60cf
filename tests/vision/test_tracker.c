/* The tracker on rendered stereo pairs with known truth: accuracy, capture, and refusal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include <string.h>

#include "tests/vision/ring_scene.h"
#include "vision/acquire.h"
#include "vision/tracker.h"

static struct ring_scene scene;
static struct tracker *tracker;

static int set_up(void **state) {
    (void)state;
    struct tracker_settings settings = tracker_settings_default();
    struct error err;
    ring_scene_init(&scene);
    return tracker_create(&scene.cameras, &scene.ring, &settings, &tracker, &err);
}

static int tear_down(void **state) {
    (void)state;
    tracker_destroy(&tracker);
    ring_scene_finish(&scene);
    return 0;
}

static void stereo_and_mono_reach_micrometres(void **state) {
    (void)state;
    struct rng rng;
    double stereo = 0, mono = 0;
    const int poses = 20;
    rng_init(&rng, 21);
    printf("seed 21\n");
    for (int i = 0; i < poses; i++) {
        struct image images[CAMERA_COUNT_MAX];
        struct tracked tracked;
        struct pose T = ring_scene_random(&scene, &rng, 2, 0.03);
        ring_scene_draw(&scene, &(struct render_view){.T_rig_head = T}, images);
        struct pose start = ring_scene_disturb(T, &rng, 0.4, 0.0067);
        assert_int_equal(tracker_step(tracker, images, start, &tracked), TRACK_OK);
        stereo += ring_scene_error2(&scene, tracked.T_rig_head, T) / poses;
        assert_int_equal(tracked.cameras_used, 2);
        images[1] = (struct image){0};
        assert_int_equal(tracker_step(tracker, images, start, &tracked), TRACK_OK);
        mono += ring_scene_error2(&scene, tracked.T_rig_head, T) / poses;
        assert_int_equal(tracked.cameras_used, 1);
    }
    printf("stereo %.2f um, mono %.2f um\n", 1e3 * sqrt(stereo), 1e3 * sqrt(mono));
    assert_true(1e3 * sqrt(stereo) < 1.5);
    assert_true(1e3 * sqrt(mono) < 3);
}

static void covered_and_swapped_tags_are_left_out(void **state) {
    (void)state;
    struct image images[CAMERA_COUNT_MAX];
    struct tracked tracked;
    struct pose T = scene.T_nominal;
    ring_scene_draw(&scene, &(struct render_view){.T_rig_head = T, .hidden_tags = 0x555}, images);
    assert_int_equal(tracker_step(tracker, images, T, &tracked), TRACK_OK);
    assert_int_equal(tracked.tag_mask, 0xaaa);
    assert_true(1e3 * sqrt(ring_scene_error2(&scene, tracked.T_rig_head, T)) < 4);

    struct tag_ring swapped = scene.ring;
    struct tracker *other;
    struct tracker_settings settings = tracker_settings_default();
    struct error err;
    swapped.tags[3].id = scene.ring.tags[4].id;
    swapped.tags[4].id = scene.ring.tags[3].id;
    assert_int_equal(tracker_create(&scene.cameras, &swapped, &settings, &other, &err), RESULT_OK);
    ring_scene_draw(&scene, &(struct render_view){.T_rig_head = T}, images);
    assert_int_equal(tracker_step(other, images, T, &tracked), TRACK_OK);
    assert_int_equal(tracked.tag_mask, 0xfe7);
    assert_true(1e3 * sqrt(ring_scene_error2(&scene, tracked.T_rig_head, T)) < 3);
    tracker_destroy(&other);
}

static void what_shows_no_ring_is_refused_by_name(void **state) {
    (void)state;
    struct image images[CAMERA_COUNT_MAX] = {0};
    struct tracked tracked;
    struct pose T = scene.T_nominal;
    assert_int_equal(tracker_step(tracker, images, T, &tracked), TRACK_NO_IMAGE);
    ring_scene_draw(&scene, &(struct render_view){.T_rig_head = T, .hidden_tags = 0xffc}, images);
    assert_int_equal(tracker_step(tracker, images, T, &tracked), TRACK_TOO_FEW_TAGS);
    struct image small = {scene.pixels[0], 640, 512, 640};
    struct image smalls[CAMERA_COUNT_MAX] = {small, small};
    assert_int_equal(tracker_step(tracker, smalls, T, &tracked), TRACK_NO_IMAGE);
    memset(scene.pixels[0], 128, SCENE_WIDTH * SCENE_HEIGHT);
    memset(scene.pixels[1], 128, SCENE_WIDTH * SCENE_HEIGHT);
    assert_int_equal(tracker_step(tracker, images, T, &tracked), TRACK_TOO_FEW_TAGS);
    /* A ring 8 mm beside the guess: no pose rather than a wrong one. */
    struct pose far = T;
    far.t.x += 8;
    ring_scene_draw(&scene, &(struct render_view){.T_rig_head = T}, images);
    assert_int_not_equal(tracker_step(tracker, images, far, &tracked), TRACK_OK);
}

static void corners_alone_find_the_ring(void **state) {
    (void)state;
    struct image images[CAMERA_COUNT_MAX];
    struct tag_finder *finder;
    struct tag_sighting sightings[TAG_SIGHTINGS_MAX];
    struct acquired acquired;
    struct error err;
    struct rng rng;
    uint32_t count = 0;
    rng_init(&rng, 22);
    printf("seed 22\n");
    assert_int_equal(tag_finder_create(&scene.ring, 2, &finder, &err), RESULT_OK);
    struct pose T = ring_scene_random(&scene, &rng, 3, 0.05);
    ring_scene_draw(&scene, &(struct render_view){.T_rig_head = T}, images);
    for (uint32_t c = 0; c < 2; c++) {
        struct tag_window window = acquire_window(&scene.cameras.cameras[c], &scene.ring, T, 5);
        uint32_t found = tag_finder_find(finder, &images[c], window, &sightings[count], 64);
        for (uint32_t i = 0; i < found; i++) sightings[count + i].camera_index = c;
        count += found;
    }
    assert_true(count >= 22);
    assert_int_equal(acquire_pose(&scene.cameras, &scene.ring, sightings, count, 3, &acquired),
                     RESULT_OK);
    assert_true(1e3 * sqrt(ring_scene_error2(&scene, acquired.T_rig_head, T)) < 20);
    /* One tag is where another should be: it is left out. */
    uint32_t was = sightings[0].tag_index;
    sightings[0].tag_index = (was + 5) % scene.ring.count;
    assert_int_equal(acquire_pose(&scene.cameras, &scene.ring, sightings, count, 3, &acquired),
                     RESULT_OK);
    assert_true(1e3 * sqrt(ring_scene_error2(&scene, acquired.T_rig_head, T)) < 20);
    assert_int_equal(acquire_pose(&scene.cameras, &scene.ring, sightings, 2, 3, &acquired),
                     RESULT_NOT_FOUND);
    assert_int_equal(acquire_pose(&scene.cameras, &scene.ring, sightings, 0, 3, &acquired),
                     RESULT_NOT_FOUND);
    tag_finder_destroy(&finder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stereo_and_mono_reach_micrometres),
        cmocka_unit_test(covered_and_swapped_tags_are_left_out),
        cmocka_unit_test(what_shows_no_ring_is_refused_by_name),
        cmocka_unit_test(corners_alone_find_the_ring),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
