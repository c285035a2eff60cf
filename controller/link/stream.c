/* Lines, answers and reports while the link is ready: one answer a line, and `ok`
 * is not executed. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "controller/link/link_state.h"
#include "controller/link/words.h"

#define FULL_PERCENT 100

static void on_homed(struct link_state_data *link, int64_t now_ns) {
    /* Start-up lines run after homing, and what was locked before may be set now. */
    if (!link_put_line(link, LINE_HOMED_MODES, 0, handshake_modes_line, now_ns))
        link_break(link, LINK_EVENT_GARBLED, 0, "no room for the modes after homing");
}

static void on_ok(struct link_state_data *link, int64_t now_ns) {
    size_t i = link_first_unanswered(link);
    if (link->flush != FLUSH_NONE && i == link->line_count) return; /* of a line that is lost */
    if (i == link->line_count) {
        link_recover(link, now_ns, LINK_EVENT_GARBLED, 0,
                     "an `ok` too many: the count of lines is lost (two programs on the port?)");
        return;
    }
    struct line_entry *entry = &link->lines[i];
    const enum line_kind kind = entry->kind;
    if (line_is_motion(entry)) {
        entry->is_accepted = true;
        entry->accepted_ns = now_ns;
        link->unanswered_bytes -= entry->bytes;
        /* Does its line lead where it should? See executed_confirm(). */
        if (kind == LINE_STRIKE) link->next_poll_ns = now_ns;
        link_emit(link, LINK_EVENT_ACCEPTED, entry->line, 0, "accepted");
        return;
    }
    link_remove_line(link, i);
    switch (kind) {
        case LINE_HOMING:
            on_homed(link, now_ns);
            break;
        case LINE_HOMED_MODES:
            link_emit(link, LINK_EVENT_HOMED, 0, 0, "homed");
            break;
        case LINE_SYNC:
            link->is_erred = false;
            link_emit(link, LINK_EVENT_SYNCED, 0, 0, "the board takes lines again");
            break;
        case LINE_SETTING:
            link_emit(link, LINK_EVENT_WRITTEN, 0, 0, "written");
            break;
        case LINE_ECHO:
            link->echoed_ns = link->next_poll_ns = now_ns;
            break;
        case LINE_SERVICE:
        case LINE_JOG:
            link->next_poll_ns = now_ns;
            link_emit(link, LINK_EVENT_DONE, 0, 0, "done");
            break;
        case LINE_QUERY:
        case LINE_TRAVEL:
        case LINE_STRIKE:
            break;
    }
}

/* Grbl latches: whatever follows is refused too until a blank line. Nothing more is sent, the queue
 * is let end, then a blank line brings both in step again (stream_tick). */
static void on_error(struct link_state_data *link, int code, int64_t now_ns) {
    size_t i = link_first_unanswered(link);
    const struct code_words *words = words_of_error(code);
    if (link->flush != FLUSH_NONE && i == link->line_count) return;
    if (i == link->line_count) {
        link_recover(link, now_ns, LINK_EVENT_GARBLED, code, "an answer too many: error:%d", code);
        return;
    }
    struct line_entry entry = link->lines[i];
    link_remove_line(link, i);
    if (entry.kind == LINE_SETTING) {
        link_emit(link, LINK_EVENT_WRITTEN, 0, code, "error:%d: %s; %s", code, words->what,
                  words->remedy);
        return;
    }
    bool is_told = link->is_erred && entry.kind == LINE_ECHO; /* of the travel itself */
    link->is_erred = true;
    if (is_told) return;
    link_emit(link, LINK_EVENT_ERROR, entry.line, code, "error:%d: %s; %s", code, words->what,
              words->remedy);
}

static bool is_probe_alarm(int code) {
    return code == 4 || code == 5;
}

static void on_alarm(struct link_state_data *link, int code) {
    const struct code_words *words = words_of_alarm(code);
    link_emit(link, LINK_EVENT_ALARM, 0, code, "ALARM:%d: %s; %s", code, words->what,
              words->remedy);
    /* After a probe's alarm its `ok` follows; every other ends what was in flight. */
    if (!is_probe_alarm(code)) link_drop(link, LINK_DOWN);
}

static void on_probe(struct link_state_data *link, const struct answer *answer) {
    int z = link_axis_index(link, link->rig.needle.letter);
    if (z >= 0 && z < answer->value_count) link->probed_mm = -answer->values[z];
    link_emit(link, LINK_EVENT_PROBE, 0, answer->code, "the probe %s at a stroke of %.3f mm",
              answer->code ? "touched" : "did not touch", link->probed_mm);
}

/* One message is more than words for people. */
static void on_message(struct link_state_data *link, int64_t now_ns) {
    if (strcmp(link->rx, "[MSG:Stop]") != 0) return;
    if (!link->is_stop_asked) flush_stopped(link, now_ns);
    link->is_stop_asked = false;
}

