/* What a status report proves: which lines have been executed, and that the rig stands or moves
 * where it was sent. */
#include <math.h>

#include "controller/link/link_state.h"

bool executed_is_at_rest(const struct link_state_data *link, const struct answer_status *report) {
    bool is_planner_empty = report->planner_free < 0 || link->planner_empty < 0 ||
                            report->planner_free >= link->planner_empty;
    return report->state == MACHINE_IDLE && is_planner_empty;
}

static bool is_needle_out(const struct link_state_data *link) {
    return fabs(link->status.needle_mm) <= POSITION_TOLERANCE;
}

/* So long at least is a strike more than half out: it brakes to its depth and speeds up from it,
 * half of its stroke each, t = sqrt(2 d / a). */
static int64_t half_out_ns(const struct link_state_data *link, const struct line_entry *strike) {
    return s_to_ns(2 * sqrt(strike->stroke_mm / link->rig.needle.acceleration_max));
}

/* How far this report shows a strike, and whether so much time may lie between what this report and
 * the one before it show that its deepest may hide in it: a busy machine reads them late. One that
 * never came is no such gap: what changed its question may have changed the strike too. */
static void see_strikes(struct link_state_data *link, const struct answer_status *report) {
    bool is_report_lost = link->report_again_ns > link->report_asked_ns;
    for (size_t i = 0; i < link->line_count; i++) {
        struct line_entry *entry = &link->lines[i];
        bool is_under_way = report->line ? report->line == entry->line : !is_needle_out(link);
        if (entry->kind != LINE_STRIKE) continue;
        int64_t from_ns =
            link->asked_before_ns > entry->sent_ns ? link->asked_before_ns : entry->sent_ns;
        bool is_late = link->status.stamp_ns - from_ns > half_out_ns(link, entry);
        entry->has_lost_report = entry->has_lost_report || is_report_lost;
        entry->has_gap = entry->has_gap || is_late;
        if (!is_under_way) continue;
        entry->is_seen = true;
        entry->shown_mm = fmax(entry->shown_mm, link->status.needle_mm);
    }
}

/* A changed byte makes a comment of a strike, which the board answers and does not run, or a strike
 * so short that the skin is never met. Half of the stroke is shown of a whole one, if reports come
 * in time. In a gap between them a whole strike has room: the board's word that it is over is then
 * all there is, and it is taken, or every breath of a busy machine would be a fault. */
static bool has_run(const struct line_entry *entry) {
    bool may_have = entry->has_gap && !entry->has_lost_report;
    return may_have || (entry->is_seen && entry->shown_mm >= 0.5 * entry->stroke_mm);
}

/* It counts as nothing that was done. */
static void tell_unseen(struct link_state_data *link, const struct line_entry *entry) {
    link->is_off_path = true;
    link_emit(link, LINK_EVENT_POSITION, entry->line, -1,
              "strike %u of %.3f mm was accepted and went %.3f mm: a changed byte", entry->line,
              entry->stroke_mm, entry->shown_mm);
    link_emit(link, LINK_EVENT_LOST, entry->line, 0, "it was accepted and not seen to run whole");
}

/* Motion lines that this report proves executed: those before the line being executed now, the
 * needle being out, and all that were accepted before the report was asked when the machine stands
 * idle with an empty planner. */
void executed_find(struct link_state_data *link, const struct answer_status *report) {
    bool is_resting = executed_is_at_rest(link, report);
    see_strikes(link, report);
    /* Had a line been swallowed on its way, the next line's `ok` would have been counted for it,
     * and that next line would stay without one (tests/model, BUG_UNANSWERED). */
    if (link_first_unanswered(link) < link->line_count) return;
    for (size_t i = 0; i < link->line_count;) {
        const struct line_entry entry = link->lines[i];
        bool is_passed =
            report->line > entry.line && (entry.kind == LINE_TRAVEL || is_needle_out(link));
        bool is_over = is_resting && entry.accepted_ns < link->status.asked_ns;
        if (!line_is_motion(&entry) || !entry.is_accepted || !(is_passed || is_over)) {
            i++;
            continue;
        }
        if (entry.kind == LINE_STRIKE && !has_run(&entry))
            tell_unseen(link, &entry);
        else
            link_emit(link, LINK_EVENT_EXECUTED, entry.line, 0, "executed");
        link_remove_line(link, i);
    }
}

static double unit_of(const struct link_state_data *link, size_t i) {
    return link->rig.axes[i].is_rotary ? DEG_PER_RAD : 1.0;
}

/* The axis that is farthest off the straight way of the newest travel, and by how much. At rest
 * only the way's end counts. */
