/* Waking and recognising the board: what still moves is waited for, then banner or soft reset, $I,
 * $$ against the rig file, $# (nothing may be shifted), modes, status. */
#include <math.h>
#include <string.h>

#include "controller/link/link_state.h"

/* What a reset leaves anyway; a board's start-up lines ($N) may have changed it. */
const char handshake_modes_line[] = "G21G90G94G17G54G40G49G80\n";

static void enter(struct link_state_data *link, enum wake_step step, int64_t now_ns) {
    link->step = step;
    link->step_ns = now_ns;
    link->look_ns = now_ns + POLL_WAKING_NS;
}

static void query(struct link_state_data *link, enum wake_step step, const char *text,
                  int64_t now_ns) {
    enter(link, step, now_ns);
    (void)link_put_line(link, LINE_QUERY, 0, text, now_ns);
}

void handshake_begin(struct link_state_data *link, int64_t now_ns) {
    link->unreadable = 0;
    link->is_estop_seen = false;
    enter(link, WAKE_BANNER, now_ns);
}

void handshake_expect_banner(struct link_state_data *link, int64_t now_ns) {
    link->unreadable = 0;
    link->is_estop_seen = false;
    enter(link, WAKE_RESET, now_ns);
    link->look_ns = now_ns + LOOK_WAIT_NS; /* a pressed E-stop makes the board ignore a reset */
}

static void reset(struct link_state_data *link, int64_t now_ns) {
    link_put_bytes(link, "\x18", 1);
    enter(link, WAKE_RESET, now_ns);
    link->look_ns = now_ns + LOOK_WAIT_NS;
}

static void refuse(struct link_state_data *link, const char *why) {
    link_drop(link, LINK_REFUSED);
    link_emit(link, LINK_EVENT_REFUSED, 0, link->differences, "%s", why);
}

/* A flush resets a board that is known, and nothing of it changes by that: modes and a report are
 * enough, and soon, for the needle waits over the skin. */
static int64_t settle_ns(const struct link_state_data *link) {
    return link->flush == FLUSH_RESETTING ? FLUSH_SETTLE_NS : POLL_WAKING_NS;
}

/* A banner: whatever was asked before it may or may not be answered yet, and a board that resets on
 * opening may greet twice. A short silence settles it. */
static void settle(struct link_state_data *link, int64_t now_ns) {
    link->line_count = link->unanswered_bytes = 0;
    link->state = LINK_IDENTIFYING;
    enter(link, WAKE_SETTLE, now_ns);
    link->look_ns = now_ns + settle_ns(link);
}

static void identify(struct link_state_data *link, int64_t now_ns) {
    link->board = (struct link_board){.rx_bytes = RX_BYTES_SMALLEST};
    link->want_count = link->all_count = 0;
    link->differences = 0;
    link->work_offset = 0;
    link->planner_empty = -1;
    memset(link->offset, 0, sizeof link->offset);
    query(link, WAKE_INFO, "$I\n", now_ns);
}

static void on_info_done(struct link_state_data *link, int64_t now_ns) {
    struct link_board *board = &link->board;
    if (!board->axes[0]) memcpy(board->axes, "XYZ", sizeof "XYZ"); /* classic Grbl */
    link->want_count = 0;
    struct setting_want wants[SETTING_WANTS_MAX];
    size_t count = settings_wanted(&link->rig, board->axes, wants);
    for (size_t i = 0; i < count; i++)
        link->wants[link->want_count++] =
            (struct link_setting){.want = wants[i], .value = (double)NAN};
    query(link, WAKE_SETTINGS, "$$\n", now_ns);
}

/* A letter of the rig file that the board does not have, or '\0'. */
static char missing_axis(const struct link_state_data *link) {
    for (size_t i = 0; i < link->rig.axis_count; i++)
        if (link_axis_index(link, link->rig.axes[i].letter) < 0) return link->rig.axes[i].letter;
    return link_axis_index(link, link->rig.needle.letter) < 0 ? link->rig.needle.letter : '\0';
}

