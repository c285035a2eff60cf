/* The API's calls about the case: its record and journal, what becomes of doubtful dots, and the
 * session's pace. */
#include <stdio.h>
#include <string.h>

#include "controller/daemon/api_calls.h"
#include "controller/daemon/daemon.h"
#include "controller/journal/case_record.h"
#include "controller/journal/case_row_json.h"
#include "controller/journal/journal_tail.h"

API_RUN(run_override) {
    struct daemon *daemon = call->context;
    enum result result = daemon_need_case(daemon, err);
    if (result != RESULT_OK) return result;
    daemon_hear(daemon, (struct session_news){.kind = SESSION_NEWS_PACE,
                                              .as.percent = (int)json_integer_value(
                                                  json_object_get(call->params, "percent"))});
    daemon->notify_ns = call->now_ns;
    *ret_result = json_true();
    return RESULT_OK;
}

/* --- doubtful dots --- */

enum decision { DECIDED_STRUCK, DECIDED_SKIPPED, DECIDED_PENDING, DECISION_COUNT };
static const char *const decision_names[DECISION_COUNT] = {"struck", "skipped", "pending"};
static const enum dot_fate decision_fates[DECISION_COUNT] = {[DECIDED_STRUCK] = FATE_DONE,
                                                             [DECIDED_SKIPPED] = FATE_SKIPPED,
                                                             [DECIDED_PENDING] = FATE_PENDING};

static enum result take_decision(const struct api_call *call, enum decision *ret_decision,
                                 struct error *err) {
    const char *name = api_text(call, "decision");
    for (int i = 0; i < DECISION_COUNT; i++) {
        if (strcmp(name, decision_names[i]) != 0) continue;
        *ret_decision = (enum decision)i;
        return RESULT_OK;
    }
    return error_set(err, RESULT_INVALID, "decision must be struck, skipped or pending");
}

static enum result check_doubtful(const struct daemon *daemon, const json_t *ids,
                                  struct error *err) {
    const struct dot_plan *plan = &daemon->opened->plan;
    for (size_t i = 0; i < json_array_size(ids); i++) {
        json_int_t id = json_integer_value(json_array_get(ids, i));
        size_t index = dot_plan_find(plan, id);
        if (index == plan->dot_count)
            return error_set(err, RESULT_NOT_FOUND, "no dot %lld in the plan", (long long)id);
        if (daemon->opened->fates[index] != FATE_DOUBTFUL)
            return error_set(err, RESULT_REFUSED, "dot %lld is not doubtful but %s", (long long)id,
                             dot_fate_name((enum dot_fate)daemon->opened->fates[index]));
    }
    return RESULT_OK;
}

/* A dot that is pending again is so for the guard too only when the case is bound anew. */
static enum result check_may_bind_anew(const struct daemon *daemon, enum decision decision,
                                       struct error *err) {
    if (decision != DECIDED_PENDING || daemon_may_change_case(daemon)) return RESULT_OK;
    return error_set(err, RESULT_REFUSED,
                     "a doubtful dot becomes pending only while the rig is not armed: abort first");
}

API_RUN(run_decide_doubtful) {
    struct daemon *daemon = call->context;
    const json_t *ids = json_object_get(call->params, "dots");
    const char *why = api_text(call, "why");
    enum decision decision = DECISION_COUNT;
    enum result result = daemon_need_case(daemon, err);
    if (result == RESULT_OK) result = take_decision(call, &decision, err);
    if (result == RESULT_OK) result = check_doubtful(daemon, ids, err);
    if (result == RESULT_OK) result = check_may_bind_anew(daemon, decision, err);
    if (result != RESULT_OK) return result;
    for (size_t i = 0; i < json_array_size(ids); i++) {
        size_t index =
            dot_plan_find(&daemon->opened->plan, json_integer_value(json_array_get(ids, i)));
        struct session_news news = {.kind = SESSION_NEWS_DECIDE,
                                    .as.decision = {(uint32_t)index, decision_fates[decision]}};
        snprintf(news.text, sizeof news.text, "%s decided: %s: %.100s", call->caller->name,
                 decision_names[decision], why);
        daemon_hear(daemon, news);
    }
    if (decision == DECIDED_PENDING) daemon->wants_reload = true;
    daemon->notify_ns = call->now_ns;
    *ret_result = json_integer((json_int_t)json_array_size(ids));
    return RESULT_OK;
}

/* --- what is on file --- */

/* Rows in thousands, told by other calls. */
static bool is_journals(const char *table) {
    return strcmp(table, "dots") == 0 || strcmp(table, "events") == 0;
}

API_RUN(run_records) {
    const struct daemon *daemon = call->context;
    struct case_record *record = NULL;
    enum result result = daemon_need_case(daemon, err);
    if (result == RESULT_OK)
        result = case_record_open(daemon->opened->files.case_path, false, &record, err);
    if (result != RESULT_OK) return result;
    json_t *tables = json_object();
    for (size_t i = 0; case_tables[i] && result == RESULT_OK; i++) {
        if (is_journals(case_tables[i])) continue;
        json_t *rows = json_array();
        result = case_record_each(record, case_tables[i], case_row_append_json, rows, err);
        json_object_set_new(tables, case_tables[i], rows);
    }
    case_record_close(&record);
    if (result == RESULT_OK)
        *ret_result = tables;
    else
        json_decref(tables);
    return result;
}

static bool append_entry(void *context, const struct journal_row *row) {
    bool has_dot = row->entry.dot != JOURNAL_NO_DOT;
    json_array_append_new(
        context,
        json_pack("{s:I, s:s, s:s, s:o, s:s}", "number", (json_int_t)row->number, "time",
                  row->wall_time, "kind", journal_kind_name(row->entry.kind), "dot",
                  has_dot ? json_integer(row->entry.dot) : json_null(), "text", row->entry.text));
    return true;
}

API_RUN(run_journal) {
    const struct daemon *daemon = call->context;
    const json_t *before = json_object_get(call->params, "before");
    bool wants_strikes = json_is_true(json_object_get(call->params, "strikes"));
    enum result result = daemon_need_case(daemon, err);
    if (result != RESULT_OK) return result;
    json_t *rows = json_array();
    const struct journal_tail tail = {.path = daemon->opened->files.case_path,
                                      .before = before ? json_integer_value(before) : INT64_MAX,
                                      .has_strikes = wants_strikes};
    result = journal_tail_each(&tail, append_entry, rows, err);
    if (result == RESULT_OK)
        *ret_result = rows;
    else
        json_decref(rows);
    return result;
}
