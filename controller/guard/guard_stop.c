/* What the guard does by itself after a stop, and no more than that:
 *
 *     running strike ends by itself -> travel cut short -> at rest -> needle out?
 *         yes: out along the needle, 8 mm    in: the needle alone, to retracted
 *         not known: nothing moves
 *
 * A travel leads to where the head was thought to be: once no strike is in the board, and so the
 * needle is known to be out, it is held, and flushed from a board that stands. Nothing of it is
 * left for a resume to run. So is a travel that goes astray, with the strike behind it: better a
 * needle that the hold may catch in the skin than one let down at a place that nobody chose.
 *
 * A board that stands in a hold runs nothing it has: it is reset (nothing moves by that, and its
 * position is kept), and its lines are lost. The way out begins where the board says that it
 * stands, twice: a report that lost a digit on its way reads well too. */
#include <math.h>

#include "controller/guard/guard_private.h"
#include "controller/guard/retreat_target.h"
#include "safety/limits.h"

#define WAYS_LOST_MOST 2 /* a way out that the board refused, or that a hold cut short */

static bool is_stopped(const struct guard *guard) {
    enum safety_state state = guard->supervisor.state;
    return state == SAFETY_HOLDING || state == SAFETY_RETRACTING || state == SAFETY_FAULT;
}

static bool has_motion_in_flight(const struct guard *guard) {
    return guard->strike_line || guard->travel_line;
}

/* By a report that was asked for after the stop. */
static bool is_board_at_rest(const struct guard *guard) {
    const struct machine_status *machine = link_status(&guard->link);
    return link_takes_lines(&guard->link) && !has_motion_in_flight(guard) &&
           machine->state == MACHINE_IDLE && machine->asked_ns >= guard->stopped_ns;
}

/* Of each report once. The earlier of the two may be from before the stop: what agrees is the place
 * where the board stands now. */
static void take_place(struct guard *guard) {
    const struct machine_status *machine = link_status(&guard->link);
    if (machine->asked_ns == guard->reported_ns) return;
    bool is_same = machine->state == MACHINE_IDLE;
    for (int i = 0; i < guard->gate.rig.axis_count; i++) {
        is_same = is_same && fabs(machine->q[i] - guard->reported_q[i]) <= LIMIT_POSITION_MM;
        guard->reported_q[i] = machine->q[i];
    }
    guard->reported_ns = machine->asked_ns;
    guard->is_place_sure = is_same;
}

static bool is_needle_sensed_in(const struct guard *guard) {
    return (guard->levels.present & SENSOR_NEEDLE) && !(guard->levels.levels & SENSOR_NEEDLE);
}

/* The board's count says out, and no sensor contradicts it. */
static bool is_needle_out(const struct guard *guard) {
    return !is_needle_sensed_in(guard) &&
           fabs(link_status(&guard->link)->needle_mm) <= LIMIT_POSITION_MM;
}

bool guard_needs_hands(const struct guard *guard) {
    bool is_running_out = (link_state(&guard->link) == LINK_READY && has_motion_in_flight(guard) &&
                           !guard->is_strike_overdue) ||
                          link_is_flushing(&guard->link);
    bool is_seen_out =
        link_state(&guard->link) == LINK_READY && guard->is_homed && is_needle_out(guard);
    bool is_told_out = guard->says_needle_out && !is_needle_sensed_in(guard);
    return is_stopped(guard) && !is_running_out && !is_seen_out && !is_told_out;
}

static void send_alone(struct guard *guard, enum gate_reason reason,
                       const struct cleared_command *command) {
    if (reason != GATE_CLEARED) return;
    if (link_send(&guard->link, command, guard->now_ns) != RESULT_OK) {
        gate_on_unsent(&guard->gate);
        return;
    }
    guard->travel_line = cleared_line(command);
    guard->travel_dot = GUARD_NO_DOT;
    guard->is_own_travel = true;
}

void guard_on_lost_way(struct guard *guard) {
    if (!guard->is_own_travel || guard->ways_lost >= WAYS_LOST_MOST) return;
    guard->ways_lost++;
    guard->has_retreated = guard->has_withdrawn = false;
}

