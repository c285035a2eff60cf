/* Which dot is next: the order as it was made, but for what lies out of reach as the head is now,
 * and planned anew when the head has shifted for good. Used by the striker alone.
 *
 * A dot out of reach is put off to the end; when only such dots are left, the needle waits for the
 * head to come back. The head's place is averaged over breaths; when that has moved farther than a
 * breath from where the order was made, the next dots of the same zone and shade are put into a new
 * order from where the rig stands (motion/order.h), and what was put off is tried again. */
#ifndef SMPRIG_CONTROLLER_DAEMON_STRIKER_ROUTE_H
#define SMPRIG_CONTROLLER_DAEMON_STRIKER_ROUTE_H

#include <stdbool.h>
#include <stdint.h>

#include "controller/daemon/striker.h"

void route_init(struct striker *striker);
/* The head's average place follows the poses in which it is tracked. */
void route_on_pose(struct striker *striker, const struct head_pose *head);

/* The next pending dot, false when none is left. The dot of the running strike is still pending
 * until the firmware reports it: never twice. */
bool route_next(struct striker *striker, uint32_t *ret_index);
/* The dot that route_next() gave is out of reach: to the end with it. */
void route_put_off(struct striker *striker);
/* Whether the rig reached the dot where the head was first: if not, waiting for the head
 * is no use. */
bool route_was_reachable(const struct striker *striker, uint32_t index);
/* Nothing but dots that were put off is left. */
bool route_is_put_off(const struct striker *striker);

/* The head has moved away from where the order was made for, and has come to rest there: its
 * average place has caught up with it. */
bool route_is_shifted(const struct striker *striker);
/* Plan what is left anew from where the rig stands. The order stays when there is no
 * memory for it. */
void route_renew(struct striker *striker);

#endif
