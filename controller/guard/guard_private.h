/* Between the guard's own files. */
#ifndef SMPRIG_CONTROLLER_GUARD_GUARD_PRIVATE_H
#define SMPRIG_CONTROLLER_GUARD_GUARD_PRIVATE_H

#include "controller/guard/guard.h"

/* guard_state.c: events out, conditions, states */
struct guard_event *guard_emit(struct guard *guard, enum guard_event_kind kind);
void guard_report_state(struct guard *guard);
void guard_accept(struct guard *guard, uint64_t sequence);
void guard_refuse(struct guard *guard, uint64_t sequence, uint32_t reason, const char *format, ...)
    PRINTF_LIKE(4, 5);
/* Whether the guard was run in time: since its last tick until now. */
bool guard_was_run(const struct guard *guard);
/* The state has changed: say why, report it. */
void guard_after_change(struct guard *guard);
/* True when the event made a transition. */
bool guard_event_passes(struct guard *guard, enum safety_event event);
/* Look at all conditions anew; trips and what the states do by themselves follow. */
void guard_update(struct guard *guard);

/* guard_stop.c: after a stop, until the needle is out and away */
void guard_settle(struct guard *guard);
/* A travel was lost: the guard's own way out is taken anew, a few times. */
void guard_on_lost_way(struct guard *guard);
/* Stopped, and the needle cannot be known to be out: only hands can help. */
bool guard_needs_hands(const struct guard *guard);

/* guard_acknowledge.c: how a fault ends */
void guard_on_acknowledge(struct guard *guard, const struct guard_request *request);
/* One that waited is decided once the strike is over and the board has been looked at. */
void guard_settle_acknowledge(struct guard *guard);

/* guard_service.c: a technician's motions while the rig is idle */
void guard_on_technician(struct guard *guard, const struct guard_request *request);
/* Go on with it, end it when it is over, stop it when it may not go on. */
void guard_service_tick(struct guard *guard);
void guard_service_on_status(struct guard *guard);
void guard_service_on_probe(struct guard *guard, bool has_touched);
/* True when the alarm is a probe's own and ends nothing but the probe. */
bool guard_service_takes_alarm(struct guard *guard, const struct link_event *event);
/* Whether the request must wait for the end of a service motion. */
bool guard_service_forbids(const struct guard *guard, uint32_t request_kind);

/* guard_board.c: what the link tells */
void guard_take_link_events(struct guard *guard);
void guard_lose_link(struct guard *guard, const char *why);
/* Nobody will hear what became of the lines in flight. */
void guard_lose_lines(struct guard *guard, const char *why);

#endif
