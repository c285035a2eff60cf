/* Child processes: start with output to a file, wait with a limit, end. */
#ifndef SMPRIG_BASE_PROCESS_H
#define SMPRIG_BASE_PROCESS_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/result.h"

#define PROCESS_NAME_MAX 32

struct process {
    char name[PROCESS_NAME_MAX];
    pid_t pid;           /* 0: not running */
    int exit_code;       /* once ended; 128 + signal when killed */
    long peak_memory_kb; /* once ended */
};

/* Start argv[0] (a program beside our own, or on the PATH). Its stdout and stderr go to log_path,
 * or to ours when NULL. It dies with us (PR_SET_PDEATHSIG). */
MUST_USE enum result process_start(const char *const *argv, const char *log_path,
                                   struct process *ret_process, struct error *err);
struct process_manner {
    const char *log_path; /* of stdout and stderr; NULL: ours */
    bool is_gentle;       /* ordinary scheduling at a low priority, whatever ours is */
};
MUST_USE enum result process_start_as(const char *const *argv, const struct process_manner *manner,
                                      struct process *ret_process, struct error *err);
/* True once it has ended; exit_code is set then. Does not wait. */
bool process_has_ended(struct process *process);
/* Wait until it ends. RESULT_REFUSED, with the exit code in the sentence, when that is not 0. */
MUST_USE enum result process_wait(struct process *process, struct error *err);
/* SIGTERM, then SIGKILL after timeout_ms. */
void process_end(struct process *process, int timeout_ms);

/* The folder that holds our own binary, with no slash at its end. */
MUST_USE enum result process_own_folder(char *ret_folder, size_t size, struct error *err);

#endif
