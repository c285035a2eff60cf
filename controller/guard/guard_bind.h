/* From the rig file's description to the gate's: the same numbers, capped by
 * the compiled ceilings. */
#ifndef SMPRIG_CONTROLLER_GUARD_GUARD_BIND_H
#define SMPRIG_CONTROLLER_GUARD_GUARD_BIND_H

#include "motion/rig.h"
#include "safety/gate.h"

struct gate_rig guard_gate_rig(const struct rig *rig);

#endif
