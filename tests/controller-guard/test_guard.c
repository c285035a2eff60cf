/* The guard's core against the simulated board on a virtual clock: what it lets through, and that
 * every way of stopping ends with the needle out, a name, and nothing more sent. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/rng.h"
#include "tests/controller-guard/guard_scene.h"

static void one_dot_goes_through(void **state) {
    (void)state;
    get_running();
    arrive(0);
    strike(0);
    run_for(70 * NS_PER_MS);
    assert_int_equal(the.seen[GUARD_EVENT_EXECUTED], 2);
    assert_true(fabs(the.deepest_mm + 1.1) < 0.02); /* seen every half millisecond */
    assert_int_equal(state_now(), SAFETY_RUNNING);
    strike(0); /* the same dot again */
    assert_int_equal(the.newest_refusal.reason, GATE_DOT_NOT_PENDING);
}

static void nothing_moves_before_running(void **state) {
    (void)state;
    ask(GUARD_HELLO);
    travel_to(0);
    load_files("wrong");
    assert_non_null(strstr(the.newest_refusal.text, "changed"));
    ask(GUARD_CONNECT);
    assert_non_null(strstr(the.newest_refusal.text, "load the case"));
    load_files("right");
    ask(GUARD_CONNECT);
    run_for(NS_PER_S);
    travel_to(0);
    strike(0);
    ask(GUARD_START);
    ask(GUARD_ARM);
    assert_int_equal(state_now(), SAFETY_LOCKED);
    assert_int_equal(the.seen[GUARD_EVENT_EXECUTED], 0);
    assert_true(the.board.position[0] == 0 && the.board.block_count == 0);
}

/* Bound once armed: no other files by any name, until the rig is idle or in fault again. */
static void files_are_immutable_once_armed(void **state) {
    (void)state;
    get_idle();
    ask(GUARD_ARM);
    assert_int_equal(state_now(), SAFETY_ARMED);
    load_files("right");
    assert_non_null(strstr(the.newest_refusal.text, "immutable"));
    ask(GUARD_START);
    load_files("right");
    assert_non_null(strstr(the.newest_refusal.text, "immutable"));
    assert_true(the.guard.is_loaded);
    ask(GUARD_HOLD);
    run_for(NS_PER_S);
    size_t refused = the.seen[GUARD_EVENT_REFUSED];
    load_files("right");
    assert_int_equal(the.seen[GUARD_EVENT_REFUSED], refused + 1);
    ask(GUARD_DISARM);
    assert_int_equal(state_now(), SAFETY_IDLE);
    load_files("right");
    assert_int_equal(the.seen[GUARD_EVENT_REFUSED], refused + 1);
}

static void a_silent_daemon_is_noticed_within_its_limit(void **state) {
    (void)state;
    get_running();
    the.daemon.is_beating = false;
    int64_t quiet_ns = the.now_ns;
    while (state_now() == SAFETY_RUNNING && the.now_ns - quiet_ns < NS_PER_S) run_for(NS_PER_MS);
    int64_t noticed_ms = (the.now_ns - quiet_ns) / NS_PER_MS;
    print_message("noticed after %d ms\n", (int)noticed_ms);
    assert_true(noticed_ms <= GUARD_HEARTBEAT_LIMIT_MS + 10);
    assert_true(the.newest_state.state.first_cause == CONDITION_BIT(CONDITION_DAEMON_ALIVE));
}

static void a_cut_cable_is_a_fault_and_its_strike_doubtful(void **state) {
    (void)state;
    get_running();
    arrive(0);
    strike(0);
    run_for(5 * NS_PER_MS);
    the.is_port_cut = true;
    guard_on_port_closed(&the.guard, the.now_ns);
    run_for(NS_PER_S);
    assert_int_equal(state_now(), SAFETY_FAULT);
    assert_int_equal(the.seen[GUARD_EVENT_LOST], 1);
    assert_true(fabs(the.board.position[2]) < 1e-9); /* what the board held has ended needle-out */
    acknowledge(true);
    assert_int_equal(state_now(), SAFETY_FAULT); /* the cable is out as before */
    assert_non_null(strstr(the.newest_refusal.text, "the port has gone"));
    the.is_port_cut = false;
    acknowledge(true);
    run_for(NS_PER_S);
    assert_int_equal(state_now(), SAFETY_OFF);
    ask(GUARD_CONNECT);
    run_for(NS_PER_S);
    assert_int_equal(state_now(), SAFETY_LOCKED); /* homing is asked for anew */
}

