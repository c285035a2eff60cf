/* Views of a tag board (or a ring) by known cameras, drawn by sim/render.h into memory: what the
 * calibrations are tested against. */
#ifndef SMPRIG_TESTS_VISION_CALIBRATION_BOARD_SCENE_H
#define SMPRIG_TESTS_VISION_CALIBRATION_BOARD_SCENE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "sim/render.h"
#include "vision/calibration/board.h"
#include "vision/calibration/image_calibration.h"

static inline struct tag_ring board_of(int columns, int rows, double size_mm) {
    struct tag_ring board;
    struct error err = {0};
    const struct board_layout layout = {columns, rows, size_mm, 100};
    if (board_make(&layout, &board, &err) != RESULT_OK) {
        fprintf(stderr, "%s\n", err.text);
        abort();
    }
    return board;
}

struct board_scene {
    struct camera_set cameras; /* the truth */
    struct tag_ring target;    /* the truth */
    struct renderer *renderers[CAMERA_COUNT_MAX];
};

static inline void board_scene_init(struct board_scene *scene, const struct camera_set *cameras,
                                    const struct tag_ring *target,
                                    struct render_settings settings) {
    struct error err = {0};
    scene->cameras = *cameras;
    scene->target = *target;
    for (uint32_t c = 0; c < cameras->count; c++) {
        settings.seed = c + 11;
        if (renderer_create(&cameras->cameras[c], target, &settings, &scene->renderers[c], &err) !=
            RESULT_OK) {
            fprintf(stderr, "%s\n", err.text);
            abort();
        }
    }
}

static inline void board_scene_finish(struct board_scene *scene) {
    for (uint32_t c = 0; c < scene->cameras.count; c++) renderer_destroy(&scene->renderers[c]);
}

static inline void board_release(struct camera_frame *frame) {
    free(frame->owner);
}

/* Draws one more view at a pose of the target in the rig frame. */
static inline void board_scene_shoot(struct board_scene *scene, struct pose T_rig_target,
                                     struct views *views) {
    if (views->list == NULL) views->list = calloc(BUNDLE_VIEWS_MAX, sizeof *views->list);
    views->camera_count = scene->cameras.count;
    struct view_images *view = &views->list[views->count];
    view->stamp_ns = (int64_t)views->count++ * 1000000000;
    for (uint32_t c = 0; c < scene->cameras.count; c++) {
        const struct camera_model *m = &scene->cameras.cameras[c].model;
        uint8_t *pixels = malloc((size_t)m->width_px * m->height_px);
        struct camera_frame *frame = &view->set.frames[view->set.count++];
        renderer_draw(scene->renderers[c], &(struct render_view){.T_rig_head = T_rig_target},
                      pixels);
        *frame = (struct camera_frame){.image = {pixels, m->width_px, m->height_px, m->width_px},
                                       .camera_index = c,
                                       .status = FRAME_GOOD,
                                       .release = board_release,
                                       .owner = pixels};
        view->images[c] = frame->image;
    }
}

/* A board before one camera: its middle on the ray through a share of the image, at a distance,
 * leaning by angles about the camera's x and y, face to the camera. */
static inline struct pose board_pose(const struct camera_model *m, double share_u, double share_v,
                                     double distance_mm, double lean_x_rad, double lean_y_rad) {
    struct pose T = pose_identity();
    T.R = (struct mat3){{{1, 0, 0}, {0, -1, 0}, {0, 0, -1}}};
    T.R = mat3_mul(
        mat3_mul(mat3_exp(vec3_make(lean_x_rad, 0, 0)), mat3_exp(vec3_make(0, lean_y_rad, 0))),
        T.R);
    T.t = vec3_make((share_u - 0.5) * m->width_px / m->fx_px * distance_mm,
                    (share_v - 0.5) * m->height_px / m->fy_px * distance_mm, distance_mm);
    return T;
}

#endif
