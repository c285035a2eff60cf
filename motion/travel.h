/* The fastest of a few ways for the tool from one position to another that stays clear of the head.
 *
 *     straight           tent                      lifted
 *                          ___.___                   .________________.
 *     ._________.      .--'       '--.               |                |
 *     from      to     from         to               from            to
 *
 * A tent rises and travels at once: two lines instead of three, and every axis keeps moving. */
#ifndef SMPRIG_MOTION_TRAVEL_H
#define SMPRIG_MOTION_TRAVEL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/field_view.h"
#include "motion/rig.h"

#define TRAVEL_LEGS_MAX 4
#define TRAVEL_LIFT_MAX_MM 64.0
#define TRAVEL_BACK_OFF_MAX_MM 8.0 /* within what the guard lets pass (safety/retreat.h) */

/* Whether the whole straight line in axis space keeps the tip at least tip_clearance_mm and every
 * capsule at least body_clearance_mm from the skin. Proven without gaps by conservative
 * advancement: the field's slope is bounded, so a margin allows a step in which no tool point
 * moves more than margin / slope (Mirtich 1996). A margin that shrinks to nothing counts as
 * contact. */
bool travel_is_clear(const struct rig *rig, const struct field_view *field, struct pose T_rig_head,
                     struct axes from, struct axes to);
/* The same for a tool that stands still. */
bool travel_stands_clear(const struct rig *rig, const struct field_view *field,
                         struct pose T_rig_head, struct axes at);

/* Fill ret_legs with the ends of 1 to TRAVEL_LEGS_MAX straight legs from ends[0] to ends[1], each
 * of them proven clear: straight when that is, else the fastest of the lowest tent, the lowest lift
 * along the needle and the lowest rise along rig z. When the head has come too near to where the
 * tool stands, the first leg leads straight out along the needle, which the guard allows without a
 * proof (safety/retreat.h). RESULT_RANGE when nothing is clear within the rig's travel. Without a
 * field the straight line is taken. */
MUST_USE enum result travel_plan(const struct rig *rig, const struct field_view *field,
                                 struct pose T_rig_head, const struct axes ends[2],
                                 struct axes ret_legs[TRAVEL_LEGS_MAX], size_t *ret_count);

/* From rest to rest over all legs, s. */
double travel_duration_s(const struct rig *rig, const struct axes *from, const struct axes *legs,
                         size_t leg_count);

#endif
