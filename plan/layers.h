/* Which session strikes a dot, and with which pigment. */
#ifndef SMPRIG_PLAN_LAYERS_H
#define SMPRIG_PLAN_LAYERS_H

#include "base/rng.h"
#include "plan/cloud.h"
#include "plan/design.h"

/* layers[i] for each movable point, by the layers' shares, each exact to a dot: every sum of the
 * first layers is blue noise by itself, so the first session already looks even, and the later
 * ones' dots stand between the earlier ones'. */
MUST_USE enum result layers_deal(const struct cloud *cloud, const struct design *design,
                                 uint8_t *layers);

/* Shades of `count` dots of one layer, by the shares, exact to a dot, mixed at random so that some
 * dots stand out. */
MUST_USE enum result layers_shade(const struct design_layer *layer, size_t count, struct rng *rng,
                                  uint8_t *shades);

#endif
