/* Lines on their way to the board: character counting, one strike and one travel at most. */
#include <stdio.h>
#include <string.h>

#include "controller/link/link_state.h"

size_t link_first_unanswered(const struct link_state_data *link) {
    size_t i = 0;
    while (i < link->line_count && link->lines[i].is_accepted) i++;
    return i;
}

void link_remove_line(struct link_state_data *link, size_t index) {
    if (!link->lines[index].is_accepted) link->unanswered_bytes -= link->lines[index].bytes;
    for (size_t i = index + 1; i < link->line_count; i++) link->lines[i - 1] = link->lines[i];
    link->line_count--;
}

static bool has_room(const struct link_state_data *link, size_t lines, size_t bytes) {
    return link->line_count + lines <= IN_FLIGHT_MAX && link->output_count + bytes <= OUTPUT_MAX &&
           link->unanswered_bytes + bytes <= (size_t)link->board.rx_bytes;
}

bool link_put_line(struct link_state_data *link, enum line_kind kind, uint32_t number,
                   const char *text, int64_t now_ns) {
    size_t bytes = strlen(text);
    if (!has_room(link, 1, bytes)) return false;
    link->lines[link->line_count++] =
        (struct line_entry){.kind = kind, .line = number, .bytes = bytes, .sent_ns = now_ns};
    link->unanswered_bytes += bytes;
    link_put_bytes(link, text, bytes);
    return true;
}

static bool has_kind(const struct link_state_data *data, enum line_kind kind) {
    for (size_t i = 0; i < data->line_count; i++)
        if (data->lines[i].kind == kind) return true;
    return false;
}

static bool takes_motion(const struct link_state_data *data) {
    return data->state == LINK_READY && !data->is_erred && data->flush == FLUSH_NONE;
}

/* The newest travel's way, for comparing with what is reported. */
static void remember_way(struct link_state_data *data, const struct cleared_command *command) {
    for (size_t i = 0; i < data->rig.axis_count; i++) {
        data->before[i] = data->is_commanded ? data->commanded[i] : data->status.q[i];
        data->commanded[i] = cleared_axis(command, (int)i);
    }
    data->is_commanded = true;
    data->is_off_path = false;
    data->travel_line = cleared_line(command);
    data->echoed_ns = 0;
}

enum result link_send(struct link *link, const struct cleared_command *command, int64_t now_ns) {
    struct link_state_data *data = link_data(link);
    char text[WIRE_LINE_MAX], echo[WIRE_LINE_MAX];
    size_t length = 0, echo_length = 0;
    enum line_kind kind =
        cleared_kind(command) == CLEARED_STRIKE ? LINE_STRIKE : LINE_TRAVEL; /* or a withdrawal */
    if (!takes_motion(data)) return RESULT_REFUSED;
    if (has_kind(data, kind)) return RESULT_LIMIT;
    enum result result = wire_encode(command, &data->rig, text, &length);
    if (result != RESULT_OK) return result;
    bool is_travel = cleared_kind(command) == CLEARED_TRAVEL;
    if (is_travel) result = wire_encode_echo(command, &data->rig, echo, &echo_length);
    if (result != RESULT_OK) return result;
    if (!has_room(data, 1 + is_travel, length + echo_length)) return RESULT_LIMIT;
    if (!link_put_line(data, kind, cleared_line(command), text, now_ns)) return RESULT_LIMIT;
    data->newest_line = cleared_line(command) + is_travel;
    data->lines[data->line_count - 1].stroke_mm =
        kind == LINE_STRIKE ? cleared_stroke_mm(command) : 0;
    if (is_travel) (void)link_put_line(data, LINE_ECHO, data->newest_line, echo, now_ns);
    if (is_travel) remember_way(data, command);
    if (data->next_poll_ns > now_ns + POLL_BUSY_NS) data->next_poll_ns = now_ns;
    return RESULT_OK;
}

enum result link_send_service(struct link *link, const struct cleared_service *command,
                              int64_t now_ns) {
    struct link_state_data *data = link_data(link);
    char text[WIRE_LINE_MAX];
    size_t length = 0;
    bool is_jog = service_cleared_command(command)->kind == SERVICE_JOG;
    if (!takes_motion(data)) return RESULT_REFUSED;
    if (data->line_count > 0 || data->is_jog_cancelled) return RESULT_LIMIT;
    enum result result = wire_encode_service(command, &data->rig, text, &length);
    if (result != RESULT_OK) return result;
    if (!link_put_line(data, is_jog ? LINE_JOG : LINE_SERVICE, 0, text, now_ns))
        return RESULT_LIMIT;
    data->is_commanded = false;
    if (data->next_poll_ns > now_ns + POLL_BUSY_NS) data->next_poll_ns = now_ns;
    return RESULT_OK;
}