static void take_setting(struct link_state_data *link, int number, double value) {
    if (link->all_count < LINK_SETTINGS_MAX)
        link->all[link->all_count++] = (struct board_setting){number, value};
    for (size_t i = 0; i < link->want_count; i++) {
        struct link_setting *setting = &link->wants[i];
        if (setting->want.number != number) continue;
        setting->is_listed = true;
        setting->value = value;
        setting->agrees = setting_agrees(&setting->want, value);
    }
}

static void tell_difference(struct link_state_data *link, const struct link_setting *setting) {
    const struct setting_want *want = &setting->want;
    char axis[12] = "";
    if (want->axis) memcpy(axis, " (axis X)", sizeof " (axis X)"), axis[7] = want->axis;
    link->differences++;
    if (!setting->is_listed)
        link_emit(link, LINK_EVENT_REFUSED, 0, want->number, "the board has no $%d%s: %s",
                  want->number, axis, want->why);
    else
        link_emit(link, LINK_EVENT_REFUSED, 0, want->number,
                  "$%d%s is %g on the board, %g in the rig file: %s", want->number, axis,
                  setting->value, want->value, want->why);
}

static void on_settings_done(struct link_state_data *link, int64_t now_ns) {
    char letter = missing_axis(link);
    if (link->all_count == 0) {
        link_break(link, LINK_EVENT_GARBLED, 0,
                   "the board listed no settings: an answer came twice, or from another program");
        return;
    }
    if (letter) {
        link_drop(link, LINK_REFUSED);
        link_emit(link, LINK_EVENT_REFUSED, 0, 0,
                  "the board drives axes %s: it has no axis %c of the rig file", link->board.axes,
                  letter);
        return;
    }
    for (size_t i = 0; i < link->want_count; i++)
        if (link->wants[i].want.level == SETTING_MUST && !link->wants[i].agrees)
            tell_difference(link, &link->wants[i]);
    query(link, WAKE_OFFSETS, "$#\n", now_ns);
}

static void on_offsets_done(struct link_state_data *link, int64_t now_ns) {
    if (link->work_offset > OFFSET_TOLERANCE) {
        link->differences++;
        link_emit(link, LINK_EVENT_REFUSED, 0, 0,
                  "a work offset of %.3f stands on the board: every command would be shifted by it",
                  link->work_offset);
    }
    if (link->differences)
        refuse(link, "the board is not the rig of the file: smprig rig doctor says what to set");
    else
        /* A locked board answers error:9: fine, homing follows and the modes are defaults. */
        query(link, WAKE_MODES, handshake_modes_line, now_ns);
}

static void on_answered(struct link_state_data *link, int64_t now_ns) {
    if (link->line_count == 0) return; /* an answer nobody asked for: the step's limit tells */
    link->line_count = link->unanswered_bytes = 0; /* one query at a time in a handshake */
    switch (link->step) {
        case WAKE_INFO:
            on_info_done(link, now_ns);
            break;
        case WAKE_SETTINGS:
            on_settings_done(link, now_ns);
            break;
        case WAKE_OFFSETS:
            on_offsets_done(link, now_ns);
            break;
        case WAKE_MODES:
            enter(link, WAKE_STATUS, now_ns);
            link_ask_report(link, now_ns);
            break;
        case WAKE_BANNER:
        case WAKE_LOOK:
        case WAKE_RESET:
        case WAKE_SETTLE:
        case WAKE_STATUS:
            break;
    }
}

