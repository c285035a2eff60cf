/* The simulated rig's switches, in a file that guard and tests map: all good, the needle's as it
 * is, and an operator who presses the dead-man once the rig is homed and anew every hundred
 * seconds. Tests may clear a bit of `held`: the switch stays bad until it is set again. */
#ifndef SMPRIG_SIM_SWITCHBOARD_H
#define SMPRIG_SIM_SWITCHBOARD_H

#include "controller/guard/switches.h"
#include "sim/firmware.h"

struct switchboard_file {
    struct switches_shared shared; /* what the guard reads */
    volatile uint32_t held;        /* enum sensor that a test leaves alone */
};

struct switchboard {
    struct switchboard_file *file; /* mapped; NULL: there is none */
    int64_t pressed_ns;
};

MUST_USE enum result switchboard_open(const char *path, struct switchboard *ret_board,
                                      struct error *err);
void switchboard_close(struct switchboard *board);
void switchboard_step(struct switchboard *board, const struct firmware *firmware, int64_t now_ns);

#endif
