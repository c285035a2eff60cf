#include "sim/message_words.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/text.h"
#include "safety/supervisor.h"

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
        [GUARD_HEARTBEAT] = "heartbeat",
        [GUARD_INPUTS] = "inputs",
        [GUARD_DOT_FATE] = "dot fate",
        [GUARD_SERVICE] = "service",
        [GUARD_SERVICE_STOP] = "service stop",
        [GUARD_DOCTOR] = "doctor",
    };
    return kind < GUARD_REQUEST_KIND_COUNT && names[kind] ? names[kind] : "request";
}

static void append_dot(struct text_builder *words, uint32_t dot) {
    if (dot == GUARD_NO_DOT)
        text_append(words, " no dot");
    else
        text_append(words, " dot %u", dot);
}

static double ms_from(int64_t now_ns, int64_t then_ns) {
    return 1e3 * ns_to_s(then_ns - now_ns);
}

void guard_request_words(const struct guard_request *request, int64_t now_ns, char *ret_words,
                         size_t size) {
    struct text_builder words;
    text_builder_init(&words, ret_words, size);
    text_append(&words, "#%llu ", (unsigned long long)request->sequence);
    if (request->kind == GUARD_POSE) {
        const struct head_pose *head = &request->as.pose;
        text_append(&words, "pose %s (%s), %.1f ms old, at %.4f %.4f %.4f mm",
                    head_state_name(head->state), head_reason_name(head->reason),
                    ms_from(head->stamp_ns, now_ns), head->T_rig_head.t.x, head->T_rig_head.t.y,
                    head->T_rig_head.t.z);
    } else if (request->kind == GUARD_TRAVEL) {
        const struct guard_travel *travel = &request->as.travel;
        text_append(&words, "travel for");
        append_dot(&words, travel->dot);
        text_append(&words, " to");
        for (int i = 0; i < RIG_AXES_MAX; i++) text_append(&words, " %.4f", travel->target.q[i]);
        if (travel->arrive_ns)
            text_append(&words, ", there in %.1f ms", ms_from(now_ns, travel->arrive_ns));
    } else if (request->kind == GUARD_STRIKE) {
        const struct guard_strike *strike = &request->as.strike;
        text_append(&words, "strike");
        append_dot(&words, strike->dot);
        text_append(&words, ", stroke %.4f mm, contact in %.1f ms", strike->stroke_mm,
                    ms_from(now_ns, strike->contact_ns));
    } else if (request->kind == GUARD_INPUTS) {
        text_append(&words, "inputs 0x%02x", request->as.inputs);
    } else if (request->kind == GUARD_HEARTBEAT) {
        text_append(&words, "heartbeat, progress %llu", (unsigned long long)request->as.progress);
    } else if (request->kind == GUARD_DOT_FATE) {
        text_append(&words, "dot %u is %s", request->as.dot_fate.dot,
                    dot_fate_name((enum dot_fate)request->as.dot_fate.fate));
    } else {
        text_append(&words, "%s", request_name(request->kind));
    }
}

void guard_event_words(const struct guard_event *event, char *ret_words, size_t size) {
    static const char *const names[GUARD_EVENT_KIND_COUNT] = {
        [GUARD_EVENT_HELLO] = "hello",
        [GUARD_EVENT_STATE] = "state",
        [GUARD_EVENT_MACHINE] = "machine",
        [GUARD_EVENT_ACCEPTED] = "accepts",
        [GUARD_EVENT_REFUSED] = "refuses",
        [GUARD_EVENT_EXECUTED] = "executed",
        [GUARD_EVENT_LOST] = "lost",
        [GUARD_EVENT_BAD_MESSAGE] = "bad message",
        [GUARD_EVENT_SERVICE_DONE] = "service done",
        [GUARD_EVENT_SETTING] = "setting",
    };
    struct text_builder words;
    text_builder_init(&words, ret_words, size);
    const char *name = event->kind < GUARD_EVENT_KIND_COUNT ? names[event->kind] : NULL;
    text_append(&words, "%s", name ? name : "event");
    if (event->kind == GUARD_EVENT_STATE)
        text_append(&words, " %s, conditions 0x%06llx",
                    safety_state_name((enum safety_state)event->state.state),
                    (unsigned long long)event->state.conditions);
    if (event->kind == GUARD_EVENT_MACHINE) {
        for (int i = 0; i < RIG_AXES_MAX; i++) text_append(&words, " %.3f", event->machine.q[i]);
        text_append(&words, ", needle %.3f mm, line %u", event->machine.needle_mm,
                    event->machine.line);
    }
    if (event->sequence) text_append(&words, " #%llu", (unsigned long long)event->sequence);
    if (event->line) {
        text_append(&words, " as line %u for", event->line);
        append_dot(&words, event->dot);
    }
    if (event->text[0]) text_append(&words, ": %s", event->text);
}

void journal_entry_words(const struct journal_entry *entry, char *ret_words, size_t size) {
    struct text_builder words;
    text_builder_init(&words, ret_words, size);
    text_append(&words, "%s", journal_kind_name(entry->kind));
    if (entry->dot != JOURNAL_NO_DOT) append_dot(&words, entry->dot);
    if (entry->text[0]) text_append(&words, ": %s", entry->text);
}

void wire_words(const unsigned char *bytes, size_t count, char *ret_words, size_t size) {
    struct text_builder words;
    text_builder_init(&words, ret_words, size);
    for (size_t i = 0; i < count && words.is_whole; i++) {
        if (bytes[i] == '\n')
            text_append(&words, "\\n");
        else if (bytes[i] == '\r')
            text_append(&words, "\\r");
        else if (bytes[i] < 0x20 || bytes[i] > 0x7e)
            text_append(&words, "\\x%02x", bytes[i]);
        else
            text_append(&words, "%c", bytes[i]);
    }
}
