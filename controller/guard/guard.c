#include "controller/guard/guard.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "controller/guard/guard_bind.h"
#include "controller/guard/guard_private.h"
#include "safety/limits.h"

#define TICK_NS (5 * NS_PER_MS)
/* From sending a strike's line to the firmware's word that it is over: the travel before it, the
 * strike itself, one poll and its answer. */
#define STRIKE_OVER_NS (600 * NS_PER_MS)

void guard_init(struct guard *guard, const struct guard_edge *edge, int64_t now_ns) {
    memset(guard, 0, sizeof *guard);
    guard->edge = *edge;
    guard->now_ns = guard->ticked_ns = now_ns;
    guard->is_prompt = true;
    supervisor_init(&guard->supervisor);
}

bool guard_take_event(struct guard *guard, struct guard_event *ret_event) {
    if (guard->event_count == 0) return false;
    *ret_event = guard->events[guard->event_first];
    guard->event_first = (guard->event_first + 1) % GUARD_EVENTS_MAX;
    guard->event_count--;
    return true;
}

static void on_load(struct guard *guard, const struct guard_request *request) {
    struct error err = {0};
    struct guard_case loaded;
    enum safety_state state = guard->supervisor.state;
    if (state != SAFETY_OFF && state != SAFETY_LOCKED && state != SAFETY_IDLE &&
        state != SAFETY_FAULT) {
        guard_refuse(guard, request->sequence, 0, "files are immutable in the state %s",
                     safety_state_name(state));
        return;
    }
    guard->is_loaded = false;
    if (guard->edge.load(guard->edge.context, &request->as.load, &loaded, &err) != RESULT_OK) {
        guard_refuse(guard, request->sequence, 0, "%.150s", err.text);
        return;
    }
    struct gate_rig rig = guard_gate_rig(&loaded.rig);
    gate_bind(&guard->gate, &rig, &loaded.field, loaded.dots);
    guard->loaded = loaded;
    guard->gate.field = &guard->loaded.field;
    guard->is_loaded = guard->gate.is_bound;
    /* A second session on a homed rig: binding forgets where the rig stands, the board knows. */
    const struct machine_status *machine = link_status(&guard->link);
    if (guard->is_homed && link_state(&guard->link) == LINK_READY &&
        machine->state == MACHINE_IDLE && !guard->strike_line && !guard->travel_line)
        gate_on_rest(&guard->gate, machine->q);
    if (!guard->is_loaded)
        guard_refuse(guard, request->sequence, 0,
                     "the rig file asks for more than the limits allow");
    else
        guard_accept(guard, request->sequence);
}

static void on_connect(struct guard *guard, const struct guard_request *request) {
    if (!guard->is_loaded) {
        guard_refuse(guard, request->sequence, 0, "load the case first");
        return;
    }
    if (supervisor_event(&guard->supervisor, EVENT_CONNECT, NULL) != RESULT_OK) {
        guard_refuse(guard, request->sequence, 0, "not from the state %s",
                     safety_state_name(guard->supervisor.state));
        return;
    }
    guard->has_link_fault = guard->has_settings_fault = guard->has_position_fault = false;
    guard->is_strike_overdue = false;
    link_init(&guard->link, &guard->loaded.rig);
    if (guard->is_port_open) guard->edge.close_port(guard->edge.context);
    guard->is_port_open = guard->edge.open_port(guard->edge.context);
    if (guard->is_port_open) {
        link_open(&guard->link, guard->now_ns);
        guard_accept(guard, request->sequence);
    } else {
        guard->supervisor.state = SAFETY_OFF;
        guard_refuse(guard, request->sequence, 0, "the port cannot be opened");
    }
    guard_after_change(guard);
}

static void on_plain_event(struct guard *guard, const struct guard_request *request,
                           enum safety_event event) {
    uint64_t missing = 0;
    guard_update(guard);
    if (supervisor_event(&guard->supervisor, event, &missing) != RESULT_OK) {
        const char *lacks = "this state does not allow it";
        for (unsigned i = 0; i < CONDITION_COUNT; i++)
            if (missing & CONDITION_BIT(i)) {
                lacks = safety_condition_words((enum safety_condition)i)->name;
                break;
            }
        guard_refuse(guard, request->sequence, 0, "%s in state %s: %s%s", safety_event_name(event),
                     safety_state_name(guard->supervisor.state), missing ? "needs " : "", lacks);
        return;
    }
    guard_accept(guard, request->sequence);
    guard_after_change(guard);
}

static void on_home(struct guard *guard, const struct guard_request *request) {
    bool is_under_way = guard->supervisor.state == SAFETY_HOMING;
    if (!is_under_way) guard->is_homed = false;
    on_plain_event(guard, request, EVENT_HOME);
    if (!is_under_way && guard->supervisor.state == SAFETY_HOMING &&
        link_ask(&guard->link, LINK_HOME, guard->now_ns) != RESULT_OK)
        guard_lose_link(guard, "homing could not be asked");
}

