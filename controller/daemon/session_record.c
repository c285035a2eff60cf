#include "controller/daemon/session_record.h"

#include <stdio.h>

#include "controller/record/message_codec.h"

/* As in message_codec.c: news that have grown have a field more to keep. */
_Static_assert(sizeof(struct session_news) == 752, "codec_session_news()");

static void codec_prompt_past(struct codec *codec, struct prompt_past *past) {
    for (enum prompt_kind kind = 0; kind < PROMPT_KIND_COUNT; kind++) {
        codec_u32(codec, &past->used[kind], UINT32_MAX);
        codec_u32(codec, &past->answered[kind], UINT32_MAX);
        codec_bool(codec, &past->is_open[kind]);
    }
    codec_bool(codec, &past->has_begun);
    codec_u32(codec, &past->stops_passed, PLAN_STOPS_MAX);
}

void codec_session_begin(struct codec *codec, struct session_begin *begin) {
    codec_f64(codec, &begin->surface_zero_mm);
    codec_u32(codec, &begin->inputs, UINT32_MAX);
    codec_u32(codec, &begin->prompts.dots_per_load, UINT32_MAX);
    codec_u32(codec, &begin->prompts.dots_per_needle, UINT32_MAX);
    codec_u32(codec, &begin->prompts.dots_per_wipe, UINT32_MAX);
    codec_f64(codec, &begin->prompts.break_after_s);
    codec_prompt_past(codec, &begin->past);
    codec_guard_load(codec, &begin->load);
    codec_text(codec, begin->uncalibrated_why, sizeof begin->uncalibrated_why);
    codec_text(codec, begin->uncleared_why, sizeof begin->uncleared_why);
    codec_u32(codec, &begin->dot_count, DOT_PLAN_DOTS_MAX);
    codec_bool(codec, &begin->has_hours);
    codec_u64(codec, &begin->last_sequence);
    codec_u32(codec, &begin->waiting, OUTBOX_REQUESTS_MAX);
    codec_vec3(codec, &begin->filter_centre_head);
    codec_f64(codec, &begin->filter_radius_mm);
}

void codec_session_fates(struct codec *codec, struct session_fates *fates) {
    codec_u32(codec, &fates->first, DOT_PLAN_DOTS_MAX);
    codec_u32(codec, &fates->count, DOT_PLAN_DOTS_MAX);
    codec_u32(codec, &fates->fate, FATE_COUNT - 1);
    codec_u32(codec, &fates->hours_ago, UINT32_MAX);
}

void codec_session_news(struct codec *codec, struct session_news *news) {
    CODEC_ENUM(codec, news->kind, SESSION_NEWS_KIND_COUNT - 1);
    switch (news->kind) {
        case SESSION_NEWS_GUARD:
            codec_guard_event(codec, &news->as.event);
            break;
        case SESSION_NEWS_POSE:
            CODEC_ENUM(codec, news->as.head.state, HEAD_STATE_COUNT - 1);
            CODEC_ENUM(codec, news->as.head.reason, HEAD_REASON_COUNT - 1);
            break;
        case SESSION_NEWS_DURABLE:
            codec_u64(codec, &news->as.entry);
            break;
        case SESSION_NEWS_CALL:
            CODEC_ENUM(codec, news->as.call, SESSION_CALL_COUNT - 1);
            break;
        case SESSION_NEWS_ANSWER:
            CODEC_ENUM(codec, news->as.prompt, PROMPT_KIND_COUNT - 1);
            break;
        case SESSION_NEWS_INPUT:
            codec_u32(codec, &news->as.input.input, UINT32_MAX);
            codec_bool(codec, &news->as.input.holds);
            break;
        case SESSION_NEWS_SKIP:
            codec_u32(codec, &news->as.index, UINT32_MAX);
            codec_text(codec, news->text, sizeof news->text);
            break;
        case SESSION_NEWS_NOTE:
            CODEC_ENUM(codec, news->as.note.kind, JOURNAL_KIND_COUNT - 1);
            codec_ns(codec, &news->as.note.stamp_ns);
            codec_text(codec, news->text, sizeof news->text);
            break;
        case SESSION_NEWS_DECIDE:
            codec_u32(codec, &news->as.decision.index, UINT32_MAX);
            CODEC_ENUM(codec, news->as.decision.fate, FATE_COUNT - 1);
            codec_text(codec, news->text, sizeof news->text);
            break;
        case SESSION_NEWS_PACE:
            codec_int(codec, &news->as.percent);
            break;
        case SESSION_NEWS_JOG:
            codec_guard_service(codec, &news->as.service);
            break;
        case SESSION_NEWS_SERVE:
            CODEC_ENUM(codec, news->as.task.which, TECHNICIAN_TASK_COUNT - 1);
            codec_f64(codec, &news->as.task.probe_mm);
            break;
        case SESSION_NEWS_JOURNAL_FAILED:
        case SESSION_NEWS_HOLD:
            codec_text(codec, news->text, sizeof news->text);
            break;
        case SESSION_NEWS_TICK:
        case SESSION_NEWS_GUARD_GONE:
        case SESSION_NEWS_SERVICE_STOP:
        case SESSION_NEWS_DOCTOR:
        case SESSION_NEWS_END:
        case SESSION_NEWS_KIND_COUNT:
            break;
    }
}

