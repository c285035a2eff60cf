#include "controller/link/replay.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controller/link/link_state.h"
#include "controller/link/wirelog.h"

#define PENDING_MAX 8192 /* bytes that one side has and the other has not yet */
#define TICKS_MAX 100000 /* between two records: more is no session but a clock's leap */
#define LATE_NS NS_PER_S /* the link may be so much later than the recording */

struct stream {
    unsigned char bytes[PENDING_MAX];
    size_t count;
};

struct replay {
    struct link link;
    struct replay_report *report;
    replay_told told;
    void *context;
    struct stream recorded, made; /* to the board, what is not yet compared */
    int64_t now_ns, unequal_ns;
    char line[WIRE_LINE_MAX]; /* the recorded line being put together */
    size_t line_length;
};

static void differ(struct replay *replay, const char *what) {
    struct replay_report *report = replay->report;
    if (!report->is_same) return;
    report->is_same = false;
    report->differs_ns = replay->now_ns;
    snprintf(report->difference, sizeof report->difference, "%s: recorded '%.60s', made '%.60s'",
             what, (const char *)replay->recorded.bytes, (const char *)replay->made.bytes);
}

static void append(struct replay *replay, struct stream *stream, unsigned char c) {
    if (c == '?' || c == 0x87) return;
    if (stream->count + 1 < PENDING_MAX)
        stream->bytes[stream->count++] = c;
    else
        differ(replay, "one side is silent");
    stream->bytes[stream->count] = '\0';
}

static void drop_front(struct stream *stream, size_t count) {
    stream->count -= count;
    memmove(stream->bytes, stream->bytes + count, stream->count + 1);
}

static void compare(struct replay *replay) {
    size_t common =
        replay->recorded.count < replay->made.count ? replay->recorded.count : replay->made.count;
    for (size_t i = 0; i < common; i++)
        if (replay->recorded.bytes[i] != replay->made.bytes[i]) {
            differ(replay, "other bytes");
            common = i;
        }
    drop_front(&replay->recorded, common);
    drop_front(&replay->made, common);
    bool is_equal = replay->recorded.count == 0 && replay->made.count == 0;
    if (is_equal) replay->unequal_ns = replay->now_ns;
    if (replay->now_ns - replay->unequal_ns > LATE_NS) differ(replay, "not the same");
}

static void take_output(struct replay *replay) {
    unsigned char bytes[512];
    for (size_t count; (count = link_take_output(&replay->link, bytes, sizeof bytes)) > 0;)
        for (size_t i = 0; i < count; i++) append(replay, &replay->made, bytes[i]);
}

static void take_events(struct replay *replay) {
    struct link_event event;
    while (link_take_event(&replay->link, &event)) {
        replay->report->events[event.kind]++;
        if (replay->told && event.kind != LINK_EVENT_STATUS)
            replay->told(replay->context, replay->now_ns, &event);
    }
}

/* A recorded travel's target, so that reports are compared with it as they were. */
static void remember_target(struct link_state_data *data, const char *line) {
    for (size_t i = 0; i < data->rig.axis_count; i++) {
        char word[3] = {' ', data->rig.axes[i].letter, '\0'};
        const char *found = strstr(line, word);
        if (!found) return;
        double value = strtod(found + 2, NULL);
        data->before[i] = data->is_commanded ? data->commanded[i] : data->status.q[i];
        data->commanded[i] = data->rig.axes[i].is_rotary ? value * RAD_PER_DEG : value;
    }
    data->is_commanded = true;
    data->is_off_path = false;
}

/* A line that the guard asked for: put it in as link_send() and its like would. Others the link
 * must make by itself. */
static void inject_line(struct replay *replay, const char *line) {
    struct link_state_data *data = link_data(&replay->link);
    char text[WIRE_LINE_MAX + 1];
    uint32_t number = line[0] == 'N' ? (uint32_t)strtoul(line + 1, NULL, 10) : 0;
    enum line_kind kind = LINE_QUERY;
    if (number)
        kind = strstr(line, " G8") ? LINE_STRIKE : LINE_TRAVEL;
    else if (strncmp(line, "$J=", 3) == 0)
        kind = LINE_JOG;
    else if (strncmp(line, "G90 ", 4) == 0)
        kind = LINE_SERVICE;
    else if (strcmp(line, "$H") == 0)
        kind = LINE_HOMING;
    else if (line[0] == '$' && strchr(line, '='))
        kind = LINE_SETTING;
    else if (strcmp(line, "$X") != 0 && strcmp(line, "M5 M9") != 0 && strcmp(line, "$C") != 0)
        return;
    if (kind == LINE_TRAVEL && number == data->travel_line + 1) kind = LINE_ECHO;
    snprintf(text, sizeof text, "%s\n", line);
    if (!link_put_line(data, kind, number, text, replay->now_ns)) return;
    if (kind == LINE_TRAVEL) remember_target(data, line);
    if (kind == LINE_TRAVEL) data->travel_line = number;
    if (number) data->newest_line = number;
    if (kind == LINE_HOMING || kind == LINE_SERVICE) data->is_commanded = false;
}

