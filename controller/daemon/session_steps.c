/* Small moves that the session's files share: changing phase, asking the guard, holding. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "controller/daemon/session_private.h"
#include "safety/supervisor.h"

/* A request of a phase that the guard has not answered is asked again after this. */
#define ASK_AGAIN_NS (2 * NS_PER_S)

void session_say_reason(struct session *session, const char *reason) {
    snprintf(session->reason, sizeof session->reason, "%s", reason);
}

/* A reason is said before its phase is entered; that of an earlier phase does not outlive it. */
static bool has_reason(enum session_phase phase) {
    return phase == SESSION_HELD || phase == SESSION_FAULT || phase == SESSION_FAILED;
}

void session_enter(struct session *session, enum session_phase phase, struct outbox *outbox,
                   int64_t now_ns) {
    if (session->phase == phase) return;
    char text[JOURNAL_TEXT_MAX];
    if (session->phase == SESSION_RUNNING)
        session->running_ns += now_ns - session->running_since_ns;
    if (phase == SESSION_RUNNING) session->running_since_ns = now_ns;
    if (!has_reason(phase)) session_say_reason(session, "");
    snprintf(text, sizeof text, "%.20s -> %.20s%s%.120s", session_phase_name(session->phase),
             session_phase_name(phase), session->reason[0] ? ": " : "", session->reason);
    outbox_entry(outbox, JOURNAL_EVENT, JOURNAL_NO_DOT, now_ns, text);
    session->phase = phase;
    session->asked = session->stop_asked = 0;
}

bool session_is_asking(const struct session *session, enum guard_request_kind kind,
                       int64_t now_ns) {
    return session->asked && session->asked_kind == (uint32_t)kind &&
           now_ns - session->asked_ns < ASK_AGAIN_NS;
}

void session_ask(struct session *session, enum guard_request_kind kind, struct outbox *outbox,
                 int64_t now_ns) {
    if (session_is_asking(session, kind, now_ns) || !outbox_has_room(outbox, 1)) return;
    struct guard_request request = {.kind = (uint32_t)kind};
    if (kind == GUARD_LOAD) request.as.load = session->load;
    session->asked = outbox_request(outbox, request);
    session->asked_kind = (uint32_t)kind;
    session->asked_ns = now_ns;
    if (kind == GUARD_HOLD || kind == GUARD_DISARM) session->stop_asked = session->asked;
}

void session_fail(struct session *session, const char *reason, struct outbox *outbox,
                  int64_t now_ns) {
    striker_stop(&session->striker, outbox, now_ns);
    session_say_reason(session, reason);
    session->wants_run = false;
    session_enter(session, SESSION_FAILED, outbox, now_ns);
}

void session_stand_where_reported(struct session *session) {
    struct axes at = {0};
    for (int i = 0; i < RIG_AXES_MAX; i++) at.q[i] = session->machine.q[i];
    striker_set_position(&session->striker, at);
    session->is_positioned = true;
}

void session_hold(struct session *session, const char *why, struct outbox *outbox, int64_t now_ns) {
    striker_stop(&session->striker, outbox, now_ns);
    session->is_positioned = false; /* a travel may have been cut: stand where reported */
    if (session->phase == SESSION_RUNNING || session->phase == SESSION_PARKING ||
        session->phase == SESSION_SERVING || session->phase == SESSION_ARMING) {
        session_say_reason(session, why);
        session_enter(session, SESSION_HELD, outbox, now_ns);
    }
}

bool session_hears_guard(const struct session *session, int64_t now_ns) {
    return now_ns - session->heard_ns <= GUARD_HEARTBEAT_LIMIT_MS * NS_PER_MS;
}

bool session_is_guard_busy(const struct session *session) {
    return session->has_guard_state &&
           (session->guard.state == SAFETY_CONNECTING || session->guard.state == SAFETY_HOMING);
}

void session_withdraw_what_is_asked(struct session *session) {
    if (session->prompts.is_open[PROMPT_PIGMENT])
        session_set_input(session, GUARD_INPUT_PIGMENT_READY, false);
    if (session->prompts.is_open[PROMPT_NEEDLE])
        session_set_input(session, GUARD_INPUT_NEEDLE_READY, false);
}
