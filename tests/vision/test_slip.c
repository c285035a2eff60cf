/* The ring's slip against the skin: told when it slides, and not told when the head moves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "plan/field.h"
#include "sim/skin_marks.h"
#include "tests/vision/ring_scene.h"
#include "vision/slip.h"

#define SEED 55
#define LOOKS_A_S 5

static struct ring_scene scene;
static struct field field;
static struct render_mark marks[RENDER_MARKS_MAX];
static size_t mark_count;
static struct rng rng;

static void put_marks(size_t count) {
    for (int c = 0; c < 2; c++) renderer_set_marks(scene.renderers[c], marks, count);
}

static int setup(void **state) {
    (void)state;
    struct error err = {0};
    ring_scene_init(&scene);
    if (field_of_scan("configs/scans/colin27.ply", &field, &err) != RESULT_OK)
        fail_msg("%s", err.text);
    rng_init(&rng, SEED);
    printf("seed %d\n", SEED);
    mark_count = skin_marks_make(&field.view, &scene.ring, &rng, marks, RENDER_MARKS_MAX);
    return mark_count == RENDER_MARKS_MAX ? 0 : -1;
}

static int teardown(void **state) {
    (void)state;
    ring_scene_finish(&scene);
    field_release(&field);
    return 0;
}

static struct slip_watch *make_watch(uint32_t camera_count) {
    struct slip_settings settings = slip_settings_default();
    struct camera_set cameras = scene.cameras;
    struct slip_watch *watch = NULL;
    cameras.count = camera_count;
    assert_int_equal(slip_watch_create(&cameras, &scene.ring, &field.view, &settings, &watch, NULL),
                     RESULT_OK);
    return watch;
}

/* One look at a head that is somewhere near its place, the ring slid by `slip`. What the tracker
 * gives is the ring's pose. */
static struct slip_report look(struct slip_watch *watch, struct twist slip, double rad) {
    struct image images[CAMERA_COUNT_MAX];
    struct slip_report report;
    struct render_view view = {.T_rig_head = ring_scene_random(&scene, &rng, 2, rad),
                               .ring_slip = slip};
    ring_scene_draw(&scene, &view, images);
    slip_watch_look(watch, images, pose_mul(view.T_rig_head, pose_exp(slip)), &report);
    return report;
}

static const struct twist none = {0};

static void a_moving_head_is_no_slip(void **state) {
    (void)state;
    put_marks(mark_count);
    for (uint32_t cameras = 1; cameras <= 2; cameras++) {
        struct slip_watch *watch = make_watch(cameras);
        double worst_mm = 0;
        for (int i = 0; i < 12; i++) {
            struct slip_report report = look(watch, none, 0.02);
            assert_int_equal(report.state, SLIP_STILL);
            assert_true(report.is_within);
            worst_mm = fmax(worst_mm, report.shift_mm);
        }
        printf("%u cameras, still: at most %.0f um\n", cameras, 1e3 * worst_mm);
        assert_true(worst_mm < 0.08);
        slip_watch_destroy(&watch);
    }
}

static void a_slip_is_told_within_a_second(void **state) {
    (void)state;
    static const struct twist slips[] = {
        {.v = {0.2, 0, 0}}, {.v = {0, 0.2, 0}}, {.v = {-0.15, 0.14, 0}}, {.v = {0.5, 0, 0}}};
    put_marks(mark_count);
    for (size_t s = 0; s < sizeof slips / sizeof *slips; s++) {
        struct slip_watch *watch = make_watch(2);
        struct slip_report report = {.state = SLIP_BLIND};
        int looks = 0;
        for (int i = 0; i < 5; i++) assert_int_equal(look(watch, none, 0.02).state, SLIP_STILL);
        for (; looks < LOOKS_A_S && report.state != SLIP_SLIPPED; looks++)
            report = look(watch, slips[s], 0.02);
        printf("slip of %.2f mm: seen as %.3f after %d looks of %u points\n", vec3_norm(slips[s].v),
               report.shift_mm, looks, report.points);
        assert_int_equal(report.state, SLIP_SLIPPED);
        assert_true(fabs(report.shift_mm - vec3_norm(slips[s].v)) < 0.1);
        /* It stays said until somebody has put the ring on anew. */
        assert_int_equal(look(watch, none, 0).state, SLIP_SLIPPED);
        slip_watch_reset(watch);
        assert_int_equal(look(watch, none, 0).state, SLIP_STILL);
        slip_watch_destroy(&watch);
    }
}

