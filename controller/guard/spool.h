/* Files of the guard's loop are written by processes of their own: the loop hands over bytes
 * through a pipe that never waits, and knows no disk. A pipe that is full loses what was to be
 * written, never time. */
#ifndef SMPRIG_CONTROLLER_GUARD_SPOOL_H
#define SMPRIG_CONTROLLER_GUARD_SPOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/result.h"

#define SPOOL_BYTES (1 << 20)   /* on their way: many seconds of a session */
#define SPOOL_WHOLE_BYTES 4096u /* so many go whole or not at all (PIPE_BUF) */

struct spool {
    int fd, done_fd; /* 0: none. done_fd ends when the process does */
};

/* Start the process that writes to `stream`, which the caller closes; `what` names it to people and
 * in a list of processes (15 letters). Before threads, sandbox and locked memory. */
MUST_USE enum result spool_start(struct spool *spool, FILE *stream, const char *what,
                                 struct error *err);
/* At once, or not: true when all of it is on its way. */
bool spool_put(const struct spool *spool, const void *bytes, size_t count);
/* End the process and wait, a little, until all is written. */
void spool_close(struct spool *spool);

#endif
