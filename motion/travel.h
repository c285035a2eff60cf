/* A way for the tool from one position to another that stays clear of the head. */
#ifndef SMPRIG_MOTION_TRAVEL_H
#define SMPRIG_MOTION_TRAVEL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/field_view.h"
#include "motion/rig.h"

#define TRAVEL_LEGS_MAX 3 /* up, across, down */

/* Whether the whole straight line in axis space keeps the tip at least tip_clearance_mm and every
 * capsule at least body_clearance_mm from the skin. Proven without gaps by conservative
 * advancement: the field's slope is bounded, so a margin allows a step in which no tool point
 * moves more than margin / slope (Mirtich 1996). A margin that shrinks to nothing counts as
 * contact. */
bool travel_is_clear(const struct rig *rig, const struct field_view *field, struct pose T_rig_head,
                     struct axes from, struct axes to);

/* Fill ret_legs with the ends of 1 to 3 straight legs from `from` to `to`: straight when that is
 * clear, else lifted along rig z by the least of a few heights. RESULT_RANGE when nothing is clear
 * within the rig's travel. Without a field the straight line is taken. */
MUST_USE enum result travel_plan(const struct rig *rig, const struct field_view *field,
                                 struct pose T_rig_head, const struct axes ends[2],
                                 struct axes ret_legs[TRAVEL_LEGS_MAX], size_t *ret_count);

#endif
