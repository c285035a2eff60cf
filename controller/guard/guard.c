#include "controller/guard/guard.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "controller/guard/guard_bind.h"
#include "motion/time_model.h"
#include "safety/limits.h"

#define REPORT_PERIOD_NS (100 * NS_PER_MS)
#define TICK_NS (5 * NS_PER_MS)
/* From sending a strike's line to the firmware's word that it is over: the travel before it, the
 * strike itself, one poll and its answer. */
#define STRIKE_OVER_NS (600 * NS_PER_MS)

void guard_init(struct guard *guard, const struct guard_edge *edge, int64_t now_ns) {
    memset(guard, 0, sizeof *guard);
    guard->edge = *edge;
    guard->now_ns = now_ns;
    supervisor_init(&guard->supervisor);
}

/* --- events out ------------------------------------------------------------------------------ */

static struct guard_event *emit(struct guard *guard, enum guard_event_kind kind) {
    /* A full queue means that nobody reads: the newest is overwritten, the state report says the
     * rest. */
    size_t at = guard->event_count < GUARD_EVENTS_MAX ? guard->event_count++ : GUARD_EVENTS_MAX - 1;
    struct guard_event *event = &guard->events[(guard->event_first + at) % GUARD_EVENTS_MAX];
    memset(event, 0, sizeof *event);
    event->version = GUARD_PROTOCOL_VERSION;
    event->kind = (uint32_t)kind;
    event->stamp_ns = guard->now_ns;
    return event;
}

bool guard_take_event(struct guard *guard, struct guard_event *ret_event) {
    if (guard->event_count == 0) return false;
    *ret_event = guard->events[guard->event_first];
    guard->event_first = (guard->event_first + 1) % GUARD_EVENTS_MAX;
    guard->event_count--;
    return true;
}

static void report_state(struct guard *guard) {
    const struct supervisor *supervisor = &guard->supervisor;
    struct guard_event *event = emit(guard, GUARD_EVENT_STATE);
    event->state = (struct guard_state_report){
        .state = (uint32_t)supervisor->state,
        .conditions = supervisor->conditions,
        .first_cause = supervisor->first_cause,
        .tripped_ns = supervisor->tripped_ns,
        .allows_travel = supervisor_allows_motion(supervisor),
        .allows_strike = supervisor_allows_motion(supervisor) && guard->strike_line == 0};
    snprintf(event->text, sizeof event->text, "%s", guard->why);
    guard->report_ns = guard->now_ns + REPORT_PERIOD_NS;
}

static void accept(struct guard *guard, uint64_t sequence) {
    emit(guard, GUARD_EVENT_ACCEPTED)->sequence = sequence;
}

static void refuse(struct guard *guard, uint64_t sequence, uint32_t reason, const char *format, ...)
    PRINTF_LIKE(4, 5);

static void refuse(struct guard *guard, uint64_t sequence, uint32_t reason, const char *format,
                   ...) {
    struct guard_event *event = emit(guard, GUARD_EVENT_REFUSED);
    va_list args;
    event->sequence = sequence;
    event->reason = reason;
    va_start(args, format);
    vsnprintf(event->text, sizeof event->text, format, args);
    va_end(args);
}

/* --- conditions ------------------------------------------------------------------------------ */

static uint64_t when(bool holds, enum safety_condition condition) {
    return holds ? CONDITION_BIT(condition) : 0;
}

static uint64_t input_conditions(uint32_t inputs) {
    static const struct {
        uint32_t input;
        enum safety_condition condition;
    } map[] = {
        {GUARD_INPUT_DEADMAN_HELD, CONDITION_DEADMAN_HELD},
        {GUARD_INPUT_CLIENT_PRESENT, CONDITION_CLIENT_PRESENT},
        {GUARD_INPUT_CALIBRATED, CONDITION_CALIBRATED},
        {GUARD_INPUT_REGISTERED, CONDITION_REGISTERED},
        {GUARD_INPUT_CASE_CLEARED, CONDITION_CASE_CLEARED},
        {GUARD_INPUT_JOURNAL_HEALTHY, CONDITION_JOURNAL_HEALTHY},
        {GUARD_INPUT_PIGMENT_READY, CONDITION_PIGMENT_READY},
        {GUARD_INPUT_NEEDLE_READY, CONDITION_NEEDLE_READY},
    };
    uint64_t bits = 0;
    for (size_t i = 0; i < sizeof map / sizeof *map; i++)
        bits |= when(inputs & map[i].input, map[i].condition);
    return bits;
}

