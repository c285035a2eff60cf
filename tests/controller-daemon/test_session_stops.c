/* The guard stops the rig in the very moment at which the session asks for a stop of its own: which
 * of both it was, and that the journal has it. */
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

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_refused_disarm_is_a_hold_of_the_guards, set_up),
        cmocka_unit_test_setup(an_accepted_disarm_ends_the_session, set_up),
        cmocka_unit_test_setup(a_refused_hold_waits_for_the_operator, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
