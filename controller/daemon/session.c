#include "controller/daemon/session.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "safety/supervisor.h"

/* A request of a phase that the guard has not answered is asked again after this. */
#define ASK_AGAIN_NS (2 * NS_PER_S)
/* Dots told to the guard in one step, so that the socket's queue never fills. */
#define FATES_A_STEP 64u

static const char *const phase_names[SESSION_PHASE_COUNT] = {
    [SESSION_BOOT] = "boot",   [SESSION_CONNECTING] = "connecting", [SESSION_HOMING] = "homing",
    [SESSION_READY] = "ready", [SESSION_ARMING] = "arming",         [SESSION_RUNNING] = "running",
    [SESSION_HELD] = "held",   [SESSION_PARKING] = "parking",       [SESSION_FINISHED] = "finished",
    [SESSION_FAULT] = "fault", [SESSION_FAILED] = "failed",
};

const char *session_phase_name(enum session_phase phase) {
    return (unsigned)phase < SESSION_PHASE_COUNT ? phase_names[phase] : "unknown";
}

void session_init(struct session *session, const struct session_setup *setup, uint8_t *fates,
                  int64_t now_ns) {
    *session = (struct session){.load = setup->load, .inputs = setup->inputs};
    session->heartbeat_ns = now_ns;
    striker_init(&session->striker, &setup->striker, fates);
}

static void say_reason(struct session *session, const char *reason) {
    snprintf(session->reason, sizeof session->reason, "%s", reason);
}

static void enter(struct session *session, enum session_phase phase, struct outbox *outbox,
                  int64_t now_ns) {
    if (session->phase == phase) return;
    char text[JOURNAL_TEXT_MAX];
    if (session->phase == SESSION_RUNNING)
        session->running_ns += now_ns - session->running_since_ns;
    if (phase == SESSION_RUNNING) {
        session->running_since_ns = now_ns;
        say_reason(session, "");
    }
    snprintf(text, sizeof text, "%.20s -> %.20s%s%.120s", session_phase_name(session->phase),
             session_phase_name(phase), session->reason[0] ? ": " : "", session->reason);
    outbox_entry(outbox, JOURNAL_EVENT, JOURNAL_NO_DOT, now_ns, text);
    session->phase = phase;
    session->asked = 0;
}

/* Ask the guard once, and again only after a time without an answer. */
static void ask(struct session *session, enum guard_request_kind kind, struct outbox *outbox,
                int64_t now_ns) {
    bool is_waiting = session->asked && session->asked_kind == (uint32_t)kind &&
                      now_ns - session->asked_ns < ASK_AGAIN_NS;
    if (is_waiting || !outbox_has_room(outbox, 1)) return;
    struct guard_request request = {.kind = (uint32_t)kind};
    if (kind == GUARD_LOAD) request.as.load = session->load;
    session->asked = outbox_request(outbox, request);
    session->asked_kind = (uint32_t)kind;
    session->asked_ns = now_ns;
}

static void fail(struct session *session, const char *reason, struct outbox *outbox,
                 int64_t now_ns) {
    striker_stop(&session->striker, outbox, now_ns);
    say_reason(session, reason);
    session->wants_run = false;
    enter(session, SESSION_FAILED, outbox, now_ns);
}

/* Tell the guard which dots are not pending: it strikes pending ones only. */
static bool send_fates(struct session *session, struct outbox *outbox) {
    const struct dot_plan *plan = session->striker.setup.plan;
    for (unsigned sent = 0; sent < FATES_A_STEP && session->fates_sent < plan->dot_count;
         session->fates_sent++) {
        uint8_t fate = session->striker.fates[session->fates_sent];
        if (fate == FATE_PENDING) continue;
        if (!outbox_has_room(outbox, 1)) return false;
        struct guard_request request = {.kind = GUARD_DOT_FATE};
        request.as.dot_fate =
            (struct guard_dot_fate){plan->dots[session->fates_sent].id, (uint32_t)fate};
        outbox_request(outbox, request);
        sent++;
    }
    return session->fates_sent == plan->dot_count;
}

static void stand_where_reported(struct session *session) {
    struct axes at = {0};
    for (int i = 0; i < RIG_AXES_MAX; i++) at.q[i] = session->machine.q[i];
    striker_set_position(&session->striker, at);
    session->is_positioned = true;
}

static void hold(struct session *session, const char *why, struct outbox *outbox, int64_t now_ns) {
    striker_stop(&session->striker, outbox, now_ns);
    session->is_positioned = false; /* a travel may have been cut: stand where reported */
    if (session->phase == SESSION_RUNNING || session->phase == SESSION_PARKING ||
        session->phase == SESSION_ARMING) {
        say_reason(session, why);
        enter(session, SESSION_HELD, outbox, now_ns);
    }
}