static void held_goes_on_only_when_asked(void **state) {
    (void)state;
    get_running();
    set_inputs(ALL_INPUTS & ~(uint32_t)GUARD_INPUT_DEADMAN_HELD);
    run_for(NS_PER_S);
    assert_int_equal(state_now(), SAFETY_HELD);
    ask(GUARD_RESUME);
    assert_int_equal(state_now(), SAFETY_HELD); /* the permissive is missing */
    assert_non_null(strstr(the.newest_refusal.text, "dead-man"));
    set_inputs(ALL_INPUTS);
    run_for(NS_PER_S);
    assert_int_equal(state_now(), SAFETY_HELD); /* its return alone starts nothing */
    ask(GUARD_RESUME);
    assert_int_equal(state_now(), SAFETY_RUNNING);
}

/* Daemon alive, head tracked, and yet no strike comes: the guard does not let the needle stand
 * there. */
static void a_waiting_needle_is_taken_away(void **state) {
    (void)state;
    get_running();
    travel_to(0);
    run_for(3 * NS_PER_S);
    assert_int_equal(the.seen[GUARD_EVENT_EXECUTED], 2); /* the travel, and the way out */
    assert_int_equal(state_now(), SAFETY_HELD);
    assert_true(the.newest_state.state.first_cause == CONDITION_BIT(CONDITION_NEEDLE_NOT_WAITING));
    expect_retreated();
    ask(GUARD_RESUME);
    assert_int_equal(state_now(), SAFETY_RUNNING);
}

/* A message with anything wrong has no effect but an answer. */
static void bad_messages_have_no_effect(void **state) {
    (void)state;
    struct rng rng;
    rng_init(&rng, 81);
    print_message("seed 81\n");
    get_running();
    struct guard_request good = {.version = GUARD_PROTOCOL_VERSION, .kind = GUARD_HOLD}, bad;
    for (int i = 0; i < 6; i++) {
        bad = good;
        bad.sequence = the.daemon.sequence + 1;
        size_t size = sizeof bad, before = the.seen[GUARD_EVENT_BAD_MESSAGE];
        if (i == 0) bad.version++;
        if (i == 1) bad.kind = GUARD_REQUEST_KIND_COUNT;
        if (i == 2) bad.kind = 0;
        if (i == 3) bad.sequence = the.daemon.sequence; /* replayed */
        if (i == 4) size--;
        if (i == 5) size = 0;
        guard_on_request(&the.guard, &bad, size, the.now_ns);
        take_events();
        assert_int_equal(the.seen[GUARD_EVENT_BAD_MESSAGE], before + 1);
        assert_int_equal(state_now(), SAFETY_RUNNING);
    }
    for (int i = 0; i < 20000; i++) { /* random motions: the board never leaves its limits */
        struct guard_request request = {.kind = rng_below(&rng, 2) ? GUARD_TRAVEL : GUARD_STRIKE};
        unsigned char *bytes = (unsigned char *)&request.as;
        for (size_t k = 0; k < sizeof request.as.travel; k++)
            bytes[k] = (unsigned char)rng_below(&rng, 256);
        tell(request);
    }
    run_for(NS_PER_S);
    assert_true(the.deepest_mm >= -1e-9);
    assert_int_equal(the.board.latched_error, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(one_dot_goes_through, set_up),
        cmocka_unit_test_setup(nothing_moves_before_running, set_up),
        cmocka_unit_test_setup(files_are_immutable_once_armed, set_up),
        cmocka_unit_test_setup(a_silent_daemon_is_noticed_within_its_limit, set_up),
        cmocka_unit_test_setup(a_cut_cable_is_a_fault_and_its_strike_doubtful, set_up),
        cmocka_unit_test_setup(held_goes_on_only_when_asked, set_up),
        cmocka_unit_test_setup(a_waiting_needle_is_taken_away, set_up),
        cmocka_unit_test_setup(bad_messages_have_no_effect, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
