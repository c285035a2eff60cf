/* When what the firmware runs will be over, corrected by each of the board's reports. Used by the
 * striker alone. */
#ifndef SMPRIG_CONTROLLER_DAEMON_STRIKER_CLOCK_H
#define SMPRIG_CONTROLLER_DAEMON_STRIKER_CLOCK_H

#include "controller/daemon/striker.h"

/* A report that took longer from its question on is late. A needle hovers 0.4 mm over its dot,
 * which a head within its speed comes in 80 ms; it waits there for 40 ms, and its way out begins
 * half an answer and a report (8 ms) later. */
#define ANSWER_MOST_NS (25 * NS_PER_MS)

/* The end of the running strike, by the needle's place; the arrival of the travel, and whether the
 * board has shown that it has it as it was sent; how long the board takes to answer. */
void clock_on_machine(struct striker *striker, const struct machine_status *machine);
/* Whether the newest report came in time; else it is what the striker waits for. */
bool clock_is_prompt(struct striker *striker);

#endif