/* Farther than the points are looked for: what is found in their place is never taken for the skin
 * where it was, however often it is looked at. */
static void a_slip_beyond_the_search_is_never_within(void **state) {
    (void)state;
    put_marks(mark_count);
    for (int mm = 2; mm <= 12; mm += 2) {
        struct slip_watch *watch = make_watch(2);
        const struct twist far = {.v = {0.6 * mm, -0.8 * mm, 0}};
        assert_true(look(watch, none, 0.02).is_within);
        for (int i = 0; i < 10; i++) assert_false(look(watch, far, 0.02).is_within);
        assert_true(look(watch, none, 0.02).is_within); /* the ring is put back */
        slip_watch_destroy(&watch);
    }
}

/* Hidden for a while, by a hand or a cloth: nothing is said of it until it is there again. */
static void hidden_skin_is_waited_for(void **state) {
    (void)state;
    put_marks(mark_count);
    struct slip_watch *watch = make_watch(2);
    assert_true(look(watch, none, 0.02).is_within);
    put_marks(0);
    for (int i = 0; i < 5; i++) assert_false(look(watch, none, 0.02).is_within);
    put_marks(mark_count);
    assert_true(look(watch, none, 0.02).is_within);
    slip_watch_destroy(&watch);
}

/* A slow slip is not forgotten when the head turns so far that a new first look is taken. */
static void a_slip_is_carried_over_a_new_first_look(void **state) {
    (void)state;
    put_marks(mark_count);
    struct slip_watch *watch = make_watch(2);
    struct slip_report report = {0};
    for (int i = 0; i < 25 && report.state != SLIP_SLIPPED; i++) {
        struct twist slip = {.v = {0.02 * i, 0, 0}};
        struct image images[CAMERA_COUNT_MAX];
        struct pose turn = {.R = mat3_exp(vec3_make(0.02 * i, 0, 0))};
        turn.t = vec3_sub(scene_zone_rig, mat3_apply(turn.R, scene_zone_rig));
        struct render_view view = {.T_rig_head = pose_mul(turn, scene.T_nominal),
                                   .ring_slip = slip};
        ring_scene_draw(&scene, &view, images);
        slip_watch_look(watch, images, pose_mul(view.T_rig_head, pose_exp(slip)), &report);
    }
    assert_int_equal(report.state, SLIP_SLIPPED);
    assert_true(report.shift_mm < 0.35);
    slip_watch_destroy(&watch);
}

static void without_texture_it_says_that_it_is_blind(void **state) {
    (void)state;
    put_marks(0);
    struct slip_watch *watch = make_watch(2);
    struct image images[CAMERA_COUNT_MAX] = {0};
    struct slip_report report;
    slip_watch_look(watch, images, scene.T_nominal, &report);
    assert_int_equal(report.state, SLIP_BLIND);
    uint8_t *flat = malloc(SCENE_WIDTH * SCENE_HEIGHT);
    memset(flat, 120, SCENE_WIDTH * SCENE_HEIGHT);
    images[0] = images[1] = (struct image){flat, SCENE_WIDTH, SCENE_HEIGHT, SCENE_WIDTH};
    slip_watch_look(watch, images, scene.T_nominal, &report);
    assert_int_equal(report.state, SLIP_BLIND);
    free(flat);
    slip_watch_destroy(&watch);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_moving_head_is_no_slip),
        cmocka_unit_test(a_slip_is_told_within_a_second),
        cmocka_unit_test(a_slip_is_carried_over_a_new_first_look),
        cmocka_unit_test(a_slip_beyond_the_search_is_never_within),
        cmocka_unit_test(hidden_skin_is_waited_for),
        cmocka_unit_test(without_texture_it_says_that_it_is_blind),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
