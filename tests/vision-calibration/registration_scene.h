/* The shipped scan with noisy touches of its skin and of six landmarks, for test and bench of the
 * registration. */
#ifndef SMPRIG_TESTS_VISION_CALIBRATION_REGISTRATION_SCENE_H
#define SMPRIG_TESTS_VISION_CALIBRATION_REGISTRATION_SCENE_H

#include <stdio.h>
#include <string.h>

#include "base/rng.h"
#include "plan/field.h"
#include "plan/scan.h"
#include "vision/calibration/registration.h"

#define LANDMARKS 6

static struct mesh scan;
static struct field field;
static struct rng rng;
static const struct vec3 zone_middle = {0, -36.4, 102.9}; /* of what is treated */

static inline struct vec3 noise(double sigma) {
    return rng_normal_vec3(&rng, sigma);
}

/* A point of the scan's surface not lower than z and within a radius of the treated zone. */
static inline struct vec3 skin(double lowest_z, double radius_mm) {
    struct vec3 p;
    do {
        size_t t = rng_below(&rng, (uint32_t)scan.triangle_count);
        double u = rng_uniform(&rng), v = rng_uniform(&rng);
        if (u + v > 1) {
            u = 1 - u;
            v = 1 - v;
        }
        struct vec3 a = mesh_vertex(&scan, scan.triangles[3 * t]);
        struct vec3 ab = vec3_sub(mesh_vertex(&scan, scan.triangles[3 * t + 1]), a);
        struct vec3 ac = vec3_sub(mesh_vertex(&scan, scan.triangles[3 * t + 2]), a);
        p = vec3_mad(vec3_mad(a, u, ab), v, ac);
    } while (p.z < lowest_z || vec3_distance(p, zone_middle) > radius_mm);
    return p;
}

/* Around the head, each touched to sigma; more than LANDMARKS: the same places again. */
static inline struct landmarks landmarks_of(struct pose T_head_ring, uint32_t count, double sigma) {
    static const double places[LANDMARKS][3] = {{0, 85, 40},   {-70, 0, 45},  {70, 0, 45},
                                                {0, -110, 30}, {-45, 50, 80}, {45, 50, 80}};
    struct landmarks set = {.count = count};
    for (uint32_t i = 0; i < count; i++) {
        const double *place = places[i % LANDMARKS];
        struct vec3 p = vec3_make(place[0], place[1], place[2]);
        struct vec3 q = vec3_add(pose_apply(pose_inverse(T_head_ring), p), noise(sigma));
        snprintf(set.list[i].name, sizeof set.list[i].name, "mark%u", i + 1);
        memcpy(set.list[i].p_head_mm, (double[]){p.x, p.y, p.z}, 3 * sizeof(double));
        memcpy(set.list[i].p_ring_mm, (double[]){q.x, q.y, q.z}, 3 * sizeof(double));
    }
    return set;
}

#endif
