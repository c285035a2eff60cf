/* The session's half of a recording: what it begins with, its news, the head's looks, and what it
 * said (controller/record/record.h). All of these do nothing while the writer is closed or NULL. */
#ifndef SMPRIG_CONTROLLER_DAEMON_SESSION_RECORD_H
#define SMPRIG_CONTROLLER_DAEMON_SESSION_RECORD_H

#include "controller/daemon/session_news.h"
#include "controller/record/record.h"
#include "vision/filter.h"

#define SESSION_RECORD_FILE "session.rec"

/* What a session begins with beside rig, scan and plan, its tuning and its dots' fates. */
struct session_begin {
    double surface_zero_mm;
    uint32_t inputs; /* enum guard_input */
    struct prompt_rules prompts;
    struct prompt_past past;
    struct guard_load load;
    char uncalibrated_why[SESSION_REASON_MAX], uncleared_why[SESSION_REASON_MAX];
    uint32_t dot_count;
    bool has_hours;                 /* hours_ago is given */
    uint64_t last_sequence;         /* of the requests before it */
    uint32_t waiting;               /* requests of before, not yet taken */
    struct vec3 filter_centre_head; /* of the head's filter */
    double filter_radius_mm;
};
void codec_session_begin(struct codec *codec, struct session_begin *begin);

/* A run of dots in the plan's order that are not pending. */
struct session_fates {
    uint32_t first, count, fate, hours_ago;
};
void codec_session_fates(struct codec *codec, struct session_fates *fates);

/* Of a pose only state and reason: the filter gives the rest again. */
void codec_session_news(struct codec *codec, struct session_news *news);

void session_record_begin(struct record_writer *writer, const struct session_setup *setup,
                          const uint8_t *fates, const struct outbox *outbox,
                          const struct head_filter_settings *filter, int64_t now_ns);
void session_record_look(struct record_writer *writer, int64_t now_ns,
                         const struct head_look *look);
void session_record_news(struct record_writer *writer, const struct session_news *news);
/* What who called was told; only of calls and answers. */
void session_record_result(struct record_writer *writer, const struct session_news *news,
                           enum result result, const struct error *err);
void session_record_request(struct record_writer *writer, int64_t now_ns,
                            const struct guard_request *request);
void session_record_entry(struct record_writer *writer, int64_t now_ns,
                          const struct journal_entry *entry);
/* Once all that may be taken was taken: what stays in the outbox, if something does. */
void session_record_rest(struct record_writer *writer, int64_t now_ns, const struct outbox *outbox);

/* The payload of RECORD_WAITING; RECORD_RESULT has codec_result(). */
void codec_session_waiting(struct codec *codec, uint32_t *requests, uint32_t *entries);

#endif
