/* Work that takes seconds: previews, reach reports, calibrations. Each runs in a process of its
 * own, `smprig` with a low priority and a limit on its time, so that neither its load nor its end
 * can hurt the session. One of a kind at a time: a newer one takes the place of the older. */
#ifndef SMPRIG_CONTROLLER_DAEMON_JOBS_H
#define SMPRIG_CONTROLLER_DAEMON_JOBS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/process.h"
#include "base/result.h"

#define JOB_ARGS_MAX 32
#define JOB_STAGES_MAX 2
#define JOB_STORE_BYTES 4096
#define JOB_TEXT_MAX 256
#define JOB_PATH_MAX 128
#define JOB_RESULT_MAX (1u << 20) /* bytes of a result file */
#define JOB_SECONDS_MAX 120

enum job_kind { JOB_PREVIEW, JOB_REACH, JOB_CALIBRATION, JOB_REPORT, JOB_KIND_COUNT };
enum job_state { JOB_NONE, JOB_RUNNING, JOB_DONE, JOB_FAILED };

/* The words of one or two commands, the second after the first has ended well. */
struct job_commands {
    const char *argv[JOB_STAGES_MAX][JOB_ARGS_MAX + 1];
    size_t counts[JOB_STAGES_MAX];
    size_t stage_count;
    char store[JOB_STORE_BYTES];
    size_t stored;
    bool is_whole; /* false: a word had no room */
};

struct job {
    uint32_t number; /* rises over all kinds */
    enum job_state state;
    struct job_commands commands;
    size_t stage;
    struct process process;
    int64_t begun_ns, ended_ns;
    char text[JOB_TEXT_MAX]; /* failed: the command's last words */
};

struct jobs {
    char folder[JOB_PATH_MAX]; /* ours, removed at the end; "": not made yet */
    struct job list[JOB_KIND_COUNT];
    uint32_t last_number;
};

const char *job_kind_name(enum job_kind kind);
const char *job_state_name(enum job_state state);

/* Begin a command line, then add its words; the text is copied. */
void job_command(struct job_commands *commands, const char *program);
void job_word(struct job_commands *commands, const char *format, ...) PRINTF_LIKE(2, 3);

/* A file of the job's in the jobs' folder, made when there is none. RESULT_IO. */
MUST_USE enum result jobs_path(struct jobs *jobs, const char *name, char ret_path[JOB_PATH_MAX],
                               struct error *err);
/* Ends one of the same kind that still runs. */
MUST_USE enum result jobs_begin(struct jobs *jobs, enum job_kind kind,
                                const struct job_commands *commands, int64_t now_ns,
                                struct error *err);
/* Look at what runs; true when one has ended. Never waits. */
bool jobs_tick(struct jobs *jobs, int64_t now_ns);
/* The job by its number, NULL when it has been replaced or never was. */
const struct job *jobs_find(const struct jobs *jobs, uint32_t number, enum job_kind *ret_kind);
/* Where its stdout and stderr went. */
void jobs_log_path(const struct jobs *jobs, enum job_kind kind, char ret_path[JOB_PATH_MAX]);
/* End what runs, remove the folder. */
void jobs_finish(struct jobs *jobs);

#endif
