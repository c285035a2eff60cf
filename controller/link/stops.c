/* Stops that leave the queue empty and the position known.
 *
 *   flush     ! ... Hold:0 ... 0x18 ... banner, modes, ? ... FLUSHED or NEEDLE_IN
 *             ! ... Idle three times: there was nothing to flush ... FLUSHED
 *   recover   ... at rest or held ... 0x18 ... banner, modes, ? ... FLUSHED or NEEDLE_IN
 *
 * A reset in Hold keeps the position and empties the queue; a reset while moving loses it. So the
 * hold comes first, and the reset only when the board says that it stands. Whoever asks for a flush
 * while a strike runs may find the needle in: it then stays where it is, in a hold whose queue is
 * gone, until a retract - axial, outward, alone - is sent.
 *
 * To recover is to go on after an answer that was lost or changed: nobody knows any more which
 * lines the board has. What it has ends by itself, needle out; a reset of a board that stands keeps
 * its position too, and empties its buffers of half a line. */
#include <math.h>

#include "controller/link/link_state.h"

void flush_begin(struct link_state_data *link, int64_t now_ns) {
    if (link->flush != FLUSH_NONE) return;
    link->flush = FLUSH_HOLDING;
    link->flush_ns = now_ns;
    link->flush_idle_reports = 0;
    link_put_bytes(link, "!", 1);
    link->next_poll_ns = now_ns;
}

void flush_wait(struct link_state_data *link, int64_t now_ns) {
    link_lose_lines(link);
    link->is_erred = false;
    link->flush = FLUSH_WAITING;
    link->flush_ns = now_ns;
    link->is_report_awaited = false; /* it may have been what was lost */
    link->next_poll_ns = now_ns;
}

void flush_stopped(struct link_state_data *link, int64_t now_ns) {
    if (link->flush == FLUSH_HOLDING) return;
    link_emit(link, LINK_EVENT_GARBLED, 0, 0,
              "the board was stopped by a byte that nobody sent: a changed one");
    link_lose_lines(link);
    link->flush = FLUSH_NONE;
    flush_begin(link, now_ns);
}

static bool stands_held(const struct machine_status *status) {
    bool is_held = status->state == MACHINE_HOLD || status->state == MACHINE_DOOR;
    return is_held && status->substate <= 0;
}

static void tell_flushed(struct link_state_data *link) {
    bool is_out = fabs(link->status.needle_mm) <= POSITION_TOLERANCE;
    link->flush = FLUSH_NONE;
    if (is_out)
        link_emit(link, LINK_EVENT_FLUSHED, 0, 0, "the queue is empty, the position is kept");
    else
        link_emit(link, LINK_EVENT_NEEDLE_IN, 0, 0,
                  "the needle stands in by %.3f mm: it must be drawn out first, straight and alone",
                  link->status.needle_mm);
}

/* The board stands: a reset loses what it had, and no position. */
static void reset_standing(struct link_state_data *link, int64_t now_ns) {
    link->held = link->status;
    link->flush = FLUSH_RESETTING;
    link_drop(link, LINK_WAKING);
    link_put_bytes(link, "\x18", 1);
    handshake_expect_banner(link, now_ns);
}

void flush_stuck(struct link_state_data *link, const struct answer_status *report, int64_t now_ns) {
    size_t i = link_first_unanswered(link);
    bool is_motion = i < link->line_count &&
                     (line_is_motion(&link->lines[i]) || link->lines[i].kind == LINE_ECHO);
    bool is_stuck = is_motion && executed_is_at_rest(link, report) && link->flush == FLUSH_NONE &&
                    link->status.asked_ns - link->lines[i].sent_ns >= READ_NS;
    link->stuck_reports = is_stuck ? link->stuck_reports + 1 : 0;
    if (link->stuck_reports < STUCK_REPORTS) return;
    link_emit(link, LINK_EVENT_POSITION, link->lines[i].line, -1,
              "the board stands and never read line %u: its end was changed on its way",
              link->lines[i].line);
    reset_standing(link, now_ns);
}

void flush_on_status(struct link_state_data *link, const struct answer_status *report,
                     int64_t now_ns) {
    const struct machine_status *status = &link->status;
    if (status->asked_ns < link->flush_ns) return;
    if (link->flush == FLUSH_WAITING) {
        if (executed_is_at_rest(link, report) || stands_held(status)) reset_standing(link, now_ns);
        return;
    }
    if (link->flush != FLUSH_HOLDING) return;
    /* What was to be flushed had ended before the hold came. */
    bool is_idle = status->state == MACHINE_IDLE && link->line_count == 0;
    link->flush_idle_reports = is_idle ? link->flush_idle_reports + 1 : 0;
    if (link->flush_idle_reports >= FLUSH_IDLE_REPORTS) tell_flushed(link);
    if (stands_held(status)) reset_standing(link, now_ns);
}

void flush_end(struct link_state_data *link) {
    if (link->flush != FLUSH_RESETTING) return;
    link->flush = FLUSH_NONE;
    if (link->status.state == MACHINE_ALARM) {
        link_break(link, LINK_EVENT_ALARM, 0,
                   "the board locked itself at the reset in hold: its position is lost, home it");
        return;
    }
    for (size_t i = 0; i < link->rig.axis_count; i++) {
        double unit = link->rig.axes[i].is_rotary ? DEG_PER_RAD : 1.0;
        double off = fabs(link->status.q[i] - link->held.q[i]) * unit;
        if (!(off <= POSITION_TOLERANCE)) {
            link_emit(link, LINK_EVENT_POSITION, 0, (int)i,
                      "the reset in hold moved axis %c by %.3f", link->rig.axes[i].letter, off);
            return;
        }
    }
    tell_flushed(link);
}

void flush_tick(struct link_state_data *link, int64_t now_ns) {
    bool is_resting = link->flush == FLUSH_HOLDING || link->flush == FLUSH_WAITING;
    if (is_resting && now_ns - link->flush_ns > FLUSH_WAIT_NS)
        link_break(link, LINK_EVENT_SILENT, 0, "the board did not come to rest");
}

/* 0x85 empties the board's receive buffer too: a jog line that had no answer yet gets none, unless
 * its answer comes before the next report. */
void jog_cancel(struct link_state_data *link, int64_t now_ns) {
    link_put_bytes(link, "\x85", 1);
    link->is_jog_cancelled = true;
    link->jog_cancelled_ns = now_ns;
    link->next_poll_ns = now_ns;
}

void jog_on_status(struct link_state_data *link) {
    if (!link->is_jog_cancelled || link->status.asked_ns < link->jog_cancelled_ns ||
        link->status.state == MACHINE_JOG)
        return;
    for (size_t i = link->line_count; i-- > 0;)
        if (link->lines[i].kind == LINE_JOG) link_remove_line(link, i);
    link->is_jog_cancelled = false;
}
