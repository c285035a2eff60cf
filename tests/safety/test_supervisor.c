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

/* Every state, every condition lost alone: tripped when needed, as its class
 * says, cause latched. */
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

/* Each condition alone, and all that acknowledging asks for together: what connecting and homing
 * anew will ask for is not among them, nor what a hold waits for. */
static void a_fault_ends_only_when_its_cause_is_gone(void **state) {
    (void)state;
    const uint64_t asked_for =
        CONDITION_BIT(CONDITION_LINK_UP) | CONDITION_BIT(CONDITION_SETTINGS_MATCH) |
        CONDITION_BIT(CONDITION_ESTOP_CLOSED) | CONDITION_BIT(CONDITION_BOARD_NOT_HELD) |
        CONDITION_BIT(CONDITION_NEEDLE_SAFE) | CONDITION_BIT(CONDITION_DAEMON_ALIVE) |
        CONDITION_BIT(CONDITION_FILES_BOUND);
    for (unsigned c = 0; c < CONDITION_COUNT; c++) {
        struct supervisor supervisor = in_state(SAFETY_FAULT);
        uint64_t missing = 0;
        bool must_hold = asked_for & CONDITION_BIT(c);
        supervisor.first_cause = CONDITION_BIT(c);
        supervisor.conditions &= ~CONDITION_BIT(c);
        assert_int_equal(supervisor_event(&supervisor, EVENT_ACKNOWLEDGE, &missing),
                         must_hold ? RESULT_REFUSED : RESULT_OK);
        assert_true(missing == (must_hold ? CONDITION_BIT(c) : 0));
        assert_int_equal(supervisor.state, must_hold ? SAFETY_FAULT : SAFETY_OFF);
        assert_true(supervisor.first_cause == (must_hold ? CONDITION_BIT(c) : 0));
    }
    struct supervisor supervisor = {.state = SAFETY_FAULT, .conditions = asked_for};
    assert_int_equal(supervisor_event(&supervisor, EVENT_ACKNOWLEDGE, NULL), RESULT_OK);
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
        assert_true(strlen(safety_state_name((enum safety_state)s)) > 2 &&
                    strlen(safety_state_words((enum safety_state)s)->next) > 5);
    for (unsigned e = 0; e < EVENT_COUNT; e++)
        assert_true(strlen(safety_event_name((enum safety_event)e)) > 2);
    for (unsigned c = 0; c < CONDITION_COUNT; c++) {
        const struct condition_words *words = safety_condition_words((enum safety_condition)c);
        assert_true(strlen(words->name) > 2 && strlen(words->lost) > 10);
        assert_true(strlen(words->safe) > 10 && strlen(words->remedy) > 5);
    }
    assert_null(safety_condition_words(CONDITION_COUNT));
    assert_null(safety_state_words(SAFETY_STATE_COUNT));
    assert_string_equal(safety_state_name(SAFETY_STATE_COUNT), "unknown");
    assert_string_equal(safety_event_name(EVENT_COUNT), "unknown");
}

