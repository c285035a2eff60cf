/* Cases come and go while the loop runs: reading a scan takes a second, so a thread does it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "controller/daemon/daemon.h"
#include "controller/daemon/errand.h"
#include "controller/daemon/guard_client.h"
#include "controller/daemon/in_force.h"
#include "controller/daemon/readiness.h"
#include "controller/daemon/record_entry.h"
#include "controller/daemon/session_record.h"

struct case_opening {
    struct case_files files;
    const char *rig_path;
    struct errand errand;
    enum result result; /* these three: the errand's, until it has ended */
    struct error err;
    struct daemon_case *opened;
};

static void open_case(void *context) {
    struct case_opening *opening = context;
    opening->result =
        daemon_case_open(&opening->files, opening->rig_path, &opening->opened, &opening->err);
}

bool daemon_may_change_case(const struct daemon *daemon) {
    if (!daemon->opened) return true;
    if (daemon->session.technician.task != TECHNICIAN_NONE) return false;
    switch (daemon->session.phase) {
        case SESSION_LOCKED:
        case SESSION_READY:
        case SESSION_FINISHED:
        case SESSION_FAILED:
            return true;
        case SESSION_BOOT:
        case SESSION_CONNECTING:
        case SESSION_HOMING:
        case SESSION_ARMING:
        case SESSION_ARMED:
        case SESSION_RUNNING:
        case SESSION_SERVING:
        case SESSION_HELD:
        case SESSION_PARKING:
        case SESSION_FAULT:
        case SESSION_PHASE_COUNT:
            break;
    }
    return false;
}

enum result daemon_load(struct daemon *daemon, const struct case_files *files, struct error *err) {
    if (daemon->opening) return error_set(err, RESULT_REFUSED, "a case is being opened already");
    if (daemon->entry) return error_set(err, RESULT_REFUSED, "the case's record is being written");
    if (!daemon_may_change_case(daemon))
        return error_set(err, RESULT_REFUSED, "the session is %s: abort it first",
                         session_phase_name(daemon->session.phase));
    struct case_opening *opening = calloc(1, sizeof *opening);
    if (!opening) return error_set(err, RESULT_NO_MEMORY, "out of memory");
    opening->files = *files;
    opening->rig_path = daemon->options.rig_path;
    /* The same case file must not be open twice. */
    daemon_end_case(daemon);
    enum result result = errand_begin(&opening->errand, open_case, opening, err);
    if (result != RESULT_OK) {
        free(opening);
        return result;
    }
    daemon->opening = opening;
    return RESULT_OK;
}

void daemon_reload_if_asked(struct daemon *daemon) {
    struct error err = {0};
    if (!daemon->wants_reload || daemon->outbox.entry_count > 0) return;
    daemon->wants_reload = false;
    struct case_files files = daemon->opened->files;
    if (daemon_load(daemon, &files, &err) != RESULT_OK)
        daemon_say(daemon, EVENT_WARNING, "the case is not opened anew: %s", err.text);
}

int daemon_opening_descriptor(const struct daemon *daemon) {
    return daemon->opening ? daemon->opening->errand.event_fd : -1;
}

/* The guard went away with the last case's session; a new one knows nothing of what
 * it was asked. */
static enum result meet_guard(struct daemon *daemon, struct error *err) {
    if (daemon->guard_fd >= 0) return RESULT_OK;
    enum result result =
        guard_client_connect(daemon->options.guard_path, 0, &daemon->guard_fd, err);
    if (result != RESULT_OK) return result;
    outbox_forget_requests(&daemon->outbox);
    daemon->has_unsent = false;
    alarms_clear(&daemon->alarms, "guard");
    return RESULT_OK;
}

void daemon_take_opened(struct daemon *daemon, int64_t now_ns) {
    struct case_opening *opening = daemon->opening;
    if (!opening || !errand_is_done(&opening->errand)) return;
    errand_end(&opening->errand);
    daemon->opening = NULL;
    if (opening->result == RESULT_OK) {
        opening->result = meet_guard(daemon, &opening->err);
        if (opening->result != RESULT_OK) daemon_case_close(&opening->opened);
    }
    if (opening->result == RESULT_OK)
        opening->result = daemon_begin_session(daemon, opening->opened, now_ns, &opening->err);
    if (opening->result != RESULT_OK)
        daemon_say(daemon, EVENT_ALARM, "case %s is not opened: %s", opening->files.name,
                   opening->err.text);
    free(opening);
}

