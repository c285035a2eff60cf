/* Every way of stopping, at many moments of a travel and of a strike: the running strike ends by
 * itself, nothing moves sideways with the needle in, nothing more is sent but the way out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/controller-guard/guard_scene.h"

/* I3: from a trip to needle out. */
#define OUT_NS (60 * NS_PER_MS)
#define ALL_BUT_NEEDLE ((uint32_t)(SENSOR_ALL & ~SENSOR_NEEDLE))

static struct world_end kept;
static struct gate_dot kept_dots[SCENE_DOTS];

static void keep(void) {
    kept = the;
    memcpy(kept_dots, scene.dots, sizeof kept_dots);
}

static void go_back(void) {
    the = kept;
    memcpy(scene.dots, kept_dots, sizeof kept_dots);
}

struct way {
    const char *name;
    void (*stop)(void);
    enum safety_state ends_in;
    bool is_seen_at_once; /* else after the limit of silence */
    bool stays;           /* no retreat: no power, no cable or nobody to send it */
};

static void stop_hold(void) {
    ask(GUARD_HOLD);
}
static void stop_abort(void) {
    ask(GUARD_ABORT);
}
static void stop_daemon_gone(void) {
    the.daemon.is_beating = false;
    guard_on_daemon(&the.guard, false, the.now_ns);
}
static void stop_daemon_silent(void) {
    the.daemon.is_beating = false;
}
static void stop_daemon_hung(void) {
    the.daemon.is_progressing = false;
}
static void stop_head_lost(void) {
    the.daemon.is_posing = false;
}
static void stop_deadman_word(void) {
    set_inputs(ALL_INPUTS & ~(uint32_t)GUARD_INPUT_DEADMAN_HELD);
}
static void stop_guard_gone(void) {
    the.is_guard_stopped = true;
}
static void stop_cable(void) {
    the.is_port_cut = true;
    guard_on_port_closed(&the.guard, the.now_ns);
}
static void stop_cable_unseen(void) {
    the.is_port_cut = true; /* a USB converter that goes on saying nothing */
}
static void drop_level(uint32_t sensor) {
    the.levels.levels &= ~sensor;
}
static void stop_estop(void) {
    drop_level(SENSOR_ESTOP_A | SENSOR_ESTOP_B);
}
static void stop_estop_one_wire(void) {
    drop_level(SENSOR_ESTOP_B);
}
static void stop_door(void) {
    drop_level(SENSOR_DOOR);
}
static void stop_deadman(void) {
    drop_level(SENSOR_DEADMAN);
}
static void stop_client(void) {
    drop_level(SENSOR_CLIENT);
}

static const struct way ways[] = {
    {"hold", stop_hold, SAFETY_HELD, true, false},
    {"abort", stop_abort, SAFETY_IDLE, true, false},
    {"e-stop", stop_estop, SAFETY_FAULT, true, true},
    {"e-stop, one wire", stop_estop_one_wire, SAFETY_FAULT, true, true},
    {"door", stop_door, SAFETY_HELD, true, false},
    {"dead-man", stop_deadman, SAFETY_HELD, true, false},
    {"dead-man by word", stop_deadman_word, SAFETY_HELD, true, false},
    {"client", stop_client, SAFETY_HELD, true, false},
    {"daemon gone", stop_daemon_gone, SAFETY_FAULT, true, false},
    {"daemon silent", stop_daemon_silent, SAFETY_FAULT, false, false},
    {"daemon hung", stop_daemon_hung, SAFETY_FAULT, false, false},
    {"head lost", stop_head_lost, SAFETY_HELD, false, false},
    {"guard gone", stop_guard_gone, SAFETY_RUNNING, true, true},
    {"cable out", stop_cable, SAFETY_FAULT, true, true},
    {"cable out, unseen", stop_cable_unseen, SAFETY_FAULT, false, true},
};

/* How long the needle is out of its sleeve from now on, ns. */
static int64_t time_to_out(void) {
    int64_t from_ns = the.now_ns, out_ns = from_ns;
    while (the.now_ns < from_ns + 2 * NS_PER_S) {
        run_for(STEP_NS);
        if (the.is_in) out_ns = the.now_ns;
    }
    return out_ns - from_ns;
}

