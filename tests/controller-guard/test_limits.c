/* The limits of safety/limits.h that the guard asks itself, each just kept and just crossed, in
 * numbers of their own: ./dev mutate changes the limits and runs this. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/controller-guard/guard_scene.h"

/* When the guard stops running, seen at each step of the world. */
static int64_t run_until_it_trips(void) {
    for (int i = 0; i < 2000 && state_now() == SAFETY_RUNNING; i++) run_for(STEP_NS);
    assert_int_not_equal(state_now(), SAFETY_RUNNING);
    return the.now_ns - STEP_NS;
}

static void a_pose_is_gone_after_160_ms(void **state) {
    (void)state;
    get_running();
    send_pose();
    int64_t stamp_ns = the.now_ns;
    the.daemon.is_posing = false;
    int64_t after_ns = run_until_it_trips() - stamp_ns;
    assert_true(after_ns > 160 * NS_PER_MS && after_ns <= 160 * NS_PER_MS + STEP_NS);
    assert_true(the.guard.supervisor.first_cause == CONDITION_BIT(CONDITION_POSE_FRESH));
}

static void a_head_trips_above_15_mm_s(void **state) {
    (void)state;
    const double speeds_mm_s[] = {15, 15.01};
    for (int i = 0; i < 2; i++) {
        set_up(NULL);
        get_running();
        struct guard_request request = {.kind = GUARD_POSE};
        request.as.pose = (struct head_pose){.stamp_ns = the.now_ns,
                                             .T_rig_head = scene_pose().T_rig_head,
                                             .velocity = {.v = {0, speeds_mm_s[i], 0}},
                                             .state = HEAD_STILL,
                                             .tags_used = 12};
        tell(request);
        assert_int_equal(state_now() == SAFETY_RUNNING, i == 0);
        if (i == 1)
            assert_true(the.guard.supervisor.first_cause == CONDITION_BIT(CONDITION_HEAD_SLOW));
    }
}

static void a_needle_waits_over_a_dot_for_60_ms(void **state) {
    (void)state;
    get_running();
    arrive(0);
    int64_t after_ns = run_until_it_trips() - the.guard.arrived_ns;
    assert_true(after_ns > 60 * NS_PER_MS && after_ns <= 60 * NS_PER_MS + STEP_NS);
    assert_true(the.guard.supervisor.first_cause == CONDITION_BIT(CONDITION_NEEDLE_NOT_WAITING));
}

static void the_way_out_is_8_mm(void **state) {
    (void)state;
    get_running();
    arrive(0);
    double hover_mm = the.board.position[5]; /* the column that the needle stands on */
    ask(GUARD_HOLD);
    run_for(2 * NS_PER_S);
    assert_int_equal(state_now(), SAFETY_HELD);
    assert_true(fabs(the.board.position[5] - hover_mm - 8) < 0.01);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_pose_is_gone_after_160_ms, set_up),
        cmocka_unit_test(a_head_trips_above_15_mm_s),
        cmocka_unit_test_setup(a_needle_waits_over_a_dot_for_60_ms, set_up),
        cmocka_unit_test_setup(the_way_out_is_8_mm, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