void codec_session_waiting(struct codec *codec, uint32_t *requests, uint32_t *entries) {
    codec_u32(codec, requests, OUTBOX_REQUESTS_MAX);
    codec_u32(codec, entries, OUTBOX_ENTRIES_MAX);
}

static void put_fates(struct record_writer *writer, const struct session_setup *setup,
                      const uint8_t *fates, int64_t now_ns) {
    size_t count = setup->striker.plan->dot_count;
    for (size_t first = 0, end; first < count; first = end) {
        struct session_fates run = {.first = (uint32_t)first,
                                    .fate = fates[first],
                                    .hours_ago = setup->hours_ago ? setup->hours_ago[first] : 0};
        for (end = first + 1; end < count && fates[end] == fates[first]; end++)
            if (setup->hours_ago && setup->hours_ago[end] != run.hours_ago) break;
        run.count = (uint32_t)(end - first);
        if (run.fate == FATE_PENDING && run.hours_ago == 0) continue;
        unsigned char payload[64];
        struct codec codec = codec_to_write(payload, sizeof payload);
        codec_session_fates(&codec, &run);
        record_put_coded(writer, RECORD_FATES, now_ns, payload, &codec);
    }
}

void session_record_begin(struct record_writer *writer, const struct session_setup *setup,
                          const uint8_t *fates, const struct outbox *outbox,
                          const struct head_filter_settings *filter, int64_t now_ns) {
    unsigned char payload[MESSAGE_BYTES_MAX];
    struct codec codec = codec_to_write(payload, sizeof payload);
    struct session_begin begin = {.surface_zero_mm = setup->striker.surface_zero_mm,
                                  .inputs = setup->inputs,
                                  .prompts = setup->prompts,
                                  .past = setup->past,
                                  .load = setup->load,
                                  .dot_count = (uint32_t)setup->striker.plan->dot_count,
                                  .has_hours = setup->hours_ago != NULL,
                                  .last_sequence = outbox->last_sequence,
                                  .waiting = (uint32_t)outbox->request_count,
                                  .filter_centre_head = filter->centre_head,
                                  .filter_radius_mm = filter->radius_mm};
    if (!record_is_open(writer)) return;
    snprintf(begin.uncalibrated_why, sizeof begin.uncalibrated_why, "%s",
             setup->uncalibrated_why ? setup->uncalibrated_why : "");
    snprintf(begin.uncleared_why, sizeof begin.uncleared_why, "%s",
             setup->uncleared_why ? setup->uncleared_why : "");
    put_fates(writer, setup, fates, now_ns);
    codec_session_begin(&codec, &begin);
    record_put_coded(writer, RECORD_BEGIN, now_ns, payload, &codec);
}

void session_record_look(struct record_writer *writer, int64_t now_ns,
                         const struct head_look *look) {
    unsigned char payload[1024];
    struct codec codec = codec_to_write(payload, sizeof payload);
    struct head_look copy = *look;
    if (!record_is_open(writer)) return;
    codec_head_look(&codec, &copy);
    record_put_coded(writer, RECORD_LOOK, now_ns, payload, &codec);
}

void session_record_news(struct record_writer *writer, const struct session_news *news) {
    unsigned char payload[MESSAGE_BYTES_MAX];
    struct codec codec = codec_to_write(payload, sizeof payload);
    if (!record_is_open(writer)) return;
    struct session_news copy = *news;
    codec_session_news(&codec, &copy);
    record_put_coded(writer, RECORD_NEWS, news->now_ns, payload, &codec);
}

void session_record_result(struct record_writer *writer, const struct session_news *news,
                           enum result result, const struct error *err) {
    if (!record_is_open(writer) || !session_news_is_answered(news->kind)) return;
    unsigned char payload[MESSAGE_BYTES_MAX];
    struct codec codec = codec_to_write(payload, sizeof payload);
    struct error copy = {0};
    if (err && result != RESULT_OK) copy = *err;
    codec_result(&codec, &result, &copy);
    record_put_coded(writer, RECORD_RESULT, news->now_ns, payload, &codec);
}

void session_record_request(struct record_writer *writer, int64_t now_ns,
                            const struct guard_request *request) {
    unsigned char payload[MESSAGE_BYTES_MAX];
    struct codec codec = codec_to_write(payload, sizeof payload);
    if (!record_is_open(writer)) return;
    struct guard_request copy = *request;
    codec_guard_request(&codec, &copy);
    record_put_coded(writer, RECORD_REQUEST, now_ns, payload, &codec);
}

void session_record_entry(struct record_writer *writer, int64_t now_ns,
                          const struct journal_entry *entry) {
    unsigned char payload[MESSAGE_BYTES_MAX];
    struct codec codec = codec_to_write(payload, sizeof payload);
    if (!record_is_open(writer)) return;
    struct journal_entry copy = *entry;
    codec_journal_entry(&codec, &copy);
    record_put_coded(writer, RECORD_ENTRY, now_ns, payload, &codec);
}

void session_record_rest(struct record_writer *writer, int64_t now_ns,
                         const struct outbox *outbox) {
    unsigned char payload[32];
    struct codec codec = codec_to_write(payload, sizeof payload);
    uint32_t requests = (uint32_t)outbox->request_count, entries = (uint32_t)outbox->entry_count;
    if (!record_is_open(writer) || (!requests && !entries)) return;
    codec_session_waiting(&codec, &requests, &entries);
    record_put_coded(writer, RECORD_WAITING, now_ns, payload, &codec);
}
