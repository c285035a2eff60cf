#include "controller/daemon/session.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "controller/daemon/session_private.h"
#include "safety/supervisor.h"

static const char *const phase_names[SESSION_PHASE_COUNT] = {
    [SESSION_BOOT] = "boot",       [SESSION_CONNECTING] = "connecting",
    [SESSION_LOCKED] = "locked",   [SESSION_HOMING] = "homing",
    [SESSION_READY] = "ready",     [SESSION_ARMING] = "arming",
    [SESSION_ARMED] = "armed",     [SESSION_RUNNING] = "running",
    [SESSION_SERVING] = "serving", [SESSION_HELD] = "held",
    [SESSION_PARKING] = "parking", [SESSION_FINISHED] = "finished",
    [SESSION_FAULT] = "fault",     [SESSION_FAILED] = "failed",
};

const char *session_phase_name(enum session_phase phase) {
    return (unsigned)phase < SESSION_PHASE_COUNT ? phase_names[phase] : "unknown";
}

/* The prompts as they stood when the journal was last written. */
static void resume_prompts(struct session *session, const struct prompt_past *past) {
    const struct dot_plan *plan = session->striker.setup.plan;
    struct prompts *prompts = &session->prompts;
    memcpy(prompts->used, past->used, sizeof prompts->used);
    memcpy(prompts->answered, past->answered, sizeof prompts->answered);
    session->has_begun = past->has_begun;
    session->stops_passed =
        past->stops_passed < plan->stop_count ? past->stops_passed : plan->stop_count;
    for (size_t i = 0; i < session->stops_passed; i++) {
        enum prompt_kind kind = prompt_of_stop(plan->stops[i].kind);
        if (past->is_open[kind]) prompts_open(prompts, kind, plan->stops[i].text);
    }
    prompts_update(prompts, 0, 0);
    session_withdraw_what_is_asked(session);
}

void session_init(struct session *session, const struct session_setup *setup, uint8_t *fates,
                  int64_t now_ns) {
    *session = (struct session){.load = setup->load,
                                .hours_ago = setup->hours_ago,
                                .inputs = setup->inputs,
                                .uncalibrated_why = setup->uncalibrated_why,
                                .uncleared_why = setup->uncleared_why};
    session->heartbeat_ns = now_ns;
    technician_init(&session->technician);
    striker_init(&session->striker, &setup->striker, fates);
    struct prompt_rules rules = setup->prompts;
    if (setup->striker.plan->stop_count) /* the plan says where: no counting beside it */
        rules = (struct prompt_rules){.break_after_s = rules.break_after_s};
    prompts_init(&session->prompts, &rules);
    resume_prompts(session, &setup->past);
}

static void on_state(struct session *session, const struct guard_event *event,
                     struct outbox *outbox, int64_t now_ns) {
    bool is_new = !session->has_guard_state || session->guard.state != event->state.state;
    /* Tripped again before the session saw it run: the record has that one too. (A hold that the
     * operator asked for has no words of the guard's.) */
    bool is_held_anew = session->phase == SESSION_HELD && session->guard.state == SAFETY_RUNNING &&
                        event->state.state == SAFETY_HOLDING && event->text[0];
    if (is_held_anew) outbox_entry(outbox, JOURNAL_EVENT, JOURNAL_NO_DOT, now_ns, event->text);
    session->guard = event->state;
    snprintf(session->guard_words, sizeof session->guard_words, "%s", event->text);
    session->has_guard_state = true;
    if (is_new && session->phase != SESSION_BOOT)
        session->asked = 0; /* a new state, a new question */
    if (session->phase == SESSION_CONNECTING && event->text[0])
        session_say_reason(session, event->text);
    if (event->state.state != SAFETY_FAULT || session->phase == SESSION_FAULT ||
        session->phase == SESSION_FAILED)
        return;
    striker_stop(&session->striker, outbox, now_ns);
    session->is_positioned = false;
    session_say_reason(session, event->text);
    session_enter(session, SESSION_FAULT, outbox, now_ns);
}

