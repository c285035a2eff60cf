/* The daemon around the session: files, threads, sockets and the clock. The session decides, the
 * guard checks; this only carries. */
#ifndef SMPRIG_CONTROLLER_DAEMON_DAEMON_H
#define SMPRIG_CONTROLLER_DAEMON_DAEMON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include "base/notify.h"
#include "controller/daemon/alarms.h"
#include "controller/daemon/api.h"
#include "controller/daemon/calibrating.h"
#include "controller/daemon/command_seat.h"
#include "controller/daemon/daemon_case.h"
#include "controller/daemon/event_log.h"
#include "controller/daemon/jobs.h"
#include "controller/daemon/page_head.h"
#include "controller/daemon/recorder.h"
#include "controller/daemon/session_news.h"
#include "controller/daemon/vision_thread.h"
#include "safety/supervisor.h"
#include "vision/calibration/check.h"
#include "vision/closeup/work.h"

struct daemon_options {
    const char *rig_path, *cameras_path, *ring_path;
    const char *scan_path, *plan_path, *case_path; /* a case to open at once; NULL: none */
    const char *design_path; /* what its plan was made of; NULL: no sliders in the preview */
    const char *cases_path;  /* the folder that `load` takes cases from */
    const char *frames;      /* where frames come from: vision/camera_name.h */
    const char *guard_path;  /* the guard's socket */
    const char *api_path;    /* our own */
    const char
        *calibration_path;   /* folder of needle, depth and registration; NULL: not calibrated */
    const char *record_path; /* folder for a recording of the first session; NULL: none */
    const char *recordings_path; /* the folder that `record_start` makes recordings in; or NULL */
    double record_frames_hz;     /* with record_path: frames too; 0: none */
    int64_t record_most_mb;      /* of a recording's records and frames */
    struct prompt_rules prompts;
    uid_t console_uid;   /* may speak for its users */
    bool starts_at_once; /* the demo: start without an operator's call */
    bool exits_when_done;
    /* What SIGHUP reads again, and where the paths above stand; NULL: nothing is read again. */
    const struct settings_given *given;
    struct settings *settings;
};

/* A case being opened by a thread of its own. */
struct case_opening;

/* What an operator enters into the case's record, being written by a thread of its own. */
struct record_entry;

struct settings;
struct settings_given;

/* Dots done at moments of the last seconds, for the rate that people see. */
#define RATE_SAMPLES 16
struct rate_window {
    int64_t running_ns[RATE_SAMPLES]; /* of the session, pauses left out */
    size_t done[RATE_SAMPLES];
    size_t newest;
};

/* Dots struck last, for the picture. */
#define RECENT_DOTS 20

struct daemon {
    struct daemon_options options;
    struct rig rig;
    struct vision_thread *vision; /* of the open case: its registration says where the head is */
    struct api_server *api;
    int guard_fd;

    struct daemon_case *opened; /* NULL: none, and then there is no session */
    struct case_opening *opening;
    struct record_entry *entry; /* NULL: none is being written */
    struct page_head *page_head;
    struct calibration_status calibration; /* read when the case was opened, ageing since */
    char uncalibrated_why[SESSION_REASON_MAX];
    struct case_verdict cleared; /* of the open case */
    struct session session;
    struct outbox outbox;
    struct guard_request unsent; /* taken from the outbox while the socket was full */
    bool has_unsent;

    struct jobs jobs;
    struct calibrating calibrating;
    struct recorder *recorder;        /* of the open case; NULL: not recorded */
    char record_next[GUARD_PATH_MAX]; /* folder for a recording of the next session; "": none */
    double record_next_hz;

    struct command_seat seat;
    struct alarms alarms;
    uint32_t trips[CONDITION_COUNT]; /* stops by their first cause, since the program began */
    uint64_t first_cause;            /* newest, so that each stop is counted once */
    int64_t step_worst_ns;           /* longest step of the loop since subscribers heard last */
    uint32_t noted_alarm;            /* newest that the journal has */
    int64_t ring_good_ns;            /* newest pose whose ring sat where it was registered */
    struct work_watch work;          /* what close-up cameras told of the last dots */
    struct event_log log;
    struct rate_window rate;
    uint32_t recent[RECENT_DOTS]; /* plan indexes, a ring */
    size_t recent_count;          /* ever written */

