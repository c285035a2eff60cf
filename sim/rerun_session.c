/* The session's half of a recording once more: filter, session and striker. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "controller/daemon/session_record.h"
#include "controller/record/message_codec.h"
#include "sim/message_words.h"
#include "sim/rerun.h"

#define NOTHING "nothing"

struct session_rerun {
    struct rerun rerun;
    struct rig rig;
    struct dot_plan plan;
    char plan_sha256[SHA256_HEX_SIZE], rig_sha256[SHA256_HEX_SIZE];
    uint8_t *fates;
    uint32_t *hours_ago, *order;
    bool are_fates_old; /* of the session before: the next record of fates begins anew */
    struct session_begin begin;
    bool has_begun;
    struct session session;
    struct outbox outbox;
    uint32_t foreign; /* requests of before the begin, still to be taken */
    struct head_filter filter, taken;
    struct head_pose pose; /* of the newest look */
    struct session_news news;
    enum result answered; /* to the newest call */
    struct error answer;
    int64_t ticked_ns;          /* of the newest tick whose sayings are not all compared yet; 0 */
    uint32_t requests, entries; /* that may stay in the outbox after that */
};

static bool predict(void *context, int64_t at_ns, struct pose *ret_T_rig_head) {
    const struct session_rerun *run = context;
    return head_filter_predict_pose(&run->taken, at_ns, ret_T_rig_head);
}

/* --- what it is about --- */

static enum result read_plan(struct session_rerun *run, const char *scan, struct error *err) {
    char path[RERUN_PATH_MAX], scan_sha256[SHA256_HEX_SIZE];
    enum result result =
        rerun_path(run->rerun.setup.folder, RERUN_PLAN_FILE, path, sizeof path, err);
    if (result == RESULT_OK) result = dot_plan_read(path, &run->plan, err);
    if (result == RESULT_OK) result = file_sha256(path, run->plan_sha256, err);
    if (result == RESULT_OK) result = file_sha256(scan, scan_sha256, err);
    if (result == RESULT_OK && strcmp(run->plan.scan_sha256, scan_sha256) != 0)
        result =
            error_set(err, RESULT_REFUSED,
                      "%s was made for another scan than %s: they are not of one head", path, scan);
    return result;
}

static enum result read_files(struct session_rerun *run, struct error *err) {
    char rig[RERUN_PATH_MAX], scan[RERUN_PATH_MAX];
    const char *folder = run->rerun.setup.folder;
    enum result result = rerun_rig_path(&run->rerun, rig, sizeof rig, err);
    if (result == RESULT_OK)
        result = rerun_path(folder, run->rerun.reader.about.scan, scan, sizeof scan, err);
    if (result == RESULT_OK) result = rig_read(rig, &run->rig, err);
    if (result == RESULT_OK) result = file_sha256(rig, run->rig_sha256, err);
    if (result == RESULT_OK) result = read_plan(run, scan, err);
    if (result == RESULT_OK) result = rerun_field(&run->rerun, scan, err);
    if (result != RESULT_OK) return result;
    run->fates = calloc(run->plan.dot_count + 1, sizeof *run->fates);
    run->hours_ago = calloc(run->plan.dot_count + 1, sizeof *run->hours_ago);
    run->order = calloc(run->plan.dot_count + 1, sizeof *run->order);
    if (!run->fates || !run->hours_ago || !run->order)
        return error_set(err, RESULT_NO_MEMORY, "out of memory");
    return RESULT_OK;
}

/* --- its begin --- */

static void forget_fates(struct session_rerun *run) {
    if (!run->are_fates_old) return;
    memset(run->fates, 0, run->plan.dot_count * sizeof *run->fates);
    memset(run->hours_ago, 0, run->plan.dot_count * sizeof *run->hours_ago);
    run->are_fates_old = false;
}

static enum result on_fates(struct session_rerun *run, const struct record *record,
                            struct error *err) {
    struct session_fates fates = {0};
    struct codec codec = codec_to_read(record->payload, record->count);
    codec_session_fates(&codec, &fates);
    forget_fates(run);
    if (!codec_is_at_end(&codec) || fates.count > run->plan.dot_count ||
        fates.first > run->plan.dot_count - fates.count)
        return record_error(&run->rerun.reader, record, RESULT_FORMAT,
                            "damaged: fates of dots that the plan does not have", err);
    for (uint32_t i = 0; i < fates.count; i++) {
        run->fates[fates.first + i] = (uint8_t)fates.fate;
        run->hours_ago[fates.first + i] = fates.hours_ago;
    }
    return RESULT_OK;
}

static void begin_filter(struct session_rerun *run) {
    struct head_filter_settings settings = head_filter_settings_default();
    settings.centre_head = run->begin.filter_centre_head;
    settings.radius_mm = run->begin.filter_radius_mm;
    head_filter_init(&run->filter, &settings);
    run->taken = run->filter;
}