static void become_ready(struct link_state_data *link, const struct answer *answer,
                         int64_t now_ns) {
    link->state = LINK_READY;
    link->line_count = link->unanswered_bytes = 0;
    link->planner_empty = answer->status.planner_free;
    link->is_report_awaited = false;
    stream_take_status(link, &answer->status, now_ns);
    link->next_poll_ns = now_ns;
    link_emit(link, LINK_EVENT_READY, 0, 0, "%s %s, axes %s, %d bytes of receive buffer",
              link->board.is_grblhal ? "grblHAL" : "Grbl", link->board.version, link->board.axes,
              link->board.rx_bytes);
    flush_end(link);
}

static bool is_moving(enum machine_state state) {
    return state == MACHINE_RUN || state == MACHINE_JOG || state == MACHINE_HOME;
}

static void on_status(struct link_state_data *link, const struct answer *answer, int64_t now_ns) {
    link->is_estop_seen = answer->status.pins & PIN_ESTOP;
    link->heard_ns = now_ns;
    switch (link->step) {
        case WAKE_BANNER:
        case WAKE_LOOK:
            link->is_homing_seen = answer->status.state == MACHINE_HOME;
            if (!is_moving(answer->status.state) && !link->is_estop_seen) reset(link, now_ns);
            break;
        case WAKE_STATUS:
            become_ready(link, answer, now_ns);
            break;
        case WAKE_RESET:
        case WAKE_SETTLE:
        case WAKE_INFO:
        case WAKE_SETTINGS:
        case WAKE_OFFSETS:
        case WAKE_MODES:
            break;
    }
}

static void take_offset(struct link_state_data *link, const struct answer *answer) {
    /* G54 is the system that the modes choose; others do not act. */
    if (answer->text[0] == 'G' && answer->text[1] == '5' && answer->text[2] != '4') return;
    for (int i = 0; i < answer->value_count; i++)
        link->work_offset = fmax(link->work_offset, fabs(answer->values[i]));
}

static void take_info(struct link_state_data *link, const struct answer *answer) {
    struct link_board *board = &link->board;
    if (answer->kind == ANSWER_VERSION) {
        memcpy(board->version, answer->text, sizeof board->version);
    } else if (answer->kind == ANSWER_FIRMWARE) {
        memcpy(board->firmware, answer->text, sizeof board->firmware);
        board->is_grblhal = strcmp(answer->text, "grblHAL") == 0;
    } else if (answer->kind == ANSWER_AXES) {
        size_t length = strspn(answer->text, "XYZABCUVW");
        if (length > LINK_AXES_MAX) length = LINK_AXES_MAX;
        memcpy(board->axes, answer->text, length);
        board->axes[length] = '\0';
    } else {
        int axes = answer->axes <= LINK_AXES_MAX ? answer->axes : LINK_AXES_MAX;
        if (answer->rx_bytes >= RX_BYTES_SMALLEST) board->rx_bytes = answer->rx_bytes;
        board->planner_blocks = answer->planner_blocks;
        if (!board->axes[0]) memcpy(board->axes, "XYZABCUVW", (size_t)axes);
    }
}

_Static_assert(sizeof((struct link_board *)0)->version == ANSWER_TEXT_MAX, "copied whole");
_Static_assert(sizeof((struct link_board *)0)->firmware == ANSWER_TEXT_MAX, "copied whole");

void handshake_on_answer(struct link_state_data *link, const struct answer *answer,
                         int64_t now_ns) {
    bool is_waking = link->state == LINK_WAKING;
    switch (answer->kind) {
        case ANSWER_BANNER:
            settle(link, now_ns);
            break;
        case ANSWER_OPTIONS:
        case ANSWER_AXES:
        case ANSWER_VERSION:
        case ANSWER_FIRMWARE:
            if (link->step == WAKE_INFO) take_info(link, answer);
            break;
        case ANSWER_SETTING:
            if (link->step == WAKE_SETTINGS) take_setting(link, answer->code, answer->values[0]);
            break;
        case ANSWER_OFFSET:
            if (link->step == WAKE_OFFSETS) take_offset(link, answer);
            break;
        case ANSWER_OK:
            if (!is_waking) on_answered(link, now_ns);
            break;
        case ANSWER_ERROR:
            if (link->step == WAKE_MODES)
                on_answered(link, now_ns);
            else if (!is_waking && link->line_count)
                refuse(link, "the board refused a question of the handshake: is it Grbl 1.1?");
            break;
        case ANSWER_STATUS:
            on_status(link, answer, now_ns);
            break;
        case ANSWER_ALARM:
            link->is_estop_seen = link->is_estop_seen || answer->code == 10;
            break;
        case ANSWER_UNKNOWN:
            link->unreadable++;
            break;
        case ANSWER_PROBE:
        case ANSWER_OTHER:
        case ANSWER_EMPTY:
        case ANSWER_KIND_COUNT:
            break;
    }
}

