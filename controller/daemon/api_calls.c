/* The API's calls that change the session, and who may make them. */
#include "controller/daemon/api_calls.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "controller/daemon/daemon.h"
#include "controller/daemon/in_force.h"
#include "safety/supervisor.h"

/* --- policy --- */

static enum result may_command(void *context, const struct api_caller *caller, struct error *err) {
    const struct daemon *daemon = context;
    return command_allows(&daemon->seat, caller, err);
}

static void audit(void *context, const struct api_caller *caller, const char *method,
                  const json_t *params, const char *refusal) {
    struct daemon *daemon = context;
    char *details = params ? json_dumps(params, JSON_COMPACT) : NULL;
    daemon_say(daemon, EVENT_COMMAND, "%.40s (%s): %s%s%.60s%s%.80s", caller->name,
               api_role_name(caller->role), method, details ? " " : "", details ? details : "",
               refusal ? " refused: " : "", refusal ? refusal : "");
    const struct event_line *line = event_log_at(&daemon->log, daemon->log.last_number);
    struct session_news note = {.kind = SESSION_NEWS_NOTE, .as.note = {JOURNAL_EVENT, 0}};
    snprintf(note.text, sizeof note.text, "%s", line->text);
    if (daemon->opened && outbox_has_room(&daemon->outbox, 2)) daemon_hear(daemon, note);
    free(details);
}

const struct api_policy daemon_policy = {may_command, audit};

enum result daemon_need_case(const struct daemon *daemon, struct error *err) {
    if (daemon->opened) return RESULT_OK;
    return error_set(err, RESULT_REFUSED, "no case is open: load one first");
}

/* --- calls --- */

static enum result run_call(const struct api_call *call, enum session_call what,
                            json_t **ret_result, struct error *err) {
    struct daemon *daemon = call->context;
    enum result result = daemon_need_case(daemon, err);
    struct session_news news = {.kind = SESSION_NEWS_CALL, .as.call = what};
    if (result == RESULT_OK) result = daemon_take(daemon, &news, err);
    if (result == RESULT_OK) *ret_result = json_true();
    daemon->notify_ns = call->now_ns; /* what came of it is told at once */
    return result;
}

API_RUN(run_home) {
    return run_call(call, SESSION_CALL_HOME, ret_result, err);
}
API_RUN(run_arm) {
    return run_call(call, SESSION_CALL_ARM, ret_result, err);
}
API_RUN(run_start) {
    return run_call(call, SESSION_CALL_START, ret_result, err);
}
API_RUN(run_hold) {
    return run_call(call, SESSION_CALL_HOLD, ret_result, err);
}
API_RUN(run_resume) {
    struct daemon *daemon = call->context;
    enum result result = run_call(call, SESSION_CALL_RESUME, ret_result, err);
    if (result == RESULT_OK) work_watch_reset(&daemon->work); /* somebody has dealt with it */
    return result;
}
API_RUN(run_abort) {
    return run_call(call, SESSION_CALL_ABORT, ret_result, err);
}

/* The guard decides; what it will surely refuse is told to the caller at once. */
static enum result end_fault(const struct api_call *call, json_t **ret_result, struct error *err) {
    const struct daemon *daemon = call->context;
    const struct condition_words *words = safety_condition_words(CONDITION_NEEDLE_SAFE);
    bool is_safe = daemon->session.guard.conditions & CONDITION_BIT(CONDITION_NEEDLE_SAFE);
    if (json_is_true(json_object_get(call->params, "needle_out")))
        return run_call(call, SESSION_CALL_ACKNOWLEDGE_OUT, ret_result, err);
    if (!is_safe) return error_set(err, RESULT_REFUSED, "%s %s", words->lost, words->remedy);
    return run_call(call, SESSION_CALL_ACKNOWLEDGE, ret_result, err);
}

API_RUN(run_acknowledge) {
    struct daemon *daemon = call->context;
    const json_t *number = json_object_get(call->params, "number");
    bool is_at_fault = daemon->opened && daemon->session.phase == SESSION_FAULT;
    if (daemon->opened)
        alarms_note_acknowledged(daemon, (uint32_t)json_integer_value(number), call->caller->name);
    enum result result = alarms_acknowledge(&daemon->alarms, (uint32_t)json_integer_value(number),
                                            call->caller->name, is_at_fault ? NULL : err);
    daemon->notify_ns = call->now_ns;
    if (is_at_fault) return end_fault(call, ret_result, err);
    if (result == RESULT_OK) *ret_result = json_true();
    return result;
}

