/* The guard stops the rig in the very moment at which the session asks for a stop or a start of its
 * own: which of both it was, that the journal has it, and that no phase is left standing nameless.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "controller/daemon/session.h"
#include "safety/supervisor.h"

static struct rig rig;
static struct dot_plan plan;
static uint8_t fates[1];
static struct session session;
static struct outbox outbox;
static int64_t now_ns;

static void hear(struct guard_event event) {
    session_on_guard(&session, &event, &outbox, now_ns);
}

static void hear_state(enum safety_state state, const char *text) {
    struct guard_event event = {.kind = GUARD_EVENT_STATE, .state = {.state = (uint32_t)state}};
    snprintf(event.text, sizeof event.text, "%s", text);
    hear(event);
}

/* Over a step of a millisecond; the sequence of the newest request of that kind, or 0. */
static uint64_t step(enum guard_request_kind kind) {
    struct guard_request request;
    uint64_t sequence = 0;
    now_ns += NS_PER_MS;
    session_tick(&session, &outbox, now_ns);
    while (outbox_take_request(&outbox, &request))
        if (request.kind == (uint32_t)kind) sequence = request.sequence;
    return sequence;
}

static bool journal_has(const char *text) {
    struct journal_entry entry;
    bool has = false;
    while (outbox_take_entry(&outbox, &entry)) has = has || strstr(entry.text, text);
    return has;
}

/* The rig runs and stands at its park: nothing is left to strike. */
static int set_up(void **state) {
    struct error err = {0};
    (void)state;
    if (rig_read("configs/rigs/gantry.yaml", &rig, &err) != RESULT_OK) return -1;
    struct session_setup setup = {.striker = striker_setup_default(), .inputs = 0xff};
    setup.striker.rig = &rig;
    setup.striker.plan = &plan;
    memset(&outbox, 0, sizeof outbox);
    now_ns = NS_PER_S;
    session_init(&session, &setup, fates, now_ns);
    session.phase = SESSION_PARKING;
    session.wants_run = true;
    hear_state(SAFETY_RUNNING, "");
    struct guard_event machine = {.kind = GUARD_EVENT_MACHINE, .machine.state = MACHINE_IDLE};
    for (size_t i = 0; i < rig.axis_count; i++) machine.machine.q[i] = rig.park[i];
    hear(machine);
    return 0;
}

static void a_refused_disarm_is_a_hold_of_the_guards(void **state) {
    (void)state;
    uint64_t asked = step(GUARD_DISARM);
    assert_true(asked > 0);
    hear_state(SAFETY_HOLDING, "The needle is worn or missing.");
    hear((struct guard_event){.kind = GUARD_EVENT_REFUSED, .sequence = asked});
    step(GUARD_DISARM);
    assert_int_equal(session.phase, SESSION_HELD);
    assert_true(journal_has("parking -> held"));
}

static void an_accepted_disarm_ends_the_session(void **state) {
    (void)state;
    uint64_t asked = step(GUARD_DISARM);
    hear_state(SAFETY_HOLDING, ""); /* it comes before the answer */
    hear((struct guard_event){.kind = GUARD_EVENT_ACCEPTED, .sequence = asked});
    step(GUARD_DISARM);
    hear_state(SAFETY_HELD, "");
    step(GUARD_DISARM);
    assert_int_equal(session.phase, SESSION_PARKING);
    hear_state(SAFETY_IDLE, "");
    step(GUARD_DISARM);
    assert_int_equal(session.phase, SESSION_FINISHED);
}

/* A pause for pigment goes on by itself when it is answered; a trip in its place does not. */
static void a_refused_hold_waits_for_the_operator(void **state) {
    (void)state;
    for (int is_refused = 0; is_refused <= 1; is_refused++) {
        set_up(NULL);
        session.phase = SESSION_SERVING;
        uint64_t asked = step(GUARD_HOLD);
        assert_true(asked > 0);
        hear_state(SAFETY_HOLDING, "");
        hear((struct guard_event){.kind = is_refused ? GUARD_EVENT_REFUSED : GUARD_EVENT_ACCEPTED,
                                  .sequence = asked});
        step(GUARD_HOLD);
        assert_int_equal(session.phase, SESSION_HELD);
        assert_int_equal(session.wants_run, !is_refused);
    }
}

/* Started and stopped again within one step of the session, which has not seen it run. */
static void a_start_that_trips_at_once_is_held(void **state) {
    static const enum safety_state stopped[] = {SAFETY_HOLDING, SAFETY_RETRACTING, SAFETY_HELD};
    (void)state;
    for (size_t i = 0; i < sizeof stopped / sizeof *stopped; i++) {
        set_up(NULL);
        session.phase = SESSION_ARMING;
        hear_state(SAFETY_ARMED, "");
        uint64_t asked = step(GUARD_START);
        assert_true(asked > 0);
        hear((struct guard_event){.kind = GUARD_EVENT_ACCEPTED, .sequence = asked});
        hear_state(SAFETY_RUNNING, "");
        hear_state(stopped[i], "The head moved too fast.");
        step(GUARD_START);
        assert_int_equal(session.phase, SESSION_HELD);
        assert_true(journal_has("arming -> held"));
    }
}

