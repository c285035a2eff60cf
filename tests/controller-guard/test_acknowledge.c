/* A latched fault ends by the operator's acknowledgement, once its cause is gone and the needle
 * out; whoever presses before that is told what still stands. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/controller-guard/guard_scene.h"

#define ALL_BUT_NEEDLE ((uint32_t)(SENSOR_ALL & ~SENSOR_NEEDLE))

static void expect_refused(bool says_needle_out, const char *why) {
    size_t before = the.seen[GUARD_EVENT_REFUSED];
    acknowledge(says_needle_out);
    run_for(5 * NS_PER_S); /* the board is looked at in vain, if it must be */
    assert_int_equal(state_now(), SAFETY_FAULT);
    assert_int_equal(the.seen[GUARD_EVENT_REFUSED], before + 1);
    if (!strstr(the.newest_refusal.text, why)) fail_msg("%s", the.newest_refusal.text);
    assert_non_null(strstr(the.newest_refusal.text, "The fault stays"));
}

static void expect_accepted(bool says_needle_out) {
    run_for(10 * NS_PER_MS);
    acknowledge(says_needle_out);
    run_for(5 * NS_PER_S);
    if (state_now() != SAFETY_OFF) fail_msg("%s", the.newest_refusal.text);
    assert_false(the.guard.is_port_open);
    ask(GUARD_CONNECT);
    run_for(NS_PER_S);
    assert_int_equal(state_now(), SAFETY_LOCKED);
}

/* Stopped dead in the skin with its place lost, as an e-stop that cuts the drives leaves it. */
static void fault_with_the_needle_in(void) {
    get_running();
    arrive(0);
    strike(0);
    for (int i = 0; i < 200 && the.board.position[2] > -0.3; i++) run_for(STEP_NS);
    firmware_on_bytes(&the.board, "\x18", 1, the.now_ns);
    run_for(NS_PER_S);
    assert_int_equal(state_now(), SAFETY_FAULT);
    assert_true(the.board.position[2] < -0.2);
}

static void mashed_keys_do_not_end_a_fault_with_the_needle_in(void **state) {
    (void)state;
    fault_with_the_needle_in();
    double at[FIRMWARE_AXES];
    memcpy(at, the.board.position, sizeof at);
    for (int i = 0; i < 20; i++) {
        acknowledge(false);
        run_for(37 * NS_PER_MS);
        assert_int_equal(state_now(), SAFETY_FAULT);
    }
    expect_refused(false, "whether the needle is out");
    for (int i = 0; i < FIRMWARE_AXES; i++) assert_true(at[i] == the.board.position[i]);
    /* Drawn out by hand, and said so. */
    expect_accepted(true);
}

static void pull_cable(void) {
    guard_on_port_closed(&the.guard, the.now_ns);
}

static void restart_daemon(void) {
    guard_on_daemon(&the.guard, false, the.now_ns);
    guard_on_daemon(&the.guard, true, the.now_ns);
    ask(GUARD_HELLO);
}

/* The scene's board resets when its port is opened, and stops dead where it is. */
static void an_acknowledgement_waits_for_the_strike_in_the_board(void **state) {
    void (*const stops[])(void) = {pull_cable, restart_daemon};
    for (size_t i = 0; i < sizeof stops / sizeof *stops; i++) {
        assert_int_equal(set_up(state), 0);
        get_running();
        arrive(0);
        strike(0);
        for (int k = 0; k < 200 && the.board.position[2] > -0.3; k++) run_for(STEP_NS);
        assert_true(the.board.position[2] < -0.2);
        stops[i]();
        acknowledge(true);
        ask(GUARD_CONNECT);
        run_for(5 * NS_PER_S);
        assert_true(fabs(the.board.position[2]) < 1e-9);
        assert_int_equal(state_now(), SAFETY_OFF);
        ask(GUARD_CONNECT);
        run_for(NS_PER_S);
        assert_int_equal(state_now(), SAFETY_LOCKED);
    }
}

/* A switch at the needle knows better than anybody's word. */
static void no_word_counts_against_the_needles_switch(void **state) {
    (void)state;
    the.has_needle_sensor = true;
    fault_with_the_needle_in();
    the.is_needle_stuck = true;
    expect_refused(true, "whether the needle is out");
    the.is_needle_stuck = false;
    the.board.position[2] = the.board.planned[2] = 0;
    expect_accepted(true);
}

