/* Whether a straight motion in axis space keeps the whole tool clear of the head. */
#ifndef SMPRIG_SAFETY_CLEARANCE_H
#define SMPRIG_SAFETY_CLEARANCE_H

#include "safety/gate.h"

struct clearance_segment {
    const double *from, *to; /* axis positions */
    struct pose T_head_rig;
};

/* Proven without gaps by conservative advancement (Mirtich 1996): the field's slope is bounded,
 * so a margin allows a step in which no point of the tool moves farther than margin / slope. */
bool clearance_holds(const struct gate_rig *rig, const struct field_view *field,
                     const struct clearance_segment *segment);

#endif
