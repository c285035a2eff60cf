#include "safety/gate.h"

#include <assert.h>

#include "safety/gate_check.h"
#include "safety/limits.h"
#include "safety/retreat.h"

#define LINE_MAX_N UINT32_C(99999998) /* the firmware's largest N word */

struct cleared_command {
    enum cleared_kind kind;
    uint32_t line;
    double q[GATE_AXES_MAX];
    double stroke_mm, plunge_mm_s;
};
_Static_assert(sizeof(struct cleared_command) <= GATE_CLEARED_BYTES, "room for it in the gate");

static const char *const reason_texts[GATE_REASON_COUNT] = {
    [GATE_CLEARED] = "cleared",
    [GATE_NOT_BOUND] = "rig, scan and plan are not bound",
    [GATE_NUMBER] = "a number is not finite",
    [GATE_AXIS_LIMIT] = "the target lies outside an axis's travel",
    [GATE_NEEDLE_IN] = "the needle is, or may be, in the skin",
    [GATE_STRIKE_IN_FLIGHT] = "a strike is still running",
    [GATE_TRAVEL_IN_FLIGHT] = "a travel is already waiting",
    [GATE_NO_POSE] = "there is no pose of the head",
    [GATE_POSE_OLD] = "the head's pose is too old",
    [GATE_HEAD_UNSURE] = "the head's pose is not to be trusted",
    [GATE_HEAD_FAST] = "the head moves too fast",
    [GATE_CLEARANCE] = "the tool would come too near to the head",
    [GATE_DOT_UNKNOWN] = "the dot is not in the plan",
    [GATE_DOT_NOT_PENDING] = "the dot is not pending",
    [GATE_NOT_AT_DOT] = "the needle was not sent to this dot",
    [GATE_AIM] = "the needle would miss the dot",
    [GATE_TILT] = "the needle leans too far from the skin's normal",
    [GATE_DEPTH] = "the depth is not the planned one or above the region's ceiling",
    [GATE_STROKE] = "the stroke is too long or too slow, or it dwells",
    [GATE_PITCH] = "too near to a dot that was struck",
    [GATE_CONTACT] = "the strike does not begin just in time",
    [GATE_LINES_USED_UP] = "the line numbers are used up: connect anew",
    [GATE_LEASE] = "the daemon's last beat is too old",
    [GATE_KEEP_OUT] = "the dot lies in a keep-out",
    [GATE_PASSES] = "the zone has had its passes for this session",
    [GATE_REST] = "the zone was struck in an earlier session and must rest",
    [GATE_NOT_CONFIRMED] = "the board has not yet shown where it goes",
    [GATE_HEAD_JOLTED] = "the head has jolted and must be calm for a moment",
};

const char *gate_reason_text(enum gate_reason reason) {
    return (unsigned)reason < GATE_REASON_COUNT ? reason_texts[reason] : "unknown";
}

enum cleared_kind cleared_kind(const struct cleared_command *command) {
    return command->kind;
}
uint32_t cleared_line(const struct cleared_command *command) {
    return command->line;
}
double cleared_axis(const struct cleared_command *command, int axis) {
    assert(axis >= 0 && axis < GATE_AXES_MAX);
    return command->q[axis];
}
double cleared_stroke_mm(const struct cleared_command *command) {
    return command->stroke_mm;
}
double cleared_plunge_mm_s(const struct cleared_command *command) {
    return command->plunge_mm_s;
}

void gate_bind(struct gate *gate, const struct gate_rig *rig, const struct field_view *field,
               struct gate_dots dots) {
    uint32_t last_line = gate->last_line; /* line numbers never start over while the gate lives */
    *gate = (struct gate){.last_line = last_line};
    if (!rig || !field || !field->values || !gate_rig_is_sane(rig) || !gate_dots_are_sane(dots))
        return;
    gate->rig = *rig;
    gate->field = field;
    gate->dots = dots;
    gate->is_bound = true;
}

void gate_on_pose(struct gate *gate, const struct gate_pose *pose) {
    gate->pose = *pose;
    bool is_calm = pose->is_trusted && pose->innovation_sigma <= LIMIT_CALM_SIGMA;
    if (!is_calm && pose->stamp_ns > gate->jolt_ns) gate->jolt_ns = pose->stamp_ns;
}

void gate_on_rest(struct gate *gate, const double q[GATE_AXES_MAX]) {
    for (int i = 0; i < GATE_AXES_MAX; i++) gate->q[i] = q[i];
    gate->is_placed = true;
    gate->is_at_dot = false;
    gate->strike_line = gate->travel_line = 0;
}

void gate_on_executed(struct gate *gate, uint32_t line) {
    if (gate->travel_line && line >= gate->travel_line) gate->travel_line = 0;
    if (gate->strike_line && line >= gate->strike_line) gate->strike_line = 0;
}

void gate_on_confirmed(struct gate *gate, uint32_t line) {
    gate->is_confirmed = gate->is_confirmed || line == gate->target_line;
}

void gate_on_unsent(struct gate *gate) {
    const struct cleared_command *last =
        (const struct cleared_command *)(const void *)gate->cleared;
    if (last->kind == CLEARED_STRIKE) gate->strike_line = 0;
    if (last->kind != CLEARED_TRAVEL) return;
    for (int i = 0; i < GATE_AXES_MAX; i++) gate->q[i] = gate->q_before[i];
    gate->travel_line = 0;
    gate->is_at_dot = false;
}

