/* Stops on the virtual clock, of the plan's and by count: the session parks and asks before the
 * very dots that are meant, strikes nothing until it is answered, and finishes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/sim/patch_session.h"

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

/* A cartridge that has made its strikes: no further one before it is changed, and a start alone
 * does not help (hazard 13). */
static void a_worn_needle_is_changed_before_the_next_strike(void **state) {
    (void)state;
    scene.plan.stop_count = 0;
    struct virtual_setup setup = scene_setup(&scene, 4, NULL);
    struct virtual_rig *rig = NULL;
    struct error err = {0};
    if (virtual_create(&setup, &rig, &err) != RESULT_OK) fail_msg("%s", err.text);
    rig->session.prompts.rules.dots_per_needle = 40;
    run_until(rig, SESSION_SERVING);
    size_t worn = count_done();
    assert_in_range(worn, 40, 41); /* the strike that ran when the count was full ends */
    virtual_run(rig, 5 * NS_PER_S);
    virtual_call(rig, SESSION_CALL_RESUME);
    virtual_run(rig, 5 * NS_PER_S);
    assert_int_equal(count_done(), worn);
    assert_false(rig->guard.supervisor.conditions & CONDITION_BIT(CONDITION_NEEDLE_READY));
    answer(rig, PROMPT_NEEDLE);
    run_until(rig, SESSION_SERVING);
    assert_in_range(count_done(), worn + 40, worn + 41);
    virtual_destroy(&rig);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_worn_needle_is_changed_before_the_next_strike),
        cmocka_unit_test(the_session_stops_where_the_plan_says)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
