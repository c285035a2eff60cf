/* Points of the demo's scan as a depth camera would give them: what surface-only tracking is tested
 * on. */
#ifndef SMPRIG_TESTS_VISION_SURFACE_PATCH_SCENE_H
#define SMPRIG_TESTS_VISION_SURFACE_PATCH_SCENE_H

#include <stdbool.h>
#include <stdio.h>

#include "base/rng.h"
#include "plan/field.h"
#include "plan/scan.h"

struct patch_scene {
    struct mesh scan;
    struct field field;
    struct rng rng;
    struct vec3 zone_head;
    struct pose T_nominal; /* T_rig_head */
};

static inline bool patch_scene_init(struct patch_scene *scene, uint64_t seed) {
    struct error err = {0};
    *scene = (struct patch_scene){.zone_head = {0, -36.4, 102.9}};
    rng_init(&scene->rng, seed);
    scene->T_nominal.R = mat3_exp(vec3_make(-0.25, 0.02, 0.01));
    scene->T_nominal.t = vec3_make(150, 160, -268);
    if (scan_read("configs/scans/colin27.ply", &scene->scan, &err) == RESULT_OK &&
        field_of_mesh(&scene->scan, 1.0, &scene->field, &err) == RESULT_OK)
        return true;
    fprintf(stderr, "%s\n", err.text);
    return false;
}

static inline void patch_scene_finish(struct patch_scene *scene) {
    mesh_release(&scene->scan);
    field_release(&scene->field);
}

/* Sway of 2 mm at 0.25 Hz with a little turn about the zone. */
static inline struct pose patch_scene_pose(const struct patch_scene *scene, double t_s) {
    double s = sin(2 * PI * 0.25 * t_s);
    struct vec3 centre = pose_apply(scene->T_nominal, scene->zone_head);
    struct pose turn = {.R = mat3_exp(vec3_make(0.003 * s, 0.002 * s, 0))};
    turn.t = vec3_sub(centre, mat3_apply(turn.R, centre));
    turn.t = vec3_add(turn.t, vec3_make(0.6 * s, 1.6 * s, 1.04 * s));
    return pose_mul(turn, scene->T_nominal);
}

/* Random points of the skin above lowest_z and within radius_mm of the zone, with noise. */
static inline void patch_scene_points(struct patch_scene *scene, struct pose T_rig_head,
                                      double lowest_z, double radius_mm, double noise_mm,
                                      struct vec3 *ret_p_rig, size_t count) {
    const struct mesh *mesh = &scene->scan;
    struct rng *rng = &scene->rng;
    for (size_t i = 0; i < count;) {
        size_t t = rng_below(rng, (uint32_t)mesh->triangle_count);
        double u = rng_uniform(rng), v = rng_uniform(rng) * (1 - u);
        struct vec3 a = mesh_vertex(mesh, mesh->triangles[3 * t]);
        struct vec3 ab = vec3_sub(mesh_vertex(mesh, mesh->triangles[3 * t + 1]), a);
        struct vec3 ac = vec3_sub(mesh_vertex(mesh, mesh->triangles[3 * t + 2]), a);
        struct vec3 p = vec3_mad(vec3_mad(a, u, ab), v, ac);
        if (p.z < lowest_z || vec3_distance(p, scene->zone_head) > radius_mm) continue;
        struct vec3 noise = {rng_normal(rng), rng_normal(rng), rng_normal(rng)};
        ret_p_rig[i++] = pose_apply(T_rig_head, vec3_mad(p, noise_mm, noise));
    }
}

/* Mean square error over nine points of the zone, mm^2. */
static inline double patch_scene_error2(const struct patch_scene *scene, struct pose T,
                                        struct pose T_true) {
    double sum = 0;
    for (int i = 0; i < 9; i++) {
        double angle = i * PI / 4, r = i == 8 ? 0 : 30;
        struct vec3 p = vec3_add(scene->zone_head, vec3_make(r * cos(angle), r * sin(angle), 0));
        sum += vec3_norm2(vec3_sub(pose_apply(T, p), pose_apply(T_true, p))) / 9;
    }
    return sum;
}

#endif
