/* The demo's ring on its head before the demo's cameras, drawn by sim/render.h: what the tests and
 * the bench of vision measure against. */
#ifndef SMPRIG_TESTS_VISION_RING_SCENE_H
#define SMPRIG_TESTS_VISION_RING_SCENE_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/rng.h"
#include "sim/render.h"
#include "vision/camera.h"
#include "vision/camera_file.h"
#include "vision/ring_file.h"

#define SCENE_WIDTH 1280
#define SCENE_HEIGHT 1024
#define SCENE_TARGETS 9

struct ring_scene {
    struct camera_set cameras;
    struct tag_ring ring;
    struct render_settings settings;
    struct renderer *renderers[2];
    uint8_t *pixels[2];
    struct pose T_nominal;                   /* T_rig_head */
    struct vec3 targets_head[SCENE_TARGETS]; /* on the treated zone: centre and a circle of 30 mm */
};

static const struct vec3 scene_axis_head = {0, -0.24957608068848222, 0.968355193071311};
static const struct vec3 scene_zone_head = {0, -36.36172243166513, 102.8834830348607};
static const struct vec3 scene_zone_rig = {150, 150, -160};

static inline void ring_scene_build(struct ring_scene *scene, struct render_settings settings) {
    struct error err = {0};
    for (uint32_t c = 0; c < 2; c++) {
        if (scene->renderers[c] != NULL) renderer_destroy(&scene->renderers[c]);
        settings.seed = c + 1;
        if (renderer_create(&scene->cameras.cameras[c], &scene->ring, &settings,
                            &scene->renderers[c], &err) != RESULT_OK) {
            fprintf(stderr, "%s\n", err.text);
            abort();
        }
    }
    scene->settings = settings;
}

static inline void ring_scene_init(struct ring_scene *scene) {
    struct error err = {0};
    *scene = (struct ring_scene){.settings = render_settings_default()};
    if (camera_set_read("configs/cameras/stereo.yaml", &scene->cameras, &err) != RESULT_OK ||
        tag_ring_read("configs/rings/crown12.yaml", &scene->ring, &err) != RESULT_OK) {
        fprintf(stderr, "%s\n", err.text);
        abort();
    }
    struct vec3 u = scene_axis_head, e1 = {1, 0, 0}, e2 = vec3_cross(u, e1);
    scene->T_nominal.R = (struct mat3){{{e1.x, e1.y, e1.z}, {e2.x, e2.y, e2.z}, {u.x, u.y, u.z}}};
    scene->T_nominal.t = vec3_sub(scene_zone_rig, mat3_apply(scene->T_nominal.R, scene_zone_head));
    for (int i = 0; i < SCENE_TARGETS; i++) {
        double angle = i * PI / 4, r = i == 8 ? 0 : 30;
        scene->targets_head[i] =
            vec3_mad(vec3_mad(scene_zone_head, r * cos(angle), e1), r * sin(angle), e2);
    }
    for (int c = 0; c < 2; c++) scene->pixels[c] = malloc(SCENE_WIDTH * SCENE_HEIGHT);
    ring_scene_build(scene, scene->settings);
}

static inline void ring_scene_finish(struct ring_scene *scene) {
    for (int c = 0; c < 2; c++) {
        renderer_destroy(&scene->renderers[c]);
        free(scene->pixels[c]);
    }
}

/* The nominal pose turned about the zone's centre and moved: uniformly within +-mm and +-rad. */
static inline struct pose ring_scene_random(const struct ring_scene *scene, struct rng *rng,
                                            double mm, double rad) {
    struct vec3 w = {rng_range(rng, -rad, rad), rng_range(rng, -rad, rad),
                     rng_range(rng, -rad, rad)};
    struct vec3 v = {rng_range(rng, -mm, mm), rng_range(rng, -mm, mm), rng_range(rng, -mm, mm)};
    struct pose turn = {.R = mat3_exp(w)};
    turn.t = vec3_add(vec3_sub(scene_zone_rig, mat3_apply(turn.R, scene_zone_rig)), v);
    return pose_mul(turn, scene->T_nominal);
}

/* A start that is off by exactly mm at the zone's centre and rad, in random directions. */
static inline struct pose ring_scene_disturb(struct pose T, struct rng *rng, double mm,
                                             double rad) {
    struct vec3 a = vec3_unit(vec3_make(rng_normal(rng), rng_normal(rng), rng_normal(rng)));
    struct vec3 b = vec3_unit(vec3_make(rng_normal(rng), rng_normal(rng), rng_normal(rng)));
    struct pose turn = {.R = mat3_exp(vec3_scale(a, rad))};
    turn.t = vec3_mad(vec3_sub(scene_zone_rig, mat3_apply(turn.R, scene_zone_rig)), mm, b);
    return pose_mul(turn, T);
}

/* Draw both cameras; images[c] views the scene's pixels. */
static inline void ring_scene_draw(struct ring_scene *scene, const struct render_view *view,
                                   struct image images[CAMERA_COUNT_MAX]) {
    for (int c = 0; c < CAMERA_COUNT_MAX; c++) images[c] = (struct image){0};
    for (int c = 0; c < 2; c++) {
        renderer_draw(scene->renderers[c], view, scene->pixels[c]);
        images[c] = (struct image){scene->pixels[c], SCENE_WIDTH, SCENE_HEIGHT, SCENE_WIDTH};
    }
}

/* Mean square target error, mm^2, over the zone. */
static inline double ring_scene_error2(const struct ring_scene *scene, struct pose T,
                                       struct pose T_true) {
    double sum = 0;
    for (int i = 0; i < SCENE_TARGETS; i++) {
        struct vec3 p = scene->targets_head[i];
        sum += vec3_norm2(vec3_sub(pose_apply(T, p), pose_apply(T_true, p)));
    }
    return sum / SCENE_TARGETS;
}

#endif
