/* The arm instead of the gantry: a whole session on the virtual clock, guard and board included. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/sim/session_scene.h"

#define LONGEST_S 300

static void the_arm_completes_a_session(void **state) {
    (void)state;
    struct session_scene scene;
    assert_true(scene_init(&scene, "configs/rigs/arm6.yaml", "configs/designs/patch.yaml"));
    char *text = NULL;
    size_t size = 0;
    FILE *truth = open_memstream(&text, &size);
    struct virtual_setup setup = scene_setup(&scene, 5, truth);
    struct virtual_rig *virtual = NULL;
    assert_int_equal(virtual_create(&setup, &virtual, NULL), RESULT_OK);
    for (int s = 0; s < LONGEST_S && !virtual_is_over(virtual); s++) virtual_run(virtual, NS_PER_S);
    if (virtual->session.phase != SESSION_FINISHED)
        fail_msg("%s: %s; %s", session_phase_name(virtual->session.phase), virtual->session.reason,
                 virtual->session.striker.waiting_for ? virtual->session.striker.waiting_for : "");
    double rate =
        (double)scene.plan.dot_count / session_running_s(&virtual->session, virtual->now_ns);
    virtual_destroy(&virtual);
    fclose(truth);
    struct met_dot *met = calloc(scene.plan.dot_count, sizeof *met);
    assert_int_equal(scene_judge(&scene, text, met), scene.plan.dot_count);
    double worst_um = 0, depth_um = 0;
    for (size_t i = 0; i < scene.plan.dot_count; i++) {
        worst_um = fmax(worst_um, met[i].placement_um);
        depth_um = fmax(depth_um, fabs(met[i].depth_um - scene.plan.dots[met[i].dot].depth_um));
    }
    print_message("%zu dots, %.1f a second, placement worst %.0f um, depth worst %.0f um\n",
                  scene.plan.dot_count, rate, worst_um, depth_um);
    assert_true(worst_um < 150 && depth_um < 100);
    assert_true(rate > 8);
    free(met);
    free(text);
    scene_release(&scene);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_arm_completes_a_session)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
