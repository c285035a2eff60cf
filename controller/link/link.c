#include "controller/link/link.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "controller/link/link_state.h"

int link_axis_index(const struct link_state_data *link, char letter) {
    const char *found = letter ? strchr(link->board.axes, letter) : NULL;
    return found ? (int)(found - link->board.axes) : -1;
}

static void emit(struct link_state_data *link, struct link_event event, const char *format,
                 va_list args) PRINTF_LIKE(3, 0);

static void emit(struct link_state_data *link, struct link_event event, const char *format,
                 va_list args) {
    /* A full queue keeps the oldest events: the first cause matters most. */
    if (link->event_count == EVENTS_MAX) return;
    size_t slot = (link->event_first + link->event_count++) % EVENTS_MAX;
    event.stamp_ns = link->status.stamp_ns;
    link->events[slot] = event;
    vsnprintf(link->events[slot].text, LINK_TEXT_MAX, format, args);
}

void link_emit(struct link_state_data *link, enum link_event_kind kind, uint32_t line, int code,
               const char *format, ...) {
    va_list args;
    va_start(args, format);
    emit(link, (struct link_event){.kind = kind, .line = line, .code = code}, format, args);
    va_end(args);
}

void link_break(struct link_state_data *link, enum link_event_kind kind, int code,
                const char *format, ...) {
    va_list args;
    va_start(args, format);
    emit(link, (struct link_event){.kind = kind, .code = code}, format, args);
    va_end(args);
    link_drop(link, LINK_DOWN);
}

void link_recover(struct link_state_data *link, int64_t now_ns, enum link_event_kind kind, int code,
                  const char *format, ...) {
    va_list args;
    if (link->flush == FLUSH_WAITING) return; /* the first cause stands */
    va_start(args, format);
    emit(link, (struct link_event){.kind = kind, .code = code}, format, args);
    va_end(args);
    if (link->flush == FLUSH_NONE)
        flush_wait(link, now_ns);
    else
        link_drop(link, LINK_DOWN);
}

void link_put_bytes(struct link_state_data *link, const void *bytes, size_t count) {
    const unsigned char *from = bytes;
    if (link->output_count + count > OUTPUT_MAX) return; /* callers check room for lines */
    for (size_t i = 0; i < count; i++)
        link->output[(link->output_first + link->output_count++) % OUTPUT_MAX] = from[i];
}

void link_ask_report(struct link_state_data *link, int64_t now_ns) {
    size_t i = link_first_unanswered(link);
    bool is_homing = i < link->line_count && link->lines[i].kind == LINE_HOMING;
    /* While a `$` line runs, grblHAL may take a `?` for text; 0x87 it never does. */
    link_put_bytes(link, is_homing && link->board.is_grblhal ? "\x87" : "?", 1);
    link->is_report_awaited = true;
    link->report_asked_ns = link->report_again_ns = now_ns;
}

void link_lose_lines(struct link_state_data *link) {
    for (size_t i = 0; i < link->line_count; i++)
        if (line_is_motion(&link->lines[i]))
            link_emit(link, LINK_EVENT_LOST, link->lines[i].line, 0,
                      "line %u was in flight: its fate is unknown", link->lines[i].line);
    link->line_count = link->unanswered_bytes = 0;
}

void link_drop(struct link_state_data *link, enum link_state state) {
    link_lose_lines(link);
    link->output_count = 0;
    link->rx_length = 0;
    link->is_rx_overlong = false;
    link->is_report_awaited = link->is_commanded = false;
    link->is_erred = link->is_jog_cancelled = false;
    link->is_stop_asked = link->is_override_asked = false;
    link->stuck_reports = 0;
    if (state != LINK_WAKING) link->flush = FLUSH_NONE;
    link->state = state;
}

void link_init(struct link *link, const struct rig *rig) {
    struct link_state_data *data = link_data(link);
    memset(data, 0, sizeof *data);
    data->rig = *rig;
    data->board.rx_bytes = RX_BYTES_SMALLEST;
}

void link_open(struct link *link, int64_t now_ns) {
    struct link_state_data *data = link_data(link);
    link_drop(data, LINK_WAKING);
    data->flush = FLUSH_NONE;
    handshake_begin(data, now_ns);
}

void link_on_closed(struct link *link, int64_t now_ns) {
    struct link_state_data *data = link_data(link);
    (void)now_ns;
    if (data->state == LINK_DOWN) return;
    link_break(data, LINK_EVENT_CLOSED, 0,
               "the port has gone: cable out, or the board powered off");
}