static uint64_t head_conditions(const struct guard *guard) {
    const struct gate_pose *pose = &guard->pose;
    int64_t age_ns = guard->now_ns - pose->stamp_ns;
    bool is_fresh = pose->stamp_ns && age_ns >= 0 && age_ns <= LIMIT_POSE_GONE_MS * NS_PER_MS;
    bool is_trusted = pose->is_trusted && pose->tags_used >= LIMIT_TAGS_LEAST &&
                      pose->innovation_sigma <= LIMIT_INNOVATION_SIGMA;
    struct vec3 tip = chain_forward(&guard->gate.rig.chain, guard->gate.q).t;
    bool is_slow = gate_head_speed_mm_s(&guard->gate, tip) <= LIMIT_TRIP_SPEED_MM_S;
    return when(is_fresh, CONDITION_POSE_FRESH) | when(is_trusted, CONDITION_HEAD_TRUSTED) |
           when(is_slow, CONDITION_HEAD_SLOW);
}

static uint64_t conditions_now(const struct guard *guard) {
    const struct machine_status *machine = link_status(&guard->link);
    bool is_up = link_state(&guard->link) == LINK_READY && !guard->has_link_fault;
    bool is_alive = guard->has_daemon &&
                    guard->now_ns - guard->heartbeat_ns <= GUARD_HEARTBEAT_LIMIT_MS * NS_PER_MS;
    return when(is_up, CONDITION_LINK_UP) |
           when(!guard->has_settings_fault, CONDITION_SETTINGS_MATCH) |
           when(guard->is_homed, CONDITION_HOMED) |
           when(!(machine->pins & PIN_ESTOP), CONDITION_ESTOP_CLOSED) |
           when(!(machine->pins & PIN_DOOR), CONDITION_DOOR_CLOSED) |
           when(!guard->has_position_fault, CONDITION_POSITION_AGREES) |
           when(!guard->is_strike_overdue, CONDITION_NEEDLE_OUT_IN_TIME) |
           when(is_alive, CONDITION_DAEMON_ALIVE) | when(guard->is_loaded, CONDITION_FILES_BOUND) |
           input_conditions(guard->inputs) | head_conditions(guard);
}

static void say_trip(struct guard *guard) {
    for (unsigned i = 0; i < CONDITION_COUNT; i++) {
        if (guard->supervisor.first_cause != CONDITION_BIT(i)) continue;
        const struct condition_words *words = safety_condition_words((enum safety_condition)i);
        snprintf(guard->why, sizeof guard->why, "%.60s %.60s %.60s", words->lost, words->safe,
                 words->remedy);
    }
}

static void after_change(struct guard *guard) {
    if (guard->supervisor.first_cause)
        say_trip(guard);
    else
        guard->why[0] = '\0';
    report_state(guard);
}

static bool has_motion_in_flight(const struct guard *guard) {
    return guard->strike_line || guard->travel_line;
}

static bool event_passes(struct guard *guard, enum safety_event event) {
    if (supervisor_event(&guard->supervisor, event, guard->now_ns, NULL) != RESULT_OK) return false;
    after_change(guard);
    return true;
}

