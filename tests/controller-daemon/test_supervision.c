/* What a session asks of people and tells them: prompts, the seat of command, alarms. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "controller/daemon/alarms.h"
#include "controller/daemon/command_seat.h"
#include "controller/daemon/event_log.h"
#include "controller/daemon/prompts.h"
#include "safety/supervisor.h"

static void prompts_open_at_their_counts_and_close_when_answered(void **state) {
    (void)state;
    const struct prompt_rules rules = {
        .dots_per_load = 100, .dots_per_needle = 180, .dots_per_wipe = 150, .break_after_s = 600};
    struct prompts prompts;
    prompts_init(&prompts, &rules);
    prompts_update(&prompts, 99, 10);
    assert_false(prompts_any_open(&prompts));
    prompts_update(&prompts, 100, 11);
    assert_true(prompts.is_open[PROMPT_PIGMENT]);
    assert_int_equal(prompts_answer(&prompts, PROMPT_NEEDLE, 11, NULL), RESULT_REFUSED);
    assert_int_equal(prompts_answer(&prompts, PROMPT_PIGMENT, 11, NULL), RESULT_OK);
    assert_false(prompts_any_open(&prompts));
    prompts_update(&prompts, 200, 610);
    assert_true(prompts.is_open[PROMPT_PIGMENT] && prompts.is_open[PROMPT_WIPE]);
    assert_true(prompts.is_open[PROMPT_NEEDLE]); /* its count went on over the loads */
    assert_false(prompts.is_open[PROMPT_BREAK]); /* the pause for pigment was one too */
    prompts_update(&prompts, 200, 612);
    assert_true(prompts.is_open[PROMPT_BREAK]);
}

static void silence_empties_the_seat_once(void **state) {
    (void)state;
    struct command_seat seat = {0};
    struct command_person lost = {0};
    const struct api_caller anna = {"anna", ROLE_OPERATOR, 1}, bert = {"bert", ROLE_OPERATOR, 2};
    const int64_t limit_ns = COMMAND_SILENCE_MAX_MS * NS_PER_MS;
    assert_int_equal(command_take(&seat, &anna, false, 0, NULL), RESULT_OK);
    assert_false(command_tick(&seat, limit_ns, &lost));
    command_beat(&seat, &bert, limit_ns); /* another's beat does not keep anna there */
    assert_true(command_tick(&seat, limit_ns + 1, &lost));
    assert_string_equal(lost.name, "anna");
    assert_false(command_tick(&seat, limit_ns + 2, &lost));
    assert_int_equal(command_take(&seat, &anna, false, limit_ns, NULL), RESULT_OK);
    command_beat(&seat, &anna, 2 * limit_ns);
    assert_false(command_tick(&seat, 3 * limit_ns, &lost));
}

static struct guard_state_report report(enum safety_state state, uint64_t lost, uint64_t cause) {
    uint64_t all = (UINT64_C(1) << CONDITION_COUNT) - 1;
    return (struct guard_state_report){
        .state = state, .conditions = all & ~lost, .first_cause = cause};
}

static void the_first_cause_stays_first_and_what_is_seen_but_there_is_shown(void **state) {
    (void)state;
    const uint64_t estop = CONDITION_BIT(CONDITION_ESTOP_CLOSED);
    const uint64_t deadman = CONDITION_BIT(CONDITION_DEADMAN_HELD);
    struct alarms alarms = {0};
    struct guard_state_report fault = report(SAFETY_FAULT, estop | deadman, estop);
    assert_true(alarms_on_guard(&alarms, &fault, "", true, 1));
    assert_false(alarms_on_guard(&alarms, &fault, "", true, 2)); /* no second one */
    assert_int_equal(alarms.count, 1);
    assert_int_equal(alarms.list[0].priority, ALARM_HIGH);
    assert_string_equal(alarms.list[0].cause, "e-stop closed");
    assert_int_equal(alarms.list[0].followers & deadman, deadman);
    assert_int_equal(alarms_acknowledge(&alarms, 0, "anna", NULL), RESULT_OK);
    assert_int_equal(alarms.count, 1); /* seen, still there */
    struct guard_state_report off = report(SAFETY_OFF, 0, 0);
    assert_true(alarms_on_guard(&alarms, &off, "", true, 3));
    assert_int_equal(alarms.count, 0);
    assert_int_equal(alarms_acknowledge(&alarms, 0, "anna", NULL), RESULT_NOT_FOUND);
}

static void a_cause_that_came_and_went_raises_one_alarm(void **state) {
    (void)state;
    const uint64_t deadman = CONDITION_BIT(CONDITION_DEADMAN_HELD);
    struct alarms alarms = {0};
    struct guard_state_report back = report(SAFETY_HELD, 0, deadman); /* pressed again already */
    struct guard_state_report running = report(SAFETY_RUNNING, 0, 0);
    for (int64_t now_ns = 1; now_ns < 10; now_ns++)
        (void)alarms_on_guard(&alarms, &back, "", true, now_ns);
    assert_int_equal(alarms.last_number, 1);
    (void)alarms_on_guard(&alarms, &running, "", true, 10);
    (void)alarms_on_guard(&alarms, &back, "", true, 11);
    assert_int_equal(alarms.last_number, 2); /* another run, another loss */
}

static void what_mends_itself_is_low_and_goes_with_its_cause(void **state) {
    (void)state;
    const uint64_t slow = CONDITION_BIT(CONDITION_HEAD_SLOW);
    struct alarms alarms = {0};
    struct guard_state_report held = report(SAFETY_HELD, slow, slow);
    struct guard_state_report running = report(SAFETY_RUNNING, 0, 0);
    assert_true(alarms_on_guard(&alarms, &held, "", true, 1));
    assert_int_equal(alarms.list[0].priority, ALARM_LOW);
    assert_true(alarms_on_guard(&alarms, &running, "", true, 2));
    assert_int_equal(alarms.count, 0);
    assert_true(alarms_on_guard(&alarms, &held, "", false, 3)); /* somebody must act */
    assert_int_equal(alarms.list[0].priority, ALARM_MEDIUM);
    (void)alarms_on_guard(&alarms, &running, "", true, 4);
    assert_int_equal(alarms.count, 1); /* until it is seen */
}

static void the_ring_forgets_the_oldest(void **state) {
    (void)state;
    static struct event_log log;
    assert_null(event_log_at(&log, 0));
    for (unsigned i = 0; i < EVENT_LOG_MAX + 5; i++) event_log_add(&log, EVENT_INFO, i, "x");
    assert_int_equal(event_log_first(&log), 6);
    assert_null(event_log_at(&log, 5));
    assert_int_equal(event_log_at(&log, 6)->unix_ms, 5);
    assert_null(event_log_at(&log, EVENT_LOG_MAX + 6));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prompts_open_at_their_counts_and_close_when_answered),
        cmocka_unit_test(silence_empties_the_seat_once),
        cmocka_unit_test(the_first_cause_stays_first_and_what_is_seen_but_there_is_shown),
        cmocka_unit_test(a_cause_that_came_and_went_raises_one_alarm),
        cmocka_unit_test(what_mends_itself_is_low_and_goes_with_its_cause),
        cmocka_unit_test(the_ring_forgets_the_oldest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
