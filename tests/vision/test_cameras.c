/* Cameras behind the interface: Aravis with its fake camera, and what is no camera at all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "vision/camera_genicam.h"
#include "vision/camera_v4l2.h"

static void the_fake_genicam_camera_gives_frames(void **state) {
    (void)state;
    struct camera_source *source = NULL;
    struct error err = {0};
    const struct genicam_settings settings = {
        .device = GENICAM_FAKE, .width = 640, .height = 480, .rate_hz = 100, .exposure_us = 2000};
    enum result result = camera_genicam_open(&settings, &source, &err);
    if (result != RESULT_OK) printf("%s\n", err.text);
    assert_int_equal(result, RESULT_OK);
    uint64_t last_sequence = 0;
    int64_t last_stamp_ns = 0;
    int good = 0;
    for (int i = 0; i < 30; i++) {
        struct camera_frame frame;
        result = camera_next(source, NS_PER_S, &frame, &err);
        if (result == RESULT_TIMEOUT) continue;
        assert_int_equal(result, RESULT_OK);
        if (frame.status == FRAME_GOOD) {
            assert_int_equal(frame.image.width, 640);
            assert_int_equal(frame.image.height, 480);
            assert_true(frame.arrival_ns >= frame.stamp_ns);
            if (good > 0) {
                assert_true(frame.sequence > last_sequence);
                assert_true(frame.stamp_ns > last_stamp_ns);
            }
            last_sequence = frame.sequence;
            last_stamp_ns = frame.stamp_ns;
            good++;
        }
        camera_frame_release(&frame);
        assert_null(frame.image.pixels);
    }
    assert_true(good >= 20);
    camera_close(&source);
    assert_null(source);
}

static void what_is_no_camera_is_refused(void **state) {
    (void)state;
    struct camera_source *source = NULL;
    struct error err = {0};
    struct v4l2_settings v4l2 = {.device = "/dev/no-such-camera", .width = 640, .height = 480};
    assert_int_equal(camera_v4l2_open(&v4l2, &source, &err), RESULT_NOT_FOUND);
    assert_non_null(strstr(err.text, "/dev/no-such-camera"));
    v4l2.device = "/dev/null";
    assert_int_equal(camera_v4l2_open(&v4l2, &source, &err), RESULT_REFUSED);
    const struct genicam_settings genicam = {.device = "No-Such-Camera"};
    assert_int_equal(camera_genicam_open(&genicam, &source, &err), RESULT_NOT_FOUND);
    assert_null(source);
    camera_close(&source);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_fake_genicam_camera_gives_frames),
        cmocka_unit_test(what_is_no_camera_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