/* The whole table in words, written apart from the code: an entry more, less or other is seen. */
static void transitions_are_these_and_no_others(void **state) {
    (void)state;
    static const struct {
        enum safety_state from;
        enum safety_event event;
        enum safety_state to;
    } allowed[] = {
        {SAFETY_OFF, EVENT_CONNECT, SAFETY_CONNECTING},
        {SAFETY_CONNECTING, EVENT_CONNECTED, SAFETY_LOCKED},
        {SAFETY_LOCKED, EVENT_HOME, SAFETY_HOMING},
        {SAFETY_HOMING, EVENT_HOMED, SAFETY_IDLE},
        {SAFETY_IDLE, EVENT_ARM, SAFETY_ARMED},
        {SAFETY_IDLE, EVENT_HOME, SAFETY_HOMING},
        {SAFETY_ARMED, EVENT_START, SAFETY_RUNNING},
        {SAFETY_ARMED, EVENT_DISARM, SAFETY_IDLE},
        {SAFETY_ARMED, EVENT_ABORT, SAFETY_IDLE},
        {SAFETY_RUNNING, EVENT_HOLD, SAFETY_HOLDING},
        {SAFETY_RUNNING, EVENT_ABORT, SAFETY_HOLDING},
        {SAFETY_HOLDING, EVENT_AT_REST, SAFETY_HELD},
        {SAFETY_HOLDING, EVENT_NEEDLE_IN, SAFETY_RETRACTING},
        {SAFETY_HOLDING, EVENT_HOLD, SAFETY_HOLDING},
        {SAFETY_RETRACTING, EVENT_AT_REST, SAFETY_HELD},
        {SAFETY_HELD, EVENT_RESUME, SAFETY_RUNNING},
        {SAFETY_HELD, EVENT_ABORT, SAFETY_IDLE},
        {SAFETY_HELD, EVENT_DISARM, SAFETY_IDLE},
        {SAFETY_HELD, EVENT_HOLD, SAFETY_HELD},
        {SAFETY_FAULT, EVENT_ACKNOWLEDGE, SAFETY_OFF},
    };
    for (unsigned s = 0; s < SAFETY_STATE_COUNT; s++)
        for (unsigned e = 0; e < EVENT_COUNT; e++) {
            unsigned to = s;
            bool is_allowed = false;
            for (size_t i = 0; i < sizeof allowed / sizeof *allowed; i++)
                if (allowed[i].from == s && allowed[i].event == e)
                    is_allowed = true, to = allowed[i].to;
            struct supervisor supervisor = in_state((enum safety_state)s);
            enum result result = supervisor_event(&supervisor, (enum safety_event)e, NULL);
            assert_int_equal(result, is_allowed ? RESULT_OK : RESULT_REFUSED);
            assert_int_equal(supervisor.state, to);
            if (!is_allowed || e == EVENT_ARM || e == EVENT_ACKNOWLEDGE) continue;
            /* And with no more than the next state needs. */
            supervisor = in_state((enum safety_state)s);
            supervisor.conditions = safety_needs((enum safety_state)to);
            assert_int_equal(supervisor_event(&supervisor, (enum safety_event)e, NULL), RESULT_OK);
        }
}

#define B(condition) CONDITION_BIT(CONDITION_##condition)
#define LINK (B(LINK_UP) | B(SETTINGS_MATCH))
#define AT_HOME (LINK | B(HOMED) | B(ESTOP_CLOSED) | B(POSITION_AGREES) | B(NEEDLE_OUT_IN_TIME))
#define BOUND (AT_HOME | B(DAEMON_ALIVE) | B(FILES_BOUND))

static void needs_are_these_and_no_others(void **state) {
    (void)state;
    const uint64_t needs[SAFETY_STATE_COUNT] = {
        [SAFETY_LOCKED] = LINK,  [SAFETY_HOMING] = LINK | B(ESTOP_CLOSED) | B(NEEDLE_OUT_IN_TIME),
        [SAFETY_IDLE] = AT_HOME, [SAFETY_ARMED] = BOUND,
        [SAFETY_RUNNING] = ALL,  [SAFETY_HOLDING] = BOUND,
        [SAFETY_HELD] = BOUND,   [SAFETY_RETRACTING] = BOUND,
    };
    for (unsigned s = 0; s < SAFETY_STATE_COUNT; s++)
        assert_true(safety_needs((enum safety_state)s) == needs[s]);
    /* To arm needs more than to stay armed. */
    struct supervisor supervisor = in_state(SAFETY_IDLE);
    uint64_t missing = 0;
    supervisor.conditions = 0;
    assert_int_equal(supervisor_event(&supervisor, EVENT_ARM, &missing), RESULT_REFUSED);
    assert_true(missing == (BOUND | B(CALIBRATED) | B(REGISTERED) | B(CASE_CLEARED)));
    supervisor.conditions = missing;
    assert_int_equal(supervisor_event(&supervisor, EVENT_ARM, NULL), RESULT_OK);
}

