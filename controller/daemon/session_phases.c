/* One function a phase: what the session asks of the guard, and when it goes on. */
#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "controller/daemon/session_private.h"
#include "motion/kinematics.h"
#include "motion/time_model.h"
#include "safety/limits.h"
#include "safety/supervisor.h"

/* Dots told to the guard in one step, so that the socket's queue never fills. */
#define FATES_A_STEP 64u

/* Tell the guard which dots are not pending: it strikes pending ones only. */
static bool send_fates(struct session *session, struct outbox *outbox) {
    const struct dot_plan *plan = session->striker.setup.plan;
    for (unsigned sent = 0; sent < FATES_A_STEP && session->fates_sent < plan->dot_count;
         session->fates_sent++) {
        uint8_t fate = session->striker.fates[session->fates_sent];
        if (fate == FATE_PENDING) continue;
        if (!outbox_has_room(outbox, 1)) return false;
        struct guard_request request = {.kind = GUARD_DOT_FATE};
        request.as.dot_fate = (struct guard_dot_fate){
            plan->dots[session->fates_sent].id, (uint32_t)fate,
            session->hours_ago ? session->hours_ago[session->fates_sent] : 0};
        outbox_request(outbox, request);
        sent++;
    }
    return session->fates_sent == plan->dot_count;
}

static void in_boot(struct session *session, struct outbox *outbox, int64_t now_ns) {
    if (session_is_guard_busy(session)) return;
    if (session->asked_kind != GUARD_LOAD) session_ask(session, GUARD_LOAD, outbox, now_ns);
}

static void in_connecting(struct session *session, struct outbox *outbox, int64_t now_ns) {
    if (!send_fates(session, outbox) || !session->has_guard_state) return;
    switch ((enum safety_state)session->guard.state) {
        case SAFETY_OFF:
            session_ask(session, GUARD_CONNECT, outbox, now_ns);
            break;
        case SAFETY_LOCKED:
            session_enter(session, SESSION_LOCKED, outbox, now_ns);
            break;
        case SAFETY_IDLE:
            session_enter(session, SESSION_READY, outbox, now_ns);
            break;
        default:
            break;
    }
}

static void in_locked(struct session *session, struct outbox *outbox, int64_t now_ns) {
    session->wants_abort = false;
    if (session->guard.state == SAFETY_IDLE)
        session_enter(session, SESSION_READY, outbox, now_ns);
    else if (session->wants_home || session->wants_arm || session->wants_run)
        session_enter(session, SESSION_HOMING, outbox, now_ns);
}

static void in_homing(struct session *session, struct outbox *outbox, int64_t now_ns) {
    if (session->guard.state == SAFETY_HOMING)
        session->wants_home = false;
    else if (session->guard.state == SAFETY_LOCKED || session->wants_home)
        session_ask(session, GUARD_HOME, outbox, now_ns);
    if (session->guard.state == SAFETY_IDLE && !session->wants_home)
        session_enter(session, SESSION_READY, outbox, now_ns);
}

static void in_ready(struct session *session, struct outbox *outbox, int64_t now_ns) {
    if (session->wants_abort)
        session->wants_run = session->wants_arm = session->wants_home = session->wants_abort =
            false;
    if (session->guard.state == SAFETY_LOCKED)
        session_enter(session, SESSION_LOCKED, outbox, now_ns);
    else if (session->wants_home)
        session_enter(session, SESSION_HOMING, outbox, now_ns);
    else if (session->wants_arm ||
             (session->wants_run && session->striker.head.state == HEAD_STILL))
        session_enter(session, SESSION_ARMING, outbox, now_ns);
}

static void in_armed(struct session *session, struct outbox *outbox, int64_t now_ns) {
    if (session->guard.state == SAFETY_IDLE)
        session_enter(session, SESSION_READY, outbox, now_ns);
    else if (session->wants_abort)
        session_ask(session, GUARD_DISARM, outbox, now_ns);
    else if (session->wants_run && session->striker.head.state == HEAD_STILL)
        session_enter(session, SESSION_ARMING, outbox, now_ns);
}

