/* A wire log once more through parser and link: what the link made of it, and whether it would send
 * the same bytes again. What the guard asked for (travels, strikes, service lines, real-time bytes)
 * is taken from the log; what the link says by itself (handshake, modes, resynchronising) must come
 * out as recorded, and every answer must be understood. Report requests are left out: their times
 * are the machine's. */
#ifndef SMPRIG_CONTROLLER_LINK_REPLAY_H
#define SMPRIG_CONTROLLER_LINK_REPLAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "controller/link/link.h"

struct replay_report {
    size_t records, bytes_to_board, bytes_to_host;
    size_t events[LINK_EVENT_KIND_COUNT];
    int64_t duration_ns;
    bool is_cut; /* the log ends inside a record */
    bool is_same;
    int64_t differs_ns; /* when not */
    char difference[200];
};

/* Told of each event but status reports; NULL: not wanted. */
typedef void (*replay_told)(void *context, int64_t at_ns, const struct link_event *event);

/* RESULT_FORMAT when it is no wire log. */
MUST_USE enum result replay_run(const void *log, size_t size, const struct rig *rig,
                                replay_told told, void *context, struct replay_report *ret_report);

#endif
