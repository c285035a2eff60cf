/* The whole way from frames to head_pose: motion, gaps, a flinch, frozen, blank, blurred and
 * saturated frames; and the same through a recorded folder. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/file.h"
#include "tests/vision/ring_scene.h"
#include "vision/camera_sequence.h"
#include "vision/frame_set.h"
#include "vision/head_tracker.h"
#include "vision/opencv_shim.h"

#define FRAME_NS (33 * NS_PER_MS)

static struct ring_scene scene;
static struct head_tracker *tracker;
static int64_t now_ns;
static uint64_t sequence;

static int set_up_all(void **state) {
    (void)state;
    ring_scene_init(&scene);
    return 0;
}

static int tear_down_all(void **state) {
    (void)state;
    ring_scene_finish(&scene);
    return 0;
}

static int set_up(void **state) {
    (void)state;
    struct error err;
    now_ns = NS_PER_S;
    sequence = 0;
    return head_tracker_create(&scene.cameras, &scene.ring, &tracker, &err);
}

static int tear_down(void **state) {
    (void)state;
    head_tracker_destroy(&tracker);
    return 0;
}

/* Give what is in the scene's pixels as the next pair. */
static struct head_pose step_pixels(void) {
    struct camera_frame frames[2] = {0};
    struct head_pose pose;
    now_ns += FRAME_NS;
    sequence++;
    for (uint32_t c = 0; c < 2; c++)
        frames[c] = (struct camera_frame){
            .image = {scene.pixels[c], SCENE_WIDTH, SCENE_HEIGHT, SCENE_WIDTH},
            .stamp_ns = now_ns,
            .sequence = sequence,
            .camera_index = c,
            .status = FRAME_GOOD};
    head_tracker_step(tracker, frames, 2, &pose);
    return pose;
}

static struct head_pose step_view(struct render_view view) {
    struct image images[CAMERA_COUNT_MAX];
    ring_scene_draw(&scene, &view, images);
    return step_pixels();
}

static struct pose moved(double x_mm) {
    struct pose T = scene.T_nominal;
    T.t.x += x_mm;
    return T;
}

static double error_um(const struct head_pose *pose, struct pose T) {
    return 1e3 * sqrt(ring_scene_error2(&scene, pose->T_rig_head, T));
}

/* Settle on a head at rest. */
static struct head_pose settle(double x_mm) {
    struct head_pose pose = {0};
    for (int i = 0; i < 8; i++) pose = step_view((struct render_view){.T_rig_head = moved(x_mm)});
    return pose;
}

static void a_still_head_becomes_still_and_a_flinch_is_one(void **state) {
    (void)state;
    struct head_pose pose = step_view((struct render_view){.T_rig_head = moved(0)});
    assert_int_equal(pose.state, HEAD_MOVING);
    assert_int_equal(pose.reason, HEAD_REASON_SETTLING);
    pose = settle(0);
    assert_int_equal(pose.state, HEAD_STILL);
    assert_true(error_um(&pose, moved(0)) < 5);
    assert_int_equal(pose.tags_used, 12);
    /* 3 mm in a frame: found again, right, and not called still. */
    pose = step_view((struct render_view){.T_rig_head = moved(3)});
    assert_int_equal(pose.state, HEAD_FLINCH);
    assert_int_equal(pose.reason, HEAD_REASON_INNOVATION);
    assert_true(error_um(&pose, moved(3)) < 100);
    pose = settle(3);
    assert_int_equal(pose.state, HEAD_STILL);
}

static void frozen_frames_are_lost(void **state) {
    (void)state;
    struct head_pose pose = settle(0);
    assert_int_equal(pose.state, HEAD_STILL);
    for (int i = 0; i < 3; i++) {
        pose = step_pixels(); /* the same picture with a fresh stamp and counter */
        assert_int_equal(pose.state, HEAD_LOST);
        assert_int_equal(pose.reason, HEAD_REASON_FROZEN);
    }
    pose = settle(0);
    assert_int_equal(pose.state, HEAD_STILL);
}