/* Out along the needle, or a breathing head would come to the waiting tip; once a stop. */
static void retreat(struct guard *guard) {
    const struct cleared_command *command = NULL;
    if (guard->has_retreated) return;
    guard->has_retreated = true;
    double q[GATE_AXES_MAX];
    if (!retreat_target(&guard->gate.rig, guard->gate.q, LIMIT_RETREAT_MM, q)) return;
    enum gate_reason reason = gate_clear_retreat(&guard->gate, q, &command);
    send_alone(guard, reason, command);
}

/* The needle alone, straight out; once a stop: if it is in after that, it is a matter for hands. */
static void withdraw(struct guard *guard) {
    const struct cleared_command *command = NULL;
    bool is_sensed_in_only = fabs(link_status(&guard->link)->needle_mm) <= LIMIT_POSITION_MM;
    if (guard->has_withdrawn || is_sensed_in_only) return;
    guard->has_withdrawn = true;
    enum gate_reason reason = gate_clear_withdraw(&guard->gate, &command);
    send_alone(guard, reason, command);
}

static void cut_travel(struct guard *guard) {
    bool is_powered = guard->supervisor.conditions & CONDITION_BIT(CONDITION_ESTOP_CLOSED);
    /* Astray, a strike is cut short too: it waits behind a wild travel, leads sideways itself, or
     * is at its end with a changed travel behind it. */
    bool is_in_board = guard->strike_line ? guard->has_position_fault
                                          : guard->travel_line && !guard->is_own_travel;
    if (guard->has_cut || !is_in_board || !is_powered || !is_needle_out(guard) ||
        link_state(&guard->link) != LINK_READY)
        return;
    guard->has_cut = link_ask(&guard->link, LINK_FLUSH, guard->now_ns) == RESULT_OK;
}

/* Hold and door stop the board in the middle of whatever it does. */
static void leave_hold(struct guard *guard) {
    const struct machine_status *machine = link_status(&guard->link);
    bool is_standing_in_hold = (machine->state == MACHINE_HOLD || machine->state == MACHINE_DOOR) &&
                               machine->substate <= 0;
    if (guard->has_reset || link_is_flushing(&guard->link) ||
        link_state(&guard->link) != LINK_READY || !is_standing_in_hold)
        return;
    guard->has_reset = link_ask(&guard->link, LINK_FLUSH, guard->now_ns) == RESULT_OK;
}

static void settle_at_rest(struct guard *guard) {
    bool is_homed = guard->is_homed;
    bool is_powered = guard->supervisor.conditions & CONDITION_BIT(CONDITION_ESTOP_CLOSED);
    if (!is_homed || !is_powered) return; /* a place unknown or no power: nothing is sent */
    if (!is_needle_out(guard)) {
        guard_event_passes(guard, EVENT_NEEDLE_IN);
        withdraw(guard);
        return;
    }
    if (!guard->is_place_sure) return;
    if (!guard->gate.is_placed || guard->has_position_fault)
        gate_on_rest(&guard->gate, link_status(&guard->link)->q);
    retreat(guard);
    if (has_motion_in_flight(guard)) return;
    gate_on_rest(&guard->gate, link_status(&guard->link)->q);
    guard_event_passes(guard, EVENT_AT_REST);
}

void guard_settle(struct guard *guard) {
    if (guard->supervisor.state == SAFETY_RUNNING) {
        guard->has_retreated = guard->has_withdrawn = guard->has_reset = false;
        guard->ways_lost = 0;
    }
    if (!is_stopped(guard)) {
        guard->stopped_ns = guard->now_ns;
        guard->has_cut = false;
    }
    take_place(guard);
    if (is_stopped(guard)) {
        /* The way out waits for two reports. */
        if (!guard->has_retreated) link_hurry(&guard->link);
        cut_travel(guard);
        leave_hold(guard);
        if (is_board_at_rest(guard)) settle_at_rest(guard);
    }
    if (guard->supervisor.state == SAFETY_HELD && guard->is_aborting) {
        guard->is_aborting = false;
        guard_event_passes(guard, EVENT_ABORT);
    }
}
