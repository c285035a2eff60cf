/* Away from the skin along the needle: what such a motion is. */
#ifndef SMPRIG_SAFETY_RETREAT_H
#define SMPRIG_SAFETY_RETREAT_H

#include "safety/gate_types.h"

#define RETREAT_MOST_MM 40.0

/* Whether the motion between two axis positions leads straight outward along the needle: the
 * needle's direction stays, the tip's way is along tool z (joints that turn bow it by a few
 * hundredths of a millimetre between its ends, which is looked at too). */
bool retreat_is_axial(const struct gate_rig *rig, const double *from, const double *to);

#endif