/* --- one function a phase ------------------------------------------------------------------- */

static void in_boot(struct session *session, struct outbox *outbox, int64_t now_ns) {
    if (session->asked_kind != GUARD_LOAD) ask(session, GUARD_LOAD, outbox, now_ns);
}

static void in_connecting(struct session *session, struct outbox *outbox, int64_t now_ns) {
    if (!send_fates(session, outbox) || !session->has_guard_state) return;
    switch ((enum safety_state)session->guard.state) {
        case SAFETY_OFF:
            ask(session, GUARD_CONNECT, outbox, now_ns);
            break;
        case SAFETY_LOCKED:
            enter(session, SESSION_HOMING, outbox, now_ns);
            break;
        case SAFETY_IDLE:
            enter(session, SESSION_READY, outbox, now_ns);
            break;
        default:
            break;
    }
}

static void in_homing(struct session *session, struct outbox *outbox, int64_t now_ns) {
    if (session->guard.state == SAFETY_LOCKED) ask(session, GUARD_HOME, outbox, now_ns);
    if (session->guard.state == SAFETY_IDLE) enter(session, SESSION_READY, outbox, now_ns);
}

static void in_ready(struct session *session, struct outbox *outbox, int64_t now_ns) {
    if (session->wants_abort) session->wants_run = session->wants_abort = false;
    if (session->wants_run && session->striker.head.state == HEAD_STILL)
        enter(session, SESSION_ARMING, outbox, now_ns);
}

static void in_arming(struct session *session, struct outbox *outbox, int64_t now_ns) {
    switch ((enum safety_state)session->guard.state) {
        case SAFETY_IDLE:
            ask(session, GUARD_ARM, outbox, now_ns);
            break;
        case SAFETY_ARMED:
            ask(session, GUARD_START, outbox, now_ns);
            break;
        case SAFETY_RUNNING:
            enter(session, SESSION_RUNNING, outbox, now_ns);
            break;
        default:
            break;
    }
}

static void in_running(struct session *session, struct outbox *outbox, int64_t now_ns) {
    if (session->guard.state != SAFETY_RUNNING) {
        hold(session, "the guard holds the rig", outbox, now_ns);
        return;
    }
    if (!session->wants_run) {
        ask(session, GUARD_HOLD, outbox, now_ns);
        return;
    }
    if (!session->is_positioned) {
        if (session->machine.state != MACHINE_IDLE || !striker_is_idle(&session->striker)) return;
        stand_where_reported(session);
    }
    striker_tick(&session->striker, outbox, now_ns);
    if (striker_is_finished(&session->striker)) enter(session, SESSION_PARKING, outbox, now_ns);
}

static void in_held(struct session *session, struct outbox *outbox, int64_t now_ns) {
    switch ((enum safety_state)session->guard.state) {
        case SAFETY_RUNNING:
            if (session->wants_run)
                enter(session, SESSION_RUNNING, outbox, now_ns);
            else
                ask(session, GUARD_HOLD, outbox, now_ns);
            break;
        case SAFETY_HELD:
            if (session->wants_abort)
                ask(session, GUARD_ABORT, outbox, now_ns);
            else if (session->wants_run && session->striker.head.state == HEAD_STILL)
                ask(session, GUARD_RESUME, outbox, now_ns);
            break;
        case SAFETY_ARMED:
            if (session->wants_abort)
                ask(session, GUARD_DISARM, outbox, now_ns);
            else if (session->wants_run)
                enter(session, SESSION_ARMING, outbox, now_ns);
            break;
        case SAFETY_IDLE:
        case SAFETY_LOCKED:
            session->wants_abort = session->wants_run = false;
            enter(session, session->guard.state == SAFETY_IDLE ? SESSION_READY : SESSION_CONNECTING,
                  outbox, now_ns);
            break;
        default:
            break;
    }
}

static bool is_at_park(const struct session *session) {
    const struct rig *rig = session->striker.setup.rig;
    for (size_t i = 0; i < rig->axis_count; i++)
        if (fabs(session->machine.q[i] - rig->park[i]) > 0.02) return false;
    return session->machine.state == MACHINE_IDLE;
}

