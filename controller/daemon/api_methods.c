/* The API's methods: one row each, tried in order by name. `methods` answers with this very table,
 * and docs/api.md is made from it. */
#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "controller/daemon/daemon.h"
#include "safety/supervisor.h"

static double time_left_s(const struct daemon *daemon, double running_s) {
    const struct striker *striker = &daemon->session.striker;
    size_t pending = striker_pending_count(striker);
    if (striker->done_count == 0) return -1.0;
    return running_s / (double)striker->done_count * (double)pending;
}

static json_t *head_json(const struct head_pose *head, int64_t now_ns) {
    static const char *const names[HEAD_STATE_COUNT] = {
        [HEAD_LOST] = "lost",
        [HEAD_FLINCH] = "flinch",
        [HEAD_MOVING] = "moving",
        [HEAD_STILL] = "still",
    };
    double age_ms = (double)(now_ns - head->stamp_ns) / (double)NS_PER_MS;
    return json_pack("{s:s, s:f, s:f, s:f, s:i}", "state",
                     (unsigned)head->state < HEAD_STATE_COUNT ? names[head->state] : "unknown",
                     "speed_mm_s", vec3_norm(head->velocity.v), "age_ms", age_ms, "residual_px",
                     head->residual_px, "tags", (int)head->tags_used);
}

json_t *daemon_state_json(const struct daemon *daemon, int64_t now_ns) {
    const struct session *session = &daemon->session;
    const struct striker *striker = &session->striker;
    double running_s = session_running_s(session, now_ns);
    size_t planned = daemon->plan.dot_count, pending = striker_pending_count(striker);
    double rate = running_s > 0 ? (double)striker->done_count / running_s : 0.0;
    return json_pack("{s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:f, s:f, s:f, s:o}", "phase",
                     session_phase_name(session->phase), "reason", session->reason, "guard",
                     safety_state_name((enum safety_state)session->guard.state), "waiting_for",
                     striker->waiting_for ? striker->waiting_for : "", "dots_planned",
                     (json_int_t)planned, "dots_pending", (json_int_t)pending, "dots_done_now",
                     (json_int_t)striker->done_count, "dots_done", (json_int_t)(planned - pending),
                     "running_s", running_s, "dots_per_s", rate, "time_left_s",
                     time_left_s(daemon, running_s), "head", head_json(&striker->head, now_ns));
}

static enum result run_state(const struct api_call *call, json_t **ret_result, struct error *err) {
    (void)err;
    *ret_result = daemon_state_json(call->context, call->now_ns);
    return RESULT_OK;
}

static enum result run_subscribe(const struct api_call *call, json_t **ret_result,
                                 struct error *err) {
    *call->wants_events = true;
    return run_state(call, ret_result, err);
}

static enum result run_call(const struct api_call *call, enum session_call what,
                            json_t **ret_result, struct error *err) {
    struct daemon *daemon = call->context;
    enum result result = session_call(&daemon->session, what, &daemon->outbox, call->now_ns, err);
    if (result == RESULT_OK) *ret_result = json_true();
    return result;
}

static enum result run_start(const struct api_call *call, json_t **ret_result, struct error *err) {
    return run_call(call, SESSION_CALL_START, ret_result, err);
}
static enum result run_hold(const struct api_call *call, json_t **ret_result, struct error *err) {
    return run_call(call, SESSION_CALL_HOLD, ret_result, err);
}
static enum result run_resume(const struct api_call *call, json_t **ret_result, struct error *err) {
    return run_call(call, SESSION_CALL_RESUME, ret_result, err);
}
static enum result run_abort(const struct api_call *call, json_t **ret_result, struct error *err) {
    return run_call(call, SESSION_CALL_ABORT, ret_result, err);
}
static enum result run_acknowledge(const struct api_call *call, json_t **ret_result,
                                   struct error *err) {
    return run_call(call, SESSION_CALL_ACKNOWLEDGE, ret_result, err);
}

static enum result run_skip(const struct api_call *call, json_t **ret_result, struct error *err) {
    struct daemon *daemon = call->context;
    const json_t *dot = json_object_get(call->params, "dot");
    const char *why = json_string_value(json_object_get(call->params, "why"));
    if (!json_is_integer(dot) || !why || strlen(why) >= JOURNAL_TEXT_MAX)
        return error_set(err, RESULT_INVALID, "skip needs dot (its id) and why (a short sentence)");
    for (size_t i = 0; i < daemon->plan.dot_count; i++) {
        if ((json_int_t)daemon->plan.dots[i].id != json_integer_value(dot)) continue;
        session_skip(&daemon->session, (uint32_t)i, why, &daemon->outbox, call->now_ns);
        *ret_result = json_string(dot_fate_name((enum dot_fate)daemon->fates[i]));
        return RESULT_OK;
    }
    return error_set(err, RESULT_NOT_FOUND, "no dot %lld in the plan",
                     (long long)json_integer_value(dot));
}

static enum result run_methods(const struct api_call *call, json_t **ret_result,
                               struct error *err) {
    (void)call;
    (void)err;
    json_t *list = json_array();
    for (const struct api_method *m = daemon_methods; list && m->name; m++)
        json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s}", "name", m->name, "params",
                                              m->params, "returns", m->returns, "help", m->help));
    *ret_result = list;
    return RESULT_OK;
}

const struct api_method daemon_methods[] = {
    {"methods", "", "array of methods", "What can be asked.", run_methods},
    {"state", "", "state object", "The session's state now.", run_state},
    {"subscribe", "", "state object", "The same, then a `state` notification ten times a second.",
     run_subscribe},
    {"start", "", "true", "Arm and run as soon as everything allows it.", run_start},
    {"hold", "", "true", "Let the running strike end and send nothing more.", run_hold},
    {"resume", "", "true", "Go on after a hold, when everything allows it.", run_resume},
    {"abort", "", "true", "Hold, then disarm; the case can be taken up again.", run_abort},
    {"acknowledge", "", "true", "Acknowledge a fault whose cause is gone.", run_acknowledge},
    {"skip", "dot: integer, why: string", "the dot's fate", "Leave out a pending dot.", run_skip},
    {NULL, NULL, NULL, NULL, NULL},
};