static void an_estop_that_is_still_pressed_is_named(void **state) {
    (void)state;
    the.levels = (struct sensor_levels){ALL_BUT_NEEDLE & ~(uint32_t)SENSOR_DEADMAN,
                                        ALL_BUT_NEEDLE & ~(uint32_t)SENSOR_DEADMAN};
    get_running();
    the.levels.levels &= ~(uint32_t)(SENSOR_ESTOP_A | SENSOR_ESTOP_B);
    run_for(NS_PER_S);
    assert_int_equal(state_now(), SAFETY_FAULT);
    expect_refused(true, "emergency stop");
    the.levels.levels |= SENSOR_ESTOP_A | SENSOR_ESTOP_B;
    expect_accepted(false); /* the board has counted the needle out: no word is needed */
}

/* The board's own e-stop pin: it falls silent, and tells when it is looked at. */
static void a_boards_own_estop_is_looked_at(void **state) {
    (void)state;
    get_running();
    firmware_set_pin(&the.board, FIRMWARE_PIN_ESTOP, true, the.now_ns);
    run_for(NS_PER_S);
    assert_int_equal(state_now(), SAFETY_FAULT);
    expect_refused(true, "emergency stop");
    firmware_set_pin(&the.board, FIRMWARE_PIN_ESTOP, false, the.now_ns);
    expect_refused(false, "whether the needle is out"); /* its place is lost */
    expect_accepted(true);
}

static void a_silent_board_is_a_cause_that_stands(void **state) {
    (void)state;
    get_running();
    the.is_swallowing = true;
    travel_to(0);
    run_for(3 * NS_PER_S);
    assert_int_equal(state_now(), SAFETY_FAULT);
    expect_refused(true, "no answer from the board");
    the.is_swallowing = false;
    expect_accepted(true);
}

/* The board refused a line and goes on answering: it is asked anew all the same. */
static void a_board_that_erred_is_looked_at(void **state) {
    (void)state;
    get_running();
    travel_to(0);
    guard_on_port_bytes(&the.guard, "error:20\r\n", 10, the.now_ns);
    take_events();
    run_for(2 * NS_PER_S);
    assert_int_equal(state_now(), SAFETY_FAULT);
    expect_accepted(true);
}

static void a_dead_daemon_must_be_there_again(void **state) {
    (void)state;
    get_running();
    the.daemon.is_beating = false;
    run_for(NS_PER_S);
    assert_int_equal(state_now(), SAFETY_FAULT);
    expect_refused(false, "smprigd");
    the.daemon.is_beating = true;
    run_for(100 * NS_PER_MS);
    expect_accepted(false);
}

static void nothing_is_acknowledged_where_nothing_failed(void **state) {
    (void)state;
    get_running();
    acknowledge(true);
    run_for(NS_PER_MS);
    assert_int_equal(state_now(), SAFETY_RUNNING);
    assert_non_null(strstr(the.newest_refusal.text, "no fault"));
}

/* An axis whose steps homing finds, and one whose steps it does not. */
static void lost_steps_are_told_with_what_mends_them(void **state) {
    static const struct {
        int board_axis;
        const char *says;
    } rows[] = {{0, "home again"}, {3, "Axis A is not where it was sent"}, {4, "zero mark"}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (i) set_up(NULL);
        get_running();
        arrive(0);
        the.board.lost[rows[i].board_axis] = 0.2;
        run_for(100 * NS_PER_MS);
        assert_int_equal(state_now(), SAFETY_FAULT);
        if (!strstr(the.guard.why, rows[i].says)) fail_msg("it says: %s", the.guard.why);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(lost_steps_are_told_with_what_mends_them, set_up),
        cmocka_unit_test_setup(mashed_keys_do_not_end_a_fault_with_the_needle_in, set_up),
        cmocka_unit_test_setup(an_acknowledgement_waits_for_the_strike_in_the_board, set_up),
        cmocka_unit_test_setup(no_word_counts_against_the_needles_switch, set_up),
        cmocka_unit_test_setup(an_estop_that_is_still_pressed_is_named, set_up),
        cmocka_unit_test_setup(a_boards_own_estop_is_looked_at, set_up),
        cmocka_unit_test_setup(a_silent_board_is_a_cause_that_stands, set_up),
        cmocka_unit_test_setup(a_board_that_erred_is_looked_at, set_up),
        cmocka_unit_test_setup(a_dead_daemon_must_be_there_again, set_up),
        cmocka_unit_test_setup(nothing_is_acknowledged_where_nothing_failed, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