void stream_on_answer(struct link_state_data *link, const struct answer *answer, int64_t now_ns) {
    switch (answer->kind) {
        case ANSWER_OK:
            on_ok(link, now_ns);
            break;
        case ANSWER_ERROR:
            on_error(link, answer->code, now_ns);
            break;
        case ANSWER_ALARM:
            on_alarm(link, answer->code);
            break;
        case ANSWER_BANNER:
            link_break(link, LINK_EVENT_RESET, 0, "the board restarted: all in flight is lost");
            break;
        case ANSWER_STATUS:
            stream_take_status(link, &answer->status, now_ns);
            break;
        case ANSWER_PROBE:
            on_probe(link, answer);
            break;
        case ANSWER_UNKNOWN:
            if (link->rx[0] == '>') break; /* the board's own start-up lines, echoed */
            link_recover(
                link, now_ns, LINK_EVENT_GARBLED, 0,
                "an answer that no Grbl gives (a changed byte, or another program): '%.60s'",
                link->rx);
            break;
        case ANSWER_OTHER:
            on_message(link, now_ns);
            break;
        case ANSWER_SETTING:
        case ANSWER_OPTIONS:
        case ANSWER_AXES:
        case ANSWER_VERSION:
        case ANSWER_FIRMWARE:
        case ANSWER_OFFSET:
        case ANSWER_EMPTY:
        case ANSWER_KIND_COUNT:
            break;
    }
}

/* A refused board is still told settings: nothing else counts then. */
void stream_on_setting_answer(struct link_state_data *link, const struct answer *answer) {
    bool is_answer = answer->kind == ANSWER_OK || answer->kind == ANSWER_ERROR;
    size_t i = link_first_unanswered(link);
    if (!is_answer || i == link->line_count) return;
    link_remove_line(link, i);
    const struct code_words *words = words_of_error(answer->code);
    if (answer->kind == ANSWER_OK)
        link_emit(link, LINK_EVENT_WRITTEN, 0, 0, "written");
    else
        link_emit(link, LINK_EVENT_WRITTEN, 0, answer->code, "error:%d: %s; %s", answer->code,
                  words->what, words->remedy);
}

/* From the firmware's axes to the rig's: order, deg to rad, needle sign. */
static void convert_position(struct link_state_data *link, const struct answer_status *report) {
    struct machine_status *status = &link->status;
    for (size_t i = 0; i < link->rig.axis_count; i++) {
        int k = link_axis_index(link, link->rig.axes[i].letter);
        if (k < 0 || k >= report->axis_count) continue;
        double value = report->position[k] + (report->is_work_position ? link->offset[k] : 0.0);
        status->q[i] = link->rig.axes[i].is_rotary ? value * RAD_PER_DEG : value;
    }
    int z = link_axis_index(link, link->rig.needle.letter);
    if (z >= 0 && z < report->axis_count)
        status->needle_mm =
            0.0 - (report->position[z] + (report->is_work_position ? link->offset[z] : 0.0));
}

/* A line number that was never sent: the line that runs was changed on its way, and nothing can be
 * told from it. */
static bool knows_line(struct link_state_data *link, const struct answer_status *report,
                       int64_t now_ns) {
    if (report->line <= link->newest_line || link->flush == FLUSH_WAITING) return true;
    link_recover(link, now_ns, LINK_EVENT_GARBLED, 0,
                 "the board runs line %u, which was never sent", report->line);
    return false;
}

/* The plan's times rest on full speed: a changed byte, or a knob on the board, may have slowed it
 * down or sped it up. A reset ends that. */
static bool has_full_speed(struct link_state_data *link, const struct answer_status *report,
                           int64_t now_ns) {
    bool is_full = (report->feed_percent < 0 || report->feed_percent == FULL_PERCENT) &&
                   (report->rapid_percent < 0 || report->rapid_percent == FULL_PERCENT);
    if (is_full || link->is_override_asked || link->flush == FLUSH_WAITING) return true;
    link_recover(link, now_ns, LINK_EVENT_GARBLED, 0,
                 "the board's overrides stand at %d and %d %%: a changed byte, or a knob on it",
                 report->feed_percent, report->rapid_percent);
    return false;
}

/* A work offset shifts every command: none may appear while the link is ready. */
static bool takes_offset(struct link_state_data *link, const struct answer_status *report,
                         int64_t now_ns) {
    double most = 0;
    if (!report->has_offset) return true;
    for (int i = 0; i < LINK_AXES_MAX; i++) {
        link->offset[i] = report->offset[i];
        most = fmax(most, fabs(report->offset[i]));
    }
    if (most <= OFFSET_TOLERANCE || link->flush == FLUSH_WAITING) return true;
    link_recover(link, now_ns, LINK_EVENT_GARBLED, 0,
                 "the board's work offset is %.3f now: another program has set it", most);
    return false;
}

/* The next report is asked for in a while; while a strike's needle rises, for two moments: just
 * before its end, when a travel waits behind it, and just after, when that has begun. So a travel
 * that was changed on its way is seen before it has led anywhere. The needle brakes to rest:
 * t = sqrt(2 z / a). */