static void in_parking(struct session *session, struct outbox *outbox, int64_t now_ns) {
    if (session->guard.state == SAFETY_RUNNING && is_at_park(session)) {
        ask(session, GUARD_DISARM, outbox, now_ns);
    } else if (session->guard.state == SAFETY_RUNNING) {
        bool is_waiting = session->asked && now_ns - session->asked_ns < ASK_AGAIN_NS;
        if (is_waiting || !outbox_has_room(outbox, 1)) return;
        struct guard_request request = {.kind = GUARD_TRAVEL};
        request.as.travel.dot = GUARD_NO_DOT;
        memcpy(request.as.travel.target.q, session->striker.setup.rig->park,
               sizeof request.as.travel.target.q);
        session->asked = outbox_request(outbox, request);
        session->asked_kind = GUARD_TRAVEL;
        session->asked_ns = now_ns;
    } else if (session->guard.state == SAFETY_HELD || session->guard.state == SAFETY_HOLDING) {
        if (session->asked_kind == GUARD_DISARM) return; /* on the way to idle, as asked */
        hold(session, "the guard holds the rig", outbox, now_ns);
    } else if (session->guard.state == SAFETY_ARMED) {
        ask(session, GUARD_DISARM, outbox, now_ns);
    } else if (session->guard.state == SAFETY_IDLE) {
        enter(session, SESSION_FINISHED, outbox, now_ns);
    }
}

static void in_fault(struct session *session, struct outbox *outbox, int64_t now_ns) {
    session->wants_run = false;
    if (session->guard.state != SAFETY_FAULT) {
        session->fates_sent = 0;
        enter(session, SESSION_CONNECTING, outbox, now_ns);
    }
}

/* --- events ---------------------------------------------------------------------------------- */

static void on_state(struct session *session, const struct guard_event *event,
                     struct outbox *outbox, int64_t now_ns) {
    bool is_new = !session->has_guard_state || session->guard.state != event->state.state;
    session->guard = event->state;
    session->has_guard_state = true;
    if (is_new && session->phase != SESSION_BOOT)
        session->asked = 0; /* a new state, a new question */
    if (event->state.state != SAFETY_FAULT || session->phase == SESSION_FAULT ||
        session->phase == SESSION_FAILED)
        return;
    striker_stop(&session->striker, outbox, now_ns);
    session->is_positioned = false;
    say_reason(session, event->text);
    enter(session, SESSION_FAULT, outbox, now_ns);
}

static void on_answer(struct session *session, const struct guard_event *event,
                      struct outbox *outbox, int64_t now_ns) {
    if (!session->asked || event->sequence != session->asked) return;
    bool is_accepted = event->kind == GUARD_EVENT_ACCEPTED;
    if (session->phase == SESSION_BOOT && session->asked_kind == GUARD_LOAD) {
        if (!is_accepted)
            fail(session, event->text, outbox, now_ns);
        else
            enter(session, SESSION_CONNECTING, outbox, now_ns);
        return;
    }
    if (is_accepted) return; /* the state that follows says the rest */
    say_reason(session, event->text);
}

void session_on_guard(struct session *session, const struct guard_event *event,
                      struct outbox *outbox, int64_t now_ns) {
    session->progress++;
    if (event->kind == GUARD_EVENT_STATE) on_state(session, event, outbox, now_ns);
    if (event->kind == GUARD_EVENT_MACHINE) session->machine = event->machine;
    if (event->kind == GUARD_EVENT_ACCEPTED || event->kind == GUARD_EVENT_REFUSED)
        on_answer(session, event, outbox, now_ns);
    striker_on_event(&session->striker, event, outbox, now_ns);
}

void session_on_guard_gone(struct session *session, struct outbox *outbox, int64_t now_ns) {
    striker_lose(&session->striker, "the guard has gone", outbox, now_ns);
    fail(session, "the guard has gone; what the board held has ended needle-out", outbox, now_ns);
}

void session_on_pose(struct session *session, const struct head_pose *head, struct outbox *outbox,
                     int64_t now_ns) {
    (void)now_ns;
    session->progress++;
    striker_on_pose(&session->striker, head);
    if (!outbox_has_room(outbox, 1)) return;
    struct guard_request request = {.kind = GUARD_POSE};
    request.as.pose = *head;
    outbox_request(outbox, request);
}

void session_on_durable(struct session *session, uint64_t entry) {
    session->progress++;
    striker_on_durable(&session->striker, entry);
}

void session_on_journal_failed(struct session *session, const char *why, struct outbox *outbox,
                               int64_t now_ns) {
    session_set_input(session, GUARD_INPUT_JOURNAL_HEALTHY, false);
    session->wants_run = false;
    hold(session, why, outbox, now_ns);
}

void session_set_input(struct session *session, uint32_t input, bool holds) {
    session->inputs = holds ? session->inputs | input : session->inputs & ~input;
}

void session_skip(struct session *session, uint32_t index, const char *why, struct outbox *outbox,
                  int64_t now_ns) {
    if (index < session->striker.setup.plan->dot_count && outbox_has_room(outbox, 2))
        striker_skip(&session->striker, index, why, outbox, now_ns);
}