/* While it homes a board may take `?` for text, and 0x87 never; older ones know `?` alone. */
static void look(struct link_state_data *link, int64_t now_ns) {
    link_ask_report(link, now_ns);
    link_put_bytes(link, "\x87", 1);
}

static void give_up(struct link_state_data *link) {
    if (link->is_estop_seen)
        link_break(link, LINK_EVENT_ALARM, 10,
                   "the emergency stop is pressed: release it, then connect again");
    else if (link->step == WAKE_LOOK)
        link_break(link, LINK_EVENT_SILENT, 0,
                   "the board goes on moving: wait until it stands, then connect again");
    else if (link->unreadable)
        link_break(link, LINK_EVENT_GARBLED, 0,
                   "what comes is unreadable: a wrong baud rate, or another program on the port");
    else
        link_break(link, LINK_EVENT_SILENT, 0,
                   "no answer from the board: is it powered, and is this its port?");
}

void handshake_tick(struct link_state_data *link, int64_t now_ns) {
    int64_t waited_ns = now_ns - link->step_ns;
    bool is_look_due = now_ns >= link->look_ns;
    if (is_look_due) link->look_ns = now_ns + POLL_WAKING_NS;
    switch (link->step) {
        case WAKE_BANNER:
            if (waited_ns < BANNER_WAIT_NS) break;
            /* Nothing came on opening: the board did not reset. Look before waking it. */
            enter(link, WAKE_LOOK, now_ns);
            link->heard_ns = now_ns;
            link->is_homing_seen = false;
            look(link, now_ns);
            break;
        case WAKE_LOOK:
            /* Answers: let what moves end. None: it may sleep, boot, or be deaf to all but a reset.
             */
            if (waited_ns >= (link->is_homing_seen ? HOMING_WAIT_NS : MOVING_WAIT_NS) ||
                link->is_estop_seen)
                give_up(link);
            else if (now_ns - link->heard_ns >= LOOK_WAIT_NS)
                reset(link, now_ns);
            else if (is_look_due)
                look(link, now_ns);
            break;
        case WAKE_RESET:
            if (waited_ns >= RESET_WAIT_NS || (link->is_estop_seen && waited_ns >= LOOK_WAIT_NS))
                give_up(link);
            else if (is_look_due)
                link_put_bytes(link, "?", 1);
            break;
        case WAKE_SETTLE:
            if (waited_ns < settle_ns(link)) break;
            if (link->flush == FLUSH_RESETTING)
                query(link, WAKE_MODES, handshake_modes_line, now_ns);
            else
                identify(link, now_ns);
            break;
        case WAKE_STATUS:
        case WAKE_INFO:
        case WAKE_SETTINGS:
        case WAKE_OFFSETS:
        case WAKE_MODES:
            if (waited_ns >= STEP_WAIT_NS) give_up(link);
            break;
    }
}

int64_t handshake_next_ns(const struct link_state_data *link) {
    int64_t banner_ns = link->step_ns + BANNER_WAIT_NS;
    return link->step == WAKE_BANNER && banner_ns < link->look_ns ? banner_ns : link->look_ns;
}