void daemon_end_opening(struct daemon *daemon) {
    struct case_opening *opening = daemon->opening;
    if (!opening) return;
    errand_end(&opening->errand);
    daemon_case_close(&opening->opened);
    free(opening);
    daemon->opening = NULL;
}

static enum result follow_head(struct daemon *daemon, struct error *err) {
    const struct daemon_options *options = &daemon->options;
    readiness_check(daemon, time(NULL));
    const struct vision_files files = {
        options->cameras_path,
        options->ring_path,
        options->frames,
        daemon->calibration.has_registration ? &daemon->calibration.registration.T_head_ring : NULL,
        &daemon->opened->field.view,
        daemon->recorder};
    return vision_thread_create(&files, &daemon->vision, err);
}

enum result daemon_begin_session(struct daemon *daemon, struct daemon_case *opened, int64_t now_ns,
                                 struct error *err) {
    const struct work_limits limits = work_limits_default();
    daemon->opened = opened;
    daemon->rig = opened->rig;
    work_watch_init(&daemon->work, &limits);
    enum result result = daemon_begin_recording(daemon, opened, err);
    if (result == RESULT_OK) result = follow_head(daemon, err);
    if (result != RESULT_OK) {
        recorder_destroy(&daemon->recorder);
        daemon_case_close(&daemon->opened);
        return result;
    }
    struct session_setup setup = {.striker = striker_setup_default(),
                                  .load = opened->load,
                                  .hours_ago = opened->hours_ago,
                                  .uncalibrated_why = daemon->uncalibrated_why,
                                  .uncleared_why = daemon->cleared.sentence,
                                  .inputs = readiness_inputs(daemon) | GUARD_INPUT_DEADMAN_HELD |
                                            GUARD_INPUT_CLIENT_PRESENT |
                                            GUARD_INPUT_JOURNAL_HEALTHY |
                                            GUARD_INPUT_PIGMENT_READY | GUARD_INPUT_NEEDLE_READY,
                                  .prompts = daemon->options.prompts,
                                  .past = opened->past};
    setup.striker.rig = &daemon->rig;
    setup.striker.plan = &opened->plan;
    setup.striker.order = opened->order;
    setup.striker.order_count = opened->plan.dot_count;
    setup.striker.field = &opened->field.view;
    setup.striker.predictor = vision_thread_predictor(daemon->vision);
    setup.striker.surface_zero_mm = readiness_surface_zero_mm(daemon);
    daemon->wants_reload = false;
    calibrating_cancel(daemon);
    daemon->entries_lost = 0;
    daemon->rate = (struct rate_window){0};
    daemon->recent_count = 0;
    daemon->told_fates = calloc(opened->plan.dot_count + 1, 1);
    session_record_begin(recorder_writer(daemon->recorder), &setup, opened->fates, &daemon->outbox,
                         vision_thread_filter(daemon->vision), now_ns);
    session_init(&daemon->session, &setup, opened->fates, now_ns);
    daemon->outbox.last_entry = 0; /* a new writer counts from the start */
    daemon_hear(daemon, (struct session_news){.kind = SESSION_NEWS_NOTE,
                                              .as.note = {JOURNAL_RUN_START, now_ns}});
    in_force_note(daemon);
    daemon_forget_told(daemon);
    if (page_head_create(opened->files.scan_path, &daemon->page_head, err) != RESULT_OK)
        log_warning("smprigd", "%s", err->text);
    return RESULT_OK;
}

void daemon_end_case(struct daemon *daemon) {
    struct journal_entry entry;
    record_entry_finish(daemon);
    if (daemon->opened) {
        if (!session_is_over(&daemon->session))
            log_info("smprigd", "ending: no new strike is sent");
        daemon_hear(daemon, (struct session_news){.kind = SESSION_NEWS_END});
        while (outbox_take_entry(&daemon->outbox, &entry)) {
            session_record_entry(recorder_writer(daemon->recorder), daemon->now_ns, &entry);
            if (journal_writer_post(daemon->opened->writer, &entry) != RESULT_OK)
                log_error("smprigd", "the journal's end is not written");
        }
    }
    page_head_destroy(&daemon->page_head);
    vision_thread_destroy(&daemon->vision);
    recorder_destroy(&daemon->recorder);
    daemon_case_close(&daemon->opened);
    free(daemon->told_fates);
    daemon->told_fates = NULL;
    daemon_forget_told(daemon);
}
