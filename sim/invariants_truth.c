/* The invariants on the truth: where the needle really was, and when. */
#include "base/clock.h"
#include "sim/invariants_private.h"

#define DEPTH_TOLERANCE_MM 0.10
#define DRAG_MM 0.15
#define STRIKE_SPEED_MM_S 5.0
/* Within the 60 ms from a pose at 30 Hz to the contact, a motion that nobody predicts, faster than
 * this, leaves the placement's 0.25 mm (docs/sim.md, the kinematic bound). */
#define JOLT_MM_S 3.0
#define OUT_AFTER_TRIP_NS (60 * NS_PER_MS)
#define BEGIN_AFTER_SENT_NS (40 * NS_PER_MS)
#define IN_SKIN_NS (40 * NS_PER_MS)
#define STROKE_NS (60 * NS_PER_MS) /* the longest stroke, from retracted to retracted */
#define CUT_NS (20 * NS_PER_MS)    /* one step of the truth */
#define PITCH_MM 0.5
#define PLACEMENT_MM 0.25
#define TILT_RAD (5.0 * RAD_PER_DEG)
#define TRAVEL_NS (200 * NS_PER_MS)
#define TRAVEL_DONE_NS (250 * NS_PER_MS) /* what was under way at a trip has ended by then */
#define LATELY_NS (200 * NS_PER_MS)
#define TOUCH_MM 0.1 /* a jump that brings the skin to a needle which hovers 0.24 mm over it */
#define SIDEWAYS_MM 0.02
#define RETRACTED_MM 0.02
#define STILL_MM 1e-4
#define COMMANDED_MM 0.02 /* sideways, of a motion that is meant to be axial */

static double lateral_mm(struct vec3 from, struct vec3 to, struct vec3 axis) {
    struct vec3 way = vec3_sub(to, from);
    return vec3_norm(vec3_mad(way, -vec3_dot(way, axis), axis));
}

static struct vec3 needle_axis(const struct truth *truth) {
    return pose_rotate(truth->T_rig_tool, vec3_make(0, 0, 1));
}

static double axes_moved(const struct invariants *inv, const struct truth *a,
                         const struct truth *b) {
    double most = 0;
    for (size_t i = 0; i < inv->rig->axis_count; i++) most = fmax(most, fabs(a->q[i] - b->q[i]));
    return most;
}

/* The head's own speed where the needle is. */
static void watch_head(struct invariants *inv, const struct truth *truth, double dt_s) {
    struct vec3 p = pose_apply(pose_inverse(inv->before.T_rig_head), inv->before.T_rig_tool.t);
    double moved_mm = vec3_distance(pose_apply(truth->T_rig_head, p), inv->before.T_rig_tool.t);
    bool is_fast = moved_mm > STRIKE_SPEED_MM_S * dt_s + 1e-6;
    if (is_fast || truth->jolt_mm_s > JOLT_MM_S) invariants_jump(inv, moved_mm, truth->at_ns);
}

/* Mean speeds of two neighbouring intervals differ by at most the acceleration over the time
 * between their middles, and by what the firmware jumps in a corner (its junction deviation). */
static void watch_axes(struct invariants *inv, const struct truth *truth, double dt_s) {
    bool is_driven = inv->state > SAFETY_HOMING;
    /* A board that resets as its port is opened stops dead, and the place it lost was unknown. */
    if (inv->before.is_homing && !truth->is_homing) inv->homing_cut_ns = truth->at_ns;
    bool is_cut = inv->homing_cut_ns && truth->at_ns - inv->homing_cut_ns <= CUT_NS;
    for (size_t i = 0; i < inv->rig->axis_count; i++) {
        const struct rig_axis *axis = &inv->rig->axes[i];
        double v = (truth->q[i] - inv->before.q[i]) / dt_s;
        double a_s = axis->acceleration_max * 0.5 * (dt_s + inv->dt_before_s);
        double corner = 2 * sqrt(2.5 * axis->acceleration_max * inv->rig->junction_deviation_mm);
        if (is_driven && fabs(v) > axis->speed_max * 1.001 + 1e-6)
            invariants_violate(inv, 16, truth->at_ns, "axis %c moves at %.1f, its limit is %.1f",
                               axis->letter, v, axis->speed_max);
        if (is_driven && !is_cut && inv->dt_before_s > 0 &&
            fabs(v - inv->v_before[i]) > 1.01 * a_s + corner + 1e-6)
            invariants_violate(inv, 16, truth->at_ns,
                               "axis %c changes its speed by %.1f in %.2f ms", axis->letter,
                               v - inv->v_before[i], 1e3 * dt_s);
        inv->v_before[i] = v;
    }
    inv->dt_before_s = is_driven ? dt_s : 0;
}

