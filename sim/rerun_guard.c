/* The guard's half of a recording once more: link, gate and supervisor. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/text.h"
#include "controller/guard/case_loader.h"
#include "controller/guard/guard_record.h"
#include "controller/record/message_codec.h"
#include "sim/message_words.h"
#include "sim/rerun.h"
#include "sim/virtual.h"

#define NOTHING "nothing"
#define BYTES_MAX 4096

struct guard_rerun {
    struct rerun rerun;
    struct guard guard;
    struct guard_edge edge;
    bool has_begun;
    struct case_loader *loader; /* of a real guard */
    struct rig rig;             /* of a simulated one, which shares the daemon's files */
    struct dot_plan plan;
    struct gate_dot *dots;
    struct guard_news_memory memory;
    enum result failed; /* within the edge's calls */
    struct error *err;
    int64_t ticked_ns; /* of the newest tick whose sayings are not all compared yet; 0 */
};

/* --- what the edge answers --- */

/* The record of what the recorded edge answered must come next. */
static bool next_answer(struct guard_rerun *run, enum record_kind kind, struct record *ret_record) {
    char now[RERUN_WORDS_MAX], recorded[RERUN_WORDS_MAX];
    if (run->failed != RESULT_OK) return false;
    run->failed = rerun_next(&run->rerun, ret_record, run->err);
    if (run->failed != RESULT_OK) return false;
    if (ret_record->kind == kind) return true;
    snprintf(now, sizeof now, "asks its edge: %s", record_kind_name(kind));
    snprintf(recorded, sizeof recorded, "%s", record_kind_name(ret_record->kind));
    rerun_differs(&run->rerun, ret_record, recorded, now);
    return false;
}

static bool open_port(void *context) {
    struct guard_rerun *run = context;
    struct record record;
    if (!next_answer(run, RECORD_PORT_OPENED, &record)) return false;
    return record.count == 1 && record.payload[0];
}

static void close_port(void *context) {
    (void)context;
}

static enum result load_simulated(struct guard_rerun *run, struct guard_case *ret_case) {
    *ret_case = (struct guard_case){.rig = run->rig,
                                    .field = run->rerun.setup.field->view,
                                    .dots = {.dots = run->dots, .count = run->plan.dot_count}};
    gate_dots_of_plan(&run->plan, run->dots);
    return RESULT_OK;
}

/* The same bytes from the recording's folder; the loader checks their hashes. */
static enum result load_copies(struct guard_rerun *run, const struct guard_load *load,
                               struct guard_case *ret_case, struct error *err) {
    struct guard_load copies = *load;
    const char *folder = run->rerun.setup.folder, *scan = run->rerun.reader.about.scan;
    enum result result = rerun_rig_path(&run->rerun, copies.rig_path, sizeof copies.rig_path, err);
    if (result == RESULT_OK && run->rerun.setup.rig_path)
        result = file_sha256(copies.rig_path, copies.rig_sha256, err);
    if (result == RESULT_OK)
        result = rerun_path(folder, scan, copies.scan_path, sizeof copies.scan_path, err);
    if (result == RESULT_OK)
        result =
            rerun_path(folder, RERUN_PLAN_FILE, copies.plan_path, sizeof copies.plan_path, err);
    return result == RESULT_OK ? case_loader_load(run->loader, &copies, ret_case, err) : result;
}

static enum result load(void *context, const struct guard_load *names, struct guard_case *ret_case,
                        struct error *err) {
    struct guard_rerun *run = context;
    struct record record;
    enum result recorded = RESULT_OK;
    struct error words = {0};
    if (!next_answer(run, RECORD_LOADED, &record))
        return error_set(err, RESULT_REFUSED, "the recording has no such answer");
    struct codec codec = codec_to_read(record.payload, record.count);
    codec_result(&codec, &recorded, &words);
    if (recorded != RESULT_OK) return error_set(err, recorded, "%s", words.text);
    bool is_simulated = run->rerun.reader.about.is_simulated;
    enum result result =
        is_simulated ? load_simulated(run, ret_case) : load_copies(run, names, ret_case, &words);
    if (result == RESULT_OK) return result;
    run->failed = record_error(&run->rerun.reader, &record, RESULT_REFUSED, words.text, run->err);
    return error_set(err, result, "%s", words.text);
}

/* --- what went in --- */