/* A daemon that comes back while the guard homes for the one before it. */
static void a_case_is_bound_when_the_guard_is_through(void **state) {
    static const enum safety_state busy[] = {SAFETY_CONNECTING, SAFETY_HOMING};
    (void)state;
    for (size_t i = 0; i < sizeof busy / sizeof *busy; i++) {
        set_up(NULL);
        session.phase = SESSION_BOOT;
        session.has_guard_state = false; /* it has not spoken yet */
        uint64_t asked = step(GUARD_LOAD);
        assert_true(asked > 0);
        hear_state(busy[i], "");
        hear((struct guard_event){.kind = GUARD_EVENT_REFUSED, .sequence = asked});
        assert_int_equal(step(GUARD_LOAD), 0);
        assert_int_equal(session.phase, SESSION_BOOT);
        hear_state(SAFETY_IDLE, "");
        asked = step(GUARD_LOAD);
        assert_true(asked > 0);
        hear((struct guard_event){.kind = GUARD_EVENT_ACCEPTED, .sequence = asked});
        assert_int_equal(session.phase, SESSION_CONNECTING);
    }
    set_up(NULL);
    session.phase = SESSION_BOOT;
    uint64_t asked = step(GUARD_LOAD);
    hear((struct guard_event){.kind = GUARD_EVENT_REFUSED, .sequence = asked, .text = "another"});
    assert_int_equal(session.phase, SESSION_FAILED);
}

static void see(enum head_state state, enum head_reason reason) {
    const struct head_pose head = {.state = state, .reason = reason, .stamp_ns = now_ns};
    session_on_pose(&session, &head, &outbox, now_ns);
}

static void expect_wait(const char *words) {
    const char *waits_for = session_waiting_for(&session, now_ns);
    if (words)
        assert_string_equal(waits_for, words);
    else
        assert_null(waits_for);
}

/* Whoever said start must read why nothing starts. */
static void what_a_start_waits_for_is_named(void **state) {
    static const enum session_phase standing[] = {SESSION_READY, SESSION_ARMED, SESSION_HELD};
    (void)state;
    for (size_t i = 0; i < sizeof standing / sizeof *standing; i++) {
        session.phase = standing[i];
        session.wants_run = false;
        expect_wait(NULL);
        session.wants_run = true;
        session.striker.head = (struct head_pose){0};
        expect_wait("the cameras' pictures");
        see(HEAD_MOVING, HEAD_REASON_SPEED);
        expect_wait("the head to be still");
        see(HEAD_LOST, HEAD_REASON_TOO_FEW_TAGS);
        expect_wait("the cameras to find the head");
        see(HEAD_LOST, HEAD_REASON_RING_SLIPPED);
        expect_wait("the ring of tags: it has slipped, or the skin beside it is hidden");
        see(HEAD_STILL, HEAD_REASON_TRACKED);
        expect_wait(NULL);
        now_ns += 2 * NS_PER_S;
        expect_wait("the cameras' pictures");
    }
    prompts_open(&session.prompts, PROMPT_NEEDLE, "");
    expect_wait("an answer to its prompt");
    session.phase = SESSION_ARMING;
    expect_wait("the guard to start");
}

/* A phase in which the session acts by itself says on what. */
static void no_phase_of_its_own_is_nameless(void **state) {
    static const enum session_phase acting[] = {SESSION_BOOT,    SESSION_CONNECTING,
                                                SESSION_HOMING,  SESSION_ARMING,
                                                SESSION_SERVING, SESSION_PARKING};
    (void)state;
    for (size_t i = 0; i < sizeof acting / sizeof *acting; i++) {
        session.phase = acting[i];
        assert_non_null(session_waiting_for(&session, now_ns));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_refused_disarm_is_a_hold_of_the_guards, set_up),
        cmocka_unit_test_setup(an_accepted_disarm_ends_the_session, set_up),
        cmocka_unit_test_setup(a_refused_hold_waits_for_the_operator, set_up),
        cmocka_unit_test_setup(a_start_that_trips_at_once_is_held, set_up),
        cmocka_unit_test_setup(a_case_is_bound_when_the_guard_is_through, set_up),
        cmocka_unit_test_setup(what_a_start_waits_for_is_named, set_up),
        cmocka_unit_test_setup(no_phase_of_its_own_is_nameless, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