static void on_line(struct link_state_data *data, int64_t now_ns) {
    struct answer answer;
    data->rx[data->rx_length] = '\0';
    answer_parse(data->rx, data->rx_length, &answer);
    if (answer.kind == ANSWER_EMPTY) return;
    switch (data->state) {
        case LINK_READY:
            stream_on_answer(data, &answer, now_ns);
            break;
        case LINK_WAKING:
        case LINK_IDENTIFYING:
            handshake_on_answer(data, &answer, now_ns);
            break;
        case LINK_REFUSED:
            stream_on_setting_answer(data, &answer);
            break;
        case LINK_DOWN:
        case LINK_STATE_COUNT:
            break;
    }
}

static void on_unreadable(struct link_state_data *data, const char *what, int64_t now_ns) {
    data->unreadable++;
    if (data->state == LINK_READY)
        link_recover(data, now_ns, LINK_EVENT_GARBLED, 0,
                     "%s: a wrong baud rate, another program on the port, or a bad cable", what);
}

/* A board speaks ASCII; only its messages carry what somebody wrote into them. */
static bool is_readable(const struct link_state_data *data, char c) {
    bool is_message = data->rx_length && data->rx[0] == '[';
    return is_message || c == '\t' || (c >= ' ' && c <= '~');
}

void link_on_bytes(struct link *link, const void *bytes, size_t count, int64_t now_ns) {
    struct link_state_data *data = link_data(link);
    const char *text = bytes;
    for (size_t i = 0; i < count; i++) {
        if (text[i] == '\n' || text[i] == '\r') {
            if (data->is_rx_overlong)
                on_unreadable(data, "an answer without an end", now_ns);
            else if (data->rx_length)
                on_line(data, now_ns);
            data->rx_length = 0;
            data->is_rx_overlong = false;
        } else if (!is_readable(data, text[i])) {
            on_unreadable(data, "a byte that no Grbl sends", now_ns);
        } else if (data->rx_length + 1 < RX_LINE_MAX) {
            data->rx[data->rx_length++] = text[i];
        } else {
            data->is_rx_overlong = true;
        }
    }
}

void link_tick(struct link *link, int64_t now_ns) {
    struct link_state_data *data = link_data(link);
    if (data->state == LINK_WAKING || data->state == LINK_IDENTIFYING) handshake_tick(data, now_ns);
    if (data->state == LINK_READY) stream_tick(data, now_ns);
    flush_tick(data, now_ns);
}

int64_t link_next_ns(const struct link *link) {
    const struct link_state_data *data = link_const_data(link);
    if (data->state == LINK_READY)
        return data->is_report_awaited ? data->report_again_ns + REPORT_AGAIN_NS
                                       : data->next_poll_ns;
    if (data->state == LINK_WAKING || data->state == LINK_IDENTIFYING)
        return handshake_next_ns(data);
    return INT64_MAX;
}

size_t link_take_output(struct link *link, void *buffer, size_t size) {
    struct link_state_data *data = link_data(link);
    unsigned char *to = buffer;
    size_t count = 0;
    while (count < size && data->output_count) {
        to[count++] = data->output[data->output_first];
        data->output_first = (data->output_first + 1) % OUTPUT_MAX;
        data->output_count--;
    }
    return count;
}

bool link_take_event(struct link *link, struct link_event *ret_event) {
    struct link_state_data *data = link_data(link);
    if (data->event_count == 0) return false;
    *ret_event = data->events[data->event_first];
    data->event_first = (data->event_first + 1) % EVENTS_MAX;
    data->event_count--;
    return true;
}

void link_hurry(struct link *link) {
    struct link_state_data *data = link_data(link);
    int64_t soon_ns = data->report_asked_ns + POLL_BUSY_NS;
    if (data->next_poll_ns > soon_ns) data->next_poll_ns = soon_ns;
}

enum link_state link_state(const struct link *link) {
    return link_const_data(link)->state;
}

const struct machine_status *link_status(const struct link *link) {
    return &link_const_data(link)->status;
}

bool link_is_flushing(const struct link *link) {
    return link_const_data(link)->flush != FLUSH_NONE;
}

bool link_takes_lines(const struct link *link) {
    const struct link_state_data *data = link_const_data(link);
    return data->state == LINK_READY && !data->is_erred && data->flush == FLUSH_NONE;
}

int link_in_flight(const struct link *link) {
    return (int)link_const_data(link)->line_count;
}

const struct link_board *link_board(const struct link *link) {
    return &link_const_data(link)->board;
}

size_t link_settings(const struct link *link, const struct link_setting **ret_settings) {
    *ret_settings = link_const_data(link)->wants;
    return link_const_data(link)->want_count;
}

size_t link_all_settings(const struct link *link, const struct board_setting **ret_settings) {
    *ret_settings = link_const_data(link)->all;
    return link_const_data(link)->all_count;
}

double link_work_offset(const struct link *link) {
    return link_const_data(link)->work_offset;
}

double link_probed_mm(const struct link *link) {
    return link_const_data(link)->probed_mm;
}
