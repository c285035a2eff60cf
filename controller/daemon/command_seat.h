/* Who is in command: one page at a time, with a visible hand-over and a heartbeat (hazard 34). A
 * step function on caller's memory.
 *
 * Taking a free seat is at once. A taken one is asked for: its holder sees who asks and gives it,
 * or a supervisor takes it by force, for which the caller holds the session first. Silence empties
 * the seat, and the session is held: a lost page, a closed lid, a hung browser never leave motion
 * unattended. Holding is everybody's, always: it does not go through here. */
#ifndef SMPRIG_CONTROLLER_DAEMON_COMMAND_SEAT_H
#define SMPRIG_CONTROLLER_DAEMON_COMMAND_SEAT_H

#include <stdbool.h>
#include <stdint.h>

#include "controller/daemon/api.h"

/* The page beats twice a second; so long without a beat and the seat is empty. */
#define COMMAND_SILENCE_MAX_MS 2000

struct command_person {
    char name[API_NAME_MAX]; /* "": nobody */
    uint64_t channel;
};

struct command_seat {
    struct command_person holder, asking;
    int64_t since_ns, beat_ns;
};

bool command_is_taken(const struct command_seat *seat);
bool command_is_held_by(const struct command_seat *seat, const struct api_caller *caller);
/* RESULT_REFUSED when another holds it (the request is noted then), or the caller is no page. */
MUST_USE enum result command_take(struct command_seat *seat, const struct api_caller *caller,
                                  bool by_force, int64_t now_ns, struct error *err);
/* To who asks, else nobody sits there. RESULT_REFUSED when the caller does not hold it. */
MUST_USE enum result command_give(struct command_seat *seat, const struct api_caller *caller,
                                  int64_t now_ns, struct error *err);
/* The page in command is alive; no effect from any other. */
void command_beat(struct command_seat *seat, const struct api_caller *caller, int64_t now_ns);
/* True once, when the holder has fallen silent: the seat is empty then, *ret_lost names who. */
bool command_tick(struct command_seat *seat, int64_t now_ns, struct command_person *ret_lost);
/* Whether the caller may command: it holds the seat, or nobody does and it is local. */
MUST_USE enum result command_allows(const struct command_seat *seat,
                                    const struct api_caller *caller, struct error *err);

#endif
