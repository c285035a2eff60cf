/* Waking and recognising the board: banner or soft reset, $I, $$ against the rig file, modes,
 * status. */
#include <math.h>
#include <string.h>

#include "controller/link/link_state.h"

/* Settings agree when they differ by less than this part of themselves. */
#define SETTING_TOLERANCE 1e-3

static void enter(struct link_state_data *link, enum wake_step step, int64_t now_ns) {
    link->step = step;
    link->step_ns = now_ns;
}

static void query(struct link_state_data *link, const char *text, int64_t now_ns) {
    struct line_entry entry = {.kind = LINE_QUERY};
    (void)link_put_line(link, &entry, text, now_ns);
}

void handshake_begin(struct link_state_data *link, int64_t now_ns) {
    link->differences = 0;
    link->settings_seen = 0;
    link->rx_size = RX_BYTES_SMALLEST;
    memset(link->offset, 0, sizeof link->offset);
    enter(link, WAKE_BANNER, now_ns);
}

static void refuse(struct link_state_data *link, const char *why) {
    link_drop(link, LINK_REFUSED);
    link_emit(link, LINK_EVENT_REFUSED, 0, link->differences, "%s", why);
}

static void identify(struct link_state_data *link, int64_t now_ns) {
    link->line_count = 0;
    link->state = LINK_IDENTIFYING;
    enter(link, WAKE_INFO, now_ns);
    query(link, "$I\n", now_ns);
}

/* The rig's axis that drives this firmware axis, NULL when it is none of the rig's. */
static const struct rig_axis *axis_of(const struct link_state_data *link, int firmware_index) {
    for (size_t i = 0; i < link->rig.axis_count; i++)
        if (link_firmware_index(link->rig.axes[i].letter) == firmware_index)
            return &link->rig.axes[i];
    bool is_needle = link_firmware_index(link->rig.needle.letter) == firmware_index;
    return is_needle ? &link->rig.needle : NULL;
}

/* What a per-axis setting should be: steps, rate per minute, acceleration, travel. */
static double wanted_setting(const struct rig_axis *axis, int group) {
    double unit = axis->is_rotary ? DEG_PER_RAD : 1.0;
    switch (group) {
        case 10:
            return axis->steps_per_unit;
        case 11:
            return axis->speed_max * unit * 60.0;
        case 12:
            return axis->acceleration_max * unit;
        default:
            return (axis->max - axis->min) * unit;
    }
}

/* $100-$139: per axis in tens. */
static void check_setting(struct link_state_data *link, int number, double value) {
    int group = number / 10, index = number % 10;
    if (group < 10 || group > 13) return;
    const struct rig_axis *axis = axis_of(link, index);
    if (!axis) return;
    double wanted = wanted_setting(axis, group);
    link->settings_seen |= UINT64_C(1) << ((group - 10) * 10 + index);
    if (fabs(value - wanted) <= SETTING_TOLERANCE * fabs(wanted)) return;
    link->differences++;
    link_emit(link, LINK_EVENT_REFUSED, 0, number,
              "$%d (axis %c) is %g on the board, %g in the rig file", number, axis->letter, value,
              wanted);
}

static int settings_seen_count(const struct link_state_data *link) {
    return __builtin_popcountll(link->settings_seen);
}

static void on_options(struct link_state_data *link, const struct answer *answer) {
    if (answer->rx_bytes >= RX_BYTES_SMALLEST) link->rx_size = answer->rx_bytes;
    link->planner_size = answer->planner_blocks;
}

static void on_ok(struct link_state_data *link, int64_t now_ns) {
    link->line_count = 0; /* one query at a time in a handshake */
    switch (link->step) {
        case WAKE_INFO:
            enter(link, WAKE_SETTINGS, now_ns);
            query(link, "$$\n", now_ns);
            break;
        case WAKE_SETTINGS:
            if (settings_seen_count(link) < 4 * (int)(link->rig.axis_count + 1))
                refuse(link,
                       "the board has fewer axes than the rig file, or did not list its settings");
            else if (link->differences)
                refuse(link,
                       "the board's settings are not the rig's: set those named in the log, or "
                       "mend the rig file");
            else {
                enter(link, WAKE_MODES, now_ns);
                /* An alarm's lock answers error:9 here: fine, homing follows and the modes are
                 * defaults. */
                query(link, "G21G90G94G17G54\n", now_ns);
            }
            break;
        case WAKE_MODES:
            enter(link, WAKE_STATUS, now_ns);
            link_put_bytes(link, "?", 1);
            break;
        case WAKE_BANNER:
        case WAKE_RESET:
        case WAKE_STATUS:
            break;
    }
}

static void become_ready(struct link_state_data *link, const struct answer *answer,
                         int64_t now_ns) {
    link->state = LINK_READY;
    link->line_count = 0;
    link->is_report_awaited = false;
    link->next_poll_ns = now_ns;
    stream_take_status(link, &answer->status, now_ns);
    link_emit(link, LINK_EVENT_READY, 0, 0, "the board is the rig's: %d bytes of receive buffer",
              link->rx_size);
}

void handshake_on_answer(struct link_state_data *link, const struct answer *answer,
                         int64_t now_ns) {
    bool is_waking = link->state == LINK_WAKING;
    switch (answer->kind) {
        case ANSWER_BANNER:
            identify(link, now_ns);
            break;
        case ANSWER_OPTIONS:
            on_options(link, answer);
            break;
        case ANSWER_SETTING:
            if (link->step == WAKE_SETTINGS) check_setting(link, answer->code, answer->value);
            break;
        case ANSWER_OK:
            if (!is_waking) on_ok(link, now_ns);
            break;
        case ANSWER_ERROR:
            if (link->step == WAKE_MODES)
                on_ok(link, now_ns);
            else if (!is_waking)
                refuse(link, "the board refused a question of the handshake");
            break;
        case ANSWER_STATUS:
            if (link->step == WAKE_STATUS) become_ready(link, answer, now_ns);
            break;
        case ANSWER_ALARM:
        case ANSWER_PROBE:
        case ANSWER_OTHER:
        case ANSWER_EMPTY:
        case ANSWER_UNKNOWN:
        case ANSWER_KIND_COUNT:
            break;
    }
}

void handshake_tick(struct link_state_data *link, int64_t now_ns) {
    int64_t waited_ns = now_ns - link->step_ns;
    if (link->step == WAKE_BANNER && waited_ns >= BANNER_WAIT_NS) {
        /* Nothing came on opening: the board did not reset. Ask for a clean slate. */
        link_put_bytes(link, "\x18", 1);
        enter(link, WAKE_RESET, now_ns);
    } else if (link->step != WAKE_BANNER && waited_ns >= RESET_WAIT_NS) {
        link_drop(link, LINK_DOWN);
        link_emit(link, LINK_EVENT_SILENT, 0, 0,
                  "no answer from the board: is it powered, and is this its port?");
    }
}
