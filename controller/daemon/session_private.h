/* Shared by the session's own files: session.c (events and calls), session_phases.c (one function a
 * phase), session_steps.c (the moves below). */
#ifndef SMPRIG_CONTROLLER_DAEMON_SESSION_PRIVATE_H
#define SMPRIG_CONTROLLER_DAEMON_SESSION_PRIVATE_H

#include "controller/daemon/session.h"

void session_say_reason(struct session *session, const char *reason);
/* Change the phase and note it in the journal; no effect when it is the phase already. */
void session_enter(struct session *session, enum session_phase phase, struct outbox *outbox,
                   int64_t now_ns);
/* Ask the guard once, and again only after a time without an answer. */
void session_ask(struct session *session, enum guard_request_kind kind, struct outbox *outbox,
                 int64_t now_ns);
bool session_is_asking(const struct session *session, enum guard_request_kind kind, int64_t now_ns);
void session_fail(struct session *session, const char *reason, struct outbox *outbox,
                  int64_t now_ns);
/* Stop the striker; from a phase in which the rig moves, become held for this reason. */
void session_hold(struct session *session, const char *why, struct outbox *outbox, int64_t now_ns);
/* The guard has spoken within the limit that it has for us. */
bool session_hears_guard(const struct session *session, int64_t now_ns);
/* It connects or homes for a daemon that has gone, and binds no files until it is through. */
bool session_is_guard_busy(const struct session *session);
/* What a prompt is open for is not there: the guard must know too. */
void session_withdraw_what_is_asked(struct session *session);
/* The rig is at rest: go on from where the board says it is. */
void session_stand_where_reported(struct session *session);

/* Whether a technician moves the rig now; the sentence says what to do. */
bool session_is_serviced(const struct session *session, struct error *err);

/* What the current phase does at each tick (session_phases.c). */
void session_step_phase(struct session *session, struct outbox *outbox, int64_t now_ns);

#endif