enum result session_call(struct session *session, enum session_call call, struct outbox *outbox,
                         int64_t now_ns, struct error *err) {
    switch (call) {
        case SESSION_CALL_START:
        case SESSION_CALL_RESUME:
            if (session->phase == SESSION_FAULT || session->phase == SESSION_FAILED ||
                session->phase == SESSION_FINISHED)
                return error_set(err, RESULT_REFUSED, "the session is %s%s%s",
                                 session_phase_name(session->phase), session->reason[0] ? ": " : "",
                                 session->reason);
            if (!(session->inputs & GUARD_INPUT_JOURNAL_HEALTHY))
                return error_set(
                    err, RESULT_REFUSED,
                    "the journal cannot be written: make room on its disk, then start anew");
            session->wants_run = true;
            session->wants_abort = false;
            return RESULT_OK;
        case SESSION_CALL_HOLD:
            session->wants_run = false;
            striker_stop(&session->striker, outbox, now_ns);
            if (session->phase == SESSION_RUNNING || session->phase == SESSION_PARKING) {
                ask(session, GUARD_HOLD, outbox, now_ns);
                hold(session, "held by the operator", outbox, now_ns);
            }
            return RESULT_OK;
        case SESSION_CALL_ABORT:
            session->wants_run = false;
            session->wants_abort = true;
            if (session->phase == SESSION_RUNNING || session->phase == SESSION_PARKING) {
                ask(session, GUARD_HOLD, outbox, now_ns);
                hold(session, "aborted by the operator", outbox, now_ns);
            }
            return RESULT_OK;
        case SESSION_CALL_ACKNOWLEDGE:
            if (session->phase != SESSION_FAULT)
                return error_set(err, RESULT_REFUSED, "there is no fault to acknowledge");
            ask(session, GUARD_ACKNOWLEDGE, outbox, now_ns);
            return RESULT_OK;
        case SESSION_CALL_COUNT:
            break;
    }
    return error_set(err, RESULT_INVALID, "unknown call %d", (int)call);
}

static void send_heartbeat(struct session *session, struct outbox *outbox, int64_t now_ns) {
    if (now_ns < session->heartbeat_ns || !outbox_has_room(outbox, 2)) return;
    session->heartbeat_ns = now_ns + GUARD_HEARTBEAT_PERIOD_MS * NS_PER_MS;
    struct guard_request beat = {.kind = GUARD_HEARTBEAT};
    beat.as.progress = ++session->progress;
    outbox_request(outbox, beat);
}

static void send_inputs(struct session *session, struct outbox *outbox) {
    if (session->inputs == session->inputs_sent || !outbox_has_room(outbox, 1)) return;
    struct guard_request request = {.kind = GUARD_INPUTS};
    request.as.inputs = session->inputs;
    outbox_request(outbox, request);
    session->inputs_sent = session->inputs;
}

void session_tick(struct session *session, struct outbox *outbox, int64_t now_ns) {
    if (outbox->last_sequence == 0)
        outbox_request(outbox, (struct guard_request){.kind = GUARD_HELLO});
    send_heartbeat(session, outbox, now_ns);
    send_inputs(session, outbox);
    switch (session->phase) {
        case SESSION_BOOT:
            in_boot(session, outbox, now_ns);
            break;
        case SESSION_CONNECTING:
            in_connecting(session, outbox, now_ns);
            break;
        case SESSION_HOMING:
            in_homing(session, outbox, now_ns);
            break;
        case SESSION_READY:
            in_ready(session, outbox, now_ns);
            break;
        case SESSION_ARMING:
            in_arming(session, outbox, now_ns);
            break;
        case SESSION_RUNNING:
            in_running(session, outbox, now_ns);
            break;
        case SESSION_HELD:
            in_held(session, outbox, now_ns);
            break;
        case SESSION_PARKING:
            in_parking(session, outbox, now_ns);
            break;
        case SESSION_FAULT:
            in_fault(session, outbox, now_ns);
            break;
        case SESSION_FINISHED:
        case SESSION_FAILED:
        case SESSION_PHASE_COUNT:
            break;
    }
}

int64_t session_next_ns(const struct session *session, int64_t now_ns) {
    int64_t next_ns = session->heartbeat_ns;
    if (session->phase == SESSION_RUNNING && session->is_positioned) {
        int64_t striker_ns = striker_next_ns(&session->striker, now_ns);
        if (striker_ns < next_ns) next_ns = striker_ns;
    }
    return next_ns;
}

bool session_is_over(const struct session *session) {
    return session->phase == SESSION_FINISHED || session->phase == SESSION_FAILED;
}

double session_running_s(const struct session *session, int64_t now_ns) {
    int64_t running_ns = session->running_ns;
    if (session->phase == SESSION_RUNNING) running_ns += now_ns - session->running_since_ns;
    return ns_to_s(running_ns);
}
