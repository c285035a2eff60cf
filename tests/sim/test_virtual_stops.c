/* A plan with stops on the virtual clock: the session parks and asks before the very dots that the
 * plan names, strikes nothing until it is answered, and finishes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/sim/session_scene.h"

static struct session_scene scene;

static void run_until(struct virtual_rig *rig, enum session_phase phase) {
    for (int i = 0; i < 6000 && rig->session.phase != phase; i++) virtual_run(rig, 20 * NS_PER_MS);
    if (rig->session.phase != phase)
        fail_msg("%s: %s", session_phase_name(rig->session.phase), rig->session.reason);
}

static size_t count_done(void) {
    size_t count = 0;
    for (size_t i = 0; i < scene.plan.dot_count; i++) count += scene.fates[i] == FATE_DONE;
    return count;
}

static void answer(struct virtual_rig *rig, enum prompt_kind kind) {
    struct error err = {0};
    assert_true(rig->session.prompts.is_open[kind]);
    if (session_answer(&rig->session, kind, &rig->outbox, rig->now_ns, &err) != RESULT_OK)
        fail_msg("%s", err.text);
}

static void the_session_stops_where_the_plan_says(void **state) {
    (void)state;
    static const struct plan_stop stops[] = {
        {.before = 0, .kind = PLAN_STOP_LOAD, .place = PLAN_STOP_PARK, .text = "set up already"},
        {.before = 30, .kind = PLAN_STOP_LOAD, .place = PLAN_STOP_PARK, .text = "pigment"},
        {.before = 50, .kind = PLAN_STOP_LOOK, .place = PLAN_STOP_PARK, .text = "look"},
        {.before = 50, .kind = PLAN_STOP_NEEDLE, .place = PLAN_STOP_PARK, .text = "needle"},
    };
    scene.plan.stops = calloc(4, sizeof *stops);
    memcpy(scene.plan.stops, stops, sizeof stops);
    scene.plan.stop_count = 4;
    struct virtual_setup setup = scene_setup(&scene, 3, NULL);
    struct virtual_rig *rig = NULL;
    struct error err = {0};
    if (virtual_create(&setup, &rig, &err) != RESULT_OK) fail_msg("%s", err.text);
    run_until(rig, SESSION_SERVING);
    assert_int_equal(count_done(), 30);
    virtual_run(rig, 5 * NS_PER_S); /* parks, and waits for an answer */
    assert_int_equal(count_done(), 30);
    answer(rig, PROMPT_PIGMENT);
    run_until(rig, SESSION_RUNNING);
    run_until(rig, SESSION_SERVING);
    assert_int_equal(count_done(), 50);
    virtual_run(rig, 5 * NS_PER_S);
    answer(rig, PROMPT_WIPE);
    virtual_run(rig, NS_PER_S);
    assert_int_equal(count_done(), 50); /* the needle is still asked for */
    answer(rig, PROMPT_NEEDLE);
    run_until(rig, SESSION_FINISHED);
    assert_int_equal(count_done(), scene.plan.dot_count);
    virtual_destroy(&rig);
}

static int set_up(void **state) {
    (void)state;
    return scene_init(&scene, "configs/rigs/gantry.yaml", "configs/designs/patch.yaml") ? 0 : -1;
}

static int tear_down(void **state) {
    (void)state;
    scene_release(&scene);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_session_stops_where_the_plan_says)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