static void on_answer(struct session *session, const struct guard_event *event,
                      struct outbox *outbox, int64_t now_ns) {
    if (!session->asked || event->sequence != session->asked) return;
    bool is_accepted = event->kind == GUARD_EVENT_ACCEPTED;
    if (session->phase == SESSION_BOOT && session->asked_kind == GUARD_LOAD) {
        if (!is_accepted && session_is_guard_busy(session))
            session->asked_kind = 0; /* asked again when it is through */
        else if (!is_accepted)
            session_fail(session, event->text, outbox, now_ns);
        else
            session_enter(session, SESSION_CONNECTING, outbox, now_ns);
        return;
    }
    if (is_accepted) return; /* the state that follows says the rest */
    session_say_reason(session, event->text);
}

void session_on_guard(struct session *session, const struct guard_event *event,
                      struct outbox *outbox, int64_t now_ns) {
    session->progress++;
    session->heard_ns = now_ns;
    if (event->kind == GUARD_EVENT_STATE) on_state(session, event, outbox, now_ns);
    if (event->kind == GUARD_EVENT_MACHINE) session->machine = event->machine;
    if (event->kind == GUARD_EVENT_REFUSED && event->sequence == session->stop_asked)
        session->stop_asked = 0;
    if (event->kind == GUARD_EVENT_ACCEPTED || event->kind == GUARD_EVENT_REFUSED)
        on_answer(session, event, outbox, now_ns);
    if (event->kind == GUARD_EVENT_EXECUTED && session->asked_kind == GUARD_TRAVEL)
        session->asked = 0; /* the next piece of the way to the park position */
    striker_on_event(&session->striker, event, outbox, now_ns);
    technician_on_guard(&session->technician, event);
}

void session_on_guard_gone(struct session *session, struct outbox *outbox, int64_t now_ns) {
    striker_lose(&session->striker, "the guard has gone", outbox, now_ns);
    session_fail(session, "the guard has gone; what the board held has ended needle-out", outbox,
                 now_ns);
}

void session_on_pose(struct session *session, const struct head_pose *head, struct outbox *outbox,
                     int64_t now_ns) {
    (void)now_ns;
    session->progress++;
    striker_on_pose(&session->striker, head);
    /* The guard's first message is HELLO, which session_tick() sends. */
    if (outbox->last_sequence == 0 || !outbox_has_room(outbox, 1)) return;
    struct guard_request request = {.kind = GUARD_POSE};
    request.as.pose = *head;
    outbox_request(outbox, request);
}

void session_on_durable(struct session *session, uint64_t entry) {
    session->progress++;
    striker_on_durable(&session->striker, entry);
}

void session_on_journal_failed(struct session *session, const char *why, struct outbox *outbox,
                               int64_t now_ns) {
    session_set_input(session, GUARD_INPUT_JOURNAL_HEALTHY, false);
    session->wants_run = false;
    session_hold(session, why, outbox, now_ns);
}

void session_set_input(struct session *session, uint32_t input, bool holds) {
    session->inputs = holds ? session->inputs | input : session->inputs & ~input;
}

void session_skip(struct session *session, uint32_t index, const char *why, struct outbox *outbox,
                  int64_t now_ns) {
    if (index < session->striker.setup.plan->dot_count && outbox_has_room(outbox, 2))
        striker_skip(&session->striker, index, why, outbox, now_ns);
}

static enum result refuse_over(const struct session *session, struct error *err) {
    return error_set(err, RESULT_REFUSED, "the session is %s%s%s",
                     session_phase_name(session->phase), session->reason[0] ? ": " : "",
                     session->reason);
}