static void note_news(struct guard_rerun *run, const struct guard_news *news) {
    char words[MESSAGE_WORDS_MAX] = "";
    const struct guard_request *request = &run->memory.request;
    if (news->kind == GUARD_NEWS_TICK) return;
    if (news->kind == GUARD_NEWS_REQUEST) {
        if (request->kind == GUARD_HEARTBEAT || request->kind == GUARD_INPUTS) return;
        guard_request_words(request, news->now_ns, words, sizeof words);
    }
    if (news->kind == GUARD_NEWS_PORT) wire_words(news->bytes, news->count, words, sizeof words);
    if (news->kind == GUARD_NEWS_DAEMON)
        snprintf(words, sizeof words, "%s", news->is_connected ? "has come" : "has gone");
    rerun_note(&run->rerun, news->now_ns, "in   %s %s", guard_news_name(news->kind), words);
}

/* All that was said by the newest tick was recorded before anything later came in. */
static void check_all_said(struct guard_rerun *run, const struct record *record) {
    char words[MESSAGE_WORDS_MAX];
    unsigned char bytes[BYTES_MAX];
    struct guard_event event;
    if (!run->ticked_ns || record->at_ns <= run->ticked_ns) return;
    run->ticked_ns = 0;
    if (guard_take_event(&run->guard, &event)) {
        guard_event_words(&event, words, sizeof words);
        rerun_differs(&run->rerun, record, NOTHING, words);
        return;
    }
    size_t count = guard_take_port_bytes(&run->guard, bytes, sizeof bytes);
    wire_words(bytes, count, words, sizeof words);
    if (count) rerun_differs(&run->rerun, record, NOTHING, words);
}

static enum result on_news(struct guard_rerun *run, const struct record *record,
                           struct error *err) {
    struct guard_news news = {0};
    struct codec codec = codec_to_read(record->payload, record->count);
    memset(&run->memory.request, 0, sizeof run->memory.request);
    codec_guard_news(&codec, &news, &run->memory);
    if (!codec_is_at_end(&codec))
        return record_error(&run->rerun.reader, record, RESULT_FORMAT, "damaged: news", err);
    news.now_ns = record->at_ns;
    check_all_said(run, record);
    if (!run->rerun.outcome->is_same) return RESULT_OK;
    note_news(run, &news);
    run->err = err;
    guard_take(&run->guard, &news);
    if (news.kind == GUARD_NEWS_TICK) run->ticked_ns = news.now_ns;
    return run->failed;
}

/* --- what came out --- */

static enum result on_event(struct guard_rerun *run, const struct record *record,
                            struct error *err) {
    struct guard_event now = {0}, recorded = {0};
    char recorded_words[MESSAGE_WORDS_MAX], now_words[MESSAGE_WORDS_MAX] = NOTHING;
    struct codec codec = codec_to_read(record->payload, record->count);
    codec_guard_event(&codec, &recorded);
    if (!codec_is_at_end(&codec))
        return record_error(&run->rerun.reader, record, RESULT_FORMAT, "damaged: an event", err);
    guard_event_words(&recorded, recorded_words, sizeof recorded_words);
    bool is_there = guard_take_event(&run->guard, &now);
    if (is_there) guard_event_words(&now, now_words, sizeof now_words);
    struct codec compared = codec_to_compare(record->payload, record->count);
    codec_guard_event(&compared, &now);
    run->rerun.outcome->decisions++;
    if (!is_there || !compared.is_same || !codec_is_at_end(&compared))
        rerun_differs(&run->rerun, record, recorded_words, now_words);
    else if (recorded.kind != GUARD_EVENT_STATE && recorded.kind != GUARD_EVENT_MACHINE)
        rerun_note(&run->rerun, record->at_ns, "out  %s", recorded_words);
    return RESULT_OK;
}

/* Bytes that do not come are mostly a command that the gate now refuses: it says why. */
static void add_refusal(struct guard_rerun *run, char *words, size_t size) {
    struct guard_event event;
    while (guard_take_event(&run->guard, &event)) {
        size_t length = strlen(words);
        if (event.kind != GUARD_EVENT_REFUSED || length + 2 >= size) continue;
        snprintf(words + length, size - length, "; ");
        guard_event_words(&event, words + length + 2, size - length - 2);
        return;
    }
}

static void on_bytes(struct guard_rerun *run, const struct record *record) {
    char recorded_words[MESSAGE_WORDS_MAX], now_words[MESSAGE_WORDS_MAX];
    unsigned char bytes[BYTES_MAX];
    size_t count = guard_take_port_bytes(&run->guard, bytes, sizeof bytes);
    wire_words(record->payload, record->count, recorded_words, sizeof recorded_words);
    wire_words(bytes, count, now_words, sizeof now_words);
    run->rerun.outcome->decisions++;
    if (count != record->count || memcmp(bytes, record->payload, count) != 0) {
        if (!count) snprintf(now_words, sizeof now_words, NOTHING);
        add_refusal(run, now_words, sizeof now_words);
        rerun_differs(&run->rerun, record, recorded_words, now_words);
    } else {
        rerun_note(&run->rerun, record->at_ns, "out  board: %s", recorded_words);
    }
}