static void watch_lines(struct invariants *inv, const struct truth *truth) {
    if (truth->line != inv->before.line) inv->line_from_ns = truth->at_ns;
    if (truth->line && truth->line == inv->dot_travel_line && truth->line == inv->before.line &&
        axes_moved(inv, &inv->before, truth) > STILL_MM &&
        truth->at_ns - inv->line_from_ns > TRAVEL_NS)
        invariants_violate(inv, 17, truth->at_ns, "a travel to a dot takes over 200 ms");
}

/* After a trip: what was under way ends, then straight out along the needle, then nothing. */
static void watch_stop(struct invariants *inv, const struct truth *truth) {
    bool is_strike = truth->is_in_skin && truth->stroke_mm > RETRACTED_MM;
    if (is_strike && inv->left_running_ns) {
        inv->out_after_trip_ns = truth->at_ns;
        if (inv->tripped_ns && truth->at_ns - inv->left_running_ns > OUT_AFTER_TRIP_NS &&
            !inv->is_late_reported) {
            inv->is_late_reported = true;
            invariants_violate(inv, 3, truth->at_ns, "in the skin %.1f ms after a trip",
                               1e3 * ns_to_s(truth->at_ns - inv->left_running_ns));
        }
    }
    if (!truth->is_in_skin) inv->is_late_reported = false;
    bool is_stopped = inv->state == SAFETY_HOLDING || inv->state == SAFETY_HELD ||
                      inv->state == SAFETY_FAULT || inv->state == SAFETY_RETRACTING;
    if (!is_stopped || !inv->left_running_ns) return;
    if (truth->at_ns - inv->left_running_ns < TRAVEL_DONE_NS) return;
    double off_mm =
        lateral_mm(inv->before.T_rig_tool.t, truth->T_rig_tool.t, needle_axis(&inv->before));
    double out_mm = vec3_dot(vec3_sub(truth->T_rig_tool.t, inv->before.T_rig_tool.t),
                             needle_axis(&inv->before));
    /* A board that has lost steps goes by its count, and askew by what it has lost. */
    double askew_mm = SIDEWAYS_MM + truth->lost_mm;
    if (off_mm > askew_mm || out_mm < -askew_mm)
        invariants_violate(inv, 4, truth->at_ns, "%.3f mm sideways, %.3f mm out after a stop",
                           off_mm, out_mm);
}

static void watch_strike(struct invariants *inv, const struct truth *truth) {
    if (truth->stroke_mm > 0.01 && inv->before.stroke_mm <= 0.01) {
        struct invariant_strike *strike = invariants_strike(inv, truth->line);
        if (strike && !strike->has_begun && truth->at_ns - strike->sent_ns > BEGIN_AFTER_SENT_NS)
            invariants_violate(inv, 10, truth->at_ns, "a strike begins %.1f ms after it was sent",
                               1e3 * ns_to_s(truth->at_ns - strike->sent_ns));
        if (strike) strike->has_begun = true;
    }
    /* A retracted needle is no strike's: see check_touch(). */
    bool is_struck = truth->is_in_skin && truth->stroke_mm > RETRACTED_MM;
    double off_mm =
        lateral_mm(inv->at_stroke.T_rig_tool.t, truth->T_rig_tool.t, needle_axis(&inv->at_stroke));
    if (is_struck && off_mm > COMMANDED_MM)
        invariants_violate(inv, 2, truth->at_ns, "driven %.4f mm sideways in the skin", off_mm);
    bool is_locked =
        inv->state == SAFETY_LOCKED || inv->state == SAFETY_IDLE || inv->state == SAFETY_ARMED;
    if (is_locked && axes_moved(inv, truth, &inv->before) > STILL_MM)
        invariants_violate(inv, 9, truth->at_ns, "the rig moves in state %s",
                           safety_state_name(inv->state));
}

