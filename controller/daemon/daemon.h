/* The daemon around the session: files, threads, sockets and the clock. The session decides, the
 * guard checks; this only carries. */
#ifndef SMPRIG_CONTROLLER_DAEMON_DAEMON_H
#define SMPRIG_CONTROLLER_DAEMON_DAEMON_H

#include <stdbool.h>
#include <stdint.h>

#include "controller/daemon/api.h"
#include "controller/daemon/journal_writer.h"
#include "controller/daemon/session.h"
#include "controller/daemon/vision_thread.h"
#include "controller/journal/journal.h"
#include "plan/field.h"
#include "vision/calibration/check.h"

struct daemon_options {
    const char *rig_path, *scan_path, *plan_path, *cameras_path, *ring_path;
    const char *frames;     /* where frames come from: "shm:SOCKET" or "sequence:FOLDER" */
    const char *guard_path; /* the guard's socket */
    const char *api_path;   /* our own */
    const char *case_path;
    const char
        *calibration_path; /* folder of needle, depth and registration; NULL: not calibrated */
    bool starts_at_once;   /* the demo: start without an operator's call */
    bool exits_when_done;
};

struct daemon {
    struct daemon_options options;
    struct rig rig;
    struct dot_plan plan;
    struct field field;
    struct guard_load load;
    struct calibration_status calibration; /* read when the daemon opened, ageing since */
    char uncalibrated_why[SESSION_REASON_MAX];
    struct journal *journal;
    struct journal_writer *writer;
    struct vision_thread *vision;
    struct api_server *api;
    int guard_fd;
    uint8_t *fates;
    uint32_t *order;
    uint32_t *hours_ago; /* owned, by plan index */
    struct session session;
    struct outbox outbox;
    struct guard_request unsent; /* taken from the outbox while the socket was full */
    bool has_unsent;
    int64_t notify_ns;     /* when subscribers hear of the state next */
    uint64_t entries_lost; /* journal entries that could not be queued */
    bool is_ending;
};

/* Read and bind everything, connect to the guard, open the case, start the threads. On failure all
 * is released again and the sentence says what to do. */
MUST_USE enum result daemon_open(struct daemon *daemon, const struct daemon_options *options,
                                 struct error *err);
void daemon_close(struct daemon *daemon);

/* Run until the session is over (with exits_when_done), or signal_fd delivers SIGTERM or SIGINT.
 * RESULT_OK: every dot has a fate; RESULT_CLOSED: ended by a signal; else why it failed. */
MUST_USE enum result daemon_run(struct daemon *daemon, int signal_fd, struct error *err);

/* The API's table, ended by a NULL name; its context is the struct daemon. */
extern const struct api_method daemon_methods[];
/* The session's state as the API tells it; a new reference. */
json_t *daemon_state_json(const struct daemon *daemon, int64_t now_ns);

#endif