static int64_t stop_and_judge(const struct way *way) {
    size_t executed = the.seen[GUARD_EVENT_EXECUTED];
    way->stop();
    int64_t out_ns = time_to_out();
    assert_true(out_ns <= OUT_NS);
    assert_true(the.widest_in_mm < 1e-9);
    assert_true(the.deepest_mm >= -1.1 - 1e-9);
    assert_true(fabs(the.board.position[2]) < 1e-9);
    if (state_now() != way->ends_in)
        fail_msg("%s: ends in %s", way->name, safety_state_name(state_now()));
    if (!way->stays) expect_retreated();
    assert_true(the.seen[GUARD_EVENT_EXECUTED] <= executed + 3); /* travel, strike, way out */
    double at[FIRMWARE_AXES];
    memcpy(at, the.board.position, sizeof at);
    travel_to(1);
    strike(1);
    run_for(300 * NS_PER_MS);
    for (int i = 0; i < FIRMWARE_AXES; i++) assert_true(at[i] == the.board.position[i]);
    if (way->ends_in == SAFETY_FAULT) assert_true(strlen(the.newest_state.text) > 20);
    return out_ns;
}

/* The dead-man must be seen up before it counts as pressed. */
static void get_running_with_switches(void) {
    the.levels = (struct sensor_levels){ALL_BUT_NEEDLE, ALL_BUT_NEEDLE & ~(uint32_t)SENSOR_DEADMAN};
    the.has_needle_sensor = true;
    get_idle();
    the.levels.levels |= SENSOR_DEADMAN;
    run_for(50 * NS_PER_MS);
    ask(GUARD_ARM);
    ask(GUARD_START);
    assert_int_equal(state_now(), SAFETY_RUNNING);
}

static void every_stop_in_a_strike_ends_needle_out(void **state) {
    (void)state;
    int64_t worst_ns = 0;
    get_running_with_switches();
    arrive(0);
    strike(0);
    for (int at_ms = 0; at_ms <= 80; at_ms += 2) {
        keep();
        for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
            int64_t out_ns = stop_and_judge(&ways[i]);
            if (ways[i].is_seen_at_once && out_ns > worst_ns) worst_ns = out_ns;
            go_back();
        }
        run_for(2 * NS_PER_MS);
    }
    print_message("needle out at most %.1f ms after a stop\n", (double)worst_ns / NS_PER_MS);
}

static void every_stop_in_a_travel_sends_no_strike(void **state) {
    (void)state;
    get_running_with_switches();
    travel_to(0);
    size_t phases = 0;
    for (; the.seen[GUARD_EVENT_EXECUTED] == 0; phases++) {
        keep();
        for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
            stop_and_judge(&ways[i]);
            assert_true(the.deepest_mm > -1e-9);
            go_back();
        }
        run_for(75 * NS_PER_MS);
    }
    assert_true(phases > 5);
}

/* How far the rig still goes before it turns to the way out, and when it has come to rest. */
struct cut {
    double left_mm; /* of the travel that was not made */
    int64_t rest_ns, way_out_ns;
};

static struct cut cut_by(const struct way *way, const double to[FIRMWARE_AXES]) {
    int64_t from_ns = the.now_ns;
    struct cut cut = {0};
    way->stop();
    while (state_now() != way->ends_in && the.now_ns < from_ns + 2 * NS_PER_S) {
        run_for(STEP_NS);
        if (!cut.rest_ns && the.board.block_count == 0) cut.rest_ns = the.now_ns - from_ns;
        if (cut.rest_ns && !cut.way_out_ns && the.board.block_count)
            cut.way_out_ns = the.now_ns - from_ns;
        if (!cut.rest_ns)
            cut.left_mm = hypot(the.board.position[0] - to[0], the.board.position[1] - to[1]);
    }
    assert_int_equal(state_now(), way->ends_in);
    return cut;
}

/* A travel under way at a stop is not gone to its end: it leads to where the head was. Nothing of
 * it is left in the board for a resume to run, and the place is still known. */
static void a_travel_is_cut_short_and_flushed(void **state) {
    (void)state;
    int64_t slowest_ns = 0, latest_ns = 0;
    size_t phases = 0;
    get_running();
    arrive(0);
    travel_to(1);
    double to[FIRMWARE_AXES];
    memcpy(to, the.board.planned, sizeof to);
    for (run_for(6 * NS_PER_MS); the.board.block_count; run_for(4 * NS_PER_MS), phases++) {
        keep();
        memcpy(to, the.board.planned, sizeof to);
        struct cut cut = cut_by(&ways[0], to);
        assert_int_equal(the.board.block_count, 0);
        assert_int_equal(the.board.waiting_count, 0);
        assert_true(the.board.is_homed);
        if (cut.rest_ns > slowest_ns) slowest_ns = cut.rest_ns;
        if (cut.way_out_ns > latest_ns) latest_ns = cut.way_out_ns;
        if (phases == 0) {
            assert_true(cut.left_mm > 0.2); /* cut short indeed */
            assert_true(the.seen[GUARD_EVENT_LOST] == 1);
        }
        /* On with a new aim: neither the old travel nor an old permission is left. */
        ask(GUARD_RESUME);
        assert_int_equal(state_now(), SAFETY_RUNNING);
        run_for(200 * NS_PER_MS);
        assert_int_equal(the.board.block_count, 0);
        arrive(1);
        strike(1);
        run_for(200 * NS_PER_MS);
        assert_true(the.deepest_mm < -0.9 && the.widest_in_mm < 1e-9);
        go_back();
    }
    print_message("%zu phases; at rest %.1f ms after the stop, the way out %.1f ms, at most\n",
                  phases, (double)slowest_ns / NS_PER_MS, (double)latest_ns / NS_PER_MS);
    assert_true(phases > 3 && slowest_ns < 80 * NS_PER_MS && latest_ns < 150 * NS_PER_MS);
}