void gate_on_lost(struct gate *gate) {
    gate->is_placed = false;
    gate->is_at_dot = false;
    gate->strike_line = gate->travel_line = 0;
}

void gate_on_lease(struct gate *gate, int64_t until_ns) {
    gate->lease_ns = until_ns;
}

void gate_exclude(struct gate *gate, uint32_t dot) {
    struct gate_dot *found = gate_find_dot(gate, dot);
    if (found) found->fate = GATE_FATE_EXCLUDED;
}

void gate_on_struck(struct gate *gate, uint32_t dot, uint32_t hours_ago) {
    struct gate_dot *found = gate_find_dot(gate, dot);
    if (!found) return;
    found->fate = GATE_FATE_STRUCK;
    if (hours_ago <= LIMIT_SESSION_H)
        gate->zone_layers[found->zone] |= UINT32_C(1) << found->layer;
    else if (hours_ago < LIMIT_REST_H)
        gate->has_zone_to_rest[found->zone] = true;
}

/* What every command needs, whatever it is. */
static enum gate_reason check_gate(const struct gate *gate) {
    if (!gate->is_bound) return GATE_NOT_BOUND;
    return gate->last_line + 2 > LINE_MAX_N ? GATE_LINES_USED_UP : GATE_CLEARED;
}

/* What the guard's own motions need beside that: they are made alone. */
static enum gate_reason check_alone(const struct gate *gate) {
    enum gate_reason reason = check_gate(gate);
    if (reason != GATE_CLEARED) return reason;
    if (gate->strike_line) return GATE_STRIKE_IN_FLIGHT;
    return gate->travel_line ? GATE_TRAVEL_IN_FLIGHT : GATE_CLEARED;
}

static struct cleared_command *begin_cleared(struct gate *gate, enum cleared_kind kind) {
    struct cleared_command *command = (struct cleared_command *)(void *)gate->cleared;
    *command = (struct cleared_command){.kind = kind, .line = ++gate->last_line};
    return command;
}

static const struct cleared_command *clear_target(struct gate *gate,
                                                  const double q[GATE_AXES_MAX]) {
    struct cleared_command *command = begin_cleared(gate, CLEARED_TRAVEL);
    for (int i = 0; i < GATE_AXES_MAX; i++) {
        gate->q_before[i] = gate->q[i];
        if (i < gate->rig.axis_count) command->q[i] = gate->q[i] = q[i];
    }
    gate->travel_line = gate->target_line = command->line;
    gate->last_line++; /* for the second copy */
    gate->is_at_dot = gate->is_confirmed = false;
    return command;
}

enum gate_reason gate_clear_travel(struct gate *gate, const struct gate_travel *travel,
                                   int64_t now_ns, const struct cleared_command **ret_command) {
    enum gate_reason reason = check_gate(gate);
    if (reason == GATE_CLEARED) reason = gate_check_travel(gate, travel, now_ns);
    if (reason != GATE_CLEARED) return reason;
    gate->arrival_ns = gate_arrival_ns(gate, travel->q, now_ns);
    *ret_command = clear_target(gate, travel->q);
    gate->is_at_dot = travel->leads_to_dot;
    gate->at_dot = travel->dot;
    return GATE_CLEARED;
}

enum gate_reason gate_clear_retreat(struct gate *gate, const double q[GATE_AXES_MAX],
                                    const struct cleared_command **ret_command) {
    enum gate_reason reason = check_alone(gate);
    if (reason == GATE_CLEARED) reason = gate_check_target(gate, q);
    if (reason != GATE_CLEARED) return reason;
    if (!gate->is_placed) return GATE_NEEDLE_IN;
    if (!retreat_is_axial(&gate->rig, gate->q, q)) return GATE_CLEARANCE;
    *ret_command = clear_target(gate, q);
    return GATE_CLEARED;
}

enum gate_reason gate_clear_withdraw(struct gate *gate,
                                     const struct cleared_command **ret_command) {
    enum gate_reason reason = check_alone(gate);
    if (reason == GATE_CLEARED) *ret_command = begin_cleared(gate, CLEARED_WITHDRAW);
    return reason;
}

enum gate_reason gate_clear_strike(struct gate *gate, const struct gate_strike *strike,
                                   int64_t now_ns, const struct cleared_command **ret_command) {
    enum gate_reason reason = check_gate(gate);
    if (reason == GATE_CLEARED) reason = gate_check_strike(gate, strike, now_ns);
    if (reason != GATE_CLEARED) return reason;
    struct cleared_command *command = begin_cleared(gate, CLEARED_STRIKE);
    command->stroke_mm = strike->stroke_mm;
    command->plunge_mm_s = strike->plunge_mm_s;
    gate->strike_line = command->line;
    gate->strike_dot = strike->dot;
    gate->strike_end_ns = gate_earliest_end_ns(gate, strike, now_ns);
    /* From here on the dot may be struck: never a second time, whatever is reported. */
    gate_on_struck(gate, strike->dot, 0);
    *ret_command = command;
    return GATE_CLEARED;
}