static double ceiling_mm(const struct dot *dot) {
    return dot->region == REGION_ANTERIOR ? 1.00 : dot->region == REGION_TEMPORAL ? 1.15 : 1.25;
}

/* thrown_mm: how far the head has jumped since the strike was decided; lost_mm: how far the rig has
 * lost its place since it was sent. Both shift, and never turn. */
static void check_place(struct invariants *inv, const struct puncture *p, size_t i,
                        double thrown_mm, double lost_mm) {
    const struct dot *dot = &inv->plan->dots[i];
    double off_mm = lateral_mm(dot->p_head, p->p_head, dot->n_head);
    struct vec3 axis_head = mat3_apply(mat3_transpose(p->T_rig_head.R), needle_axis(&inv->before));
    bool is_thrown = thrown_mm > 0 && off_mm > PLACEMENT_MM;
    if (off_mm > PLACEMENT_MM + thrown_mm + lost_mm)
        invariants_violate(inv, 15, p->entry_ns, "dot %u is %.3f mm from its place", dot->id,
                           off_mm);
    if (vec3_angle(axis_head, dot->n_head) > TILT_RAD)
        invariants_violate(inv, 16, p->entry_ns, "dot %u: the needle leans %.1f deg", dot->id,
                           vec3_angle(axis_head, dot->n_head) * DEG_PER_RAD);
    for (size_t k = 0; k < inv->plan->dot_count; k++)
        if (k != i && inv->dots[k].punctures &&
            vec3_distance(inv->plan->dots[k].p_head, p->p_head) <
                PITCH_MM - PLACEMENT_MM - thrown_mm)
            invariants_violate(inv, 14, p->entry_ns, "dot %u lies on dot %u", dot->id,
                               inv->plan->dots[k].id);
    if (!is_thrown && dot_plan_keep_out_at(inv->plan, p->p_head) >= 0)
        invariants_violate(inv, 14, p->entry_ns, "dot %u lies in a keep-out", dot->id);
    if (p->depth_mm > ceiling_mm(dot) + DEPTH_TOLERANCE_MM + thrown_mm)
        invariants_violate(inv, 1, p->entry_ns, "dot %u is %.3f mm deep", dot->id, p->depth_mm);
    double drag_mm = thrown_mm > 0 ? inv->drag_mm : p->drag_mm; /* no touch after it */
    if (drag_mm > DRAG_MM + thrown_mm)
        invariants_violate(inv, 2, p->entry_ns, "dot %u was dragged %.3f mm", dot->id, drag_mm);
    inv->excused_count += is_thrown;
}

/* The skin came to a retracted needle. A head that jumps does that (hazards 1 and 2), and a
 * breathing one when nobody can draw the needle back; else it is wrong. */
static void check_touch(struct invariants *inv, const struct puncture *p) {
    bool is_helpless = inv->state != SAFETY_RUNNING && inv->windows[EXCUSE_HELPLESS].is_open;
    inv->touch_count++;
    if (inv->jumped_mm < TOUCH_MM && !is_helpless)
        invariants_violate(inv, 14, p->entry_ns, "the needle touches the skin in state %s, %.3f mm",
                           safety_state_name(inv->state), p->depth_mm);
}

/* A head that jumps onto the needle has it in from its first way out of the sleeve to its last way
 * in; what follows is a touch of the retracted needle. */
static void check_time(struct invariants *inv, const struct puncture *p, double thrown_mm) {
    int64_t in_ns = p->exit_ns - p->entry_ns, most_ns = IN_SKIN_NS;
    if (thrown_mm > 0) in_ns = inv->stroke_ns, most_ns = STROKE_NS;
    if (in_ns > most_ns)
        invariants_violate(inv, 13, p->exit_ns, "%.1f ms in the skin", 1e3 * ns_to_s(in_ns));
}