    int64_t notify_ns;       /* when subscribers hear of the state next */
    enum session_phase told; /* a new phase is told at once */
    uint64_t told_line;      /* newest log line that subscribers have */
    json_t *told_state;      /* what they know */
    uint64_t state_sequence; /* rises with each `state` notification */
    uint8_t *told_fates;     /* by plan index */
    uint32_t skipped_zones;  /* bits of zones whose pending dots are being left out */
    char skip_why[JOURNAL_TEXT_MAX];
    uint64_t entries_lost;      /* journal entries that could not be queued */
    int64_t started_ns, now_ns; /* now_ns: of the step under way */
    bool wants_reload;          /* a doubtful dot is pending again: bind the case anew */
    struct notifier notifier;   /* to the service manager */
    enum session_phase told_manager;
    bool is_ending;
};

/* Read and bind everything, connect to the guard, open the case if one is named, start the threads.
 * On failure all is released again and the sentence says what to do. */
MUST_USE enum result daemon_open(struct daemon *daemon, const struct daemon_options *options,
                                 struct error *err);
void daemon_close(struct daemon *daemon);

/* Run until the session is over (with exits_when_done), or signal_fd delivers SIGTERM or SIGINT;
 * SIGHUP reads the settings again (daemon_settings.h). RESULT_OK: every dot has a fate;
 * RESULT_CLOSED: ended by a signal; else why it failed. */
MUST_USE enum result daemon_run(struct daemon *daemon, int signal_fd, struct error *err);

/* News of this moment for the session: recorded, if somebody records, and
 * given. As session_take(). */
MUST_USE enum result daemon_take(struct daemon *daemon, struct session_news *news,
                                 struct error *err);
/* The same for news that cannot be refused. */
void daemon_hear(struct daemon *daemon, struct session_news news);
void daemon_hold_for(struct daemon *daemon, const char *why);
void daemon_set_input(struct daemon *daemon, uint32_t input, bool holds);
void daemon_skip(struct daemon *daemon, uint32_t index, const char *why);

/* --- daemon_recording.c --- */

/* The session about to begin is to be recorded, if one was asked for. */
MUST_USE enum result daemon_begin_recording(struct daemon *daemon, const struct daemon_case *opened,
                                            struct error *err);
/* What the filter saw since the pose before goes to the recording ahead of a pose. */
void daemon_record_looks(struct daemon *daemon);
/* For people: the recording of this session, or null; a new reference. */
json_t *daemon_recording_json(const struct daemon *daemon);

/* --- daemon_load.c: cases come and go while the loop runs --- */

/* Begin to open a case in a thread. RESULT_REFUSED while one is armed or another
 * is being opened. */
MUST_USE enum result daemon_load(struct daemon *daemon, const struct case_files *files,
                                 struct error *err);
/* Whether no motion is under way and the guard binds nothing. */
bool daemon_may_change_case(const struct daemon *daemon);
/* Open the same case again when a decision asks for it and what was decided is on the disk. */
void daemon_reload_if_asked(struct daemon *daemon);
/* Readable when the opening has ended; -1: none under way. */
int daemon_opening_descriptor(const struct daemon *daemon);
/* Take up what the thread has opened. */
void daemon_take_opened(struct daemon *daemon, int64_t now_ns);
/* Wait for a thread that still opens one, and drop what it opened. */
void daemon_end_opening(struct daemon *daemon);
/* Follow the head by the case's registration and begin a session on it. On failure the case is
 * closed again. */
MUST_USE enum result daemon_begin_session(struct daemon *daemon, struct daemon_case *opened,
                                          int64_t now_ns, struct error *err);
void daemon_end_case(struct daemon *daemon);

/* --- api_methods.c, api_state.c --- */

/* The API's table, ended by a NULL name; its context is the struct daemon. */
extern const struct api_method daemon_methods[];
extern const struct api_policy daemon_policy;
/* The session's state as the API tells it; a new reference. */
json_t *daemon_state_json(const struct daemon *daemon, int64_t now_ns);
/* Tell subscribers what has changed since they heard last. */
void daemon_notify(struct daemon *daemon, int64_t now_ns);
/* api_jobs.c: what is under way, without results */
json_t *daemon_jobs_json(const struct daemon *daemon);
/* api_camera.c: pictures are wanted if somebody looks; pass on the newest when there is one. */
void daemon_tell_camera(struct daemon *daemon, bool has_picture, int64_t now_ns);
/* Everything anew: the case has changed. */
void daemon_forget_told(struct daemon *daemon);
/* A line for people, in the log and on the page. */
void daemon_say(struct daemon *daemon, enum event_level level, const char *format, ...)
    PRINTF_LIKE(3, 4);
/* docs/api.md, from the table. */
void daemon_write_api_docs(FILE *stream);

#endif
