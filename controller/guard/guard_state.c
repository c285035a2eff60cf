/* The guard's state: which conditions hold, what the supervisor makes of them, what the daemon
 * hears. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "controller/guard/guard_private.h"
#include "safety/limits.h"

#define REPORT_PERIOD_NS (GUARD_REPORT_PERIOD_MS * NS_PER_MS)
/* A guard that was not run for so long has missed what it should have seen. */
#define STALL_NS (GUARD_HEARTBEAT_LIMIT_MS * NS_PER_MS)
#define INPUTS_LIMIT_NS (GUARD_INPUTS_LIMIT_MS * NS_PER_MS)
#define BY_HAND "Look at the needle: if it is in, draw it out by hand. "
/* Conditions that a switch of the guard's own can take away. */
#define SENSED                                                                         \
    (CONDITION_BIT(CONDITION_ESTOP_CLOSED) | CONDITION_BIT(CONDITION_DOOR_CLOSED) |    \
     CONDITION_BIT(CONDITION_DEADMAN_HELD) | CONDITION_BIT(CONDITION_CLIENT_PRESENT) | \
     CONDITION_BIT(CONDITION_NEEDLE_OUT_IN_TIME))

struct guard_event *guard_emit(struct guard *guard, enum guard_event_kind kind) {
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

void guard_report_state(struct guard *guard) {
    const struct supervisor *supervisor = &guard->supervisor;
    struct guard_event *event = guard_emit(guard, GUARD_EVENT_STATE);
    event->state = (struct guard_state_report){
        .state = (uint32_t)supervisor->state,
        .conditions = supervisor->conditions,
        .first_cause = supervisor->first_cause,
        .tripped_ns = supervisor->tripped_ns,
        .allows_travel = supervisor_allows_motion(supervisor),
        .allows_strike = supervisor_allows_motion(supervisor) && guard->strike_line == 0};
    snprintf(event->text, sizeof event->text, "%s%s", guard_needs_hands(guard) ? BY_HAND : "",
             guard->why);
    guard->report_ns = guard->now_ns + REPORT_PERIOD_NS;
}

void guard_accept(struct guard *guard, uint64_t sequence) {
    guard_emit(guard, GUARD_EVENT_ACCEPTED)->sequence = sequence;
}

void guard_refuse(struct guard *guard, uint64_t sequence, uint32_t reason, const char *format,
                  ...) {
    struct guard_event *event = guard_emit(guard, GUARD_EVENT_REFUSED);
    va_list args;
    event->sequence = sequence;
    event->reason = reason;
    va_start(args, format);
    vsnprintf(event->text, sizeof event->text, format, args);
    va_end(args);
}

static uint64_t when(bool holds, enum safety_condition condition) {
    return holds ? CONDITION_BIT(condition) : 0;
}

/* What the daemon vouches for, while it goes on doing so. */
static uint64_t input_conditions(const struct guard *guard) {
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
    if (guard->now_ns - guard->inputs_ns > INPUTS_LIMIT_NS) return 0;
    for (size_t i = 0; i < sizeof map / sizeof *map; i++)
        bits |= when(guard->inputs & map[i].input, map[i].condition);
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

bool guard_was_run(const struct guard *guard) {
    return guard->now_ns - guard->ticked_ns <= STALL_NS;
}

static uint64_t conditions_now(struct guard *guard) {
    const struct machine_status *machine = link_status(&guard->link);
    bool is_up = (link_state(&guard->link) == LINK_READY || link_is_flushing(&guard->link)) &&
                 !guard->has_link_fault;
    bool is_alive = guard->has_daemon &&
                    guard->now_ns - guard->heartbeat_ns <= GUARD_HEARTBEAT_LIMIT_MS * NS_PER_MS;
    bool is_waiting = guard->gate.is_at_dot && !guard->travel_line && !guard->strike_line &&
                      guard->now_ns - guard->arrived_ns > LIMIT_WAIT_MS * NS_PER_MS;
    uint64_t told = when(is_up, CONDITION_LINK_UP) |
                    when(!is_waiting, CONDITION_NEEDLE_NOT_WAITING) |
                    when(!guard->has_settings_fault, CONDITION_SETTINGS_MATCH) |
                    when(guard->is_homed, CONDITION_HOMED) |
                    when(!(machine->pins & PIN_ESTOP), CONDITION_ESTOP_CLOSED) |
                    when(!(machine->pins & PIN_DOOR), CONDITION_DOOR_CLOSED) |
                    when((machine->state != MACHINE_HOLD && machine->state != MACHINE_DOOR) ||
                             link_is_flushing(&guard->link),
                         CONDITION_BOARD_NOT_HELD) |
                    when(!guard->has_position_fault, CONDITION_POSITION_AGREES) |
                    when(!guard->is_strike_overdue, CONDITION_NEEDLE_OUT_IN_TIME) |
                    when(!guard_needs_hands(guard), CONDITION_NEEDLE_SAFE) |
                    when(is_alive, CONDITION_DAEMON_ALIVE) |
                    when(guard->is_prompt && guard_was_run(guard), CONDITION_GUARD_PROMPT) |
                    when(guard->is_loaded, CONDITION_FILES_BOUND) | input_conditions(guard) |
                    head_conditions(guard);
    uint64_t sensed =
        sensors_step(&guard->sensors, guard->levels, guard->strike_line != 0, guard->now_ns);
    return told & (sensed | ~SENSED);
}

/* Steps lost by an axis that homing does not reach stay lost, however often the rig is homed. */
static bool say_unhomed_axis(struct guard *guard) {
    const struct rig *rig = &guard->loaded.rig;
    bool is_one = guard->supervisor.first_cause == CONDITION_BIT(CONDITION_POSITION_AGREES) &&
                  guard->off_axis >= 0 && (size_t)guard->off_axis < rig->axis_count;
    if (!is_one || rig_axis_is_homed(&rig->axes[guard->off_axis])) return false;
    snprintf(guard->why, sizeof guard->why,
             "Axis %c is not where it was sent: lost steps or a push. Homing does not reach it: if "
             "this comes back, board off, axis to its zero mark, board on.",
             rig->axes[guard->off_axis].letter);
    return true;
}

static void say_trip(struct guard *guard) {
    if (say_unhomed_axis(guard)) return;
    for (unsigned i = 0; i < CONDITION_COUNT; i++) {
        if (guard->supervisor.first_cause != CONDITION_BIT(i)) continue;
        const struct condition_words *words = safety_condition_words((enum safety_condition)i);
        snprintf(guard->why, sizeof guard->why, "%s %s %s", words->lost, words->safe,
                 words->remedy);
    }
}

void guard_after_change(struct guard *guard) {
    if (guard->supervisor.first_cause)
        say_trip(guard);
    else
        guard->why[0] = '\0';
    guard_report_state(guard);
}

bool guard_event_passes(struct guard *guard, enum safety_event event) {
    if (supervisor_event(&guard->supervisor, event, NULL) != RESULT_OK) return false;
    guard_after_change(guard);
    return true;
}

void guard_update(struct guard *guard) {
    guard->is_strike_overdue =
        guard->is_strike_overdue || (guard->strike_line && guard->now_ns > guard->strike_limit_ns);
    if (supervisor_update(&guard->supervisor, conditions_now(guard), guard->now_ns))
        guard_after_change(guard);
    guard_settle(guard);
}
