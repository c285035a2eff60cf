#include "controller/link/link.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "controller/link/link_state.h"

static struct link_state_data *data_of(struct link *link) {
    return (struct link_state_data *)(void *)link->storage;
}

static const struct link_state_data *const_data_of(const struct link *link) {
    return (const struct link_state_data *)(const void *)link->storage;
}

int link_firmware_index(char letter) {
    static const char order[] = "XYZABCUVW";
    const char *found = letter ? strchr(order, letter) : NULL;
    return found ? (int)(found - order) : -1;
}

void link_emit(struct link_state_data *link, enum link_event_kind kind, uint32_t line, int code,
               const char *format, ...) {
    /* A full queue keeps the oldest events: the first cause matters most. */
    if (link->event_count == EVENTS_MAX) return;
    size_t slot = (link->event_first + link->event_count++) % EVENTS_MAX;
    struct link_event *event = &link->events[slot];
    *event = (struct link_event){
        .kind = kind, .stamp_ns = link->status.stamp_ns, .line = line, .code = code};
    va_list args;
    va_start(args, format);
    vsnprintf(event->text, sizeof event->text, format, args);
    va_end(args);
}

void link_put_bytes(struct link_state_data *link, const void *bytes, size_t count) {
    const unsigned char *from = bytes;
    if (link->output_count + count > OUTPUT_MAX) return; /* callers check room for lines */
    for (size_t i = 0; i < count; i++)
        link->output[(link->output_first + link->output_count++) % OUTPUT_MAX] = from[i];
}

/* Bytes of lines that the board has not answered: what its receive buffer may hold. */
static size_t unanswered_bytes(const struct link_state_data *link) {
    size_t bytes = 0;
    for (size_t i = 0; i < link->line_count; i++)
        if (!link->lines[i].is_accepted) bytes += link->lines[i].bytes;
    return bytes;
}

bool link_put_line(struct link_state_data *link, const struct line_entry *entry, const char *text,
                   int64_t now_ns) {
    size_t bytes = strlen(text);
    if (link->line_count == IN_FLIGHT_MAX || link->output_count + bytes > OUTPUT_MAX ||
        unanswered_bytes(link) + bytes > (size_t)link->rx_size)
        return false;
    struct line_entry *added = &link->lines[link->line_count++];
    *added = *entry;
    added->bytes = bytes;
    added->sent_ns = now_ns;
    link_put_bytes(link, text, bytes);
    return true;
}

void link_drop(struct link_state_data *link, enum link_state state) {
    for (size_t i = 0; i < link->line_count; i++)
        if (link->lines[i].kind == LINE_TRAVEL || link->lines[i].kind == LINE_STRIKE)
            link_emit(link, LINK_EVENT_LOST, link->lines[i].line, 0,
                      "line %u was in flight: its fate is unknown", link->lines[i].line);
    link->line_count = 0;
    link->output_count = 0;
    link->rx_length = 0;
    link->is_report_awaited = false;
    link->is_commanded = false;
    link->state = state;
}

void link_init(struct link *link, const struct rig *rig) {
    struct link_state_data *data = data_of(link);
    memset(data, 0, sizeof *data);
    data->rig = *rig;
    data->rx_size = RX_BYTES_SMALLEST;
}

void link_open(struct link *link, int64_t now_ns) {
    struct link_state_data *data = data_of(link);
    link_drop(data, LINK_WAKING);
    handshake_begin(data, now_ns);
}

void link_on_closed(struct link *link, int64_t now_ns) {
    struct link_state_data *data = data_of(link);
    (void)now_ns;
    if (data->state == LINK_DOWN) return;
    link_drop(data, LINK_DOWN);
    link_emit(data, LINK_EVENT_CLOSED, 0, 0, "the port has gone");
}

static void on_line(struct link_state_data *data, int64_t now_ns) {
    struct answer answer;
    data->rx[data->rx_length] = '\0';
    answer_parse(data->rx, &answer);
    if (answer.kind == ANSWER_EMPTY) return;
    if (data->state == LINK_READY)
        stream_on_answer(data, &answer, now_ns);
    else if (data->state == LINK_WAKING || data->state == LINK_IDENTIFYING)
        handshake_on_answer(data, &answer, now_ns);
}

void link_on_bytes(struct link *link, const void *bytes, size_t count, int64_t now_ns) {
    struct link_state_data *data = data_of(link);
    const char *text = bytes;
    for (size_t i = 0; i < count; i++) {
        if (text[i] == '\n' || text[i] == '\r') {
            if (data->is_rx_overlong)
                link_emit(data, LINK_EVENT_GARBLED, 0, 0, "an answer of over %d bytes",
                          RX_LINE_MAX);
            else if (data->rx_length)
                on_line(data, now_ns);
            data->rx_length = 0;
            data->is_rx_overlong = false;
        } else if (data->rx_length + 1 < RX_LINE_MAX) {
            data->rx[data->rx_length++] = text[i];
        } else {
            data->is_rx_overlong = true;
        }
    }
}