static double off_path(const struct link_state_data *link, bool is_resting, size_t *ret_axis) {
    double along = 0, length2 = 0, most = 0;
    for (size_t i = 0; i < link->rig.axis_count; i++) {
        double way = (link->commanded[i] - link->before[i]) * unit_of(link, i);
        along += way * (link->status.q[i] - link->before[i]) * unit_of(link, i);
        length2 += way * way;
    }
    double part = is_resting || length2 <= 0 ? 1 : fmin(1, fmax(0, along / length2));
    for (size_t i = 0; i < link->rig.axis_count; i++) {
        double there = link->before[i] + part * (link->commanded[i] - link->before[i]);
        double off = fabs(link->status.q[i] - there) * unit_of(link, i);
        if (off <= most) continue;
        most = off;
        *ret_axis = i;
    }
    return most;
}

/* A corrupted digit is a valid command, so every report is compared with what was sent: on its way
 * the rig is on the straight line to the target, at rest it is there, with the needle out. */
void executed_compare(struct link_state_data *link, const struct answer_status *report) {
    bool is_resting = executed_is_at_rest(link, report) && link->line_count == 0;
    size_t axis = 0;
    bool is_own_motion = report->state == MACHINE_RUN || report->state == MACHINE_HOLD ||
                         report->state == MACHINE_IDLE;
    if (!link->is_commanded || link->is_off_path || !is_own_motion) return;
    double off = off_path(link, is_resting, &axis);
    if (!(off <= POSITION_TOLERANCE)) {
        link->is_off_path = true;
        link_emit(link, LINK_EVENT_POSITION, report->line, (int)axis,
                  "axis %c %s %.3f from where it was sent", link->rig.axes[axis].letter,
                  is_resting ? "stands" : "moves", off);
    } else if (is_resting && !is_needle_out(link)) {
        link->is_off_path = true;
        link_emit(link, LINK_EVENT_POSITION, 0, -1, "the needle stands at %.3f mm, not retracted",
                  link->status.needle_mm);
    }
}

/* How many blocks the board has at most when all came as it was sent, by the line that runs: a
 * travel is one, a strike two, down and up. -1: this report does not tell. */
static int most_blocks(const struct link_state_data *link, const struct answer_status *report) {
    const struct line_entry *strike = NULL;
    for (size_t i = 0; i < link->line_count; i++)
        if (link->lines[i].kind == LINE_STRIKE) strike = &link->lines[i];
    bool is_travel_behind = strike && link->travel_line > strike->line;
    if (report->line == link->travel_line + 1 && !(strike && strike->line == report->line))
        return 0; /* the copy itself runs */
    if (report->line == link->travel_line) return 1 + (strike && !is_travel_behind ? 2 : 0);
    if (!strike || strike->line != report->line) return -1;
    bool rises =
        link->status.needle_mm < strike->shown_mm; /* by the reports of this strike alone */
    return (rises ? 1 : 2) + is_travel_behind;
}

/* How many it has more than that. -1: this report does not tell, or tells of no travel. */
static int extra_blocks(const struct link_state_data *link, const struct answer_status *report) {
    int blocks = link->planner_empty - report->planner_free;
    bool tells = report->planner_free >= 0 && link->planner_empty >= 0;
    if (!tells || report->state != MACHINE_RUN) return -1;
    int most = most_blocks(link, report);
    if (most < 0) return -1;
    if (blocks > most) return blocks - most;
    return report->line == link->travel_line ? 0 : -1;
}

/* A line that is over does not run again: the number of the one that runs was changed. */
static bool runs_again(const struct link_state_data *link, const struct answer_status *report) {
    return report->state == MACHINE_RUN && report->line && link->line_count &&
           line_is_motion(&link->lines[0]) && report->line < link->lines[0].line;
}

/* Every travel is sent twice. A motion that leads nowhere takes no block of the planner, in Grbl as
 * in grblHAL (plan_buffer_line() bails), so the second copy takes one only when one of both was
 * changed on its way: seen before a strike is let go, and mostly before the travel begins. So does
 * a strike whose line leads sideways. At rest, and for boards that do not tell their blocks, the
 * place itself says it. */
void executed_confirm(struct link_state_data *link, const struct answer_status *report) {
    bool is_asked_since = link->echoed_ns && link->status.asked_ns >= link->echoed_ns;
    bool is_known = link->status.confirmed_line == link->travel_line;
    if (!link->is_commanded || link->is_off_path) return;
    int extra = extra_blocks(link, report);
    bool is_resting = executed_is_at_rest(link, report) && link->line_count == 0;
    if (extra > 0 || runs_again(link, report)) {
        link->is_off_path = true;
        link_emit(link, LINK_EVENT_POSITION, report->line, -1,
                  "the board has another %s than was sent: a changed byte",
                  is_known ? "strike" : "travel");
    } else if (!is_known && is_asked_since && (extra == 0 || is_resting)) {
        link->status.confirmed_line = link->travel_line;
    }
}