/* Requests that were made before the recording began are taken without being compared. */
static void begin_outbox(struct session_rerun *run) {
    const struct session_begin *begin = &run->begin;
    if (begin->waiting != run->outbox.request_count || run->outbox.entry_count) {
        memset(&run->outbox, 0, sizeof run->outbox);
        run->foreign = begin->waiting;
    }
    run->outbox.last_sequence = begin->last_sequence;
    run->outbox.last_entry = 0;
}

/* A simulated session is bound to no hashes. */
static bool is_other(const char *bound, const char *found) {
    return bound[0] && strcmp(bound, found) != 0;
}

static enum result on_begin(struct session_rerun *run, const struct record *record,
                            struct error *err) {
    struct session_begin *begin = &run->begin;
    struct codec codec = codec_to_read(record->payload, record->count);
    codec_session_begin(&codec, begin);
    forget_fates(run);
    if (!codec_is_at_end(&codec))
        return record_error(&run->rerun.reader, record, RESULT_FORMAT, "damaged: a session's begin",
                            err);
    if (begin->dot_count != run->plan.dot_count ||
        is_other(begin->load.plan_sha256, run->plan_sha256))
        return record_error(&run->rerun.reader, record, RESULT_REFUSED,
                            "the session was of another plan than the folder's " RERUN_PLAN_FILE,
                            err);
    if (!run->rerun.setup.rig_path && is_other(begin->load.rig_sha256, run->rig_sha256))
        return record_error(&run->rerun.reader, record, RESULT_REFUSED,
                            "the session was of another rig than the folder's " RERUN_RIG_FILE,
                            err);
    for (size_t i = 0; i < run->plan.dot_count; i++) run->order[i] = (uint32_t)i;
    struct session_setup setup = {.striker = striker_setup_default(),
                                  .load = begin->load,
                                  .inputs = begin->inputs,
                                  .prompts = begin->prompts,
                                  .past = begin->past,
                                  .hours_ago = begin->has_hours ? run->hours_ago : NULL,
                                  .uncalibrated_why = begin->uncalibrated_why,
                                  .uncleared_why = begin->uncleared_why};
    setup.striker.rig = &run->rig;
    setup.striker.plan = &run->plan;
    setup.striker.order = run->order;
    setup.striker.order_count = run->plan.dot_count;
    setup.striker.field = &run->rerun.setup.field->view;
    setup.striker.predictor = (struct pose_predictor){predict, run};
    setup.striker.surface_zero_mm = begin->surface_zero_mm;
    begin_filter(run);
    begin_outbox(run);
    session_init(&run->session, &setup, run->fates, record->at_ns);
    run->has_begun = run->are_fates_old = true;
    run->ticked_ns = 0;
    run->rerun.outcome->begins++;
    rerun_note(&run->rerun, record->at_ns, "a session begins");
    return RESULT_OK;
}

/* --- what went in --- */

static void note_news(struct session_rerun *run, const struct record *record) {
    const struct session_news *news = &run->news;
    char words[MESSAGE_WORDS_MAX] = "";
    switch (news->kind) {
        case SESSION_NEWS_GUARD:
            if (news->as.event.kind == GUARD_EVENT_STATE ||
                news->as.event.kind == GUARD_EVENT_MACHINE)
                return; /* many a second */
            guard_event_words(&news->as.event, words, sizeof words);
            break;
        case SESSION_NEWS_POSE:
            snprintf(words, sizeof words, "%s (%s)", head_state_name(news->as.head.state),
                     head_reason_name(news->as.head.reason));
            break;
        case SESSION_NEWS_CALL:
            snprintf(words, sizeof words, "%s", session_call_name(news->as.call));
            break;
        case SESSION_NEWS_ANSWER:
            snprintf(words, sizeof words, "%s", prompt_name(news->as.prompt));
            break;
        case SESSION_NEWS_TICK:
        case SESSION_NEWS_DURABLE:
            return;
        case SESSION_NEWS_GUARD_GONE:
        case SESSION_NEWS_JOURNAL_FAILED:
        case SESSION_NEWS_HOLD:
        case SESSION_NEWS_INPUT:
        case SESSION_NEWS_SKIP:
        case SESSION_NEWS_NOTE:
        case SESSION_NEWS_DECIDE:
        case SESSION_NEWS_PACE:
        case SESSION_NEWS_JOG:
        case SESSION_NEWS_SERVE:
        case SESSION_NEWS_SERVICE_STOP:
        case SESSION_NEWS_DOCTOR:
        case SESSION_NEWS_END:
        case SESSION_NEWS_KIND_COUNT:
            snprintf(words, sizeof words, "%s", news->text);
            break;
    }
    rerun_note(&run->rerun, record->at_ns, "in   %s %s", session_news_name(news->kind), words);
}

