/* Lines, answers and reports while the link is ready: one answer a line, `ok` is not executed, and
 * what has been executed is known from Ln and Bf alone. */
#include <math.h>

#include "controller/link/link_state.h"

static bool is_motion(const struct line_entry *entry) {
    return entry->kind == LINE_TRAVEL || entry->kind == LINE_STRIKE;
}

static void remove_line(struct link_state_data *link, size_t index) {
    for (size_t i = index + 1; i < link->line_count; i++) link->lines[i - 1] = link->lines[i];
    link->line_count--;
}

/* The oldest line without an answer, or line_count. */
static size_t first_unanswered(const struct link_state_data *link) {
    size_t i = 0;
    while (i < link->line_count && link->lines[i].is_accepted) i++;
    return i;
}

static void break_link(struct link_state_data *link, enum link_event_kind kind, int code,
                       const char *why) {
    link_emit(link, kind, 0, code, "%s", why);
    link_drop(link, LINK_DOWN);
}

static void on_ok(struct link_state_data *link, int64_t now_ns) {
    size_t i = first_unanswered(link);
    if (i == link->line_count) {
        break_link(link, LINK_EVENT_GARBLED, 0, "an `ok` too many: the count of lines is lost");
        return;
    }
    struct line_entry *entry = &link->lines[i];
    entry->is_accepted = true;
    entry->accepted_ns = now_ns;
    if (is_motion(entry)) {
        link_emit(link, LINK_EVENT_ACCEPTED, entry->line, 0, "accepted");
    } else {
        if (entry->kind == LINE_HOMING) link_emit(link, LINK_EVENT_HOMED, 0, 0, "homed");
        remove_line(link, i);
    }
}

static void on_error(struct link_state_data *link, int code) {
    size_t i = first_unanswered(link);
    uint32_t line = i < link->line_count ? link->lines[i].line : 0;
    /* Grbl latches: whatever follows is refused too until a blank line. Nothing more is sent; the
     * guard faults and a new handshake begins with a reset. */
    link_emit(link, LINK_EVENT_ERROR, line, code, "the board answered error:%d", code);
    if (i < link->line_count) remove_line(link, i);
}

void stream_on_answer(struct link_state_data *link, const struct answer *answer, int64_t now_ns) {
    switch (answer->kind) {
        case ANSWER_OK:
            on_ok(link, now_ns);
            break;
        case ANSWER_ERROR:
            on_error(link, answer->code);
            break;
        case ANSWER_ALARM:
            link_emit(link, LINK_EVENT_ALARM, 0, answer->code, "the board is in ALARM:%d",
                      answer->code);
            break;
        case ANSWER_BANNER:
            break_link(link, LINK_EVENT_RESET, 0, "the board restarted: all in flight is lost");
            break;
        case ANSWER_STATUS:
            stream_take_status(link, &answer->status, now_ns);
            break;
        case ANSWER_PROBE:
            link_emit(link, LINK_EVENT_PROBE, 0, answer->code, "probe %s",
                      answer->code ? "touched" : "did not touch");
            break;
        case ANSWER_UNKNOWN:
            link_emit(link, LINK_EVENT_GARBLED, 0, 0, "an answer that no Grbl gives: '%.60s'",
                      link->rx);
            break;
        case ANSWER_SETTING:
        case ANSWER_OPTIONS:
        case ANSWER_OTHER:
        case ANSWER_EMPTY:
        case ANSWER_KIND_COUNT:
            break;
    }
}

/* From the firmware's axes to the rig's: order, deg to rad, needle sign. */
static void convert_position(struct link_state_data *link, const struct answer_status *report) {
    struct machine_status *status = &link->status;
    if (report->has_offset)
        for (int i = 0; i < ANSWER_AXES_MAX; i++) link->offset[i] = report->offset[i];
    for (size_t i = 0; i < link->rig.axis_count; i++) {
        int k = link_firmware_index(link->rig.axes[i].letter);
        if (k < 0 || k >= report->axis_count) continue;
        double value = report->position[k] + (report->is_work_position ? link->offset[k] : 0.0);
        status->q[i] = link->rig.axes[i].is_rotary ? value * RAD_PER_DEG : value;
    }
    int z = link_firmware_index(link->rig.needle.letter);
    if (z >= 0 && z < report->axis_count)
        status->needle_mm =
            -(report->position[z] + (report->is_work_position ? link->offset[z] : 0.0));
}