API_RUN(run_answer) {
    struct daemon *daemon = call->context;
    enum prompt_kind kind = 0;
    enum result result = daemon_need_case(daemon, err);
    if (result != RESULT_OK) return result;
    if (!prompt_from_name(api_text(call, "prompt"), &kind))
        return error_set(err, RESULT_INVALID, "prompt must be pigment, needle, wipe or break");
    struct session_news news = {.kind = SESSION_NEWS_ANSWER, .as.prompt = kind};
    result = daemon_take(daemon, &news, err);
    if (result == RESULT_OK) *ret_result = json_true();
    daemon->notify_ns = call->now_ns;
    return result;
}

API_RUN(run_heartbeat) {
    struct daemon *daemon = call->context;
    (void)err;
    command_beat(&daemon->seat, call->caller, call->now_ns);
    *ret_result = json_true();
    return RESULT_OK;
}

API_RUN(run_take_command) {
    struct daemon *daemon = call->context;
    bool by_force = json_is_true(json_object_get(call->params, "by_force"));
    bool was_taken =
        command_is_taken(&daemon->seat) && !command_is_held_by(&daemon->seat, call->caller);
    enum result result = command_take(&daemon->seat, call->caller, by_force, call->now_ns, err);
    daemon->notify_ns = call->now_ns;
    if (result != RESULT_OK) return result;
    if (was_taken && daemon->opened) daemon_hold_for(daemon, "command was taken by force");
    alarms_clear(&daemon->alarms, "page in command");
    *ret_result = json_true();
    return RESULT_OK;
}

API_RUN(run_give_command) {
    struct daemon *daemon = call->context;
    enum result result = command_give(&daemon->seat, call->caller, call->now_ns, err);
    daemon->notify_ns = call->now_ns;
    if (result != RESULT_OK) return result;
    if (!command_is_taken(&daemon->seat) && daemon->opened)
        daemon_hold_for(daemon, "nobody is in command");
    *ret_result = json_true();
    return RESULT_OK;
}

API_RUN(run_load) {
    struct daemon *daemon = call->context;
    struct case_files files;
    if (!daemon->options.cases_path)
        return error_set(err, RESULT_REFUSED, "this smprigd was started for one case alone");
    enum result result =
        case_files_of(daemon->options.cases_path, api_text(call, "case"), &files, err);
    if (result == RESULT_OK) result = daemon_load(daemon, &files, err);
    if (result == RESULT_OK) *ret_result = json_true();
    return result;
}

API_RUN(run_skip) {
    struct daemon *daemon = call->context;
    const json_t *ids = json_object_get(call->params, "dots");
    const char *why = api_text(call, "why");
    enum result result = daemon_need_case(daemon, err);
    if (result != RESULT_OK) return result;
    const struct dot_plan *plan = &daemon->opened->plan;
    for (size_t i = 0; i < json_array_size(ids); i++)
        if (dot_plan_find(plan, json_integer_value(json_array_get(ids, i))) == plan->dot_count)
            return error_set(err, RESULT_NOT_FOUND, "no dot %lld in the plan",
                             (long long)json_integer_value(json_array_get(ids, i)));
    json_t *fates = json_array();
    for (size_t i = 0; i < json_array_size(ids); i++) {
        size_t index = dot_plan_find(plan, json_integer_value(json_array_get(ids, i)));
        daemon_skip(daemon, (uint32_t)index, why);
        json_array_append_new(
            fates, json_string(dot_fate_name((enum dot_fate)daemon->opened->fates[index])));
    }
    *ret_result = fates;
    return RESULT_OK;
}

API_RUN(run_skip_zone) {
    struct daemon *daemon = call->context;
    const char *zone = api_text(call, "zone");
    const char *why = api_text(call, "why");
    enum result result = daemon_need_case(daemon, err);
    if (result != RESULT_OK) return result;
    const struct dot_plan *plan = &daemon->opened->plan;
    for (size_t z = 0; z < plan->zone_count; z++) {
        if (strcmp(plan->zone_names[z], zone) != 0) continue;
        daemon->skipped_zones |= UINT32_C(1) << z;
        snprintf(daemon->skip_why, sizeof daemon->skip_why, "%s", why);
        *ret_result = json_true();
        return RESULT_OK;
    }
    return error_set(err, RESULT_NOT_FOUND, "no zone '%.40s' in the plan", zone);
}