static void blank_dark_and_hidden_frames_are_lost(void **state) {
    (void)state;
    (void)settle(0);
    for (int level = 0; level <= 255; level += 85) {
        memset(scene.pixels[0], level, SCENE_WIDTH * SCENE_HEIGHT);
        memset(scene.pixels[1], level, SCENE_WIDTH * SCENE_HEIGHT);
        struct head_pose pose = step_pixels();
        assert_int_equal(pose.state, HEAD_LOST);
        assert_int_equal(pose.reason, HEAD_REASON_TOO_FEW_TAGS);
    }
    struct head_pose pose =
        step_view((struct render_view){.T_rig_head = moved(0), .hidden_tags = 0xffc});
    assert_int_equal(pose.state, HEAD_LOST);
    pose = step_view((struct render_view){.T_rig_head = moved(0), .hidden_tags = 0xfc0});
    assert_int_not_equal(pose.state, HEAD_LOST);
    assert_int_equal(pose.tags_used, 6);
    struct camera_frame unreadable[1] = {{.stamp_ns = now_ns + FRAME_NS, .camera_index = 0}};
    head_tracker_step(tracker, unreadable, 1, &pose);
    assert_int_equal(pose.state, HEAD_LOST);
    assert_int_equal(pose.reason, HEAD_REASON_NO_IMAGE);
}

/* Bad light and focus: a pose that is right within its own covariance, or none. */
static void bad_pictures_are_right_or_lost(void **state) {
    (void)state;
    static const struct {
        double psf_px, gain, speed_mm_s, exposure_s;
    } cases[] = {{2.5, 1, 0, 0}, {4, 1, 0, 0},   {0.7, 0.125, 0, 0},  {0.7, 0.02, 0, 0},
                 {0.7, 2, 0, 0}, {0.7, 8, 0, 0}, {0.7, 1, 60, 0.005}, {0.7, 1, 300, 0.02}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct render_settings settings = render_settings_default();
        struct error err;
        settings.psf_sigma_px = cases[i].psf_px;
        settings.gain = cases[i].gain;
        settings.exposure_s = cases[i].exposure_s;
        for (int c = 0; c < 2; c++)
            assert_int_equal(renderer_adjust(scene.renderers[c], &settings, &err), RESULT_OK);
        head_tracker_reset(tracker);
        struct head_pose pose = step_view((struct render_view){
            .T_rig_head = moved(0), .velocity = {.v = {cases[i].speed_mm_s, 0, 0}}});
        printf("psf %.1f gain %.3f speed %.0f: %s (%s)", cases[i].psf_px, cases[i].gain,
               cases[i].speed_mm_s, head_state_name(pose.state), head_reason_name(pose.reason));
        if (pose.state != HEAD_LOST) {
            printf(" %.2f um", error_um(&pose, moved(0)));
            assert_true(error_um(&pose, moved(0)) < 15);
        }
        printf("\n");
    }
    struct error err;
    for (int c = 0; c < 2; c++)
        assert_int_equal(renderer_adjust(scene.renderers[c], &scene.settings, &err), RESULT_OK);
}

/* A camera turned by 5 mrad against its file: no pose; a blind one: the other goes on. */
static void a_knocked_camera_is_told_from_a_blind_one(void **state) {
    (void)state;
    struct head_pose pose = settle(0);
    assert_int_equal(pose.state, HEAD_STILL);
    struct image images[CAMERA_COUNT_MAX];
    ring_scene_draw(&scene, &(struct render_view){.T_rig_head = moved(0)}, images);
    memset(scene.pixels[1], 90, SCENE_WIDTH * SCENE_HEIGHT);
    pose = step_pixels();
    assert_int_equal(pose.state, HEAD_STILL);
    assert_true(error_um(&pose, moved(0)) < 5);
    struct camera_calibration knocked = scene.cameras.cameras[1];
    struct renderer *renderer = NULL;
    struct error err;
    knocked.T_rig_camera.R = mat3_mul(knocked.T_rig_camera.R, mat3_exp(vec3_make(0, 0.005, 0)));
    assert_int_equal(renderer_create(&knocked, &scene.ring, &scene.settings, &renderer, &err),
                     RESULT_OK);
    for (int i = 0; i < 2; i++) {
        struct render_view view = {.T_rig_head = moved(0)};
        renderer_draw(scene.renderers[0], &view, scene.pixels[0]);
        renderer_draw(renderer, &view, scene.pixels[1]);
        pose = step_pixels();
        assert_int_equal(pose.state, HEAD_LOST);
        printf("knocked: %s\n", head_reason_name(pose.reason));
        head_tracker_reset(tracker); /* and so from the start */
    }
    renderer_destroy(&renderer);
}