/* A strike waiting behind its travel, as it is sent just in time. */
static void a_strike_sent_ahead_ends_by_itself_too(void **state) {
    (void)state;
    get_running_with_switches();
    arrive(0);
    travel_to(1);
    strike(1);
    keep();
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        ways[i].stop();
        time_to_out();
        assert_true(the.widest_in_mm < 1e-9 && !the.is_in);
        assert_int_equal(state_now(), ways[i].ends_in);
        go_back();
    }
}

/* The board itself is held in the middle of a strike, as by its own door or hold input. */
static void a_needle_found_in_is_withdrawn_alone(void **state) {
    (void)state;
    get_running_with_switches();
    arrive(0);
    strike(0);
    for (int at_ms = 0; at_ms <= 50; at_ms += 2) {
        keep();
        firmware_on_bytes(&the.board, "!", 1, the.now_ns);
        run_for(3 * NS_PER_S);
        assert_true(!the.is_in && fabs(the.board.position[2]) <= LIMIT_POSITION_MM);
        assert_true(the.widest_in_mm < 1e-9); /* nothing else moved while it was in */
        assert_int_equal(state_now(), SAFETY_FAULT);
        go_back();
        run_for(2 * NS_PER_MS);
    }
}

static void a_needle_found_in_at_rest_is_withdrawn_too(void **state) {
    (void)state;
    get_running();
    arrive(0);
    ask(GUARD_HOLD);
    the.board.position[2] = the.board.planned[2] =
        -0.8; /* stopped and flushed by the board alone */
    run_for(2 * NS_PER_S);
    assert_true(fabs(the.board.position[2]) < 1e-9);
    assert_true(the.widest_in_mm < 1e-9);
    assert_int_equal(state_now(), SAFETY_FAULT); /* it was not where it was sent */
}

/* A hold of the board's own cuts the way out short; its place is known, and it is taken anew. */
static void a_way_out_that_was_lost_is_taken_anew(void **state) {
    (void)state;
    get_running();
    arrive(0);
    double at_dot_mm = the.guard.gate.q[4];
    ask(GUARD_HOLD);
    while (!(the.guard.travel_line && the.guard.is_own_travel)) run_for(STEP_NS);
    firmware_on_bytes(&the.board, "!", 1, the.now_ns);
    run_for(3 * NS_PER_S);
    assert_true(the.guard.ways_lost == 1 && the.guard.is_homed);
    assert_true(the.guard.gate.q[4] > at_dot_mm + 7.0);
}

/* The count says out, the sensor says in: a jam. Nothing moves, hands must help. */
static void a_jammed_needle_moves_nothing(void **state) {
    (void)state;
    get_running_with_switches();
    arrive(0);
    strike(0);
    run_for(25 * NS_PER_MS);
    the.is_needle_stuck = true;
    int64_t from_ns = the.now_ns;
    while (state_now() == SAFETY_RUNNING && the.now_ns < from_ns + NS_PER_S) run_for(STEP_NS);
    assert_true(the.now_ns - from_ns <= (LIMIT_NEEDLE_AWAY_MS + 10) * NS_PER_MS);
    double at[FIRMWARE_AXES];
    run_for(100 * NS_PER_MS);
    memcpy(at, the.board.position, sizeof at);
    run_for(3 * NS_PER_S);
    for (int i = 0; i < FIRMWARE_AXES; i++) assert_true(at[i] == the.board.position[i]);
    assert_int_equal(state_now(), SAFETY_FAULT);
    assert_true(the.newest_state.state.first_cause == CONDITION_BIT(CONDITION_NEEDLE_OUT_IN_TIME));
    assert_non_null(strstr(the.newest_state.text, "by hand"));
}

/* A strike's line swallowed whole on its way, the next travel's answered: the strike
 * is not done. */
