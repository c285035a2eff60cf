/* Between the files of faults: those that ask the guard for what it must refuse. */
#ifndef SMPRIG_SIM_FAULTS_PRIVATE_H
#define SMPRIG_SIM_FAULTS_PRIVATE_H

#include "sim/faults.h"

void fault_forge_travel(struct virtual_rig *rig, struct rng *rng);
void fault_forge_push(struct virtual_rig *rig, struct rng *rng);
void fault_forge_units(struct virtual_rig *rig, struct rng *rng);
void fault_forge_strike(struct virtual_rig *rig, struct rng *rng);
void fault_forge_numbers(struct virtual_rig *rig, struct rng *rng);
void fault_forge_load(struct virtual_rig *rig, struct rng *rng);
void fault_mark_lesion(struct virtual_rig *rig, struct rng *rng);
void fault_heal_lesion(struct virtual_rig *rig);

#endif
