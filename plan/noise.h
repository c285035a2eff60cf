/* Smooth noise over space, for edges that no ruler drew. */
#ifndef SMPRIG_PLAN_NOISE_H
#define SMPRIG_PLAN_NOISE_H

#include <stdint.h>

#include "base/geom.h"

/* Value noise in [-0.5, 0.5] with a wave of about one unit and a finer one over it (Perlin 1985's
 * lattice, values instead of gradients). */
double noise_at(struct vec3 p, uint32_t seed);

#endif
