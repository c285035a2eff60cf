/* When what the firmware runs will be over, corrected by each of the board's reports. Used by the
 * striker alone. */
#ifndef SMPRIG_CONTROLLER_DAEMON_STRIKER_CLOCK_H
#define SMPRIG_CONTROLLER_DAEMON_STRIKER_CLOCK_H

#include "controller/daemon/striker.h"

/* A report that took longer from its question on is late. */
#define ANSWER_MOST_NS (25 * NS_PER_MS)

/* The end of the running strike, by the needle's place; the arrival of the travel, and whether the
 * board has shown that it has it as it was sent; how long the board takes to answer. */
void clock_on_machine(struct striker *striker, const struct machine_status *machine);

#endif
