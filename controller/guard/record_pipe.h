/* The guard's recording is written by a process of its own: the guard's loop hands it a step's
 * records in one write to a pipe that never waits, and knows no disk. A pipe that is full ends the
 * recording, never a strike. */
#ifndef SMPRIG_CONTROLLER_GUARD_RECORD_PIPE_H
#define SMPRIG_CONTROLLER_GUARD_RECORD_PIPE_H

#include "base/result.h"
#include "controller/guard/spool.h"
#include "controller/record/record.h"

#define RECORD_PIPE_STEP_MAX 65536u /* bytes of one step */

struct record_pipe {
    struct record_writer writer; /* closed: not recording */
    struct spool spool;
    size_t count;
    unsigned char bytes[RECORD_PIPE_STEP_MAX];
};

/* Start the process that writes folder/guard.rec, with the file's begin; before threads, sandbox
 * and locked memory. RESULT_REFUSED: the folder holds one already. */
MUST_USE enum result record_pipe_open(struct record_pipe *pipe, const char *folder, int64_t now_ns,
                                      struct error *err);
/* Hand over what was put since the last call; once a step. */
void record_pipe_flush(struct record_pipe *pipe);
/* End the recording and wait, a little, until it is written. */
void record_pipe_close(struct record_pipe *pipe, int64_t now_ns, const char *why);

#endif
