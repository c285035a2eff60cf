/* Where the tool should go after a stop. A proposal: the gate clears it only if it leads straight
 * out (safety/retreat.h). */
#ifndef SMPRIG_CONTROLLER_GUARD_RETREAT_TARGET_H
#define SMPRIG_CONTROLLER_GUARD_RETREAT_TARGET_H

#include "safety/gate_types.h"

/* Axis positions height_mm further out along the needle, the tool's orientation kept: Newton's
 * method on the chain, whatever its joints are. False when the travel ends before or the joints do
 * not span that way. */
bool retreat_target(const struct gate_rig *rig, const double *from, double height_mm,
                    double ret_to[GATE_AXES_MAX]);

#endif
