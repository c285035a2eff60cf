/* The shipped table, state by condition and state by event: what it says is what the rules want. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "safety/supervisor.h"

#define ALL ((UINT64_C(1) << CONDITION_COUNT) - 1)

static struct supervisor in_state(enum safety_state state) {
    return (struct supervisor){.state = state, .conditions = ALL};
}

/* Every state, every condition lost alone: tripped when needed, as its class says, cause latched.
 */
static void each_loss_trips_as_its_class_says(void **state) {
    (void)state;
    for (unsigned s = 0; s < SAFETY_STATE_COUNT; s++)
        for (unsigned c = 0; c < CONDITION_COUNT; c++) {
            struct supervisor supervisor = in_state((enum safety_state)s);
            bool is_needed = safety_needs((enum safety_state)s) & CONDITION_BIT(c);
            bool changed = supervisor_update(&supervisor, ALL & ~CONDITION_BIT(c), 7);
            assert_int_equal(changed, is_needed);
            if (!is_needed) {
                assert_int_equal(supervisor.state, s);
                continue;
            }
            bool latches = safety_latches((enum safety_condition)c);
            assert_int_equal(supervisor.state, latches ? SAFETY_FAULT : SAFETY_HOLDING);
            assert_true(supervisor.first_cause == CONDITION_BIT(c));
            assert_int_equal(supervisor.tripped_ns, 7);
        }
}

static void running_needs_everything(void **state) {
    (void)state;
    assert_true(safety_needs(SAFETY_RUNNING) == ALL);
    struct supervisor supervisor = in_state(SAFETY_RUNNING);
    assert_true(supervisor_allows_motion(&supervisor));
    for (unsigned s = 0; s < SAFETY_STATE_COUNT; s++) {
        supervisor = in_state((enum safety_state)s);
        assert_int_equal(supervisor_allows_motion(&supervisor), s == SAFETY_RUNNING);
    }
}

static void the_first_cause_stays(void **state) {
    (void)state;
    struct supervisor supervisor = in_state(SAFETY_RUNNING);
    assert_true(supervisor_update(&supervisor, ALL & ~CONDITION_BIT(CONDITION_HEAD_SLOW), 1));
    uint64_t both =
        ALL & ~CONDITION_BIT(CONDITION_HEAD_SLOW) & ~CONDITION_BIT(CONDITION_DOOR_CLOSED);
    assert_false(supervisor_update(&supervisor, both, 2));
    assert_true(supervisor.first_cause == CONDITION_BIT(CONDITION_HEAD_SLOW));
    /* A fault on top of a hold is what must be acknowledged. */
    assert_true(supervisor_update(&supervisor, both & ~CONDITION_BIT(CONDITION_LINK_UP), 3));
    assert_int_equal(supervisor.state, SAFETY_FAULT);
    assert_true(supervisor.first_cause == CONDITION_BIT(CONDITION_LINK_UP));
    /* And a second fault does not replace the first. */
    assert_false(supervisor_update(&supervisor, 0, 4));
    assert_true(supervisor.first_cause == CONDITION_BIT(CONDITION_LINK_UP));
    assert_int_equal(supervisor.tripped_ns, 3);
}

static void a_fault_ends_only_by_acknowledgement(void **state) {
    (void)state;
    for (unsigned e = 0; e < EVENT_COUNT; e++) {
        struct supervisor supervisor = in_state(SAFETY_FAULT);
        supervisor.first_cause = 1;
        enum result result = supervisor_event(&supervisor, (enum safety_event)e, NULL);
        assert_int_equal(result, e == EVENT_ACKNOWLEDGE ? RESULT_OK : RESULT_REFUSED);
        assert_int_equal(supervisor.state, e == EVENT_ACKNOWLEDGE ? SAFETY_OFF : SAFETY_FAULT);
    }
    struct supervisor supervisor = in_state(SAFETY_FAULT);
    assert_false(supervisor_update(&supervisor, ALL, 5)); /* the cause gone is not enough */
    assert_int_equal(supervisor.state, SAFETY_FAULT);
}