/* What the guard would refuse to arm without, and the daemon knows first: said to who asks. */
static enum result check_armable(const struct session *session, struct error *err) {
    const char *why = NULL;
    if (~session->inputs & (GUARD_INPUT_CALIBRATED | GUARD_INPUT_REGISTERED))
        why = session->uncalibrated_why ? session->uncalibrated_why : "not calibrated";
    else if (!(session->inputs & GUARD_INPUT_CASE_CLEARED))
        why = session->uncleared_why ? session->uncleared_why : "the case is not cleared";
    else if (!(session->inputs & GUARD_INPUT_JOURNAL_HEALTHY))
        why = "the journal cannot be written: make room on its disk, then start anew";
    return why ? error_set(err, RESULT_REFUSED, "%s", why) : RESULT_OK;
}

static enum result call_run(struct session *session, struct error *err) {
    if (session_is_serviced(session, err)) return RESULT_REFUSED;
    if (session->phase == SESSION_FAULT || session_is_over(session))
        return refuse_over(session, err);
    enum result result = check_armable(session, err);
    if (result != RESULT_OK) return result;
    for (enum prompt_kind kind = 0; kind < PROMPT_KIND_COUNT; kind++)
        if (session->prompts.is_open[kind])
            return error_set(err, RESULT_REFUSED, "the session asks for %s first",
                             prompt_name(kind));
    session->wants_run = true;
    session->wants_abort = false;
    return RESULT_OK;
}

static enum result call_before_run(struct session *session, enum session_call call,
                                   struct error *err) {
    if (session_is_serviced(session, err)) return RESULT_REFUSED;
    if (session->phase != SESSION_LOCKED && session->phase != SESSION_READY)
        return error_set(err, RESULT_REFUSED, "the session is %s: it must be locked or ready",
                         session_phase_name(session->phase));
    enum result result = call == SESSION_CALL_ARM ? check_armable(session, err) : RESULT_OK;
    if (result != RESULT_OK) return result;
    session->wants_home = call == SESSION_CALL_HOME;
    session->wants_arm = call == SESSION_CALL_ARM;
    return RESULT_OK;
}

void session_hold_for(struct session *session, const char *why, struct outbox *outbox,
                      int64_t now_ns) {
    session->wants_run = session->wants_arm = session->wants_home = false;
    striker_stop(&session->striker, outbox, now_ns);
    technician_stop(&session->technician, outbox);
    if (session->phase != SESSION_RUNNING && session->phase != SESSION_PARKING &&
        session->phase != SESSION_SERVING)
        return;
    session_ask(session, GUARD_HOLD, outbox, now_ns);
    session_hold(session, why, outbox, now_ns);
}

static enum result acknowledge(struct session *session, bool says_needle_out, struct outbox *outbox,
                               int64_t now_ns, struct error *err) {
    if (session->phase != SESSION_FAULT)
        return error_set(err, RESULT_REFUSED, "there is no fault to acknowledge");
    if (!outbox_has_room(outbox, 1))
        return error_set(err, RESULT_LIMIT, "too much is asked at once; acknowledge again");
    struct guard_request request = {.kind = GUARD_ACKNOWLEDGE};
    request.as.says_needle_out = says_needle_out;
    session->asked = outbox_request(outbox, request);
    session->asked_kind = GUARD_ACKNOWLEDGE;
    session->asked_ns = now_ns;
    return RESULT_OK;
}

enum result session_call(struct session *session, enum session_call call, struct outbox *outbox,
                         int64_t now_ns, struct error *err) {
    switch (call) {
        case SESSION_CALL_HOME:
        case SESSION_CALL_ARM:
            return call_before_run(session, call, err);
        case SESSION_CALL_START:
        case SESSION_CALL_RESUME:
            return call_run(session, err);
        case SESSION_CALL_HOLD:
            session_hold_for(session, "held by the operator", outbox, now_ns);
            return RESULT_OK;
        case SESSION_CALL_ABORT:
            session->wants_abort = true;
            session_hold_for(session, "aborted by the operator", outbox, now_ns);
            return RESULT_OK;
        case SESSION_CALL_ACKNOWLEDGE:
        case SESSION_CALL_ACKNOWLEDGE_OUT:
            return acknowledge(session, call == SESSION_CALL_ACKNOWLEDGE_OUT, outbox, now_ns, err);
        case SESSION_CALL_COUNT:
            break;
    }
    return error_set(err, RESULT_INVALID, "unknown call %d", (int)call);
}

