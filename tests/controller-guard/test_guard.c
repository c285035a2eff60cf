/* The guard's core against the simulated board on a virtual clock: what it lets through, and that
 * every way of stopping ends with the needle out, a name, and nothing more sent. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/rng.h"
#include "controller/guard/guard.h"
#include "sim/firmware.h"
#include "tests/safety/gate_scene.h"

#define STEP_NS (500 * NS_PER_US)
#define ALL_INPUTS 0xffu

static struct gate_scene scene;
static struct guard guard;
static struct firmware board;
static int64_t now_ns;
static uint64_t sequence, progress;
static size_t seen[GUARD_EVENT_KIND_COUNT];
static struct guard_event newest_state, newest_refusal;
static bool is_beating, is_port_cut;
static double deepest_mm; /* of the needle axis, ever */

static bool open_port(void *context) {
    (void)context;
    firmware_power_up(&board);
    return true;
}

static void close_port(void *context) {
    (void)context;
}

static enum result load(void *context, const struct guard_load *names, struct guard_case *ret_case,
                        struct error *err) {
    (void)context;
    if (strcmp(names->rig_sha256, "right") != 0)
        return error_set(err, RESULT_REFUSED, "the rig file changed");
    *ret_case = (struct guard_case){scene.rig, scene.field, {scene.dots, SCENE_DOTS}};
    return RESULT_OK;
}

static int set_up(void **state) {
    const struct guard_edge edge = {NULL, open_port, close_port, load};
    (void)state;
    now_ns = SCENE_NOW_NS;
    sequence = progress = 0;
    is_beating = true;
    is_port_cut = false;
    deepest_mm = 0;
    memset(seen, 0, sizeof seen);
    if (!scene_init(&scene)) return -1;
    firmware_init(&board, &scene.rig, now_ns);
    guard_init(&guard, &edge, now_ns);
    guard_on_daemon(&guard, true, now_ns);
    return 0;
}

static void take_events(void) {
    struct guard_event event;
    while (guard_take_event(&guard, &event)) {
        seen[event.kind]++;
        if (event.kind == GUARD_EVENT_STATE) newest_state = event;
        if (event.kind == GUARD_EVENT_REFUSED) newest_refusal = event;
    }
}

static void send(struct guard_request request) {
    request.version = GUARD_PROTOCOL_VERSION;
    request.sequence = ++sequence;
    guard_on_request(&guard, &request, sizeof request, now_ns);
    take_events();
}

static void ask(enum guard_request_kind kind) {
    send((struct guard_request){.kind = (uint32_t)kind});
}

static void send_pose(void) {
    struct guard_request request = {.kind = GUARD_POSE};
    request.as.pose = (struct head_pose){.stamp_ns = now_ns,
                                         .T_rig_head = scene_pose().T_rig_head,
                                         .state = HEAD_STILL,
                                         .tags_used = 12};
    send(request);
}

static void run_for(int64_t duration_ns) {
    unsigned char bytes[1024];
    for (int64_t end_ns = now_ns + duration_ns; now_ns < end_ns; now_ns += STEP_NS) {
        if (is_beating && now_ns % (20 * NS_PER_MS) < STEP_NS) {
            struct guard_request beat = {.kind = GUARD_HEARTBEAT};
            beat.as.progress = ++progress;
            send(beat);
            send_pose();
        }
        size_t count = guard_take_port_bytes(&guard, bytes, sizeof bytes);
        if (!is_port_cut) firmware_on_bytes(&board, bytes, count, now_ns);
        firmware_step(&board, now_ns);
        deepest_mm = fmin(deepest_mm, board.position[2]);
        count = firmware_take_output(&board, bytes, sizeof bytes);
        if (count && !is_port_cut) guard_on_port_bytes(&guard, bytes, count, now_ns);
        guard_tick(&guard, now_ns);
        take_events();
    }
}

static enum safety_state state_now(void) {
    return guard.supervisor.state;
}

static void load_files(const char *rig_sha256) {
    struct guard_request request = {.kind = GUARD_LOAD};
    snprintf(request.as.load.rig_sha256, sizeof request.as.load.rig_sha256, "%s", rig_sha256);
    send(request);
}

static void set_inputs(uint32_t inputs) {
    struct guard_request request = {.kind = GUARD_INPUTS};
    request.as.inputs = inputs;
    send(request);
}

static void get_running(void) {
    ask(GUARD_HELLO);
    load_files("right");
    ask(GUARD_CONNECT);
    set_inputs(ALL_INPUTS);
    run_for(NS_PER_S);
    assert_int_equal(state_now(), SAFETY_LOCKED);
    ask(GUARD_HOME);
    run_for(3 * NS_PER_S);
    assert_int_equal(state_now(), SAFETY_IDLE);
    ask(GUARD_ARM);
    ask(GUARD_START);
    assert_int_equal(state_now(), SAFETY_RUNNING);
}

