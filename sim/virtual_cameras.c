#include "sim/virtual_cameras.h"

#include <stdlib.h>

#include "sim/skin_marks.h"
#include "vision/head_tracker.h"
#include "vision/slip_guard.h"

struct virtual_cameras {
    struct camera_set set;
    struct tag_ring ring;
    struct renderer *renderers[CAMERA_COUNT_MAX];
    uint8_t *pixels[CAMERA_COUNT_MAX];
    struct head_tracker *tracker;
    struct slip_guard slip;
    uint64_t sequence;
};

static enum result open_camera(struct virtual_cameras *cameras, uint32_t index, uint64_t seed,
                               struct error *err) {
    const struct camera_calibration *camera = &cameras->set.cameras[index];
    struct render_settings settings = render_settings_default();
    settings.seed = seed * 16 + index;
    cameras->pixels[index] = malloc((size_t)camera->model.width_px * camera->model.height_px);
    if (!cameras->pixels[index]) return error_set(err, RESULT_NO_MEMORY, "cameras: out of memory");
    return renderer_create(camera, &cameras->ring, &settings, &cameras->renderers[index], err);
}

/* The same skin for all cameras. */
static void draw_skin(struct virtual_cameras *cameras, const struct virtual_cameras_setup *setup) {
    struct render_mark marks[RENDER_MARKS_MAX];
    struct rng rng;
    rng_init(&rng, setup->seed);
    size_t count = skin_marks_make(setup->field, &cameras->ring, &rng, marks, RENDER_MARKS_MAX);
    for (uint32_t c = 0; c < cameras->set.count; c++)
        renderer_set_marks(cameras->renderers[c], marks, count);
}

enum result virtual_cameras_create(const struct virtual_cameras_setup *setup,
                                   struct virtual_cameras **ret_cameras, struct error *err) {
    const struct slip_settings slip = slip_settings_default();
    struct virtual_cameras *cameras = calloc(1, sizeof *cameras);
    if (!cameras) return error_set(err, RESULT_NO_MEMORY, "cameras: out of memory");
    enum result result = camera_set_read(setup->cameras, &cameras->set, err);
    if (result == RESULT_OK) result = tag_ring_read(setup->ring, &cameras->ring, err);
    for (uint32_t c = 0; result == RESULT_OK && c < cameras->set.count; c++)
        result = open_camera(cameras, c, setup->seed, err);
    if (result == RESULT_OK)
        result = head_tracker_create(&cameras->set, &cameras->ring, &cameras->tracker, err);
    if (result == RESULT_OK)
        result = slip_watch_create(&cameras->set, &cameras->ring, setup->field, &slip,
                                   &cameras->slip.watch, err);
    if (result != RESULT_OK) {
        virtual_cameras_destroy(&cameras);
        return result;
    }
    draw_skin(cameras, setup);
    *ret_cameras = cameras;
    return RESULT_OK;
}

void virtual_cameras_destroy(struct virtual_cameras **cameras) {
    struct virtual_cameras *c = *cameras;
    if (!c) return;
    for (uint32_t i = 0; i < CAMERA_COUNT_MAX; i++) {
        renderer_destroy(&c->renderers[i]);
        free(c->pixels[i]);
    }
    head_tracker_destroy(&c->tracker);
    slip_watch_destroy(&c->slip.watch);
    free(c);
    *cameras = NULL;
}

void virtual_cameras_look(struct virtual_cameras *cameras, const struct render_view *view,
                          int64_t stamp_ns, struct head_pose *ret_head) {
    struct camera_frame frames[CAMERA_COUNT_MAX] = {0};
    cameras->sequence++;
    for (uint32_t c = 0; c < cameras->set.count; c++) {
        const struct camera_model *model = &cameras->set.cameras[c].model;
        renderer_draw(cameras->renderers[c], view, cameras->pixels[c]);
        frames[c] = (struct camera_frame){
            .image = {cameras->pixels[c], model->width_px, model->height_px, model->width_px},
            .stamp_ns = stamp_ns,
            .sequence = cameras->sequence,
            .camera_index = c,
            .status = FRAME_GOOD};
    }
    head_tracker_step(cameras->tracker, frames, cameras->set.count, ret_head);
    (void)slip_guard_look(&cameras->slip, frames, cameras->set.count, ret_head);
}

const struct head_look *virtual_cameras_newest(const struct virtual_cameras *cameras) {
    return head_tracker_look(cameras->tracker);
}

const struct head_filter *virtual_cameras_filter(const struct virtual_cameras *cameras) {
    return head_tracker_filter(cameras->tracker);
}

void virtual_cameras_reset(struct virtual_cameras *cameras) {
    struct slip_watch *watch = cameras->slip.watch;
    head_tracker_reset(cameras->tracker);
    slip_watch_reset(watch);
    cameras->slip = (struct slip_guard){.watch = watch};
}
