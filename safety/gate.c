#include "safety/gate.h"

#include <assert.h>

#include "safety/clearance.h"
#include "safety/limits.h"
#include "safety/retreat.h"

#define MS_NS INT64_C(1000000)        /* nanoseconds a millisecond */
#define LINE_MAX_N UINT32_C(99999998) /* the firmware's largest N word */

struct cleared_command {
    enum cleared_kind kind;
    uint32_t line;
    double q[GATE_AXES_MAX];
    double stroke_mm, plunge_mm_s, dwell_s;
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
    [GATE_STROKE] = "the stroke is too long, too slow or dwells too long",
    [GATE_PITCH] = "too near to a dot that was struck",
    [GATE_CONTACT] = "the strike does not begin just in time",
    [GATE_LINES_USED_UP] = "the line numbers are used up: connect anew",
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
double cleared_dwell_s(const struct cleared_command *command) {
    return command->dwell_s;
}

static bool rig_is_sane(const struct gate_rig *rig) {
    bool is_sane = rig->axis_count >= 1 && rig->axis_count <= GATE_AXES_MAX &&
                   rig->chain.joint_count == rig->axis_count && rig->capsule_count >= 0 &&
                   rig->capsule_count <= GATE_CAPSULES_MAX;
    is_sane = is_sane && rig->stroke_max_mm > 0 && rig->stroke_max_mm <= LIMIT_STROKE_MM &&
              rig->tip_clearance_mm >= LIMIT_TIP_CLEARANCE_LEAST_MM &&
              rig->body_clearance_mm >= LIMIT_BODY_CLEARANCE_LEAST_MM &&
              rig->tilt_tolerance_rad > 0 && rig->tilt_tolerance_rad <= LIMIT_TILT_RAD * 1.001;
    for (int i = 0; is_sane && i < rig->axis_count; i++)
        is_sane = rig->axes[i].min < rig->axes[i].max;
    return is_sane;
}

void gate_bind(struct gate *gate, const struct gate_rig *rig, const struct field_view *field,
               struct gate_dots dots) {
    uint32_t last_line = gate->last_line; /* line numbers never start over while the gate lives */
    *gate = (struct gate){.last_line = last_line};
    if (!rig || !field || !field->values || !dots.dots || dots.count == 0 || !rig_is_sane(rig))
        return;
    for (size_t i = 1; i < dots.count; i++)
        if (dots.dots[i].id <= dots.dots[i - 1].id) return;
    gate->rig = *rig;
    gate->field = field;
    gate->dots = dots;
    gate->is_bound = true;
}

void gate_on_pose(struct gate *gate, const struct gate_pose *pose) {
    gate->pose = *pose;
}

void gate_on_rest(struct gate *gate, const double q[GATE_AXES_MAX]) {
    for (int i = 0; i < GATE_AXES_MAX; i++) gate->q[i] = q[i];
    gate->is_placed = true;
    gate->is_at_dot = false;
    gate->strike_line = gate->travel_line = 0;
}

static struct gate_dot *find_dot(const struct gate *gate, uint32_t id) {
    size_t low = 0, high = gate->dots.count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (gate->dots.dots[middle].id < id)
            low = middle + 1;
        else
            high = middle;
    }
    bool is_found = low < gate->dots.count && gate->dots.dots[low].id == id;
    return is_found ? &gate->dots.dots[low] : NULL;
}

void gate_on_executed(struct gate *gate, uint32_t line) {
    if (gate->travel_line && line >= gate->travel_line) gate->travel_line = 0;
    if (gate->strike_line && line >= gate->strike_line) gate->strike_line = 0;
}

void gate_on_unsent(struct gate *gate) {
    const struct cleared_command *last =
        (const struct cleared_command *)(const void *)gate->cleared;
    if (last->kind == CLEARED_STRIKE) {
        gate->strike_line = 0;
        return;
    }
    for (int i = 0; i < GATE_AXES_MAX; i++) gate->q[i] = gate->q_before[i];
    gate->travel_line = 0;
    gate->is_at_dot = false;
}

void gate_on_lost(struct gate *gate) {
    gate->is_placed = false;
    gate->is_at_dot = false;
    gate->strike_line = gate->travel_line = 0;
}