/* --- the whole --- */

static void on_begin(struct guard_rerun *run, const struct record *record) {
    run->edge = (struct guard_edge){run, open_port, close_port, load};
    guard_init(&run->guard, &run->edge, record->at_ns);
    run->has_begun = true;
    run->ticked_ns = 0;
    run->rerun.outcome->begins++;
    rerun_note(&run->rerun, record->at_ns, "a guard begins");
}

static enum result take_record(struct guard_rerun *run, const struct record *record,
                               struct error *err) {
    char recorded[RERUN_WORDS_MAX];
    if (!run->has_begun && record->kind != RECORD_GUARD_BEGIN && record->kind != RECORD_END)
        return record_error(&run->rerun.reader, record, RESULT_FORMAT,
                            "damaged: before the guard's begin", err);
    switch (record->kind) {
        case RECORD_GUARD_BEGIN:
            on_begin(run, record);
            return RESULT_OK;
        case RECORD_GUARD_NEWS:
            return on_news(run, record, err);
        case RECORD_EVENT:
            return on_event(run, record, err);
        case RECORD_BYTES:
            on_bytes(run, record);
            return RESULT_OK;
        case RECORD_PORT_OPENED:
        case RECORD_LOADED: /* taken by whoever asks: nobody did */
            snprintf(recorded, sizeof recorded, "asks its edge: %s",
                     record_kind_name(record->kind));
            rerun_differs(&run->rerun, record, recorded, NOTHING);
            return RESULT_OK;
        case RECORD_END:
            return RESULT_OK;
        default:
            return record_error(&run->rerun.reader, record, RESULT_FORMAT,
                                "a record that no guard makes", err);
    }
}

/* What the simulation's guard is given without reading a file: the daemon's own. */
static enum result read_simulated(struct guard_rerun *run, struct error *err) {
    char rig[RERUN_PATH_MAX], scan[RERUN_PATH_MAX], plan[RERUN_PATH_MAX];
    const char *folder = run->rerun.setup.folder;
    enum result result = rerun_rig_path(&run->rerun, rig, sizeof rig, err);
    if (result == RESULT_OK)
        result = rerun_path(folder, run->rerun.reader.about.scan, scan, sizeof scan, err);
    if (result == RESULT_OK) result = rerun_path(folder, RERUN_PLAN_FILE, plan, sizeof plan, err);
    if (result == RESULT_OK) result = rig_read(rig, &run->rig, err);
    if (result == RESULT_OK) result = dot_plan_read(plan, &run->plan, err);
    if (result == RESULT_OK) result = rerun_field(&run->rerun, scan, err);
    if (result != RESULT_OK) return result;
    run->dots = calloc(run->plan.dot_count + 1, sizeof *run->dots);
    return run->dots ? RESULT_OK : error_set(err, RESULT_NO_MEMORY, "out of memory");
}

static enum result prepare(struct guard_rerun *run, struct error *err) {
    enum result result = RESULT_OK;
    if (!run->rerun.reader.about.is_guard)
        return error_set(err, RESULT_FORMAT, "%s: not the record of a guard", run->rerun.path);
    if (run->rerun.reader.about.is_simulated) {
        result = read_simulated(run, err);
        return result == RESULT_NOT_FOUND ? RESULT_REFUSED : result;
    }
    run->loader = case_loader_create();
    return run->loader ? RESULT_OK : error_set(err, RESULT_NO_MEMORY, "out of memory");
}

enum result rerun_guard(const struct rerun_setup *setup, struct rerun_outcome *ret_outcome,
                        struct error *err) {
    struct guard_rerun *run = calloc(1, sizeof *run);
    struct record record;
    if (!run) return error_set(err, RESULT_NO_MEMORY, "out of memory");
    enum result result = rerun_open(&run->rerun, setup, GUARD_RECORD_FILE, ret_outcome, err);
    if (result != RESULT_OK) {
        free(run);
        return result;
    }
    result = prepare(run, err);
    while (result == RESULT_OK && ret_outcome->is_same) {
        result = rerun_next(&run->rerun, &record, err);
        if (result == RESULT_OK) result = take_record(run, &record, err);
    }
    result = rerun_close(&run->rerun, result);
    case_loader_destroy(&run->loader);
    dot_plan_release(&run->plan);
    free(run->dots);
    free(run);
    return result;
}