static void in_arming(struct session *session, struct outbox *outbox, int64_t now_ns) {
    switch ((enum safety_state)session->guard.state) {
        case SAFETY_IDLE:
            session_ask(session, GUARD_ARM, outbox, now_ns);
            break;
        case SAFETY_ARMED:
            session->wants_arm = false;
            if (session->wants_run)
                session_ask(session, GUARD_START, outbox, now_ns);
            else
                session_enter(session, SESSION_ARMED, outbox, now_ns);
            break;
        case SAFETY_RUNNING:
            session_enter(session, SESSION_RUNNING, outbox, now_ns);
            break;
        case SAFETY_HOLDING: /* it ran and tripped before we saw it run */
        case SAFETY_RETRACTING:
        case SAFETY_HELD:
            session_hold(session, "the guard holds the rig", outbox, now_ns);
            break;
        default:
            break;
    }
}

/* Stops that the plan has before the next dot (smprig order --work) become prompts. */
static void open_plan_stops(struct session *session, struct outbox *outbox, int64_t now_ns) {
    const struct dot_plan *plan = session->striker.setup.plan;
    size_t next = striker_next_dot(&session->striker);
    for (; session->stops_passed < plan->stop_count; session->stops_passed++) {
        const struct plan_stop *stop = &plan->stops[session->stops_passed];
        if (stop->before > next) break;
        if (!session->has_begun) continue;
        prompts_open(&session->prompts, prompt_of_stop(stop->kind), stop->text);
        outbox_entry(outbox, JOURNAL_EVENT, JOURNAL_NO_DOT, now_ns, stop->text);
    }
    session->has_begun = true;
}

static void in_running(struct session *session, struct outbox *outbox, int64_t now_ns) {
    if (session->guard.state != SAFETY_RUNNING) {
        session_hold(session, "the guard holds the rig", outbox, now_ns);
        return;
    }
    if (!session->wants_run) {
        session_ask(session, GUARD_HOLD, outbox, now_ns);
        return;
    }
    if (!session->is_positioned) {
        if (session->machine.state != MACHINE_IDLE || !striker_is_idle(&session->striker)) return;
        session_stand_where_reported(session);
    }
    prompts_update(&session->prompts, session->striker.done_count,
                   session_running_s(session, now_ns));
    open_plan_stops(session, outbox, now_ns);
    session->striker.is_paused = prompts_any_open(&session->prompts);
    striker_tick(&session->striker, outbox, now_ns);
    if (session->striker.is_paused && striker_is_idle(&session->striker)) {
        session_enter(session, SESSION_SERVING, outbox, now_ns);
        return;
    }
    if (striker_is_finished(&session->striker))
        session_enter(session, SESSION_PARKING, outbox, now_ns);
}

static void in_held(struct session *session, struct outbox *outbox, int64_t now_ns) {
    bool may_run = session->wants_run && !prompts_any_open(&session->prompts);
    if (!session_hears_guard(session, now_ns)) return;
    if (session->guard.state == SAFETY_HELD) session_withdraw_what_is_asked(session);
    switch ((enum safety_state)session->guard.state) {
        case SAFETY_RUNNING:
            if (may_run)
                session_enter(session, SESSION_RUNNING, outbox, now_ns);
            else
                session_ask(session, GUARD_HOLD, outbox, now_ns);
            break;
        case SAFETY_HELD:
            if (session->wants_abort)
                session_ask(session, GUARD_ABORT, outbox, now_ns);
            else if (may_run && session->striker.head.state == HEAD_STILL)
                session_ask(session, GUARD_RESUME, outbox, now_ns);
            break;
        case SAFETY_ARMED:
            if (session->wants_abort)
                session_ask(session, GUARD_DISARM, outbox, now_ns);
            else if (session->wants_run)
                session_enter(session, SESSION_ARMING, outbox, now_ns);
            break;
        case SAFETY_IDLE:
        case SAFETY_LOCKED:
            session->wants_abort = session->wants_run = false;
            session_enter(session,
                          session->guard.state == SAFETY_IDLE ? SESSION_READY : SESSION_CONNECTING,
                          outbox, now_ns);
            break;
        default:
            break;
    }
}

/* As near as the link takes for the place where a travel leads. */
static bool is_at_park(const struct session *session) {
    const struct rig *rig = session->striker.setup.rig;
    for (size_t i = 0; i < rig->axis_count; i++) {
        double unit = rig->axes[i].is_rotary ? DEG_PER_RAD : 1;
        if (fabs(session->machine.q[i] - rig->park[i]) * unit > LIMIT_POSITION_MM) return false;
    }
    return session->machine.state == MACHINE_IDLE;
}