void gate_set_fate(struct gate *gate, uint32_t dot, enum gate_fate fate) {
    struct gate_dot *found = gate->is_bound ? find_dot(gate, dot) : NULL;
    if (found) found->fate = (uint8_t)fate;
}

double gate_head_speed_mm_s(const struct gate *gate, struct vec3 p_rig) {
    if (!gate->pose.is_trusted) return INFINITY;
    return vec3_norm(twist_at(gate->pose.velocity, p_rig));
}

/* The pose is there, young enough, and believed. */
static enum gate_reason check_pose(const struct gate *gate, int64_t now_ns, int64_t age_max_ms) {
    const struct gate_pose *pose = &gate->pose;
    if (pose->stamp_ns == 0) return GATE_NO_POSE;
    int64_t age_ns = now_ns - pose->stamp_ns;
    if (!(age_ns >= 0 && age_ns <= age_max_ms * MS_NS)) return GATE_POSE_OLD;
    if (!pose->is_trusted || pose->tags_used < LIMIT_TAGS_LEAST) return GATE_HEAD_UNSURE;
    if (!(pose->innovation_sigma <= LIMIT_INNOVATION_SIGMA)) return GATE_HEAD_UNSURE;
    if (!pose_is_finite(pose->T_rig_head) || !vec3_is_finite(pose->velocity.v) ||
        !vec3_is_finite(pose->velocity.w))
        return GATE_NUMBER;
    return GATE_CLEARED;
}

/* The head's pose at a coming moment, by constant velocity. */
static struct pose head_at(const struct gate *gate, int64_t at_ns) {
    double ahead_s = (double)(at_ns - gate->pose.stamp_ns) * 1e-9;
    return pose_advance(gate->pose.T_rig_head, gate->pose.velocity, ahead_s);
}

static struct cleared_command *begin_cleared(struct gate *gate, enum cleared_kind kind) {
    struct cleared_command *command = (struct cleared_command *)(void *)gate->cleared;
    *command = (struct cleared_command){.kind = kind, .line = ++gate->last_line};
    return command;
}

static enum gate_reason check_target(const struct gate *gate, const double q[GATE_AXES_MAX]) {
    for (int i = 0; i < gate->rig.axis_count; i++) {
        if (!isfinite(q[i])) return GATE_NUMBER;
        if (!(q[i] >= gate->rig.axes[i].min && q[i] <= gate->rig.axes[i].max))
            return GATE_AXIS_LIMIT;
    }
    return GATE_CLEARED;
}

/* A travel that is not a retreat: the dot it leads to, the pose, the way. */
static enum gate_reason check_travel(const struct gate *gate, const struct gate_travel *travel,
                                     int64_t now_ns) {
    if (travel->leads_to_dot) {
        const struct gate_dot *dot = find_dot(gate, travel->dot);
        if (!dot) return GATE_DOT_UNKNOWN;
        if (dot->fate != GATE_FATE_PENDING) return GATE_DOT_NOT_PENDING;
    } else if (retreat_is_axial(&gate->rig, gate->q, travel->q)) {
        return GATE_CLEARED;
    }
    enum gate_reason reason = check_pose(gate, now_ns, LIMIT_POSE_GONE_MS);
    if (reason != GATE_CLEARED) return reason;
    int64_t ahead_ns = travel->arrive_ns - now_ns;
    if (!(ahead_ns >= 0)) ahead_ns = 0;
    if (ahead_ns > LIMIT_TRAVEL_AHEAD_MS * MS_NS) ahead_ns = LIMIT_TRAVEL_AHEAD_MS * MS_NS;
    struct clearance_segment segment = {gate->q, travel->q,
                                        pose_inverse(head_at(gate, now_ns + ahead_ns))};
    return clearance_holds(&gate->rig, gate->field, &segment) ? GATE_CLEARED : GATE_CLEARANCE;
}