static void a_swallowed_strike_is_never_done(void **state) {
    (void)state;
    get_running();
    arrive(0);
    run_for(3 * NS_PER_MS);
    strike(0);
    the.is_swallowing = true;
    run_for(NS_PER_MS);
    the.is_swallowing = false;
    travel_to(1);
    size_t executed = the.seen[GUARD_EVENT_EXECUTED];
    run_for(3 * NS_PER_S);
    assert_true(the.deepest_mm > -1e-9);
    assert_int_equal(the.seen[GUARD_EVENT_EXECUTED], executed + 1); /* the way out alone */
    assert_int_equal(the.seen[GUARD_EVENT_LOST], 2);
    assert_int_equal(state_now(), SAFETY_FAULT);
}

/* Out of power or cable: what the needle does can't be seen, and the operator is told so. */
static void hands_are_asked_for_when_the_needle_is_unknown(void **state) {
    (void)state;
    get_running();
    arrive(0);
    strike(0);
    run_for(5 * NS_PER_MS);
    stop_cable();
    run_for(NS_PER_S);
    assert_non_null(strstr(the.newest_state.text, "by hand"));
}

/* A new guard over a board that still runs: no motion before handshake and homing. */
static void a_new_guard_starts_from_nothing(void **state) {
    (void)state;
    get_running();
    arrive(0);
    strike(0);
    run_for(5 * NS_PER_MS);
    the.is_guard_stopped = true;
    run_for(NS_PER_S);
    the.is_guard_stopped = false;
    guard_begins();
    travel_to(1);
    run_for(NS_PER_S);
    assert_int_equal(state_now(), SAFETY_OFF);
    assert_true(fabs(the.board.position[2]) < 1e-9);
    get_idle();
}

/* The guard itself stopped (SIGSTOP) and gone on: it holds, since it has missed what
 * it should see. */
static void a_stopped_guard_holds_when_it_goes_on(void **state) {
    (void)state;
    get_running();
    the.is_guard_stopped = true;
    run_for(150 * NS_PER_MS);
    the.is_guard_stopped = false;
    run_for(STEP_NS);
    assert_int_equal(state_now(), SAFETY_FAULT); /* the daemon's beats were not heard either */
    run_for(NS_PER_S);
    assert_true(fabs(the.board.position[2]) < 1e-9);
}

/* The daemon's beats waited in the socket and are heard before the guard's own tick: that it was
 * away is the cause all the same, before the words that lapsed meanwhile. */
static void a_guard_that_was_away_says_so(void **state) {
    (void)state;
    get_running();
    the.is_guard_stopped = true;
    the.daemon.is_beating = false;
    run_for(NS_PER_S);
    the.is_guard_stopped = false;
    the.daemon.is_beating = true;
    beat();
    assert_int_equal(state_now(), SAFETY_HOLDING);
    assert_true(the.guard.supervisor.first_cause == CONDITION_BIT(CONDITION_GUARD_PROMPT));
    run_for(NS_PER_S);
    assert_true(fabs(the.board.position[2]) < 1e-9);
}

/* What the daemon vouches for lapses when it is not said again. */
static void a_word_lapses(void **state) {
    (void)state;
    get_running();
    for (int i = 0; i < 40; i++) {
        struct guard_request request = {.kind = GUARD_HEARTBEAT};
        the.daemon.is_beating = false;
        request.as.progress = ++the.daemon.progress;
        tell(request);
        send_pose();
        run_for(20 * NS_PER_MS);
    }
    assert_int_equal(state_now(), SAFETY_HELD);
    assert_true(the.newest_state.state.first_cause &
                (CONDITION_BIT(CONDITION_DEADMAN_HELD) | CONDITION_BIT(CONDITION_CALIBRATED)));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(every_stop_in_a_strike_ends_needle_out, set_up),
        cmocka_unit_test_setup(every_stop_in_a_travel_sends_no_strike, set_up),
        cmocka_unit_test_setup(a_travel_is_cut_short_and_flushed, set_up),
        cmocka_unit_test_setup(a_strike_sent_ahead_ends_by_itself_too, set_up),
        cmocka_unit_test_setup(a_needle_found_in_is_withdrawn_alone, set_up),
        cmocka_unit_test_setup(a_needle_found_in_at_rest_is_withdrawn_too, set_up),
        cmocka_unit_test_setup(a_way_out_that_was_lost_is_taken_anew, set_up),
        cmocka_unit_test_setup(a_jammed_needle_moves_nothing, set_up),
        cmocka_unit_test_setup(a_swallowed_strike_is_never_done, set_up),
        cmocka_unit_test_setup(hands_are_asked_for_when_the_needle_is_unknown, set_up),
        cmocka_unit_test_setup(a_new_guard_starts_from_nothing, set_up),
        cmocka_unit_test_setup(a_stopped_guard_holds_when_it_goes_on, set_up),
        cmocka_unit_test_setup(a_guard_that_was_away_says_so, set_up),
        cmocka_unit_test_setup(a_word_lapses, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