static void on_abort(struct guard *guard, const struct guard_request *request) {
    if (guard->supervisor.state == SAFETY_RUNNING || guard->supervisor.state == SAFETY_HOLDING) {
        guard->is_aborting = true;
        guard_event_passes(guard, EVENT_HOLD);
        guard_accept(guard, request->sequence);
    } else {
        on_plain_event(guard, request, EVENT_ABORT);
    }
}

static void on_pose(struct guard *guard, const struct head_pose *head) {
    /* No clock of ours was ever before its zero: such a stamp is no stamp. */
    int64_t stamp_ns = head->stamp_ns > 0 ? head->stamp_ns : 0;
    guard->pose =
        (struct gate_pose){.is_trusted = head->state == HEAD_STILL || head->state == HEAD_MOVING,
                           .stamp_ns = stamp_ns,
                           .T_rig_head = head->T_rig_head,
                           .velocity = head->velocity,
                           .innovation_sigma = head->innovation_sigma,
                           .tags_used = head->tags_used};
    gate_on_pose(&guard->gate, &guard->pose);
}

/* A cleared command goes out at once or not at all. */
static void send_cleared(struct guard *guard, const struct guard_request *request, uint32_t dot,
                         const struct cleared_command *command) {
    bool is_strike = cleared_kind(command) == CLEARED_STRIKE;
    if (link_send(&guard->link, command, guard->now_ns) != RESULT_OK) {
        gate_on_unsent(&guard->gate);
        guard_refuse(guard, request->sequence, 0, "the link has no room for it");
        return;
    }
    struct guard_event *event = guard_emit(guard, GUARD_EVENT_ACCEPTED);
    event->sequence = request->sequence;
    event->line = cleared_line(command);
    event->command = (uint32_t)cleared_kind(command);
    event->dot = dot;
    if (is_strike) {
        guard->strike_line = event->line;
        guard->strike_dot = dot;
        guard->strike_limit_ns = guard->now_ns + STRIKE_OVER_NS;
    } else {
        guard->travel_line = event->line;
        guard->travel_dot = dot;
        guard->is_own_travel = false;
    }
}

static void on_motion(struct guard *guard, const struct guard_request *request) {
    const struct cleared_command *command = NULL;
    enum gate_reason reason;
    bool is_strike = request->kind == GUARD_STRIKE;
    uint32_t dot = is_strike ? request->as.strike.dot : request->as.travel.dot;
    guard_update(guard); /* ask permission again, last, right before the output */
    if (!supervisor_allows_motion(&guard->supervisor)) {
        guard_refuse(guard, request->sequence, 0, "no motion in state %s",
                     safety_state_name(guard->supervisor.state));
        return;
    }
    if (is_strike) {
        struct gate_strike strike = {dot, request->as.strike.stroke_mm,
                                     request->as.strike.plunge_mm_s, request->as.strike.dwell_s,
                                     request->as.strike.contact_ns};
        reason = gate_clear_strike(&guard->gate, &strike, guard->now_ns, &command);
    } else {
        struct gate_travel travel = {.leads_to_dot = dot != GUARD_NO_DOT,
                                     .dot = dot,
                                     .arrive_ns = request->as.travel.arrive_ns};
        memcpy(travel.q, request->as.travel.target.q, sizeof travel.q);
        reason = gate_clear_travel(&guard->gate, &travel, guard->now_ns, &command);
    }
    if (reason == GATE_CLEARED)
        send_cleared(guard, request, dot, command);
    else
        guard_refuse(guard, request->sequence, (uint32_t)reason, "%s", gate_reason_text(reason));
}

static void on_heartbeat(struct guard *guard, uint64_t progress) {
    /* Progress must rise: a loop that beats without working is as dead as a silent one. */
    if (progress <= guard->last_progress) return;
    guard->last_progress = progress;
    guard->heartbeat_ns = guard->now_ns;
    gate_on_lease(&guard->gate, guard->now_ns + GUARD_HEARTBEAT_LIMIT_MS * NS_PER_MS);
}

/* A doubtful dot may have been struck: its neighbours keep their distance from it too. */
static void on_dot_fate(struct guard *guard, const struct guard_dot_fate *told) {
    if (told->fate == GUARD_DOT_SKIPPED)
        gate_exclude(&guard->gate, told->dot);
    else
        gate_on_struck(&guard->gate, told->dot, told->hours_ago);
}

