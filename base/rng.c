#include "base/rng.h"

static uint64_t splitmix64(uint64_t *state) {
    uint64_t z = (*state += 0x9e3779b97f4a7c15ULL);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
}

void rng_init(struct rng *rng, uint64_t seed) {
    for (int i = 0; i < 4; i++) rng->s[i] = splitmix64(&seed);
}

static uint64_t rotate_left(uint64_t x, int k) {
    return (x << k) | (x >> (64 - k));
}

uint64_t rng_u64(struct rng *rng) {
    uint64_t *s = rng->s, out = rotate_left(s[0] + s[3], 23) + s[0], t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate_left(s[3], 45);
    return out;
}

uint32_t rng_below(struct rng *rng, uint32_t n) {
    return (uint32_t)(((rng_u64(rng) >> 32) * n) >> 32);
}

double rng_uniform(struct rng *rng) {
    return (double)(rng_u64(rng) >> 11) * 0x1p-53;
}

double rng_range(struct rng *rng, double low, double high) {
    return low + (high - low) * rng_uniform(rng);
}

double rng_normal(struct rng *rng) {
    double u = 1.0 - rng_uniform(rng), v = rng_uniform(rng);
    return sqrt(-2.0 * log(u)) * cos(2.0 * PI * v);
}

struct vec3 rng_normal_vec3(struct rng *rng, double sigma) {
    double x = rng_normal(rng), y = rng_normal(rng), z = rng_normal(rng);
    return vec3_make(sigma * x, sigma * y, sigma * z);
}