static const struct cleared_command *clear_target(struct gate *gate,
                                                  const double q[GATE_AXES_MAX]) {
    struct cleared_command *command = begin_cleared(gate, CLEARED_TRAVEL);
    for (int i = 0; i < GATE_AXES_MAX; i++) {
        gate->q_before[i] = gate->q[i];
        if (i < gate->rig.axis_count) command->q[i] = gate->q[i] = q[i];
    }
    gate->travel_line = command->line;
    gate->is_at_dot = false;
    return command;
}

enum gate_reason gate_clear_travel(struct gate *gate, const struct gate_travel *travel,
                                   int64_t now_ns, const struct cleared_command **ret_command) {
    if (!gate->is_bound) return GATE_NOT_BOUND;
    if (gate->last_line >= LINE_MAX_N) return GATE_LINES_USED_UP;
    enum gate_reason reason = check_target(gate, travel->q);
    if (reason != GATE_CLEARED) return reason;
    /* Where the tool starts from must be known; a strike in flight ends needle-out before this line
     * begins, since the firmware runs lines in order. */
    if (!gate->is_placed) return GATE_NEEDLE_IN;
    if (gate->travel_line) return GATE_TRAVEL_IN_FLIGHT;
    reason = check_travel(gate, travel, now_ns);
    if (reason != GATE_CLEARED) return reason;
    *ret_command = clear_target(gate, travel->q);
    gate->is_at_dot = travel->leads_to_dot;
    gate->at_dot = travel->dot;
    return GATE_CLEARED;
}

enum gate_reason gate_clear_retreat(struct gate *gate, double height_mm,
                                    const struct cleared_command **ret_command) {
    double q[GATE_AXES_MAX];
    if (!gate->is_bound) return GATE_NOT_BOUND;
    if (gate->last_line >= LINE_MAX_N) return GATE_LINES_USED_UP;
    if (!gate->is_placed) return GATE_NEEDLE_IN;
    if (gate->strike_line) return GATE_STRIKE_IN_FLIGHT;
    if (gate->travel_line) return GATE_TRAVEL_IN_FLIGHT;
    if (!(height_mm > 0 && height_mm <= RETREAT_MOST_MM)) return GATE_NUMBER;
    if (!retreat_target(&gate->rig, gate->q, height_mm, q)) return GATE_AXIS_LIMIT;
    *ret_command = clear_target(gate, q);
    return GATE_CLEARED;
}

static double depth_ceiling_um(uint8_t region) {
    switch (region) {
        case 1:
            return LIMIT_DEPTH_TEMPORAL_UM;
        case 2:
            return LIMIT_DEPTH_POSTERIOR_UM;
        default:
            return LIMIT_DEPTH_ANTERIOR_UM;
    }
}

static bool is_crowded(const struct gate *gate, const struct gate_dot *dot) {
    for (size_t i = 0; i < gate->dots.count; i++) {
        const struct gate_dot *other = &gate->dots.dots[i];
        if (other->fate != GATE_FATE_STRUCK || other == dot) continue;
        double dx = (double)(other->p[0] - dot->p[0]), dy = (double)(other->p[1] - dot->p[1]),
               dz = (double)(other->p[2] - dot->p[2]);
        if (dx * dx + dy * dy + dz * dz < LIMIT_PITCH_MM * LIMIT_PITCH_MM) return true;
    }
    return false;
}

/* Tip against dot for the head as it will be at contact. */
static enum gate_reason check_aim(const struct gate *gate, const struct gate_strike *strike,
                                  const struct gate_dot *dot) {
    struct pose T_rig_head = head_at(gate, strike->contact_ns);
    struct pose T_rig_tool = chain_forward(&gate->rig.chain, gate->q);
    struct vec3 up = pose_rotate(T_rig_tool, vec3_make(0, 0, 1));
    struct vec3 p =
        pose_apply(T_rig_head, vec3_make((double)dot->p[0], (double)dot->p[1], (double)dot->p[2]));
    struct vec3 n = vec3_unit(pose_rotate(
        T_rig_head, vec3_make((double)dot->n[0], (double)dot->n[1], (double)dot->n[2])));
    if (!(vec3_angle(up, n) <= gate->rig.tilt_tolerance_rad)) return GATE_TILT;
    struct vec3 to_tip = vec3_sub(T_rig_tool.t, p);
    double gap_mm = vec3_dot(to_tip, n) / vec3_dot(up, n);
    double miss_mm = vec3_norm(vec3_mad(to_tip, -gap_mm, up));
    if (!(miss_mm <= LIMIT_AIM_MM)) return GATE_AIM;
    if (!(gap_mm > 0)) return GATE_NEEDLE_IN;
    double depth_um = (strike->stroke_mm - gap_mm) * 1e3;
    double planned_um = (double)dot->depth_um;
    if (!(depth_um <= depth_ceiling_um(dot->region)) ||
        !(planned_um <= depth_ceiling_um(dot->region)) ||
        !(fabs(depth_um - planned_um) <= LIMIT_DEPTH_MISS_MM * 1e3))
        return GATE_DEPTH;
    return GATE_CLEARED;
}

