#include "sim/trace.h"

#include <stdarg.h>
#include <string.h>

#include "base/clock.h"

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

static const char *request_name(uint32_t kind) {
    static const char *const names[GUARD_REQUEST_KIND_COUNT] = {
        [GUARD_HELLO] = "hello",
        [GUARD_LOAD] = "load",
        [GUARD_CONNECT] = "connect",
        [GUARD_HOME] = "home",
        [GUARD_ARM] = "arm",
        [GUARD_DISARM] = "disarm",
        [GUARD_START] = "start",
        [GUARD_HOLD] = "hold",
        [GUARD_RESUME] = "resume",
        [GUARD_ABORT] = "abort",
        [GUARD_ACKNOWLEDGE] = "acknowledge",
        [GUARD_INPUTS] = "inputs",
        [GUARD_DOT_FATE] = "dot fate",
        [GUARD_SERVICE] = "service",
        [GUARD_SERVICE_STOP] = "service stop",
        [GUARD_DOCTOR] = "doctor",
    };
    return kind < GUARD_REQUEST_KIND_COUNT && names[kind] ? names[kind] : "request";
}

void trace_request(struct trace *trace, const struct guard_request *request) {
    if (!trace->stream || request->kind == GUARD_HEARTBEAT) return;
    unsigned long long number = request->sequence;
    if (request->kind == GUARD_POSE)
        trace_note(trace, "daemon", "#%llu pose %s (%s), %.1f ms old", number,
                   head_state_name(request->as.pose.state),
                   head_reason_name(request->as.pose.reason),
                   1e3 * ns_to_s(trace->now_ns - request->as.pose.stamp_ns));
    else if (request->kind == GUARD_TRAVEL)
        trace_note(trace, "daemon", "#%llu travel for dot %d to %.3f %.3f %.3f ...", number,
                   (int)request->as.travel.dot, request->as.travel.target.q[0],
                   request->as.travel.target.q[1], request->as.travel.target.q[2]);
    else if (request->kind == GUARD_STRIKE)
        trace_note(trace, "daemon", "#%llu strike dot %d, stroke %.3f mm, contact in %.1f ms",
                   number, (int)request->as.strike.dot, request->as.strike.stroke_mm,
                   1e3 * ns_to_s(request->as.strike.contact_ns - trace->now_ns));
    else
        trace_note(trace, "daemon", "#%llu %s", number, request_name(request->kind));
}

void trace_event(struct trace *trace, const struct guard_event *event) {
    static const char *const names[GUARD_EVENT_KIND_COUNT] = {
        [GUARD_EVENT_ACCEPTED] = "accepts",        [GUARD_EVENT_REFUSED] = "refuses",
        [GUARD_EVENT_EXECUTED] = "executed",       [GUARD_EVENT_LOST] = "lost",
        [GUARD_EVENT_BAD_MESSAGE] = "bad message",
    };
    if (!trace->stream || event->kind >= GUARD_EVENT_KIND_COUNT) return;
    if (event->kind == GUARD_EVENT_STATE) {
        if ((enum safety_state)event->state.state != trace->state)
            trace_note(trace, "guard", "state %s %s",
                       safety_state_name((enum safety_state)event->state.state), event->text);
        trace->state = (enum safety_state)event->state.state;
    } else if (names[event->kind]) {
        trace_note(trace, "guard", "%s #%llu line %u dot %d %s", names[event->kind],
                   (unsigned long long)event->sequence, event->line, (int)event->dot, event->text);
    }
}

void trace_entry(struct trace *trace, const struct journal_entry *entry) {
    trace_note(trace, "journal", "%s dot %d %s", journal_kind_name(entry->kind), (int)entry->dot,
               entry->text);
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