/* All that was said by the newest tick was recorded before anything later came in. */
static void check_all_said(struct session_rerun *run, const struct record *record) {
    char words[MESSAGE_WORDS_MAX];
    struct outbox *outbox = &run->outbox;
    struct guard_request request;
    struct journal_entry entry;
    if (!run->ticked_ns || record->at_ns <= run->ticked_ns) return;
    run->ticked_ns = 0;
    if (outbox->entry_count > run->entries && outbox_take_entry(outbox, &entry))
        journal_entry_words(&entry, words, sizeof words);
    else if (outbox->request_count > run->requests && outbox_take_request(outbox, &request))
        guard_request_words(&request, record->at_ns, words, sizeof words);
    else
        return;
    rerun_differs(&run->rerun, record, NOTHING, words);
}

static enum result on_news(struct session_rerun *run, const struct record *record,
                           struct error *err) {
    struct session_news *news = &run->news;
    struct codec codec = codec_to_read(record->payload, record->count);
    memset(news, 0, sizeof *news);
    codec_session_news(&codec, news);
    bool is_of_dot =
        news->kind != SESSION_NEWS_DECIDE || news->as.decision.index < run->plan.dot_count;
    if (!codec_is_at_end(&codec) || !is_of_dot)
        return record_error(&run->rerun.reader, record, RESULT_FORMAT, "damaged: news", err);
    news->now_ns = record->at_ns;
    check_all_said(run, record);
    note_news(run, record);
    if (news->kind == SESSION_NEWS_POSE) {
        struct head_pose told = news->as.head;
        news->as.head = run->pose;
        if (told.reason == HEAD_REASON_RING_SLIPPED) { /* said after the filter */
            news->as.head.state = told.state;
            news->as.head.reason = told.reason;
        }
        run->taken = run->filter;
    }
    run->answer.text[0] = '\0';
    run->answered = session_take(&run->session, news, &run->outbox, &run->answer);
    if (news->kind == SESSION_NEWS_TICK) {
        run->ticked_ns = record->at_ns;
        run->requests = run->entries = 0;
    }
    return RESULT_OK;
}

static enum result on_look(struct session_rerun *run, const struct record *record,
                           struct error *err) {
    struct head_look look = {0};
    struct codec codec = codec_to_read(record->payload, record->count);
    codec_head_look(&codec, &look);
    if (!codec_is_at_end(&codec))
        return record_error(&run->rerun.reader, record, RESULT_FORMAT, "damaged: a look", err);
    head_filter_look(&run->filter, &look, &run->pose);
    return RESULT_OK;
}

/* --- what came out --- */

static enum result on_request(struct session_rerun *run, const struct record *record,
                              struct error *err) {
    struct guard_request now = {0}, recorded = {0};
    char recorded_words[MESSAGE_WORDS_MAX], now_words[MESSAGE_WORDS_MAX] = NOTHING;
    struct codec codec = codec_to_read(record->payload, record->count);
    codec_guard_request(&codec, &recorded);
    if (!codec_is_at_end(&codec))
        return record_error(&run->rerun.reader, record, RESULT_FORMAT, "damaged: a request", err);
    if (run->foreign) {
        run->foreign--;
        return RESULT_OK;
    }
    guard_request_words(&recorded, record->at_ns, recorded_words, sizeof recorded_words);
    bool is_there = outbox_take_request(&run->outbox, &now);
    const char *waits_for = run->session.striker.waiting_for;
    if (is_there)
        guard_request_words(&now, record->at_ns, now_words, sizeof now_words);
    else if (waits_for)
        snprintf(now_words, sizeof now_words, NOTHING "; waits for %s", waits_for);
    struct codec compared = codec_to_compare(record->payload, record->count);
    codec_guard_request(&compared, &now);
    run->rerun.outcome->decisions++;
    if (!is_there || !compared.is_same || !codec_is_at_end(&compared))
        rerun_differs(&run->rerun, record, recorded_words, now_words);
    else if (recorded.kind != GUARD_HEARTBEAT && recorded.kind != GUARD_INPUTS)
        rerun_note(&run->rerun, record->at_ns, "out  asks the guard: %s", recorded_words);
    return RESULT_OK;
}