static void serve(struct guard *guard, const struct guard_request *request) {
    if (guard_service_forbids(guard, request->kind)) {
        guard_refuse(guard, request->sequence, 0, "a technician's motion is under way");
        return;
    }
    switch ((enum guard_request_kind)request->kind) {
        case GUARD_HELLO:
            guard->has_hello = true;
            guard_emit(guard, GUARD_EVENT_HELLO)->sequence = request->sequence;
            guard_report_state(guard);
            break;
        case GUARD_LOAD:
            on_load(guard, request);
            break;
        case GUARD_CONNECT:
            on_connect(guard, request);
            break;
        case GUARD_HOME:
            on_home(guard, request);
            break;
        case GUARD_ARM:
            on_plain_event(guard, request, EVENT_ARM);
            break;
        case GUARD_DISARM:
            if (guard->supervisor.state == SAFETY_RUNNING)
                on_abort(guard, request);
            else
                on_plain_event(guard, request, EVENT_DISARM);
            break;
        case GUARD_START:
            on_plain_event(guard, request, EVENT_START);
            break;
        case GUARD_HOLD:
            on_plain_event(guard, request, EVENT_HOLD);
            break;
        case GUARD_RESUME:
            on_plain_event(guard, request, EVENT_RESUME);
            break;
        case GUARD_ABORT:
            on_abort(guard, request);
            break;
        case GUARD_ACKNOWLEDGE:
            guard_on_acknowledge(guard, request);
            break;
        case GUARD_POSE:
            on_pose(guard, &request->as.pose);
            break;
        case GUARD_TRAVEL:
        case GUARD_STRIKE:
            on_motion(guard, request);
            break;
        case GUARD_HEARTBEAT:
            on_heartbeat(guard, request->as.progress);
            break;
        case GUARD_INPUTS:
            guard->inputs = request->as.inputs;
            guard->inputs_ns = guard->now_ns;
            break;
        case GUARD_DOT_FATE:
            on_dot_fate(guard, &request->as.dot_fate);
            break;
        case GUARD_SERVICE:
        case GUARD_SERVICE_STOP:
        case GUARD_DOCTOR:
            guard_on_technician(guard, request);
            break;
        case GUARD_REQUEST_KIND_COUNT:
            break;
    }
}

static bool is_whole(const struct guard *guard, const struct guard_request *request) {
    bool is_known = request->kind >= GUARD_HELLO && request->kind < GUARD_REQUEST_KIND_COUNT;
    bool is_first = request->kind == GUARD_HELLO;
    return request->version == GUARD_PROTOCOL_VERSION && is_known &&
           request->sequence > guard->last_request && (guard->has_hello || is_first);
}

void guard_on_request(struct guard *guard, const void *packet, size_t size, int64_t now_ns) {
    struct guard_request request;
    guard->now_ns = now_ns;
    if (size == sizeof request) memcpy(&request, packet, size);
    if (size != sizeof request || !is_whole(guard, &request)) {
        snprintf(guard_emit(guard, GUARD_EVENT_BAD_MESSAGE)->text, GUARD_TEXT_MAX,
                 "a message of %zu bytes with a wrong length, version, kind or sequence", size);
        return;
    }
    guard->last_request = request.sequence;
    serve(guard, &request);
    guard_update(guard);
}

void guard_on_daemon(struct guard *guard, bool is_connected, int64_t now_ns) {
    guard->now_ns = now_ns;
    guard->has_daemon = is_connected;
    guard->has_hello = false;
    guard->last_request = guard->last_progress = 0;
    guard->heartbeat_ns = now_ns;
    guard->inputs = 0;
    guard->acknowledging = 0;
    gate_on_lease(&guard->gate, 0);
    guard->pose = (struct gate_pose){0};
    gate_on_pose(&guard->gate, &guard->pose);
    guard_update(guard);
}

void guard_on_port_bytes(struct guard *guard, const void *bytes, size_t count, int64_t now_ns) {
    guard->now_ns = now_ns;
    link_on_bytes(&guard->link, bytes, count, now_ns);
    guard_take_link_events(guard);
    guard_update(guard);
}

void guard_on_port_closed(struct guard *guard, int64_t now_ns) {
    guard->now_ns = now_ns;
    guard->is_port_open = false;
    link_on_closed(&guard->link, now_ns);
    guard_take_link_events(guard);
    guard_update(guard);
}

void guard_on_sensors(struct guard *guard, struct sensor_levels levels) {
    guard->levels = levels;
}

void guard_tick(struct guard *guard, int64_t now_ns) {
    guard->now_ns = now_ns;
    guard->is_prompt = guard_was_run(guard);
    guard->ticked_ns = now_ns;
    if (guard->is_port_open) link_tick(&guard->link, now_ns);
    guard_take_link_events(guard);
    guard_update(guard);
    guard_service_tick(guard);
    if (now_ns >= guard->report_ns) guard_report_state(guard);
}

int64_t guard_next_ns(const struct guard *guard) {
    int64_t next_ns = guard->now_ns + TICK_NS, link_ns = INT64_MAX;
    if (guard->is_port_open) link_ns = link_next_ns(&guard->link);
    return link_ns < next_ns ? link_ns : next_ns;
}

size_t guard_take_port_bytes(struct guard *guard, void *buffer, size_t size) {
    return guard->is_port_open ? link_take_output(&guard->link, buffer, size) : 0;
}
