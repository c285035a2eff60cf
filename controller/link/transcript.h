/* Conformance transcripts: what is sent to a board and what it must answer, as text. The same files
 * run against the simulated board and against any port (tests/golden/dialect, docs/link.md).
 *
 *     # comment
 *     need motion          run only where something may move; also: pins, surface, grblhal
 *     > G0 X1              send a line
 *     >> \x18              send bytes as they are (\xNN, \n, \r, \\)
 *     < ok                 the next line must match (`*` stands for anything)
 *     << <Idle|*           skip lines until one matches
 *     ask <Idle|*          ask for reports until one matches
 *     none                 nothing more comes
 *     wait 200             let so many ms pass
 *     within 90000         limit in ms of the expectations that follow (3000)
 *     pin estop on         set an input (estop, door, probe, X..C); surface Z -0.8: something to
 * touch
 *
 * [MSG:...] lines are passed over unless a pattern begins with one: boards differ
 * in their words. */
#ifndef SMPRIG_CONTROLLER_LINK_TRANSCRIPT_H
#define SMPRIG_CONTROLLER_LINK_TRANSCRIPT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/result.h"

/* The board at the other end, simulated or real. */
struct transcript_peer {
    void *context;
    bool may_move;
    void (*send)(void *context, const void *bytes, size_t count);
    /* Bytes that came, at most `size`, waiting ms at most. -1: the port has gone. */
    int (*receive)(void *context, void *buffer, size_t size, int ms);
    /* Let ms pass, whatever comes. */
    void (*pause)(void *context, int ms);
    /* Set an input, or put a surface under an axis. NULL: its inputs cannot be set. */
    bool (*set_pin)(void *context, const char *name, bool is_on);
    bool (*set_surface)(void *context, char axis, double at);
};

enum transcript_outcome { TRANSCRIPT_PASSED, TRANSCRIPT_FAILED, TRANSCRIPT_LEFT_OUT };

/* Run one transcript; `name` stands for its file in messages. On FAILED `ret_why` says
 * `name:line: what was expected and what came`; on LEFT_OUT what it needs. */
enum transcript_outcome transcript_run(const char *name, const char *text,
                                       const struct transcript_peer *peer, char *ret_why,
                                       size_t why_size);

/* Whether `text` matches a pattern in which `*` stands for anything. */
bool transcript_matches(const char *pattern, const char *text);

#endif