enum result session_answer(struct session *session, enum prompt_kind kind, struct outbox *outbox,
                           int64_t now_ns, struct error *err) {
    char text[JOURNAL_TEXT_MAX];
    enum result result =
        prompts_answer(&session->prompts, kind, session_running_s(session, now_ns), err);
    if (result != RESULT_OK) return result;
    snprintf(text, sizeof text, "%s" PROMPT_ANSWERED "%u", prompt_name(kind),
             session->prompts.answered[kind]);
    outbox_entry(outbox, JOURNAL_EVENT, JOURNAL_NO_DOT, now_ns, text);
    if (kind == PROMPT_PIGMENT) session_set_input(session, GUARD_INPUT_PIGMENT_READY, true);
    if (kind == PROMPT_NEEDLE) session_set_input(session, GUARD_INPUT_NEEDLE_READY, true);
    return RESULT_OK;
}

static void send_heartbeat(struct session *session, struct outbox *outbox, int64_t now_ns) {
    if (now_ns < session->heartbeat_ns || !outbox_has_room(outbox, 2)) return;
    session->heartbeat_ns = now_ns + GUARD_HEARTBEAT_PERIOD_MS * NS_PER_MS;
    struct guard_request beat = {.kind = GUARD_HEARTBEAT};
    beat.as.progress = ++session->progress;
    outbox_request(outbox, beat);
}

/* Said again and again: what the daemon vouches for lapses when it falls silent. */
static void send_inputs(struct session *session, struct outbox *outbox, int64_t now_ns) {
    bool is_due = session->inputs != session->inputs_sent || now_ns >= session->inputs_ns;
    if (!is_due || !outbox_has_room(outbox, 1)) return;
    struct guard_request request = {.kind = GUARD_INPUTS};
    request.as.inputs = session->inputs;
    outbox_request(outbox, request);
    session->inputs_sent = session->inputs;
    session->inputs_ns = now_ns + GUARD_INPUTS_PERIOD_MS * NS_PER_MS;
}

void session_tick(struct session *session, struct outbox *outbox, int64_t now_ns) {
    if (outbox->last_sequence == 0)
        outbox_request(outbox, (struct guard_request){.kind = GUARD_HELLO});
    send_heartbeat(session, outbox, now_ns);
    send_inputs(session, outbox, now_ns);
    /* A guard that hangs is seen like one that has gone: by its silence. */
    if (!session_hears_guard(session, now_ns))
        session_hold(session, "the guard does not answer", outbox, now_ns);
    session_step_phase(session, outbox, now_ns);
    technician_tick(&session->technician, session->striker.setup.rig, outbox);
}

int64_t session_next_ns(const struct session *session, int64_t now_ns) {
    int64_t next_ns = session->heartbeat_ns;
    if (session->phase == SESSION_RUNNING && session->is_positioned) {
        int64_t striker_ns = striker_next_ns(&session->striker, now_ns);
        if (striker_ns < next_ns) next_ns = striker_ns;
    }
    return next_ns;
}

bool session_is_over(const struct session *session) {
    return session->phase == SESSION_FINISHED || session->phase == SESSION_FAILED;
}

double session_running_s(const struct session *session, int64_t now_ns) {
    int64_t running_ns = session->running_ns;
    if (session->phase == SESSION_RUNNING) running_ns += now_ns - session->running_since_ns;
    return ns_to_s(running_ns);
}