static bool takes_settings(const struct link_state_data *data) {
    return data->state == LINK_READY || data->state == LINK_REFUSED;
}

enum result link_write_setting(struct link *link, int number, double value, int64_t now_ns) {
    struct link_state_data *data = link_data(link);
    char text[40];
    if (!takes_settings(data)) return RESULT_REFUSED;
    snprintf(text, sizeof text, "$%d=%.10g\n", number, value);
    return link_put_line(data, LINE_SETTING, 0, text, now_ns) ? RESULT_OK : RESULT_LIMIT;
}

enum result link_clear_offsets(struct link *link, int64_t now_ns) {
    struct link_state_data *data = link_data(link);
    if (!takes_settings(data)) return RESULT_REFUSED;
    return link_put_line(data, LINE_SETTING, 0, "$RST=#\n", now_ns) ? RESULT_OK : RESULT_LIMIT;
}

static enum result ask_line(struct link_state_data *data, enum line_kind kind, const char *text,
                            int64_t now_ns) {
    if (data->is_erred) return RESULT_REFUSED;
    return link_put_line(data, kind, 0, text, now_ns) ? RESULT_OK : RESULT_LIMIT;
}

/* A reset asked for: like one that was not, but for the name. */
static void soft_reset(struct link_state_data *data, int64_t now_ns) {
    link_drop(data, LINK_WAKING);
    link_put_bytes(data, "\x18", 1);
    handshake_expect_banner(data, now_ns);
}

enum result link_ask(struct link *link, enum link_request request, int64_t now_ns) {
    static const unsigned char realtime[LINK_REQUEST_COUNT] = {
        [LINK_HOLD] = '!',          [LINK_RESUME] = '~',      [LINK_STOP] = 0x19,
        [LINK_DOOR] = 0x84,         [LINK_FEED_FULL] = 0x90,  [LINK_FEED_UP_10] = 0x91,
        [LINK_FEED_DOWN_10] = 0x92, [LINK_FEED_UP_1] = 0x93,  [LINK_FEED_DOWN_1] = 0x94,
        [LINK_RAPID_FULL] = 0x95,   [LINK_RAPID_HALF] = 0x96, [LINK_RAPID_QUARTER] = 0x97};
    struct link_state_data *data = link_data(link);
    if (data->state != LINK_READY || (unsigned)request >= LINK_REQUEST_COUNT) return RESULT_REFUSED;
    switch (request) {
        case LINK_HOME:
            if (data->line_count) return RESULT_LIMIT;
            data->is_commanded = false;
            return ask_line(data, LINE_HOMING, "$H\n", now_ns);
        case LINK_UNLOCK:
            return ask_line(data, LINE_QUERY, "$X\n", now_ns);
        case LINK_OUTPUTS_OFF:
            return ask_line(data, LINE_QUERY, "M5 M9\n", now_ns);
        case LINK_CHECK_MODE:
            if (data->line_count) return RESULT_LIMIT;
            if (data->status.state != MACHINE_CHECK)
                return ask_line(data, LINE_QUERY, "$C\n", now_ns);
            /* Leaving it resets the board: a banner instead of an `ok`. */
            link_drop(data, LINK_WAKING);
            link_put_bytes(data, "$C\n", 3);
            handshake_expect_banner(data, now_ns);
            return RESULT_OK;
        case LINK_SOFT_RESET:
            soft_reset(data, now_ns);
            return RESULT_OK;
        case LINK_FLUSH:
            flush_begin(data, now_ns);
            return RESULT_OK;
        case LINK_JOG_CANCEL:
            jog_cancel(data, now_ns);
            return RESULT_OK;
        default:
            link_put_bytes(data, &realtime[request], 1);
            data->is_stop_asked = data->is_stop_asked || request == LINK_STOP;
            data->is_override_asked = data->is_override_asked || request >= LINK_FEED_FULL;
            if (request == LINK_STOP) link_lose_lines(data);
            return RESULT_OK;
    }
}
