/* Made-up head motion with known truth: sway, drift, and a flinch. */
#ifndef SMPRIG_TESTS_VISION_MOTION_H
#define SMPRIG_TESTS_VISION_MOTION_H

#include "base/clock.h"
#include "base/rng.h"
#include "vision/filter.h"

struct motion {
    double sway_mm, sway_hz, drift_mm_s;
    double flinch_s, flinch_mm_s; /* from this time on (negative: never) */
};

/* T_rig_head at t: the sway along a tilted axis with a little turning about the neck. */
static inline struct pose motion_at(const struct motion *m, double t) {
    double phase = sin(2 * PI * m->sway_hz * t);
    double flinched_s = m->flinch_s >= 0 && t > m->flinch_s ? t - m->flinch_s : 0;
    struct vec3 axis = vec3_unit(vec3_make(0.3, 0.6, 0.74));
    struct pose T = {.R = mat3_exp(vec3_make(0.004 * phase, 0.001 * phase, 0))};
    T.t = vec3_make(150, 150 + m->drift_mm_s * t, -260);
    T.t = vec3_mad(T.t, m->sway_mm * phase, axis);
    T.t.x += m->flinch_mm_s * flinched_s;
    return T;
}

/* A measurement with white noise of sigma_mm at the ring's centre and sigma_rad. */
static inline struct head_measurement motion_measure(struct pose T, struct vec3 centre_head,
                                                     int64_t stamp_ns, struct rng *rng,
                                                     double sigma_mm, double sigma_rad) {
    struct vec3 c = pose_apply(T, centre_head);
    struct vec3 w = {sigma_rad * rng_normal(rng), sigma_rad * rng_normal(rng),
                     sigma_rad * rng_normal(rng)};
    struct vec3 d = {sigma_mm * rng_normal(rng), sigma_mm * rng_normal(rng),
                     sigma_mm * rng_normal(rng)};
    struct pose noise = {.R = mat3_exp(w)};
    noise.t = vec3_add(vec3_sub(c, mat3_apply(noise.R, c)), d);
    struct head_measurement m = {
        .stamp_ns = stamp_ns, .T_rig_head = pose_mul(noise, T), .tags_used = 12};
    /* Covariance at the rig's origin: v = d + c x w. */
    const double hat[3][3] = {{0, -c.z, c.y}, {c.z, 0, -c.x}, {-c.y, c.x, 0}};
    double s2 = sigma_mm * sigma_mm, a2 = sigma_rad * sigma_rad;
    for (int i = 0; i < 3; i++) {
        m.covariance[7 * i] += s2;
        m.covariance[7 * (3 + i)] = a2;
        for (int j = 0; j < 3; j++) {
            for (int k = 0; k < 3; k++) m.covariance[6 * i + j] += a2 * hat[i][k] * hat[j][k];
            m.covariance[6 * i + 3 + j] = m.covariance[6 * (3 + j) + i] = a2 * hat[i][j];
        }
    }
    return m;
}

#endif
