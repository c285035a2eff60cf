/* A strike that a guard before this one left in the board. */
#ifndef SMPRIG_CONTROLLER_GUARD_OUTWAIT_H
#define SMPRIG_CONTROLLER_GUARD_OUTWAIT_H

/* Sleep until it is over for sure, by the monotonic clock: opening the port resets many boards, and
 * one reset in mid-strike stands with its needle in. To be called before anybody can ask for the
 * port. */
void outwait_strike(void);

#endif