static int64_t next_poll_ns(const struct link_state_data *link, double needle_before_mm,
                            int64_t now_ns) {
    const struct machine_status *status = &link->status;
    bool is_moving = status->state == MACHINE_RUN || status->state == MACHINE_JOG;
    bool is_busy = link->line_count || link->flush != FLUSH_NONE || is_moving;
    bool rises = link->line_count && link->lines[0].kind == LINE_STRIKE &&
                 status->line == link->lines[0].line && status->needle_mm >= 0 &&
                 status->needle_mm < needle_before_mm;
    if (!rises) return now_ns + (is_busy ? POLL_BUSY_NS : POLL_IDLE_NS);
    double end_s = sqrt(2 * status->needle_mm / link->rig.needle.acceleration_max);
    int64_t end_ns = status->asked_ns + s_to_ns(end_s);
    int64_t before_ns = end_ns - NEARLY_NS, after_ns = end_ns + BEGUN_NS;
    if (before_ns >= now_ns) return before_ns;
    return after_ns > now_ns ? after_ns : now_ns;
}

void stream_take_status(struct link_state_data *link, const struct answer_status *report,
                        int64_t now_ns) {
    struct machine_status *status = &link->status;
    double needle_before_mm = status->needle_mm;
    if (!takes_offset(link, report, now_ns) || !knows_line(link, report, now_ns) ||
        !has_full_speed(link, report, now_ns))
        return;
    link->asked_before_ns = status->asked_ns;
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
    executed_find(link, report);
    executed_compare(link, report);
    executed_confirm(link, report);
    jog_on_status(link);
    link->next_poll_ns = next_poll_ns(link, needle_before_mm, now_ns);
    link_emit(link, LINK_EVENT_STATUS, report->line, 0, "status");
    flush_stuck(link, report, now_ns);
    flush_on_status(link, report, now_ns);
}

static int64_t answer_limit_ns(const struct line_entry *entry) {
    switch (entry->kind) {
        case LINE_HOMING:
            return HOMING_WAIT_NS;
        case LINE_SERVICE: /* a probe answers when it has touched */
        case LINE_SETTING: /* written to a slow memory */
        case LINE_SYNC:
            return SLOW_WAIT_NS;
        case LINE_QUERY:
        case LINE_TRAVEL:
        case LINE_ECHO:
        case LINE_STRIKE:
        case LINE_JOG:
        case LINE_HOMED_MODES:
            break;
    }
    return ANSWER_WAIT_NS;
}

/* A held board reads no lines: their answers may wait then, the reports may not. */
static bool is_overdue(const struct link_state_data *link, int64_t now_ns) {
    bool is_held = link->status.state == MACHINE_HOLD || link->status.state == MACHINE_DOOR;
    size_t i = link_first_unanswered(link);
    if (i < link->line_count && !is_held &&
        now_ns - link->lines[i].sent_ns > answer_limit_ns(&link->lines[i]))
        return true;
    /* Some boards report nothing while they home or write their settings. */
    if (i < link->line_count &&
        (link->lines[i].kind == LINE_HOMING || link->lines[i].kind == LINE_SETTING))
        return false;
    return link->is_report_awaited && now_ns - link->report_asked_ns > STATUS_WAIT_NS;
}

/* The queue has ended after an error: a blank line clears the latch. */
static void resynchronise(struct link_state_data *link, int64_t now_ns) {
    bool is_over = link->is_erred && link->line_count == 0 && link->status.state == MACHINE_IDLE &&
                   link->status.planner_free == link->planner_empty;
    if (is_over) (void)link_put_line(link, LINE_SYNC, 0, "\n", now_ns);
}

void stream_tick(struct link_state_data *link, int64_t now_ns) {
    if (is_overdue(link, now_ns)) {
        /* A board that goes on reporting has only lost an answer, or a line. */
        if (link->line_count && now_ns - link->status.stamp_ns < STATUS_WAIT_NS)
            link_recover(link, now_ns, LINK_EVENT_SILENT, 0, "an answer to a line never came");
        else
            link_break(link, LINK_EVENT_SILENT, 0,
                       "the board stopped answering: cable, power, or a lost `ok`");
        return;
    }
    resynchronise(link, now_ns);
    size_t i = link_first_unanswered(link);
    bool is_homing = i < link->line_count && link->lines[i].kind == LINE_HOMING;
    bool may_ask =
        !link->is_report_awaited || (is_homing && now_ns - link->report_asked_ns > STATUS_WAIT_NS);
    if (may_ask && now_ns >= link->next_poll_ns) link_ask_report(link, now_ns);
    /* One answer may be lost. Whichever comes is as old as the first question at most. */
    bool is_deaf = i < link->line_count && (is_homing || link->lines[i].kind == LINE_SETTING);
    if (link->is_report_awaited && !is_deaf && now_ns - link->report_again_ns >= REPORT_AGAIN_NS) {
        link_put_bytes(link, "?", 1);
        link->report_again_ns = now_ns;
    }
}
