#include "safety/gate_check.h"

#include "safety/clearance.h"
#include "safety/limits.h"
#include "safety/retreat.h"

#define MS_NS INT64_C(1000000) /* nanoseconds a millisecond */

static bool axis_is_sane(const struct gate_axis *axis, bool is_rotary) {
    double speed = is_rotary ? LIMIT_AXIS_SPEED_RAD_S : LIMIT_AXIS_SPEED_MM_S;
    double acceleration =
        is_rotary ? LIMIT_AXIS_ACCELERATION_RAD_S2 : LIMIT_AXIS_ACCELERATION_MM_S2;
    return axis->min < axis->max && axis->speed_max > 0 && axis->speed_max <= speed &&
           axis->acceleration_max > 0 && axis->acceleration_max <= acceleration;
}

bool gate_rig_is_sane(const struct gate_rig *rig) {
    bool is_sane = rig->axis_count >= 1 && rig->axis_count <= GATE_AXES_MAX &&
                   rig->chain.joint_count == rig->axis_count && rig->capsule_count >= 0 &&
                   rig->capsule_count <= GATE_CAPSULES_MAX;
    is_sane = is_sane && rig->stroke_max_mm > 0 && rig->stroke_max_mm <= LIMIT_STROKE_MM &&
              rig->needle_speed_mm_s > 0 && rig->needle_acceleration_mm_s2 > 0 &&
              rig->tip_clearance_mm >= LIMIT_TIP_CLEARANCE_LEAST_MM &&
              rig->body_clearance_mm >= LIMIT_BODY_CLEARANCE_LEAST_MM &&
              rig->tilt_tolerance_rad > 0 && rig->tilt_tolerance_rad <= LIMIT_TILT_RAD;
    for (int k = 0; is_sane && k < rig->axis_count; k++) {
        const struct chain_joint *joint = &rig->chain.joints[k];
        is_sane = joint->axis >= 0 && joint->axis < rig->axis_count &&
                  axis_is_sane(&rig->axes[joint->axis], joint->is_rotary);
    }
    return is_sane;
}

bool gate_dots_are_sane(struct gate_dots dots) {
    bool is_sane = dots.dots && dots.count > 0 && (dots.keep_outs || dots.keep_out_count == 0);
    for (size_t i = 0; is_sane && i < dots.count; i++)
        is_sane = dots.dots[i].layer < GATE_LAYERS_MAX &&
                  (i == 0 || dots.dots[i].id > dots.dots[i - 1].id);
    return is_sane;
}

