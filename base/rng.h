/* Seeded random numbers: xoshiro256++ (Blackman and Vigna 2021), seeded through splitmix64. Same
 * seed, same sequence, on every machine. */
#ifndef SMPRIG_BASE_RNG_H
#define SMPRIG_BASE_RNG_H

#include <stdint.h>

#include "base/geom.h"

struct rng {
    uint64_t s[4];
};

void rng_init(struct rng *rng, uint64_t seed);
uint64_t rng_u64(struct rng *rng);
/* Uniform in [0, n), n > 0; unbiased enough for n << 2^32 (multiply-shift). */
uint32_t rng_below(struct rng *rng, uint32_t n);
/* Uniform in [0, 1). */
double rng_uniform(struct rng *rng);
/* Uniform in [low, high). */
double rng_range(struct rng *rng, double low, double high);
/* Standard normal (Box-Muller, one of the pair, so that the state alone is the state). */
double rng_normal(struct rng *rng);
/* Normal in each component, drawn x, y, z. */
struct vec3 rng_normal_vec3(struct rng *rng, double sigma);

#endif