static void travel_to(uint32_t index) {
    struct guard_request request = {.kind = GUARD_TRAVEL};
    struct gate_travel travel = scene_travel(&scene, index);
    send_pose();
    request.as.travel.dot = travel.dot;
    request.as.travel.arrive_ns = now_ns + 40 * NS_PER_MS;
    memcpy(request.as.travel.target.q, travel.q, sizeof travel.q);
    send(request);
}

static void strike(uint32_t index) {
    struct guard_request request = {.kind = GUARD_STRIKE};
    send_pose();
    request.as.strike = (struct guard_strike){.dot = 10 + index,
                                              .stroke_mm = 1.1,
                                              .plunge_mm_s = 80,
                                              .contact_ns = now_ns + 15 * NS_PER_MS};
    send(request);
}

/* Over dot 0 and ready to strike: the travel in small steps of time, so that nothing waits. */
static void arrive(uint32_t index) {
    size_t before = seen[GUARD_EVENT_EXECUTED];
    travel_to(index);
    for (int i = 0; i < 6000 && seen[GUARD_EVENT_EXECUTED] == before; i++) run_for(NS_PER_MS);
    assert_int_equal(seen[GUARD_EVENT_EXECUTED], before + 1);
}

static void one_dot_goes_through(void **state) {
    (void)state;
    get_running();
    arrive(0);
    strike(0);
    run_for(70 * NS_PER_MS);
    assert_int_equal(seen[GUARD_EVENT_EXECUTED], 2);
    assert_true(fabs(deepest_mm + 1.1) < 0.02); /* seen every half millisecond */
    assert_int_equal(state_now(), SAFETY_RUNNING);
    strike(0); /* the same dot again */
    assert_int_equal(newest_refusal.reason, GATE_DOT_NOT_PENDING);
}

static void nothing_moves_before_running(void **state) {
    (void)state;
    ask(GUARD_HELLO);
    travel_to(0);
    load_files("wrong");
    assert_non_null(strstr(newest_refusal.text, "changed"));
    ask(GUARD_CONNECT);
    assert_non_null(strstr(newest_refusal.text, "load the case"));
    load_files("right");
    ask(GUARD_CONNECT);
    run_for(NS_PER_S);
    travel_to(0);
    strike(0);
    ask(GUARD_START);
    ask(GUARD_ARM);
    assert_int_equal(state_now(), SAFETY_LOCKED);
    assert_int_equal(seen[GUARD_EVENT_EXECUTED], 0);
    assert_true(board.position[0] == 0 && board.block_count == 0);
}

/* Where the needle stands out along its axis after a stop, at rest. */
static void expect_retreated(void) {
    assert_int_equal(board.state, FIRMWARE_IDLE);
    assert_true(fabs(board.position[2]) < 1e-9);
    assert_true(board.position[5] > -99.6 + 7.9); /* eight millimetres above the hover */
}

/* Each way of stopping, at many moments of a travel and a strike. */
static void every_stop_ends_needle_out(void **state) {
    (void)state;
    enum { HOLD, SILENT_DAEMON, DAEMON_GONE, HEAD_LOST_, DEADMAN, HUNG_DAEMON, WAYS };
    for (int way = 0; way < WAYS; way++)
        for (int64_t at_ms = 0; at_ms <= 80; at_ms += 4) {
            set_up(NULL);
            get_running();
            arrive(0);
            strike(0);
            run_for(at_ms * NS_PER_MS);
            size_t executed = seen[GUARD_EVENT_EXECUTED];
            if (way == HOLD) ask(GUARD_HOLD);
            if (way == SILENT_DAEMON) is_beating = false;
            if (way == DAEMON_GONE) {
                is_beating = false;
                guard_on_daemon(&guard, false, now_ns);
            }
            if (way == HEAD_LOST_ || way == HUNG_DAEMON) is_beating = false;
            if (way == DEADMAN) set_inputs(ALL_INPUTS & ~(uint32_t)GUARD_INPUT_DEADMAN_HELD);
            for (int i = 0; i < 10 && way == HEAD_LOST_; i++) { /* beats on, without poses */
                struct guard_request beat = {.kind = GUARD_HEARTBEAT};
                beat.as.progress = ++progress;
                send(beat);
                run_for(20 * NS_PER_MS);
            }
            for (int i = 0; i < 10 && way == HUNG_DAEMON; i++) { /* beats on, without progress */
                struct guard_request beat = {.kind = GUARD_HEARTBEAT};
                beat.as.progress = progress;
                send(beat);
                send_pose();
                run_for(20 * NS_PER_MS);
            }
            run_for(2 * NS_PER_S);
            bool latches = way != HOLD && way != DEADMAN;
            if (way == HEAD_LOST_) latches = true; /* then the daemon falls silent as well */
            assert_int_equal(state_now(), latches ? SAFETY_FAULT : SAFETY_HELD);
            expect_retreated();
            assert_true(seen[GUARD_EVENT_EXECUTED] >= executed);
            assert_true(deepest_mm >= -1.1 - 1e-9);
            travel_to(1);
            strike(1);
            run_for(NS_PER_S);
            expect_retreated(); /* nothing more is let through */
            if (way != HOLD) assert_true(strlen(newest_state.text) > 20); /* and it says why */
        }
}