/* Out along the needle first, then piece after piece from where the rig stands. */
static void ask_park_travel(struct session *session, struct outbox *outbox, int64_t now_ns) {
    const struct rig *rig = session->striker.setup.rig;
    if (session_is_asking(session, GUARD_TRAVEL, now_ns) || !outbox_has_room(outbox, 1) ||
        session->machine.state != MACHINE_IDLE)
        return;
    struct guard_request request = {.kind = GUARD_TRAVEL};
    struct axes at = {0}, park = {0};
    for (size_t i = 0; i < rig->axis_count; i++) {
        at.q[i] = session->machine.q[i];
        park.q[i] = rig->park[i];
    }
    request.as.travel.dot = GUARD_NO_DOT;
    struct axes lifted;
    /* From where it was sent: a reported place is rounded, and the way out must not turn. */
    bool must_lift =
        !session->striker.is_lifted &&
        kinematics_lift(rig, &session->striker.at, STRIKER_LIFT_MM, &lifted) == REACH_OK;
    request.as.travel.target =
        must_lift ? lifted : time_model_reach(rig, &at, &park, STRIKER_TRAVEL_S);
    session->striker.is_lifted = true;
    session->asked = outbox_request(outbox, request);
    session->asked_kind = GUARD_TRAVEL;
    session->asked_ns = now_ns;
}

static void in_serving(struct session *session, struct outbox *outbox, int64_t now_ns) {
    if (session->guard.state == SAFETY_HELD || session->guard.state == SAFETY_HOLDING) {
        if (!session->stop_asked) session->wants_run = false; /* it tripped */
        session_hold(session, "asks for something: answer its prompt", outbox, now_ns);
    } else if (session->guard.state == SAFETY_RUNNING) {
        if (is_at_park(session))
            session_ask(session, GUARD_HOLD, outbox, now_ns);
        else
            ask_park_travel(session, outbox, now_ns);
    }
}

static void in_parking(struct session *session, struct outbox *outbox, int64_t now_ns) {
    if (session->guard.state == SAFETY_RUNNING && is_at_park(session)) {
        session_ask(session, GUARD_DISARM, outbox, now_ns);
    } else if (session->guard.state == SAFETY_RUNNING) {
        ask_park_travel(session, outbox, now_ns);
    } else if (session->guard.state == SAFETY_HELD || session->guard.state == SAFETY_HOLDING) {
        if (session->stop_asked) return; /* on the way to idle, as asked */
        session_hold(session, "the guard holds the rig", outbox, now_ns);
    } else if (session->guard.state == SAFETY_ARMED) {
        session_ask(session, GUARD_DISARM, outbox, now_ns);
    } else if (session->guard.state == SAFETY_IDLE) {
        session_enter(session, SESSION_FINISHED, outbox, now_ns);
    }
}

static void in_fault(struct session *session, struct outbox *outbox, int64_t now_ns) {
    session->wants_run = session->wants_arm = session->wants_home = false;
    if (session->guard.state != SAFETY_FAULT) {
        session->fates_sent = 0;
        session_enter(session, SESSION_CONNECTING, outbox, now_ns);
    }
}

void session_step_phase(struct session *session, struct outbox *outbox, int64_t now_ns) {
    switch (session->phase) {
        case SESSION_BOOT:
            in_boot(session, outbox, now_ns);
            break;
        case SESSION_CONNECTING:
            in_connecting(session, outbox, now_ns);
            break;
        case SESSION_LOCKED:
            in_locked(session, outbox, now_ns);
            break;
        case SESSION_HOMING:
            in_homing(session, outbox, now_ns);
            break;
        case SESSION_READY:
            in_ready(session, outbox, now_ns);
            break;
        case SESSION_ARMING:
            in_arming(session, outbox, now_ns);
            break;
        case SESSION_ARMED:
            in_armed(session, outbox, now_ns);
            break;
        case SESSION_RUNNING:
            in_running(session, outbox, now_ns);
            break;
        case SESSION_SERVING:
            in_serving(session, outbox, now_ns);
            break;
        case SESSION_HELD:
            in_held(session, outbox, now_ns);
            break;
        case SESSION_PARKING:
            in_parking(session, outbox, now_ns);
            break;
        case SESSION_FAULT:
            in_fault(session, outbox, now_ns);
            break;
        case SESSION_FINISHED:
        case SESSION_FAILED:
        case SESSION_PHASE_COUNT:
            break;
    }
}
