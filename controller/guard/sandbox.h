/* What the guard gives up before it serves: new privileges, the network, other programs, page
 * faults. */
#ifndef SMPRIG_CONTROLLER_GUARD_SANDBOX_H
#define SMPRIG_CONTROLLER_GUARD_SANDBOX_H

#include <stdbool.h>

#include "base/result.h"

/* No new privileges, no core dumps; all memory locked, now and later (a warning where the limit is
 * too low for that); and a seccomp filter that lets through what the guard's loop, its files and
 * its port need. Anything else, a socket first of all, kills the process: the rig then ends
 * needle-out like after any death of the guard. `needs_network` is for a board
 * behind tcp: alone. */
MUST_USE enum result sandbox_enter(bool needs_network, struct error *err);

#endif