static void a_silent_daemon_is_noticed_within_its_limit(void **state) {
    (void)state;
    get_running();
    is_beating = false;
    int64_t quiet_ns = now_ns;
    while (state_now() == SAFETY_RUNNING && now_ns - quiet_ns < NS_PER_S) run_for(NS_PER_MS);
    int64_t noticed_ms = (now_ns - quiet_ns) / NS_PER_MS;
    print_message("noticed after %d ms\n", (int)noticed_ms);
    assert_true(noticed_ms <= GUARD_HEARTBEAT_LIMIT_MS + 10);
    assert_true(newest_state.state.first_cause == CONDITION_BIT(CONDITION_DAEMON_ALIVE));
}

static void a_cut_cable_is_a_fault_and_its_strike_doubtful(void **state) {
    (void)state;
    get_running();
    arrive(0);
    strike(0);
    run_for(5 * NS_PER_MS);
    is_port_cut = true;
    guard_on_port_closed(&guard, now_ns);
    run_for(NS_PER_S);
    assert_int_equal(state_now(), SAFETY_FAULT);
    assert_int_equal(seen[GUARD_EVENT_LOST], 1);
    assert_true(fabs(board.position[2]) < 1e-9); /* what the board held has ended needle-out */
    ask(GUARD_ACKNOWLEDGE);
    assert_int_equal(state_now(), SAFETY_OFF);
    is_port_cut = false;
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
    assert_non_null(strstr(newest_refusal.text, "dead-man"));
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
    assert_int_equal(seen[GUARD_EVENT_EXECUTED], 2); /* the travel, and the way out */
    assert_int_equal(state_now(), SAFETY_HELD);
    assert_true(newest_state.state.first_cause == CONDITION_BIT(CONDITION_NEEDLE_NOT_WAITING));
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
        bad.sequence = sequence + 1;
        size_t size = sizeof bad, before = seen[GUARD_EVENT_BAD_MESSAGE];
        if (i == 0) bad.version++;
        if (i == 1) bad.kind = GUARD_REQUEST_KIND_COUNT;
        if (i == 2) bad.kind = 0;
        if (i == 3) bad.sequence = sequence; /* replayed */
        if (i == 4) size--;
        if (i == 5) size = 0;
        guard_on_request(&guard, &bad, size, now_ns);
        take_events();
        assert_int_equal(seen[GUARD_EVENT_BAD_MESSAGE], before + 1);
        assert_int_equal(state_now(), SAFETY_RUNNING);
    }
    for (int i = 0; i < 20000; i++) { /* random motions: the board never leaves its limits */
        struct guard_request request = {.kind = rng_below(&rng, 2) ? GUARD_TRAVEL : GUARD_STRIKE};
        unsigned char *bytes = (unsigned char *)&request.as;
        for (size_t k = 0; k < sizeof request.as.travel; k++)
            bytes[k] = (unsigned char)rng_below(&rng, 256);
        send(request);
    }
    run_for(NS_PER_S);
    assert_true(deepest_mm >= -1e-9);
    assert_int_equal(board.latched_error, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(one_dot_goes_through, set_up),
        cmocka_unit_test_setup(nothing_moves_before_running, set_up),
        cmocka_unit_test_setup(every_stop_ends_needle_out, set_up),
        cmocka_unit_test_setup(a_silent_daemon_is_noticed_within_its_limit, set_up),
        cmocka_unit_test_setup(a_cut_cable_is_a_fault_and_its_strike_doubtful, set_up),
        cmocka_unit_test_setup(held_goes_on_only_when_asked, set_up),
        cmocka_unit_test_setup(a_waiting_needle_is_taken_away, set_up),
        cmocka_unit_test_setup(bad_messages_have_no_effect, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