static void these_latch_and_the_others_hold(void **state) {
    (void)state;
    const uint64_t latching = B(LINK_UP) | B(SETTINGS_MATCH) | B(HOMED) | B(ESTOP_CLOSED) |
                              B(BOARD_NOT_HELD) | B(POSITION_AGREES) | B(NEEDLE_OUT_IN_TIME) |
                              B(DAEMON_ALIVE) | B(FILES_BOUND) | B(NEEDLE_SAFE);
    for (unsigned c = 0; c < CONDITION_COUNT; c++)
        assert_int_equal(safety_latches((enum safety_condition)c),
                         (latching & CONDITION_BIT(c)) != 0);
}

/* Several lost at once: the latching one is the cause, the first of several alike. */
static void the_worst_of_several_is_the_cause(void **state) {
    (void)state;
    const struct {
        uint64_t lost, cause;
    } cases[] = {{B(DOOR_CLOSED) | B(FILES_BOUND), B(FILES_BOUND)},
                 {B(HOMED) | B(DOOR_CLOSED), B(HOMED)},
                 {B(HOMED) | B(FILES_BOUND), B(HOMED)},
                 {B(DOOR_CLOSED) | B(HEAD_SLOW) | B(NEEDLE_READY), B(DOOR_CLOSED)}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct supervisor supervisor = in_state(SAFETY_RUNNING);
        assert_true(supervisor_update(&supervisor, ALL & ~cases[i].lost, 3));
        assert_true(supervisor.first_cause == cases[i].cause);
        assert_true(supervisor.conditions == (ALL & ~cases[i].lost));
    }
}

/* A second fault does not take the first one's place, nor does a hold a fault's. */
static void what_came_first_stays(void **state) {
    (void)state;
    struct supervisor supervisor = in_state(SAFETY_HOLDING);
    supervisor.first_cause = B(HOMED);
    assert_true(supervisor_update(&supervisor, ALL & ~B(LINK_UP), 5));
    assert_true(supervisor.first_cause == B(HOMED) && supervisor.tripped_ns == 0);
    supervisor = in_state(SAFETY_RUNNING);
    supervisor.first_cause = B(DOOR_CLOSED);
    assert_true(supervisor_update(&supervisor, ALL & ~B(HEAD_SLOW), 5));
    assert_true(supervisor.first_cause == B(DOOR_CLOSED) && supervisor.state == SAFETY_HOLDING);
    supervisor = in_state(SAFETY_HELD);
    supervisor.first_cause = B(DOOR_CLOSED);
    assert_true(supervisor_update(&supervisor, ALL & ~B(HOMED), 6));
    assert_true(supervisor.first_cause == B(HOMED) && supervisor.tripped_ns == 6);
}

/* A cause is forgotten by acknowledging and by running again, by nothing else. */
static void causes_are_forgotten_in_two_ways(void **state) {
    (void)state;
    for (unsigned s = 0; s < SAFETY_STATE_COUNT; s++)
        for (unsigned e = 0; e < EVENT_COUNT; e++) {
            struct supervisor supervisor = in_state((enum safety_state)s);
            supervisor.first_cause = 4;
            bool passes = supervisor_event(&supervisor, (enum safety_event)e, NULL) == RESULT_OK;
            bool forgets = passes && (supervisor.state == SAFETY_RUNNING || e == EVENT_ACKNOWLEDGE);
            assert_int_equal(supervisor.first_cause, forgets ? 0 : 4);
        }
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
    uint64_t missing = 7; /* nothing is missing where nothing leads on */
    assert_int_equal(supervisor_event(&supervisor, EVENT_START, &missing), RESULT_REFUSED);
    assert_true(missing == 0);
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
        cmocka_unit_test(a_fault_ends_only_when_its_cause_is_gone),
        cmocka_unit_test(running_is_entered_by_start_and_resume_alone),
        cmocka_unit_test(arming_asks_for_calibration_and_registration),
        cmocka_unit_test(everything_has_words),
        cmocka_unit_test(transitions_are_these_and_no_others),
        cmocka_unit_test(needs_are_these_and_no_others),
        cmocka_unit_test(these_latch_and_the_others_hold),
        cmocka_unit_test(the_worst_of_several_is_the_cause),
        cmocka_unit_test(what_came_first_stays),
        cmocka_unit_test(causes_are_forgotten_in_two_ways),
        cmocka_unit_test(nonsense_is_denied),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
