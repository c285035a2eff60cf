#include "sim/trace.h"

#include <stdarg.h>
#include <string.h>

#include "base/clock.h"
#include "sim/message_words.h"

void trace_begin(struct trace *trace, FILE *stream, int64_t start_ns) {
    *trace = (struct trace){.stream = stream, .start_ns = start_ns, .now_ns = start_ns};
}

void trace_note(struct trace *trace, const char *who, const char *format, ...) {
    va_list args;
    if (!trace->stream) return;
    fprintf(trace->stream, "%11.6f %-7s ", ns_to_s(trace->now_ns - trace->start_ns), who);
    va_start(args, format);
    vfprintf(trace->stream, format, args);
    va_end(args);
    fputc('\n', trace->stream);
}

void trace_request(struct trace *trace, const struct guard_request *request) {
    char words[MESSAGE_WORDS_MAX];
    if (!trace->stream || request->kind == GUARD_HEARTBEAT) return;
    guard_request_words(request, trace->now_ns, words, sizeof words);
    trace_note(trace, "daemon", "%s", words);
}

/* Of states only changes; of machines nothing: the wire shows them. */
void trace_event(struct trace *trace, const struct guard_event *event) {
    char words[MESSAGE_WORDS_MAX];
    enum safety_state state = (enum safety_state)event->state.state;
    bool is_state = event->kind == GUARD_EVENT_STATE;
    if (!trace->stream || event->kind == GUARD_EVENT_MACHINE || event->kind == GUARD_EVENT_HELLO ||
        (is_state && state == trace->state))
        return;
    guard_event_words(event, words, sizeof words);
    trace_note(trace, "guard", "%s", words);
    if (is_state) trace->state = state;
}

void trace_entry(struct trace *trace, const struct journal_entry *entry) {
    char words[MESSAGE_WORDS_MAX];
    journal_entry_words(entry, words, sizeof words);
    trace_note(trace, "journal", "%s", words);
}

void trace_bytes(struct trace *trace, const unsigned char *bytes, size_t count, bool is_to_board) {
    if (!trace->stream) return;
    char *line = trace->line[is_to_board];
    size_t *length = &trace->length[is_to_board];
    for (size_t i = 0; i < count; i++) {
        bool is_line = bytes[i] == '\n' || *length + 1 == sizeof trace->line[0];
        if (is_line && *length) {
            line[*length] = '\0';
            trace_note(trace, is_to_board ? "wire >" : "wire <", "%s", line);
            *length = 0;
        } else if (bytes[i] >= 0x20 && bytes[i] < 0x7f && !(is_to_board && bytes[i] == '?')) {
            line[(*length)++] = (char)bytes[i];
        }
    }
}

void trace_puncture(struct trace *trace, const struct puncture *p) {
    trace_note(trace, "truth",
               "puncture by line %u from %.6f s: %.0f um deep, %.1f ms, drag %.0f um", p->line,
               ns_to_s(p->entry_ns - trace->start_ns), p->depth_mm * 1e3,
               1e3 * ns_to_s(p->exit_ns - p->entry_ns), p->drag_mm * 1e3);
}
