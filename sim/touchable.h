/* What the needle of the simulated rig may touch and the board's probe input then sees: the
 * setter's plate, where the rig file has it, and the skin of the head. */
#ifndef SMPRIG_SIM_TOUCHABLE_H
#define SMPRIG_SIM_TOUCHABLE_H

#include "sim/world.h"

/* The needle that truly stands in the holder: so much longer than the rig file says. Before
 * world_init(). */
void touchable_lengthen_needle(struct rig *rig, double longer_mm);

/* Tell the board at which stroke the tip would meet something, as rig and head stand now. */
void touchable_step(struct world *world);

#endif