/* The second camera looks 40 mrad aside of what its file says: each camera fits alone. */
static void cameras_that_disagree_are_refused(void **state) {
    (void)state;
    struct camera_set wrong = scene.cameras;
    struct head_tracker *other = NULL;
    struct error err;
    struct image images[CAMERA_COUNT_MAX];
    struct camera_frame frames[2] = {0};
    struct head_pose pose;
    struct mat3 turn = mat3_exp(vec3_make(0, 0.04, 0));
    wrong.cameras[1].T_rig_camera.R = mat3_mul(wrong.cameras[1].T_rig_camera.R, turn);
    assert_int_equal(head_tracker_create(&wrong, &scene.ring, &other, &err), RESULT_OK);
    for (int i = 1; i <= 3; i++) {
        ring_scene_draw(&scene, &(struct render_view){.T_rig_head = moved(0)}, images);
        for (uint32_t c = 0; c < 2; c++)
            frames[c] = (struct camera_frame){.image = images[c],
                                              .stamp_ns = i * FRAME_NS,
                                              .sequence = (uint64_t)i,
                                              .camera_index = c,
                                              .status = FRAME_GOOD};
        head_tracker_step(other, frames, 2, &pose);
        printf("turned 40 mrad: %s\n", head_reason_name(pose.reason));
        assert_int_equal(pose.state, HEAD_LOST);
    }
    head_tracker_destroy(&other);
}

static void write_sequence(const char *folder, int pairs) {
    struct error err;
    char path[300];
    snprintf(path, sizeof path, "%s/index.txt", folder);
    FILE *index = fopen(path, "w");
    assert_non_null(index);
    fprintf(index, "# t camera_index file\n");
    for (int i = 0; i < pairs; i++) {
        struct image images[CAMERA_COUNT_MAX];
        ring_scene_draw(&scene, &(struct render_view){.T_rig_head = moved(0.05 * i)}, images);
        for (int c = 0; c < 2; c++) {
            fprintf(index, "%.6f %d c%d_%02d.png\n", i / 30.0, c, c, i);
            snprintf(path, sizeof path, "%s/c%d_%02d.png", folder, c, i);
            if (i == 3) { /* truncated in both cameras */
                FILE *out = fopen(path, "wb");
                assert_non_null(out);
                fwrite("\x89PNG\r\n\x1a\n", 1, 8, out);
                fclose(out);
            } else {
                assert_int_equal(opencv_write_image(path, &images[c], &err), RESULT_OK);
            }
        }
    }
    fclose(index);
}

static void a_recorded_folder_is_followed(void **state) {
    (void)state;
    char folder[] = "/tmp/smprig-track-XXXXXX", command[64];
    struct camera_source *source = NULL;
    struct frame_grouper grouper;
    struct frame_set set;
    struct error err = {0};
    int i = 0;
    enum result result;
    assert_non_null(mkdtemp(folder));
    write_sequence(folder, 6);
    assert_int_equal(camera_sequence_open(folder, &source, &err), RESULT_OK);
    assert_int_equal(source->camera_count, 2);
    frame_grouper_init(&grouper, source);
    while ((result = frame_set_next(&grouper, 0, &set, &err)) == RESULT_OK) {
        struct head_pose pose;
        struct tracked tracked;
        assert_int_equal(set.count, 2);
        head_tracker_step_raw(tracker, set.frames, set.count, &pose, &tracked);
        if (i == 3) {
            assert_int_equal(pose.state, HEAD_LOST);
            assert_int_equal(pose.reason, HEAD_REASON_NO_IMAGE);
        } else {
            assert_int_not_equal(pose.state, HEAD_LOST);
            double e = 1e3 * sqrt(ring_scene_error2(&scene, tracked.T_rig_head, moved(0.05 * i)));
            assert_true(e < 3);
        }
        frame_set_release(&set);
        i++;
    }
    assert_int_equal(result, RESULT_CLOSED);
    assert_int_equal(i, 6);
    frame_grouper_finish(&grouper);
    camera_close(&source);
    snprintf(command, sizeof command, "rm -r %s", folder);
    assert_int_equal(system(command), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_still_head_becomes_still_and_a_flinch_is_one, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(frozen_frames_are_lost, set_up, tear_down),
        cmocka_unit_test_setup_teardown(blank_dark_and_hidden_frames_are_lost, set_up, tear_down),
        cmocka_unit_test_setup_teardown(bad_pictures_are_right_or_lost, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_knocked_camera_is_told_from_a_blind_one, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(cameras_that_disagree_are_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_recorded_folder_is_followed, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, set_up_all, tear_down_all);
}