/* Into running only from armed and held, and only with every condition. */
static void running_is_entered_by_start_and_resume_alone(void **state) {
    (void)state;
    for (unsigned s = 0; s < SAFETY_STATE_COUNT; s++)
        for (unsigned e = 0; e < EVENT_COUNT; e++) {
            struct supervisor supervisor = in_state((enum safety_state)s);
            bool is_way =
                (s == SAFETY_ARMED && e == EVENT_START) || (s == SAFETY_HELD && e == EVENT_RESUME);
            enum result result = supervisor_event(&supervisor, (enum safety_event)e, NULL);
            bool is_in = result == RESULT_OK && supervisor.state == SAFETY_RUNNING;
            assert_int_equal(is_in, is_way);
            for (unsigned c = 0; is_way && c < CONDITION_COUNT; c++) {
                uint64_t missing = 0;
                supervisor = in_state((enum safety_state)s);
                supervisor.conditions &= ~CONDITION_BIT(c);
                assert_int_equal(supervisor_event(&supervisor, (enum safety_event)e, &missing),
                                 RESULT_REFUSED);
                assert_true(missing == CONDITION_BIT(c));
            }
        }
}

static void arming_asks_for_calibration_and_registration(void **state) {
    (void)state;
    const enum safety_condition needed[] = {CONDITION_CALIBRATED, CONDITION_REGISTERED,
                                            CONDITION_CASE_CLEARED, CONDITION_FILES_BOUND};
    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++) {
        struct supervisor supervisor = in_state(SAFETY_IDLE);
        supervisor.conditions &= ~CONDITION_BIT(needed[i]);
        assert_int_equal(supervisor_event(&supervisor, EVENT_ARM, NULL), RESULT_REFUSED);
        assert_int_equal(supervisor.state, SAFETY_IDLE);
    }
}

static void everything_has_words(void **state) {
    (void)state;
    for (unsigned s = 0; s < SAFETY_STATE_COUNT; s++)
        assert_true(strlen(safety_state_name((enum safety_state)s)) > 2);
    for (unsigned e = 0; e < EVENT_COUNT; e++)
        assert_true(strlen(safety_event_name((enum safety_event)e)) > 2);
    for (unsigned c = 0; c < CONDITION_COUNT; c++) {
        const struct condition_words *words = safety_condition_words((enum safety_condition)c);
        assert_true(strlen(words->name) > 2 && strlen(words->lost) > 10);
        assert_true(strlen(words->safe) > 10 && strlen(words->remedy) > 5);
    }
    assert_null(safety_condition_words(CONDITION_COUNT));
    assert_string_equal(safety_state_name(SAFETY_STATE_COUNT), "unknown");
    assert_string_equal(safety_event_name(EVENT_COUNT), "unknown");
}

static void nonsense_is_denied(void **state) {
    (void)state;
    struct supervisor supervisor;
    supervisor_init(&supervisor);
    assert_int_equal(supervisor.state, SAFETY_OFF);
    assert_false(supervisor_allows_motion(&supervisor));
    assert_int_equal(supervisor_event(&supervisor, EVENT_COUNT, NULL), RESULT_REFUSED);
    assert_true(safety_latches(CONDITION_COUNT));
    assert_true(safety_needs(SAFETY_STATE_COUNT) == UINT64_MAX);
    supervisor.state = SAFETY_STATE_COUNT;
    assert_int_equal(supervisor_event(&supervisor, EVENT_START, NULL), RESULT_REFUSED);
    assert_true(supervisor_update(&supervisor, ALL, 1)); /* an impossible state trips */
    assert_int_equal(supervisor.state, SAFETY_FAULT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_loss_trips_as_its_class_says),
        cmocka_unit_test(running_needs_everything),
        cmocka_unit_test(the_first_cause_stays),
        cmocka_unit_test(a_fault_ends_only_by_acknowledgement),
        cmocka_unit_test(running_is_entered_by_start_and_resume_alone),
        cmocka_unit_test(arming_asks_for_calibration_and_registration),
        cmocka_unit_test(everything_has_words),
        cmocka_unit_test(nonsense_is_denied),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
