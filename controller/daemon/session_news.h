/* What happens to a session, as a value: every call of session.h that changes it. Whoever drives a
 * session (the daemon, the simulation, a replay) hands it over here, so what drove it can be kept
 * and handed over again (controller/record/). */
#ifndef SMPRIG_CONTROLLER_DAEMON_SESSION_NEWS_H
#define SMPRIG_CONTROLLER_DAEMON_SESSION_NEWS_H

#include "controller/daemon/session.h"

enum session_news_kind {
    SESSION_NEWS_TICK,
    SESSION_NEWS_GUARD, /* event */
    SESSION_NEWS_GUARD_GONE,
    SESSION_NEWS_POSE,           /* head */
    SESSION_NEWS_DURABLE,        /* entry: the newest one that is on the disk */
    SESSION_NEWS_JOURNAL_FAILED, /* text: why */
    SESSION_NEWS_CALL,           /* call */
    SESSION_NEWS_ANSWER,         /* prompt */
    SESSION_NEWS_HOLD,           /* text: why, when it is not the operator's word */
    SESSION_NEWS_INPUT,          /* input, holds */
    SESSION_NEWS_SKIP,           /* index, text: why */
    SESSION_NEWS_NOTE,           /* journal, stamp_ns, text: an entry of the driver's own */
    SESSION_NEWS_DECIDE,         /* decision, text: who decided, and why */
    SESSION_NEWS_PACE,           /* percent */
    SESSION_NEWS_JOG,            /* service */
    SESSION_NEWS_SERVE,          /* task */
    SESSION_NEWS_SERVICE_STOP,
    SESSION_NEWS_DOCTOR, /* ask the board's settings anew */
    SESSION_NEWS_END,    /* the driver lets it go */
    SESSION_NEWS_KIND_COUNT
};

struct session_news {
    enum session_news_kind kind;
    int64_t now_ns;
    union {
        struct guard_event event;
        struct head_pose head;
        uint64_t entry;
        enum session_call call;
        enum prompt_kind prompt;
        struct {
            uint32_t input; /* enum guard_input */
            bool holds;
        } input;
        uint32_t index; /* of the plan's dots */
        struct {
            uint32_t index;
            enum dot_fate fate;
        } decision;
        int percent;
        struct guard_service service;
        struct {
            enum technician_task which;
            double probe_mm;
        } task;
        struct {
            enum journal_kind kind;
            int64_t stamp_ns;
        } note;
    } as;
    char text[SESSION_REASON_MAX];
};

/* "start" */
const char *session_call_name(enum session_call call);
/* "pose", "tick" */
const char *session_news_name(enum session_news_kind kind);

/* Whoever brings it is told whether it was taken: a call, an answer, a jog, a task. */
bool session_news_is_answered(enum session_news_kind kind);
/* RESULT_REFUSED with the reason when a call, an answer, a jog or a task makes no sense now;
 * RESULT_OK for all other news. */
MUST_USE enum result session_take(struct session *session, const struct session_news *news,
                                  struct outbox *outbox, struct error *err);
/* The same for news that cannot be refused. */
void session_hear(struct session *session, const struct session_news *news, struct outbox *outbox);

#endif
