#include "plan/noise.h"

static double lattice(long x, long y, long z, uint32_t seed) {
    uint64_t h = (uint64_t)x * 0x9e3779b97f4a7c15ULL ^ (uint64_t)y * 0xc2b2ae3d27d4eb4fULL ^
                 (uint64_t)z * 0x165667b19e3779f9ULL ^ ((uint64_t)seed << 17);
    h ^= h >> 31, h *= 0xbf58476d1ce4e5b9ULL, h ^= h >> 29;
    return (double)(h >> 11) * 0x1p-53 - 0.5;
}

static double ease(double t) {
    return t * t * (3 - 2 * t);
}

static double octave(struct vec3 p, uint32_t seed) {
    double fx = floor(p.x), fy = floor(p.y), fz = floor(p.z), sum = 0;
    double t[3] = {ease(p.x - fx), ease(p.y - fy), ease(p.z - fz)};
    for (int k = 0; k < 8; k++) {
        int dx = k & 1, dy = k >> 1 & 1, dz = k >> 2;
        double w = (dx ? t[0] : 1 - t[0]) * (dy ? t[1] : 1 - t[1]) * (dz ? t[2] : 1 - t[2]);
        sum += w * lattice((long)fx + dx, (long)fy + dy, (long)fz + dz, seed);
    }
    return sum;
}

double noise_at(struct vec3 p, uint32_t seed) {
    return (octave(p, seed) + 0.5 * octave(vec3_scale(p, 2.3), seed + 1)) / 1.5;
}