/* What the state machine does by itself: a hold ends when all is at rest, with the needle out. */
static void progress_states(struct guard *guard) {
    const struct machine_status *machine = link_status(&guard->link);
    bool is_at_rest = machine->state == MACHINE_IDLE && !has_motion_in_flight(guard);
    if (guard->supervisor.state == SAFETY_HOLDING && is_at_rest) {
        bool is_out = fabs(machine->needle_mm) <= LIMIT_POSITION_MM;
        if (is_out) gate_on_rest(&guard->gate, machine->q);
        event_passes(guard, is_out ? EVENT_AT_REST : EVENT_NEEDLE_IN);
    }
    if (guard->supervisor.state == SAFETY_HELD && guard->is_aborting) {
        guard->is_aborting = false;
        event_passes(guard, EVENT_ABORT);
    }
}

static void update(struct guard *guard) {
    guard->is_strike_overdue =
        guard->is_strike_overdue || (guard->strike_line && guard->now_ns > guard->strike_limit_ns);
    if (supervisor_update(&guard->supervisor, conditions_now(guard), guard->now_ns))
        after_change(guard);
    progress_states(guard);
}

/* --- the board -------------------------------------------------------------------------------- */

static void tell_line(struct guard *guard, enum guard_event_kind kind, uint32_t line,
                      const char *text) {
    bool is_strike = line == guard->strike_line;
    if (line == 0 || (!is_strike && line != guard->travel_line)) return;
    struct guard_event *event = emit(guard, kind);
    event->line = line;
    event->command = is_strike ? CLEARED_STRIKE : CLEARED_TRAVEL;
    event->dot = is_strike ? guard->strike_dot : guard->travel_dot;
    snprintf(event->text, sizeof event->text, "%s", text);
    if (is_strike)
        guard->strike_line = 0;
    else
        guard->travel_line = 0;
}

static void lose_link(struct guard *guard, const char *why) {
    guard->has_link_fault = true;
    guard->is_homed = false;
    gate_on_lost(&guard->gate);
    update(guard);
    snprintf(guard->why, sizeof guard->why, "%s", why);
    report_state(guard);
}

static void on_link_event(struct guard *guard, const struct link_event *event) {
    switch (event->kind) {
        case LINK_EVENT_READY:
            guard->has_link_fault = guard->has_settings_fault = false;
            update(guard);
            event_passes(guard, EVENT_CONNECTED);
            break;
        case LINK_EVENT_HOMED:
            guard->is_homed = true;
            break;
        case LINK_EVENT_STATUS:
            emit(guard, GUARD_EVENT_MACHINE)->machine = *link_status(&guard->link);
            break;
        case LINK_EVENT_EXECUTED:
            gate_on_executed(&guard->gate, event->line);
            tell_line(guard, GUARD_EVENT_EXECUTED, event->line, "");
            break;
        case LINK_EVENT_LOST:
            tell_line(guard, GUARD_EVENT_LOST, event->line, event->text);
            break;
        case LINK_EVENT_POSITION:
            guard->has_position_fault = true;
            break;
        case LINK_EVENT_REFUSED:
            guard->has_settings_fault = true;
            snprintf(guard->why, sizeof guard->why, "%s", event->text);
            lose_link(guard, event->text);
            break;
        case LINK_EVENT_ERROR:
        case LINK_EVENT_ALARM:
        case LINK_EVENT_RESET:
        case LINK_EVENT_SILENT:
        case LINK_EVENT_GARBLED:
        case LINK_EVENT_CLOSED:
            lose_link(guard, event->text);
            break;
        case LINK_EVENT_NONE:
        case LINK_EVENT_ACCEPTED:
        case LINK_EVENT_PROBE:
        case LINK_EVENT_KIND_COUNT:
            break;
    }
}

static void take_link_events(struct guard *guard) {
    struct link_event event;
    while (link_take_event(&guard->link, &event)) on_link_event(guard, &event);
    /* Homing ends when the board says so and stands idle: that is where it is. */
    const struct machine_status *machine = link_status(&guard->link);
    if (guard->supervisor.state == SAFETY_HOMING && guard->is_homed &&
        machine->state == MACHINE_IDLE) {
        gate_on_rest(&guard->gate, machine->q);
        update(guard);
        event_passes(guard, EVENT_HOMED);
    }
}

