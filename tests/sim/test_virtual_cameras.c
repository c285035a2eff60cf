/* Drawn frames in place of the noise model: the real tracker follows them, the same seed gives the
 * same bytes, and no dot is missed when the ring slides on the skin. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/sim/patch_session.h"

#define DOTS 15u
#define LONGEST_S 6 /* a session that goes well takes four */

static int set_up_few(void **state) {
    int code = set_up(state);
    scene.plan.dot_count = DOTS;
    return code;
}

/* A session over drawn frames; its truth is the caller's to free. */
static char *run(bool *ret_is_finished) {
    char *text = NULL;
    size_t size = 0;
    FILE *truth = open_memstream(&text, &size);
    struct error err = {0};
    struct virtual_rig *rig = NULL;
    struct virtual_setup setup = scene_setup(&scene, 9, truth);
    const struct virtual_cameras_setup cameras = {.cameras = "configs/cameras/stereo.yaml",
                                                  .ring = "configs/rings/crown12.yaml",
                                                  .field = &scene.field.view,
                                                  .seed = 9};
    if (virtual_cameras_create(&cameras, &setup.cameras, &err) != RESULT_OK ||
        virtual_create(&setup, &rig, &err) != RESULT_OK)
        fail_msg("%s", err.text);
    for (int s = 0; s < LONGEST_S && !virtual_is_over(rig); s++) virtual_run(rig, NS_PER_S);
    *ret_is_finished = rig->session.phase == SESSION_FINISHED;
    virtual_destroy(&rig);
    virtual_cameras_destroy(&setup.cameras);
    fclose(truth);
    return text;
}

static size_t judge(char *truth) {
    struct met_dot met[DOTS];
    size_t count = scene_judge(&scene, truth, met);
    double worst_um = 0;
    for (size_t i = 0; i < count; i++) worst_um = fmax(worst_um, met[i].placement_um);
    print_message("%zu dots, placement worst %.0f um\n", count, worst_um);
    assert_true(worst_um < 250);
    return count;
}

static void drawn_frames_are_followed_and_repeatable(void **state) {
    (void)state;
    bool is_finished;
    char *one = run(&is_finished), *two = run(&is_finished);
    assert_true(is_finished);
    assert_string_equal(one, two);
    assert_int_equal(judge(one), DOTS);
    free(one);
    free(two);
}

/* In an instant, by less and by more than the slip watch looks around for the skin. */
static void a_ring_that_slides_holds_the_session(void **state) {
    static const double slips_mm[] = {1.5, 3};
    (void)state;
    for (size_t i = 0; i < sizeof slips_mm / sizeof *slips_mm; i++) {
        bool is_finished;
        scene.scenario.ring_slip_mm = slips_mm[i];
        scene.scenario.ring_slip_s = 2.6;
        char *truth = run(&is_finished);
        assert_false(is_finished);
        assert_in_range(judge(truth), 1, DOTS - 1);
        free(truth);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(drawn_frames_are_followed_and_repeatable),
        cmocka_unit_test(a_ring_that_slides_holds_the_session),
    };
    return cmocka_run_group_tests(tests, set_up_few, tear_down);
}
