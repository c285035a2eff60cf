#include "controller/daemon/session_news.h"

#include <assert.h>

const char *session_call_name(enum session_call call) {
    static const char *const names[SESSION_CALL_COUNT] = {
        [SESSION_CALL_HOME] = "home",
        [SESSION_CALL_ARM] = "arm",
        [SESSION_CALL_START] = "start",
        [SESSION_CALL_HOLD] = "hold",
        [SESSION_CALL_RESUME] = "resume",
        [SESSION_CALL_ABORT] = "abort",
        [SESSION_CALL_ACKNOWLEDGE] = "acknowledge",
        [SESSION_CALL_ACKNOWLEDGE_OUT] = "acknowledge, the needle is out",
    };
    return (unsigned)call < SESSION_CALL_COUNT ? names[call] : "unknown";
}

const char *session_news_name(enum session_news_kind kind) {
    static const char *const names[SESSION_NEWS_KIND_COUNT] = {
        [SESSION_NEWS_TICK] = "tick",
        [SESSION_NEWS_GUARD] = "guard",
        [SESSION_NEWS_GUARD_GONE] = "guard gone",
        [SESSION_NEWS_POSE] = "pose",
        [SESSION_NEWS_DURABLE] = "durable",
        [SESSION_NEWS_JOURNAL_FAILED] = "journal failed",
        [SESSION_NEWS_CALL] = "call",
        [SESSION_NEWS_ANSWER] = "answer",
        [SESSION_NEWS_HOLD] = "hold",
        [SESSION_NEWS_INPUT] = "input",
        [SESSION_NEWS_SKIP] = "skip",
        [SESSION_NEWS_NOTE] = "note",
        [SESSION_NEWS_DECIDE] = "decide",
        [SESSION_NEWS_PACE] = "pace",
        [SESSION_NEWS_JOG] = "jog",
        [SESSION_NEWS_SERVE] = "serve",
        [SESSION_NEWS_SERVICE_STOP] = "service stop",
        [SESSION_NEWS_DOCTOR] = "doctor",
        [SESSION_NEWS_END] = "end",
    };
    return (unsigned)kind < SESSION_NEWS_KIND_COUNT ? names[kind] : "unknown";
}

bool session_news_is_answered(enum session_news_kind kind) {
    return kind == SESSION_NEWS_CALL || kind == SESSION_NEWS_ANSWER || kind == SESSION_NEWS_JOG ||
           kind == SESSION_NEWS_SERVE;
}

static void end(struct session *session, struct outbox *outbox, int64_t now_ns) {
    if (!session_is_over(session)) striker_stop(&session->striker, outbox, now_ns);
    outbox_entry(outbox, JOURNAL_RUN_END, JOURNAL_NO_DOT, now_ns,
                 session_phase_name(session->phase));
}

enum result session_take(struct session *session, const struct session_news *news,
                         struct outbox *outbox, struct error *err) {
    int64_t now_ns = news->now_ns;
    switch (news->kind) {
        case SESSION_NEWS_TICK:
            session_tick(session, outbox, now_ns);
            break;
        case SESSION_NEWS_GUARD:
            session_on_guard(session, &news->as.event, outbox, now_ns);
            break;
        case SESSION_NEWS_GUARD_GONE:
            session_on_guard_gone(session, outbox, now_ns);
            break;
        case SESSION_NEWS_POSE:
            session_on_pose(session, &news->as.head, outbox, now_ns);
            break;
        case SESSION_NEWS_DURABLE:
            session_on_durable(session, news->as.entry);
            break;
        case SESSION_NEWS_JOURNAL_FAILED:
            session_on_journal_failed(session, news->text, outbox, now_ns);
            break;
        case SESSION_NEWS_CALL:
            return session_call(session, news->as.call, outbox, now_ns, err);
        case SESSION_NEWS_ANSWER:
            return session_answer(session, news->as.prompt, outbox, now_ns, err);
        case SESSION_NEWS_HOLD:
            session_hold_for(session, news->text, outbox, now_ns);
            break;
        case SESSION_NEWS_INPUT:
            session_set_input(session, news->as.input.input, news->as.input.holds);
            break;
        case SESSION_NEWS_SKIP:
            session_skip(session, news->as.index, news->text, outbox, now_ns);
            break;
        case SESSION_NEWS_NOTE:
            outbox_entry(outbox, news->as.note.kind, JOURNAL_NO_DOT, news->as.note.stamp_ns,
                         news->text);
            break;
        case SESSION_NEWS_DECIDE:
            session_decide(session, news->as.decision.index, news->as.decision.fate, news->text,
                           outbox, now_ns);
            break;
        case SESSION_NEWS_PACE:
            session_set_pace(session, news->as.percent);
            break;
        case SESSION_NEWS_JOG:
            return session_jog(session, &news->as.service, outbox, err);
        case SESSION_NEWS_SERVE:
            return session_serve(session, news->as.task.which, news->as.task.probe_mm, err);
        case SESSION_NEWS_SERVICE_STOP:
            technician_stop(&session->technician, outbox);
            break;
        case SESSION_NEWS_DOCTOR:
            session->technician.wants_doctor = true;
            break;
        case SESSION_NEWS_END:
            end(session, outbox, now_ns);
            break;
        case SESSION_NEWS_KIND_COUNT:
            break;
    }
    return RESULT_OK;
}

void session_hear(struct session *session, const struct session_news *news, struct outbox *outbox) {
    assert(!session_news_is_answered(news->kind));
    enum result result = session_take(session, news, outbox, NULL);
    assert(result == RESULT_OK);
    (void)result;
}