/* --- requests --------------------------------------------------------------------------------- */

static void on_load(struct guard *guard, const struct guard_request *request) {
    struct error err = {0};
    struct guard_case loaded;
    enum safety_state state = guard->supervisor.state;
    if (state != SAFETY_OFF && state != SAFETY_LOCKED && state != SAFETY_IDLE &&
        state != SAFETY_FAULT) {
        refuse(guard, request->sequence, 0, "files are immutable while armed");
        return;
    }
    guard->is_loaded = false;
    if (guard->edge.load(guard->edge.context, &request->as.load, &loaded, &err) != RESULT_OK) {
        refuse(guard, request->sequence, 0, "%.150s", err.text);
        return;
    }
    struct gate_rig rig = guard_gate_rig(&loaded.rig);
    gate_bind(&guard->gate, &rig, &loaded.field, loaded.dots);
    guard->loaded = loaded;
    guard->gate.field = &guard->loaded.field;
    guard->is_loaded = guard->gate.is_bound;
    if (!guard->is_loaded)
        refuse(guard, request->sequence, 0, "the rig file asks for more than the limits allow");
    else
        accept(guard, request->sequence);
}

static void on_connect(struct guard *guard, const struct guard_request *request) {
    if (!guard->is_loaded) {
        refuse(guard, request->sequence, 0, "load the case first");
        return;
    }
    if (supervisor_event(&guard->supervisor, EVENT_CONNECT, guard->now_ns, NULL) != RESULT_OK) {
        refuse(guard, request->sequence, 0, "not from the state %s",
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
        accept(guard, request->sequence);
    } else {
        guard->supervisor.state = SAFETY_OFF;
        refuse(guard, request->sequence, 0, "the port cannot be opened");
    }
    after_change(guard);
}

static void on_plain_event(struct guard *guard, const struct guard_request *request,
                           enum safety_event event) {
    uint64_t missing = 0;
    update(guard);
    if (supervisor_event(&guard->supervisor, event, guard->now_ns, &missing) != RESULT_OK) {
        const char *lacks = "this state does not allow it";
        for (unsigned i = 0; i < CONDITION_COUNT; i++)
            if (missing & CONDITION_BIT(i)) {
                lacks = safety_condition_words((enum safety_condition)i)->name;
                break;
            }
        refuse(guard, request->sequence, 0, "%s in state %s: %s%s", safety_event_name(event),
               safety_state_name(guard->supervisor.state), missing ? "needs " : "", lacks);
        return;
    }
    accept(guard, request->sequence);
    after_change(guard);
}

static void on_home(struct guard *guard, const struct guard_request *request) {
    guard->is_homed = false;
    on_plain_event(guard, request, EVENT_HOME);
    if (guard->supervisor.state == SAFETY_HOMING &&
        link_ask(&guard->link, LINK_HOME, guard->now_ns) != RESULT_OK)
        lose_link(guard, "homing could not be asked");
}

static void on_abort(struct guard *guard, const struct guard_request *request) {
    if (guard->supervisor.state == SAFETY_RUNNING || guard->supervisor.state == SAFETY_HOLDING) {
        guard->is_aborting = true;
        event_passes(guard, EVENT_HOLD);
        accept(guard, request->sequence);
    } else {
        on_plain_event(guard, request, EVENT_ABORT);
    }
}

static void on_acknowledge(struct guard *guard, const struct guard_request *request) {
    /* Back to `off`: the port is closed, and everything must be shaken, homed and checked anew. */
    on_plain_event(guard, request, EVENT_ACKNOWLEDGE);
    if (guard->supervisor.state != SAFETY_OFF) return;
    if (guard->is_port_open) guard->edge.close_port(guard->edge.context);
    guard->is_port_open = false;
    guard->is_homed = false;
    guard->strike_line = guard->travel_line = 0;
}

static void on_pose(struct guard *guard, const struct head_pose *head) {
    guard->pose =
        (struct gate_pose){.is_trusted = head->state == HEAD_STILL || head->state == HEAD_MOVING,
                           .stamp_ns = head->stamp_ns,
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
        gate_on_executed(&guard->gate, cleared_line(command));
        refuse(guard, request->sequence, 0, "the link has no room for it");
        return;
    }
    struct guard_event *event = emit(guard, GUARD_EVENT_ACCEPTED);
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
    }
}