struct gate_dot *gate_find_dot(const struct gate *gate, uint32_t id) {
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

double gate_head_speed_mm_s(const struct gate *gate, struct vec3 p_rig) {
    if (!gate->pose.is_trusted) return INFINITY;
    return vec3_norm(twist_at(gate->pose.velocity, p_rig));
}

/* The pose is there, young enough, and believed. */
static enum gate_reason check_pose(const struct gate *gate, int64_t now_ns) {
    const struct gate_pose *pose = &gate->pose;
    if (pose->stamp_ns == 0) return GATE_NO_POSE;
    int64_t age_ns = now_ns - pose->stamp_ns;
    if (!(age_ns >= 0 && age_ns <= LIMIT_POSE_AGE_MS * MS_NS)) return GATE_POSE_OLD;
    if (!pose->is_trusted || pose->tags_used < LIMIT_TAGS_LEAST) return GATE_HEAD_UNSURE;
    if (!(pose->innovation_sigma <= LIMIT_INNOVATION_SIGMA)) return GATE_HEAD_UNSURE;
    if (!pose_is_finite(pose->T_rig_head) || !vec3_is_finite(pose->velocity.v) ||
        !vec3_is_finite(pose->velocity.w))
        return GATE_NUMBER;
    return GATE_CLEARED;
}

/* The head lets itself be struck with the needle over `p_rig`: its pose is good, nothing jolted it,
 * and it is slow there. */
static enum gate_reason check_head(const struct gate *gate, struct vec3 p_rig, int64_t now_ns) {
    enum gate_reason reason = check_pose(gate, now_ns);
    if (reason != GATE_CLEARED) return reason;
    if (gate->jolt_ns && now_ns - gate->jolt_ns <= LIMIT_CALM_MS * MS_NS) return GATE_HEAD_JOLTED;
    bool is_slow = gate_head_speed_mm_s(gate, p_rig) <= LIMIT_STRIKE_SPEED_MM_S;
    return is_slow ? GATE_CLEARED : GATE_HEAD_FAST;
}

/* The head's pose at a coming moment, by constant velocity. */
static struct pose head_at(const struct gate *gate, int64_t at_ns) {
    double ahead_s = (double)(at_ns - gate->pose.stamp_ns) * 1e-9;
    return pose_advance(gate->pose.T_rig_head, gate->pose.velocity, ahead_s);
}

enum gate_reason gate_check_target(const struct gate *gate, const double q[GATE_AXES_MAX]) {
    for (int i = 0; i < gate->rig.axis_count; i++) {
        if (!isfinite(q[i])) return GATE_NUMBER;
        if (!(q[i] >= gate->rig.axes[i].min && q[i] <= gate->rig.axes[i].max))
            return GATE_AXIS_LIMIT;
    }
    return GATE_CLEARED;
}

/* The whole way, clear of the head as it will be when the tool arrives. */
static enum gate_reason check_way(const struct gate *gate, const struct gate_travel *travel,
                                  int64_t now_ns) {
    int64_t ahead_ns = travel->arrive_ns - now_ns;
    if (ahead_ns < 0) ahead_ns = 0;
    if (ahead_ns > LIMIT_TRAVEL_AHEAD_MS * MS_NS) ahead_ns = LIMIT_TRAVEL_AHEAD_MS * MS_NS;
    struct clearance_segment segment = {gate->q, travel->q,
                                        pose_inverse(head_at(gate, now_ns + ahead_ns))};
    return clearance_holds(&gate->rig, gate->field, &segment) ? GATE_CLEARED : GATE_CLEARANCE;
}

enum gate_reason gate_check_travel(const struct gate *gate, const struct gate_travel *travel,
                                   int64_t now_ns) {
    enum gate_reason reason = gate_check_target(gate, travel->q);
    if (reason != GATE_CLEARED) return reason;
    /* Where the tool starts from must be known; a strike in flight ends needle-out before this line
     * begins, since the firmware runs lines in order. */
    if (!gate->is_placed) return GATE_NEEDLE_IN;
    if (gate->travel_line) return GATE_TRAVEL_IN_FLIGHT;
    if (now_ns > gate->lease_ns) return GATE_LEASE;
    if (travel->leads_to_dot) {
        const struct gate_dot *dot = gate_find_dot(gate, travel->dot);
        if (!dot) return GATE_DOT_UNKNOWN;
        if (dot->fate != GATE_FATE_PENDING) return GATE_DOT_NOT_PENDING;
        /* Where nothing may be struck the needle does not go either: it would stand a hover away
         * from skin that comes nearer. */
        reason = check_head(gate, chain_forward(&gate->rig.chain, travel->q).t, now_ns);
    } else {
        if (retreat_is_axial(&gate->rig, gate->q, travel->q)) return GATE_CLEARED;
        reason = check_pose(gate, now_ns);
    }
    return reason != GATE_CLEARED ? reason : check_way(gate, travel, now_ns);
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

static double distance_mm(const float a[3], const float b[3]) {
    double d[3];
    for (int i = 0; i < 3; i++) d[i] = (double)a[i] - (double)b[i];
    return sqrt(d[0] * d[0] + d[1] * d[1] + d[2] * d[2]);
}

static bool is_crowded(const struct gate *gate, const struct gate_dot *dot) {
    for (size_t i = 0; i < gate->dots.count; i++) {
        const struct gate_dot *other = &gate->dots.dots[i];
        if (other->fate != GATE_FATE_STRUCK) continue;
        double across_mm = fabs((double)other->p[0] - (double)dot->p[0]); /* most are far away */
        if (across_mm < LIMIT_PITCH_MM && distance_mm(other->p, dot->p) < LIMIT_PITCH_MM)
            return true;
    }
    return false;
}

static bool is_kept_out(const struct gate *gate, const struct gate_dot *dot) {
    for (size_t i = 0; i < gate->dots.keep_out_count; i++) {
        const struct gate_keep_out *ball = &gate->dots.keep_outs[i];
        if (!(distance_mm(ball->p, dot->p) > (double)ball->radius_mm)) return true;
    }
    return false;
}

/* Whether the skin there may be struck at all: keep-outs, pitch, passes, rest. */
static enum gate_reason check_skin(const struct gate *gate, const struct gate_dot *dot) {
    uint32_t layers = gate->zone_layers[dot->zone] | UINT32_C(1) << dot->layer;
    if (is_kept_out(gate, dot)) return GATE_KEEP_OUT;
    if (is_crowded(gate, dot)) return GATE_PITCH;
    if (gate->has_zone_to_rest[dot->zone]) return GATE_REST;
    return __builtin_popcount(layers) > LIMIT_PASSES_A_SESSION ? GATE_PASSES : GATE_CLEARED;
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

/* Seconds below the skin, at most: down to rest at plunge speed, up from rest at
 * the needle's own; d/v + v/2a bounds both (it is exact, or above sqrt(2d/a) where v is not
 * reached). */
static double in_skin_s(const struct gate_rig *rig, double depth_mm, double plunge_mm_s) {
    double up_mm_s = rig->needle_speed_mm_s, a = rig->needle_acceleration_mm_s2;
    return depth_mm / plunge_mm_s + depth_mm / up_mm_s + (plunge_mm_s + up_mm_s) / (2 * a);
}

static enum gate_reason check_stroke(const struct gate *gate, const struct gate_strike *strike) {
    const struct gate_rig *rig = &gate->rig;
    if (!isfinite(strike->stroke_mm) || !isfinite(strike->plunge_mm_s) ||
        !isfinite(strike->dwell_s))
        return GATE_NUMBER;
    bool is_allowed = strike->stroke_mm > 0 && strike->stroke_mm <= rig->stroke_max_mm &&
                      strike->plunge_mm_s > 0 && strike->plunge_mm_s <= LIMIT_PLUNGE_MM_S &&
                      strike->plunge_mm_s <= rig->needle_speed_mm_s && strike->dwell_s == 0;
    return is_allowed ? GATE_CLEARED : GATE_STROKE;
}

/* The dot is known, pending, and the one that the needle was sent to. */
static enum gate_reason check_dot(const struct gate *gate, const struct gate_dot *dot) {
    if (!dot) return GATE_DOT_UNKNOWN;
    if (dot->fate != GATE_FATE_PENDING) return GATE_DOT_NOT_PENDING;
    if (!gate->is_at_dot || gate->at_dot != dot->id) return GATE_NOT_AT_DOT;
    return gate->is_confirmed ? GATE_CLEARED : GATE_NOT_CONFIRMED;
}

static double rest_to_rest_s(double way, double speed, double acceleration) {
    double reached = speed * speed / acceleration;
    return way >= reached ? way / speed + speed / acceleration : 2 * sqrt(way / acceleration);
}

int64_t gate_earliest_end_ns(const struct gate *gate, const struct gate_strike *strike,
                             int64_t now_ns) {
    double a = gate->rig.needle_acceleration_mm_s2, way = strike->stroke_mm;
    double s = rest_to_rest_s(way, strike->plunge_mm_s, a) +
               rest_to_rest_s(way, gate->rig.needle_speed_mm_s, a);
    return now_ns + (int64_t)(s * 1e9);
}

int64_t gate_arrival_ns(const struct gate *gate, const double q[GATE_AXES_MAX], int64_t now_ns) {
    int64_t start_ns = gate->strike_end_ns > now_ns ? gate->strike_end_ns : now_ns;
    double v = INFINITY, a = INFINITY; /* of the whole way, a second */
    for (int i = 0; i < gate->rig.axis_count; i++) {
        double way = fabs(q[i] - gate->q[i]);
        v = fmin(v, gate->rig.axes[i].speed_max / way);
        a = fmin(a, gate->rig.axes[i].acceleration_max / way);
    }
    if (isinf(a)) return start_ns;
    return start_ns + (int64_t)(rest_to_rest_s(1, v, a) * 1e9);
}

enum gate_reason gate_check_strike(const struct gate *gate, const struct gate_strike *strike,
                                   int64_t now_ns) {
    enum gate_reason reason = check_stroke(gate, strike);
    if (reason != GATE_CLEARED) return reason;
    if (!gate->is_placed) return GATE_NEEDLE_IN;
    if (gate->strike_line) return GATE_STRIKE_IN_FLIGHT;
    if (now_ns > gate->lease_ns) return GATE_LEASE;
    const struct gate_dot *dot = gate_find_dot(gate, strike->dot);
    reason = check_dot(gate, dot);
    if (reason != GATE_CLEARED) return reason;
    double depth_mm = (double)dot->depth_um * 1e-3;
    if (!(in_skin_s(&gate->rig, depth_mm, strike->plunge_mm_s) <= LIMIT_IN_SKIN_S))
        return GATE_STROKE;
    reason = check_head(gate, chain_forward(&gate->rig.chain, gate->q).t, now_ns);
    if (reason != GATE_CLEARED) return reason;
    int64_t ahead_ns = strike->contact_ns - now_ns;
    if (!(ahead_ns >= 0 && ahead_ns <= LIMIT_CONTACT_AHEAD_MS * MS_NS)) return GATE_CONTACT;
    if (gate->travel_line && gate->arrival_ns - now_ns > LIMIT_STRIKE_WAIT_MS * MS_NS)
        return GATE_CONTACT;
    reason = check_aim(gate, strike, dot);
    return reason != GATE_CLEARED ? reason : check_skin(gate, dot);
}