static bool is_at_rest(const struct link_state_data *link, const struct answer_status *report) {
    bool is_planner_empty = report->planner_free < 0 || link->planner_size == 0 ||
                            report->planner_free >= link->planner_size;
    return report->state == MACHINE_IDLE && is_planner_empty;
}

/* Motion lines that this report proves executed: those before the line being executed, and all that
 * were accepted before the report was asked when the machine stands idle with an empty planner. */
static void find_executed(struct link_state_data *link, const struct answer_status *report) {
    bool is_resting = is_at_rest(link, report);
    for (size_t i = 0; i < link->line_count;) {
        const struct line_entry entry = link->lines[i];
        bool is_passed = report->line > entry.line;
        bool is_over = is_resting && entry.accepted_ns < link->status.asked_ns;
        if (!is_motion(&entry) || !entry.is_accepted || !(is_passed || is_over)) {
            i++;
            continue;
        }
        link_emit(link, LINK_EVENT_EXECUTED, entry.line, 0, "executed");
        remove_line(link, i);
    }
}

/* At rest the rig must stand where it was sent, and the needle must be out. */
static void compare_position(struct link_state_data *link, const struct answer_status *report) {
    if (!link->is_commanded || link->line_count || !is_at_rest(link, report)) return;
    for (size_t i = 0; i < link->rig.axis_count; i++) {
        double unit = link->rig.axes[i].is_rotary ? DEG_PER_RAD : 1.0;
        double off = fabs(link->status.q[i] - link->commanded[i]) * unit;
        if (!(off <= POSITION_TOLERANCE)) {
            link_emit(link, LINK_EVENT_POSITION, 0, (int)i,
                      "axis %c stands %.3f from where it was sent", link->rig.axes[i].letter, off);
            return;
        }
    }
    if (!(fabs(link->status.needle_mm) <= POSITION_TOLERANCE))
        link_emit(link, LINK_EVENT_POSITION, 0, -1, "the needle stands at %.3f mm, not retracted",
                  link->status.needle_mm);
}

void stream_take_status(struct link_state_data *link, const struct answer_status *report,
                        int64_t now_ns) {
    struct machine_status *status = &link->status;
    status->stamp_ns = now_ns;
    status->asked_ns = link->report_asked_ns;
    status->state = report->state;
    status->substate = report->substate;
    status->line = report->line;
    status->planner_free = report->planner_free;
    status->rx_free = report->rx_free;
    status->pins = report->pins;
    convert_position(link, report);
    link->is_report_awaited = false;
    link->next_poll_ns = now_ns + (link->line_count ? POLL_BUSY_NS : POLL_IDLE_NS);
    find_executed(link, report);
    compare_position(link, report);
    link_emit(link, LINK_EVENT_STATUS, report->line, 0, "status");
}

static bool is_overdue(const struct link_state_data *link, int64_t now_ns) {
    size_t i = first_unanswered(link);
    if (i < link->line_count) {
        int64_t limit_ns = link->lines[i].kind == LINE_HOMING ? HOMING_WAIT_NS : ANSWER_WAIT_NS;
        if (now_ns - link->lines[i].sent_ns > limit_ns) return true;
        if (link->lines[i].kind == LINE_HOMING) return false; /* some boards report nothing then */
    }
    return link->is_report_awaited && now_ns - link->report_asked_ns > STATUS_WAIT_NS;
}

void stream_tick(struct link_state_data *link, int64_t now_ns) {
    if (is_overdue(link, now_ns)) {
        break_link(link, LINK_EVENT_SILENT, 0, "the board stopped answering");
        return;
    }
    if (link->is_report_awaited || now_ns < link->next_poll_ns) return;
    link_put_bytes(link, "?", 1);
    link->is_report_awaited = true;
    link->report_asked_ns = now_ns;
}