static void inject_byte(struct replay *replay, unsigned char c) {
    static const struct {
        unsigned char byte;
        enum link_request request;
    } requests[] = {{'!', LINK_FLUSH}, /* guard and technician hold for nothing else */
                    {'~', LINK_RESUME},
                    {0x19, LINK_STOP},
                    {0x84, LINK_DOOR},
                    {0x85, LINK_JOG_CANCEL}};
    bool is_own_reset = c == 0x18 && (link_state(&replay->link) != LINK_READY);
    if (is_own_reset) return;
    enum result result = RESULT_OK;
    if (c == 0x18) result = link_ask(&replay->link, LINK_SOFT_RESET, replay->now_ns);
    for (size_t i = 0; i < sizeof requests / sizeof *requests; i++)
        if (requests[i].byte == c)
            result = link_ask(&replay->link, requests[i].request, replay->now_ns);
    if (result != RESULT_OK) differ(replay, "a request that the link refuses");
}

static void to_board(struct replay *replay, const struct wirelog_record *record) {
    for (size_t i = 0; i < record->count; i++) {
        unsigned char c = record->bytes[i];
        append(replay, &replay->recorded, c);
        if (c == '\n') {
            replay->line[replay->line_length] = '\0';
            replay->line_length = 0;
            inject_line(replay, replay->line);
        } else if (c < ' ' || c > '~' || c == '!' || c == '~') {
            inject_byte(replay, c);
        } else if (c != '?' && replay->line_length + 1 < sizeof replay->line) {
            replay->line[replay->line_length++] = (char)c;
        }
    }
}

static void advance(struct replay *replay, int64_t at_ns) {
    int64_t next_ns;
    for (int i = 0; i < TICKS_MAX && (next_ns = link_next_ns(&replay->link)) < at_ns; i++) {
        replay->now_ns = next_ns > replay->now_ns ? next_ns : replay->now_ns + NS_PER_MS;
        if (replay->now_ns >= at_ns) break;
        link_tick(&replay->link, replay->now_ns);
        take_output(replay);
        take_events(replay);
    }
    replay->now_ns = at_ns;
    link_tick(&replay->link, at_ns);
}

static void take_record(struct replay *replay, const struct wirelog_record *record) {
    /* A clock that begins above zero: no stamp is 0. */
    advance(replay, record->at_ns + NS_PER_S);
    if (record->count == 0) {
        link_open(&replay->link, replay->now_ns);
        replay->recorded.count = replay->made.count = replay->line_length = 0;
    } else if (record->is_to_board) {
        replay->report->bytes_to_board += record->count;
        to_board(replay, record);
    } else {
        replay->report->bytes_to_host += record->count;
        link_on_bytes(&replay->link, record->bytes, record->count, replay->now_ns);
    }
    take_output(replay);
    take_events(replay);
    compare(replay);
}

enum result replay_run(const void *log, size_t size, const struct rig *rig, replay_told told,
                       void *context, struct replay_report *ret_report) {
    static struct replay replay; /* too large for a small stack */
    struct wirelog_reader reader;
    struct wirelog_record record;
    if (wirelog_open(&reader, log, size) != RESULT_OK) return RESULT_FORMAT;
    memset(&replay, 0, sizeof replay);
    *ret_report = (struct replay_report){.is_same = true};
    replay.report = ret_report;
    replay.told = told;
    replay.context = context;
    link_init(&replay.link, rig);
    enum result result;
    while ((result = wirelog_next(&reader, &record)) == RESULT_OK) {
        ret_report->records++;
        take_record(&replay, &record);
    }
    ret_report->is_cut = result == RESULT_FORMAT;
    ret_report->duration_ns = reader.now_ns;
    return RESULT_OK;
}