static enum gate_reason check_stroke(const struct gate *gate, const struct gate_strike *strike) {
    if (!isfinite(strike->stroke_mm) || !isfinite(strike->plunge_mm_s) ||
        !isfinite(strike->dwell_s))
        return GATE_NUMBER;
    bool is_allowed = strike->stroke_mm > 0 && strike->stroke_mm <= gate->rig.stroke_max_mm &&
                      strike->plunge_mm_s >= LIMIT_PLUNGE_LEAST_MM_S &&
                      strike->plunge_mm_s <= LIMIT_PLUNGE_MM_S && strike->dwell_s >= 0 &&
                      strike->dwell_s <= LIMIT_DWELL_S;
    return is_allowed ? GATE_CLEARED : GATE_STROKE;
}

static enum gate_reason check_strike(const struct gate *gate, const struct gate_strike *strike,
                                     int64_t now_ns) {
    enum gate_reason reason = check_stroke(gate, strike);
    if (reason != GATE_CLEARED) return reason;
    if (!gate->is_placed) return GATE_NEEDLE_IN;
    if (gate->strike_line) return GATE_STRIKE_IN_FLIGHT;
    const struct gate_dot *dot = find_dot(gate, strike->dot);
    if (!dot) return GATE_DOT_UNKNOWN;
    if (dot->fate != GATE_FATE_PENDING) return GATE_DOT_NOT_PENDING;
    if (!gate->is_at_dot || gate->at_dot != strike->dot) return GATE_NOT_AT_DOT;
    reason = check_pose(gate, now_ns, LIMIT_POSE_AGE_MS);
    if (reason != GATE_CLEARED) return reason;
    struct vec3 tip = chain_forward(&gate->rig.chain, gate->q).t;
    if (!(gate_head_speed_mm_s(gate, tip) <= LIMIT_STRIKE_SPEED_MM_S)) return GATE_HEAD_FAST;
    int64_t ahead_ns = strike->contact_ns - now_ns;
    if (!(ahead_ns >= 0 && ahead_ns <= LIMIT_CONTACT_AHEAD_MS * MS_NS)) return GATE_CONTACT;
    reason = check_aim(gate, strike, dot);
    if (reason != GATE_CLEARED) return reason;
    return is_crowded(gate, dot) ? GATE_PITCH : GATE_CLEARED;
}

enum gate_reason gate_clear_strike(struct gate *gate, const struct gate_strike *strike,
                                   int64_t now_ns, const struct cleared_command **ret_command) {
    if (!gate->is_bound) return GATE_NOT_BOUND;
    if (gate->last_line >= LINE_MAX_N) return GATE_LINES_USED_UP;
    enum gate_reason reason = check_strike(gate, strike, now_ns);
    if (reason != GATE_CLEARED) return reason;
    struct cleared_command *command = begin_cleared(gate, CLEARED_STRIKE);
    command->stroke_mm = strike->stroke_mm;
    command->plunge_mm_s = strike->plunge_mm_s;
    command->dwell_s = strike->dwell_s;
    gate->strike_line = command->line;
    gate->strike_dot = strike->dot;
    /* From here on the dot may be struck: never a second time, whatever is reported. */
    gate_set_fate(gate, strike->dot, GATE_FATE_STRUCK);
    *ret_command = command;
    return GATE_CLEARED;
}
