#include "controller/daemon/record_entry.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "controller/daemon/api_calls.h"
#include "controller/daemon/errand.h"
#include "controller/daemon/readiness.h"

struct record_entry {
    struct record_entry_words words;
    char case_path[GUARD_PATH_MAX];
    struct api_caller caller;
    struct api_waiter waiter;
    struct errand errand;
    enum result result; /* these three: the errand's, until it has ended */
    struct error err;
    struct case_facts facts;
};

static const char *method_of(const struct record_entry *entry) {
    switch (entry->words.kind) {
        case RECORD_ENTRY_SCREENING:
            return "answer_screening";
        case RECORD_ENTRY_SESSION:
            return "open_session";
        case RECORD_ENTRY_CONFIRM:
            break;
    }
    return "confirm_client";
}

static bool writes(const struct record_entry *entry) {
    return entry->words.kind != RECORD_ENTRY_CONFIRM;
}

static enum result enter(struct case_record *record, const struct record_entry_words *words,
                         struct error *err) {
    switch (words->kind) {
        case RECORD_ENTRY_SCREENING:
            return case_record_add_screening(record, &words->screening, err);
        case RECORD_ENTRY_SESSION:
            return case_record_add_session(record, &words->session, &words->said, err);
        case RECORD_ENTRY_CONFIRM:
            break;
    }
    return case_record_confirm(record, &words->said, err);
}

static void work(void *context) {
    struct record_entry *entry = context;
    struct case_record *record = NULL;
    pthread_setname_np(pthread_self(), "record");
    enum result result = case_record_open(entry->case_path, writes(entry), &record, &entry->err);
    if (result == RESULT_OK) result = enter(record, &entry->words, &entry->err);
    case_record_close(&record);
    if (result == RESULT_OK && writes(entry))
        result = case_facts_read(entry->case_path, &entry->facts, &entry->err);
    entry->result = result;
}

/* Once the guard has bound the case its record stands until the run is over. */
static bool is_bound(enum session_phase phase) {
    switch (phase) {
        case SESSION_ARMING:
        case SESSION_ARMED:
        case SESSION_RUNNING:
        case SESSION_SERVING:
        case SESSION_HELD:
        case SESSION_PARKING:
            return true;
        case SESSION_BOOT:
        case SESSION_CONNECTING:
        case SESSION_LOCKED:
        case SESSION_HOMING:
        case SESSION_READY:
        case SESSION_FINISHED:
        case SESSION_FAULT:
        case SESSION_FAILED:
        case SESSION_PHASE_COUNT:
            break;
    }
    return false;
}

static enum result check_allowed(const struct daemon *daemon, enum record_entry_kind kind,
                                 struct error *err) {
    if (daemon_need_case(daemon, err) != RESULT_OK) return RESULT_REFUSED;
    if (daemon->entry)
        return error_set(err, RESULT_REFUSED, "the record is being written: wait a moment");
    if (kind != RECORD_ENTRY_CONFIRM && is_bound(daemon->session.phase))
        return error_set(err, RESULT_REFUSED, "the session is %s: abort it first",
                         session_phase_name(daemon->session.phase));
    return RESULT_OK;
}

enum result record_entry_begin(const struct api_call *call, const struct record_entry_words *words,
                               struct error *err) {
    struct daemon *daemon = call->context;
    enum result result = check_allowed(daemon, words->kind, err);
    if (result != RESULT_OK) return result;
    struct record_entry *entry = calloc(1, sizeof *entry);
    if (!entry) return error_set(err, RESULT_NO_MEMORY, "out of memory");
    entry->words = *words;
    memcpy(entry->case_path, daemon->opened->files.case_path, sizeof entry->case_path);
    entry->caller = *call->caller;
    result = errand_begin(&entry->errand, work, entry, err);
    if (result != RESULT_OK) {
        free(entry);
        return result;
    }
    entry->waiter = api_answer_later(call);
    daemon->entry = entry;
    return RESULT_OK;
}

int record_entry_descriptor(const struct record_entry *entry) {
    return entry ? entry->errand.event_fd : -1;
}

void record_entry_finish(struct daemon *daemon) {
    struct record_entry *entry = daemon->entry;
    if (!entry) return;
    errand_end(&entry->errand);
    daemon->entry = NULL;
    const struct error *refusal = entry->result == RESULT_OK ? NULL : &entry->err;
    daemon_policy.audit(daemon, &entry->caller, method_of(entry), NULL,
                        refusal ? refusal->text : NULL);
    if (!refusal && writes(entry)) {
        daemon->opened->facts = entry->facts;
        readiness_judge_case(daemon, (int64_t)time(NULL));
    }
    json_t *answer = refusal ? NULL : writes(entry) ? screening_json(daemon) : json_true();
    api_server_answer(daemon->api, &entry->waiter, answer, refusal);
    daemon->notify_ns = daemon->now_ns;
    free(entry);
}

void record_entry_take(struct daemon *daemon) {
    if (daemon->entry && errand_is_done(&daemon->entry->errand)) record_entry_finish(daemon);
}
