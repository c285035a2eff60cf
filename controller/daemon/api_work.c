/* The API's ear for a close-up camera: what it saw of a struck dot (vision/closeup/work.h). Many
 * looks together may hold the session; one never does. */
#include "controller/daemon/api_calls.h"
#include "controller/daemon/daemon.h"

API_RUN(run_work) {
    struct daemon *daemon = call->context;
    struct work_watch *watch = &daemon->work;
    if (daemon_need_case(daemon, err) != RESULT_OK) return RESULT_REFUSED;
    json_int_t id = json_integer_value(json_object_get(call->params, "dot"));
    const struct dot_plan *plan = &daemon->opened->plan;
    size_t index = dot_plan_find(plan, id);
    if (index == plan->dot_count)
        return error_set(err, RESULT_NOT_FOUND, "no dot %lld in the plan", (long long)id);
    bool is_seen = json_is_true(json_object_get(call->params, "seen"));
    struct work_look look = {.verdict = is_seen ? WORK_SEEN : WORK_MISSING,
                             .off_u_um = api_number(call, "off_u_um"),
                             .off_v_um = api_number(call, "off_v_um"),
                             .diameter_um = api_number(call, "diameter_um")};
    if (is_seen && !(look.diameter_um > 0))
        return error_set(err, RESULT_INVALID, "a dot that was seen has a diameter_um");
    enum work_finding before = watch->finding;
    enum work_finding finding = work_watch_add(watch, &look, plan->dots[index].diameter_um);
    const struct work_words *words = work_finding_words(finding);
    if (finding != WORK_FINE && before == WORK_FINE) {
        daemon_hold_for(daemon, words->what);
        daemon_say(daemon, EVENT_ALARM, "%s %s", words->what, words->remedy);
        daemon->notify_ns = call->now_ns;
    }
    *ret_result = json_pack("{s:s, s:f, s:f, s:f, s:f}", "finding", words->name, "off_u_um",
                            watch->off_u_um, "off_v_um", watch->off_v_um, "diameter_ratio",
                            watch->diameter_ratio, "missing_share", watch->missing);
    return RESULT_OK;
}
