/* The disordered but even start of a filling. */
#ifndef SMPRIG_PLAN_SCATTER_H
#define SMPRIG_PLAN_SCATTER_H

#include "plan/relax.h"

/* One point in each equal share of the wanted number, the shares cut along a Hilbert curve over the
 * chart's cells (stratified sampling: every part of the skin has its number from the start), less
 * what fixed ones already give. The fixed ones follow in the cloud. */
MUST_USE enum result scatter(const struct relax_ground *ground, const struct relax_fixed *fixed,
                             size_t fixed_count, uint64_t seed, struct cloud *ret_cloud);

#endif
