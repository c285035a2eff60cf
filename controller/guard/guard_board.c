/* What the board tells through the link, and what follows from it. */
#include <stdio.h>

#include "controller/guard/guard_private.h"

static void tell_line(struct guard *guard, enum guard_event_kind kind, uint32_t line,
                      const char *text) {
    bool is_strike = line == guard->strike_line;
    if (line == 0 || (!is_strike && line != guard->travel_line)) return;
    struct guard_event *event = guard_emit(guard, kind);
    event->line = line;
    event->command = is_strike ? CLEARED_STRIKE : CLEARED_TRAVEL;
    event->dot = is_strike ? guard->strike_dot : guard->travel_dot;
    snprintf(event->text, sizeof event->text, "%s", text);
    if (is_strike)
        guard->strike_line = 0;
    else
        guard->travel_line = 0;
    if (!is_strike && kind == GUARD_EVENT_LOST) guard_on_lost_way(guard);
}

void guard_lose_lines(struct guard *guard, const char *why) {
    tell_line(guard, GUARD_EVENT_LOST, guard->strike_line, why);
    tell_line(guard, GUARD_EVENT_LOST, guard->travel_line, why);
}

void guard_lose_link(struct guard *guard, const char *why) {
    guard->has_link_fault = true;
    /* A board that still answers knows where it stands, and the needle must get away from the skin;
     * one that has restarted, locked itself or gone does not. */
    if (link_state(&guard->link) != LINK_READY && !link_is_flushing(&guard->link))
        guard->is_homed = false;
    gate_on_lost(&guard->gate);
    if (guard->supervisor.state == SAFETY_CONNECTING) guard->supervisor.state = SAFETY_OFF;
    guard_update(guard);
    snprintf(guard->why, sizeof guard->why, "%s", why);
    guard_report_state(guard);
}

static void on_link_event(struct guard *guard, const struct link_event *event) {
    switch (event->kind) {
        case LINK_EVENT_READY:
            guard->has_link_fault = guard->has_settings_fault = false;
            guard_update(guard);
            guard_event_passes(guard, EVENT_CONNECTED);
            break;
        case LINK_EVENT_HOMED:
            guard->is_homed = true;
            break;
        case LINK_EVENT_STATUS:
            gate_on_confirmed(&guard->gate, link_status(&guard->link)->confirmed_line);
            guard_emit(guard, GUARD_EVENT_MACHINE)->machine = *link_status(&guard->link);
            guard_service_on_status(guard);
            break;
        case LINK_EVENT_EXECUTED:
            gate_on_executed(&guard->gate, event->line);
            guard->arrived_ns = guard->now_ns;
            tell_line(guard, GUARD_EVENT_EXECUTED, event->line, "");
            break;
        case LINK_EVENT_LOST:
            gate_on_lost(&guard->gate);
            tell_line(guard, GUARD_EVENT_LOST, event->line, event->text);
            break;
        case LINK_EVENT_POSITION:
            if (!guard->has_position_fault) guard->off_axis = event->code;
            guard->has_position_fault = true;
            break;
        case LINK_EVENT_REFUSED:
            guard->has_settings_fault = true;
            snprintf(guard->why, sizeof guard->why, "%s", event->text);
            guard_lose_link(guard, event->text);
            break;
        case LINK_EVENT_PROBE:
            guard_service_on_probe(guard, event->code != 0);
            break;
        case LINK_EVENT_ALARM:
            if (!guard_service_takes_alarm(guard, event)) guard_lose_link(guard, event->text);
            break;
        case LINK_EVENT_ERROR:
            tell_line(guard, GUARD_EVENT_LOST, event->line, event->text);
            guard_lose_link(guard, event->text);
            break;
        case LINK_EVENT_RESET:
        case LINK_EVENT_SILENT:
        case LINK_EVENT_GARBLED:
        case LINK_EVENT_CLOSED:
            guard_lose_link(guard, event->text);
            break;
        case LINK_EVENT_NONE:
        case LINK_EVENT_ACCEPTED:
        case LINK_EVENT_SYNCED:
        case LINK_EVENT_FLUSHED:
        case LINK_EVENT_NEEDLE_IN: /* as the reports that follow say */
        case LINK_EVENT_WRITTEN:
        case LINK_EVENT_DONE:
        case LINK_EVENT_KIND_COUNT:
            break;
    }
}

void guard_take_link_events(struct guard *guard) {
    struct link_event event;
    while (link_take_event(&guard->link, &event)) on_link_event(guard, &event);
    /* Homing ends when the board says so and stands idle: that is where it is. */
    const struct machine_status *machine = link_status(&guard->link);
    if (guard->supervisor.state == SAFETY_HOMING && guard->is_homed &&
        machine->state == MACHINE_IDLE) {
        gate_on_rest(&guard->gate, machine->q);
        guard_update(guard);
        guard_event_passes(guard, EVENT_HOMED);
    }
    guard_settle_acknowledge(guard);
}