static void check_puncture(struct invariants *inv, const struct puncture *p) {
    const struct invariant_strike *strike = invariants_strike(inv, p->line);
    if (inv->at_entry.stroke_mm <= RETRACTED_MM) {
        check_touch(inv, p);
        return;
    }
    /* The number of the line was changed on its way, or lost: it is the strike that the board has.
     */
    bool is_renumbered = strike ? strike->is_executed : p->line == 0;
    if (is_renumbered && inv->strike_count && inv->windows[EXCUSE_CHANGED].is_open)
        strike = &inv->strikes[(inv->strike_count - 1) % INVARIANTS_STRIKES];
    double thrown_mm = strike ? invariants_thrown_mm(inv, strike) : 0;
    check_time(inv, p, thrown_mm);
    if (!strike) {
        invariants_violate(inv, 14, p->entry_ns, "a puncture by line %u, which is no strike",
                           p->line);
        return;
    }
    struct invariant_dot *dot = &inv->dots[strike->dot];
    /* The head left the needle of one strike and came back to it: no second strike. */
    bool is_same = dot->punctures && dot->line == p->line;
    if (is_same && (thrown_mm > 0 || invariants_excused(inv, 5))) {
        inv->excused_count += thrown_mm > 0;
        return;
    }
    dot->line = p->line;
    if (++dot->punctures > 1)
        invariants_violate(inv, 5, p->entry_ns, "dot %u is struck %d times",
                           inv->plan->dots[strike->dot].id, dot->punctures);
    double lost_mm = fmax(0, inv->at_entry.lost_mm - strike->lost_mm);
    check_place(inv, p, strike->dot, thrown_mm, lost_mm);
}

/* Of the tip in the head, across the needle. */
static double dragged_mm(const struct truth *from, const struct truth *to) {
    struct vec3 axis = vec3_make(0, 0, 1);
    struct pose T_head_from = pose_mul(pose_inverse(from->T_rig_head), from->T_rig_tool);
    struct pose T_head_to = pose_mul(pose_inverse(to->T_rig_head), to->T_rig_tool);
    struct vec3 tip_from = pose_apply(T_head_from, vec3_scale(axis, -from->stroke_mm));
    struct vec3 tip_to = pose_apply(T_head_to, vec3_scale(axis, -to->stroke_mm));
    return lateral_mm(tip_from, tip_to, pose_rotate(T_head_from, axis));
}

static void watch_skin(struct invariants *inv, const struct truth *truth) {
    if (!truth->is_in_skin) return;
    if (!inv->before.is_in_skin) {
        inv->at_entry = *truth;
        inv->drag_mm = 0;
        inv->stroke_ns = 0;
        inv->jumped_mm = invariants_jumped_mm(inv, truth->at_ns - LATELY_NS);
    }
    if (truth->stroke_mm <= RETRACTED_MM) return;
    bool has_left_sleeve = inv->before.stroke_mm <= RETRACTED_MM;
    if (!inv->before.is_in_skin || has_left_sleeve) inv->at_stroke = *truth;
    if (truth->at_ns - inv->at_stroke.at_ns > inv->stroke_ns)
        inv->stroke_ns = truth->at_ns - inv->at_stroke.at_ns;
    inv->drag_mm = fmax(inv->drag_mm, dragged_mm(&inv->at_stroke, truth));
}

void invariants_on_hand(struct invariants *inv) {
    inv->has_before = false;
    inv->dt_before_s = 0;
}

void invariants_on_truth(struct invariants *inv, const struct truth *truth) {
    double dt_s = ns_to_s(truth->at_ns - inv->before.at_ns);
    if (inv->has_before && dt_s > 0) watch_head(inv, truth, dt_s);
    watch_skin(inv, truth);
    if (inv->has_before && dt_s > 0) {
        watch_axes(inv, truth, dt_s);
        watch_lines(inv, truth);
        watch_stop(inv, truth);
        watch_strike(inv, truth);
    }
    if (truth->over) check_puncture(inv, truth->over);
    invariants_watch_excuses(inv, truth, axes_moved(inv, &inv->before, truth));
    inv->before = *truth;
    inv->before.over = NULL;
    inv->has_before = true;
}
