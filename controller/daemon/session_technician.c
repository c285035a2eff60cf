/* What a technician and a supervisor ask of a session beside running it: motions at the empty rig,
 * the pace, what becomes of doubtful dots. */
#include "controller/daemon/session_private.h"
#include "safety/supervisor.h"

static enum result check_idle(const struct session *session, struct error *err) {
    if (session->phase == SESSION_READY && session->guard.state == SAFETY_IDLE) return RESULT_OK;
    return error_set(err, RESULT_REFUSED, "the rig must be homed and not armed; it is %s%s",
                     session_phase_name(session->phase),
                     session->phase == SESSION_LOCKED ? ": home it first" : "");
}

enum result session_jog(struct session *session, const struct guard_service *jog,
                        struct outbox *outbox, struct error *err) {
    enum result result = check_idle(session, err);
    return result == RESULT_OK ? technician_jog(&session->technician, jog, outbox, err) : result;
}

enum result session_serve(struct session *session, enum technician_task task, double probe_mm,
                          struct error *err) {
    enum result result = check_idle(session, err);
    return result == RESULT_OK ? technician_begin(&session->technician, task, probe_mm, err)
                               : result;
}

bool session_is_serviced(const struct session *session, struct error *err) {
    if (session->technician.task == TECHNICIAN_NONE) return false;
    error_set(err, RESULT_REFUSED, "a technician's %s is under way: stop it first",
              technician_task_name(session->technician.task));
    return true;
}

void session_set_pace(struct session *session, int percent) {
    if (percent >= STRIKER_PACE_LEAST && percent <= STRIKER_PACE_WHOLE)
        session->striker.pace.percent = percent;
}

void session_decide(struct session *session, uint32_t index, enum dot_fate fate, const char *note,
                    struct outbox *outbox, int64_t now_ns) {
    if (index < session->striker.setup.plan->dot_count && outbox_has_room(outbox, 2))
        striker_decide(&session->striker, index, fate, note, outbox, now_ns);
}