static void on_motion(struct guard *guard, const struct guard_request *request) {
    const struct cleared_command *command = NULL;
    enum gate_reason reason;
    bool is_strike = request->kind == GUARD_STRIKE;
    uint32_t dot = is_strike ? request->as.strike.dot : request->as.travel.dot;
    update(guard); /* ask permission again, last, right before the output */
    if (!supervisor_allows_motion(&guard->supervisor)) {
        refuse(guard, request->sequence, 0, "no motion in state %s",
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
        refuse(guard, request->sequence, (uint32_t)reason, "%s", gate_reason_text(reason));
}

static void on_heartbeat(struct guard *guard, uint64_t progress) {
    /* Progress must rise: a loop that beats without working is as dead as a silent one. */
    if (progress <= guard->last_progress) return;
    guard->last_progress = progress;
    guard->heartbeat_ns = guard->now_ns;
}

static void serve(struct guard *guard, const struct guard_request *request) {
    switch ((enum guard_request_kind)request->kind) {
        case GUARD_HELLO:
            guard->has_hello = true;
            emit(guard, GUARD_EVENT_HELLO)->sequence = request->sequence;
            report_state(guard);
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
            on_acknowledge(guard, request);
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
            break;
        case GUARD_DOT_FATE:
            gate_set_fate(&guard->gate, request->as.dot_fate.dot,
                          request->as.dot_fate.fate == 1 ? GATE_FATE_STRUCK : GATE_FATE_EXCLUDED);
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
        snprintf(emit(guard, GUARD_EVENT_BAD_MESSAGE)->text, GUARD_TEXT_MAX,
                 "a message of %zu bytes with a wrong length, version, kind or sequence", size);
        return;
    }
    guard->last_request = request.sequence;
    serve(guard, &request);
    update(guard);
}

void guard_on_daemon(struct guard *guard, bool is_connected, int64_t now_ns) {
    guard->now_ns = now_ns;
    guard->has_daemon = is_connected;
    guard->has_hello = false;
    guard->last_request = guard->last_progress = 0;
    guard->heartbeat_ns = now_ns;
    guard->inputs = 0;
    guard->pose = (struct gate_pose){0};
    gate_on_pose(&guard->gate, &guard->pose);
    update(guard);
}

void guard_on_port_bytes(struct guard *guard, const void *bytes, size_t count, int64_t now_ns) {
    guard->now_ns = now_ns;
    link_on_bytes(&guard->link, bytes, count, now_ns);
    take_link_events(guard);
    update(guard);
}

void guard_on_port_closed(struct guard *guard, int64_t now_ns) {
    guard->now_ns = now_ns;
    guard->is_port_open = false;
    link_on_closed(&guard->link, now_ns);
    take_link_events(guard);
    update(guard);
}

void guard_tick(struct guard *guard, int64_t now_ns) {
    guard->now_ns = now_ns;
    if (guard->is_port_open) link_tick(&guard->link, now_ns);
    take_link_events(guard);
    update(guard);
    if (now_ns >= guard->report_ns) report_state(guard);
}

int64_t guard_next_ns(const struct guard *guard) {
    int64_t next_ns = guard->now_ns + TICK_NS, link_ns = INT64_MAX;
    if (guard->is_port_open) link_ns = link_next_ns(&guard->link);
    return link_ns < next_ns ? link_ns : next_ns;
}

size_t guard_take_port_bytes(struct guard *guard, void *buffer, size_t size) {
    return guard->is_port_open ? link_take_output(&guard->link, buffer, size) : 0;
}
