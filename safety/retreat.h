/* Away from the skin along the needle: what such a motion is, and how the linear joints make it. */
#ifndef SMPRIG_SAFETY_RETREAT_H
#define SMPRIG_SAFETY_RETREAT_H

#include "safety/gate_types.h"

#define RETREAT_MOST_MM 40.0

/* Whether the motion between two axis positions leads straight outward along the needle: the same
 * orientation all the way (no rotary joint moves), the tip's way along tool z. */
bool retreat_is_axial(const struct gate_rig *rig, const double *from, const double *to);

/* Axis positions height_mm further out along the needle, by the linear joints alone. False when
 * they do not span space or the travel ends before. */
bool retreat_target(const struct gate_rig *rig, const double *from, double height_mm,
                    double ret_to[GATE_AXES_MAX]);

#endif