static enum result on_entry(struct session_rerun *run, const struct record *record,
                            struct error *err) {
    struct journal_entry now = {0}, recorded = {0};
    char recorded_words[MESSAGE_WORDS_MAX], now_words[MESSAGE_WORDS_MAX] = NOTHING;
    struct codec codec = codec_to_read(record->payload, record->count);
    codec_journal_entry(&codec, &recorded);
    if (!codec_is_at_end(&codec))
        return record_error(&run->rerun.reader, record, RESULT_FORMAT, "damaged: an entry", err);
    journal_entry_words(&recorded, recorded_words, sizeof recorded_words);
    bool is_there = outbox_take_entry(&run->outbox, &now);
    if (is_there) journal_entry_words(&now, now_words, sizeof now_words);
    struct codec compared = codec_to_compare(record->payload, record->count);
    codec_journal_entry(&compared, &now);
    run->rerun.outcome->decisions++;
    if (!is_there || !compared.is_same || !codec_is_at_end(&compared))
        rerun_differs(&run->rerun, record, recorded_words, now_words);
    else
        rerun_note(&run->rerun, record->at_ns, "out  journal: %s", recorded_words);
    return RESULT_OK;
}

/* What who called was told: refused or not; the words may have been mended since. */
static enum result on_result(struct session_rerun *run, const struct record *record,
                             struct error *err) {
    enum result recorded = RESULT_OK;
    struct error words = {0};
    char recorded_words[RERUN_WORDS_MAX], now_words[RERUN_WORDS_MAX];
    struct codec codec = codec_to_read(record->payload, record->count);
    codec_result(&codec, &recorded, &words);
    if (!codec_is_at_end(&codec))
        return record_error(&run->rerun.reader, record, RESULT_FORMAT, "damaged: a result", err);
    snprintf(recorded_words, sizeof recorded_words, "answers %s %.400s", result_name(recorded),
             words.text);
    snprintf(now_words, sizeof now_words, "answers %s %.400s", result_name(run->answered),
             run->answer.text);
    run->rerun.outcome->decisions++;
    if (recorded != run->answered) rerun_differs(&run->rerun, record, recorded_words, now_words);
    rerun_note(&run->rerun, record->at_ns, "out  %s", recorded_words);
    return RESULT_OK;
}

static enum result on_waiting(struct session_rerun *run, const struct record *record,
                              struct error *err) {
    struct codec codec = codec_to_read(record->payload, record->count);
    codec_session_waiting(&codec, &run->requests, &run->entries);
    if (codec_is_at_end(&codec)) return RESULT_OK;
    return record_error(&run->rerun.reader, record, RESULT_FORMAT, "damaged: what waits", err);
}

/* --- the whole --- */

static enum result take_record(struct session_rerun *run, const struct record *record,
                               struct error *err) {
    if (!run->has_begun && record->kind != RECORD_FATES && record->kind != RECORD_BEGIN &&
        record->kind != RECORD_END)
        return record_error(&run->rerun.reader, record, RESULT_FORMAT,
                            "damaged: before the session's begin", err);
    switch (record->kind) {
        case RECORD_FATES:
            return on_fates(run, record, err);
        case RECORD_BEGIN:
            return on_begin(run, record, err);
        case RECORD_LOOK:
            return on_look(run, record, err);
        case RECORD_NEWS:
            return on_news(run, record, err);
        case RECORD_RESULT:
            return on_result(run, record, err);
        case RECORD_REQUEST:
            return on_request(run, record, err);
        case RECORD_ENTRY:
            return on_entry(run, record, err);
        case RECORD_WAITING:
            return on_waiting(run, record, err);
        case RECORD_END:
            return RESULT_OK;
        default:
            return record_error(&run->rerun.reader, record, RESULT_FORMAT,
                                "a record that no session makes", err);
    }
}

static void release(struct session_rerun *run) {
    dot_plan_release(&run->plan);
    free(run->fates);
    free(run->hours_ago);
    free(run->order);
    free(run);
}

enum result rerun_session(const struct rerun_setup *setup, struct rerun_outcome *ret_outcome,
                          struct error *err) {
    struct session_rerun *run = calloc(1, sizeof *run);
    struct record record;
    if (!run) return error_set(err, RESULT_NO_MEMORY, "out of memory");
    enum result result = rerun_open(&run->rerun, setup, SESSION_RECORD_FILE, ret_outcome, err);
    if (result != RESULT_OK) {
        free(run);
        return result;
    }
    if (run->rerun.reader.about.is_guard)
        result = error_set(err, RESULT_FORMAT, "%s: the record of a guard", run->rerun.path);
    if (result == RESULT_OK) result = read_files(run, err);
    /* A file that is missing is a bad recording, the end of the records is none. */
    if (result == RESULT_NOT_FOUND) result = RESULT_REFUSED;
    while (result == RESULT_OK && ret_outcome->is_same) {
        result = rerun_next(&run->rerun, &record, err);
        if (result == RESULT_OK) result = take_record(run, &record, err);
    }
    result = rerun_close(&run->rerun, result);
    release(run);
    return result;
}