void link_tick(struct link *link, int64_t now_ns) {
    struct link_state_data *data = data_of(link);
    if (data->state == LINK_WAKING || data->state == LINK_IDENTIFYING) handshake_tick(data, now_ns);
    if (data->state == LINK_READY) stream_tick(data, now_ns);
}

int64_t link_next_ns(const struct link *link) {
    const struct link_state_data *data = const_data_of(link);
    if (data->state == LINK_READY)
        return data->is_report_awaited ? data->report_asked_ns + STATUS_WAIT_NS
                                       : data->next_poll_ns;
    if (data->state == LINK_WAKING || data->state == LINK_IDENTIFYING)
        return data->step_ns + BANNER_WAIT_NS;
    return INT64_MAX;
}

size_t link_take_output(struct link *link, void *buffer, size_t size) {
    struct link_state_data *data = data_of(link);
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
    struct link_state_data *data = data_of(link);
    if (data->event_count == 0) return false;
    *ret_event = data->events[data->event_first];
    data->event_first = (data->event_first + 1) % EVENTS_MAX;
    data->event_count--;
    return true;
}

static size_t count_kind(const struct link_state_data *data, enum line_kind kind) {
    size_t count = 0;
    for (size_t i = 0; i < data->line_count; i++) count += data->lines[i].kind == kind;
    return count;
}

enum result link_send(struct link *link, const struct cleared_command *command, int64_t now_ns) {
    struct link_state_data *data = data_of(link);
    char text[WIRE_LINE_MAX];
    size_t length = 0;
    bool is_travel = cleared_kind(command) == CLEARED_TRAVEL;
    bool is_strike = cleared_kind(command) == CLEARED_STRIKE;
    struct line_entry entry = {.kind = is_strike ? LINE_STRIKE : LINE_TRAVEL,
                               .line = cleared_line(command)};
    if (data->state != LINK_READY) return RESULT_REFUSED;
    if (count_kind(data, entry.kind) >= 1) return RESULT_LIMIT;
    enum result result = wire_encode(command, &data->rig, text, &length);
    if (result != RESULT_OK) return result;
    for (size_t i = 0; i < data->rig.axis_count && is_travel; i++)
        entry.q[i] = cleared_axis(command, (int)i);
    if (!link_put_line(data, &entry, text, now_ns)) return RESULT_LIMIT;
    if (is_travel) memcpy(data->commanded, entry.q, sizeof data->commanded);
    data->is_commanded = data->is_commanded || is_travel;
    if (data->next_poll_ns > now_ns + POLL_BUSY_NS) data->next_poll_ns = now_ns;
    return RESULT_OK;
}

static enum result ask_line(struct link_state_data *data, enum line_kind kind, const char *text,
                            int64_t now_ns) {
    struct line_entry entry = {.kind = kind};
    return link_put_line(data, &entry, text, now_ns) ? RESULT_OK : RESULT_LIMIT;
}

enum result link_ask(struct link *link, enum link_request request, int64_t now_ns) {
    static const unsigned char realtime[LINK_REQUEST_COUNT] = {
        [LINK_HOLD] = '!', [LINK_RESUME] = '~', [LINK_SOFT_RESET] = 0x18, [LINK_JOG_CANCEL] = 0x85};
    struct link_state_data *data = data_of(link);
    if (data->state != LINK_READY || (unsigned)request >= LINK_REQUEST_COUNT) return RESULT_REFUSED;
    if (request == LINK_HOME) {
        data->is_commanded = false;
        return ask_line(data, LINE_HOMING, "$H\n", now_ns);
    }
    if (request == LINK_UNLOCK) return ask_line(data, LINE_QUERY, "$X\n", now_ns);
    if (request == LINK_OUTPUTS_OFF) return ask_line(data, LINE_QUERY, "M5 M9\n", now_ns);
    if (!realtime[request]) return RESULT_REFUSED;
    link_put_bytes(data, &realtime[request], 1);
    if (request == LINK_SOFT_RESET) {
        link_drop(data, LINK_WAKING);
        link_put_bytes(data, &realtime[request], 1);
        data->step = WAKE_RESET;
        data->step_ns = now_ns;
    }
    return RESULT_OK;
}

enum link_state link_state(const struct link *link) {
    return const_data_of(link)->state;
}

const struct machine_status *link_status(const struct link *link) {
    return &const_data_of(link)->status;
}

int link_in_flight(const struct link *link) {
    return (int)const_data_of(link)->line_count;
}
