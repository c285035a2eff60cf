#include "vision/camera.h"

#include <assert.h>
#include <stdlib.h>

void camera_frame_release(struct camera_frame *frame) {
    if (frame->release != NULL) frame->release(frame);
    *frame = (struct camera_frame){0};
}

enum result camera_next(struct camera_source *source, int64_t timeout_ns,
                        struct camera_frame *ret_frame, struct error *err) {
    struct camera_frame frame = {0};
    enum result result = source->operations->next(source, timeout_ns, &frame, err);
    if (result != RESULT_OK) return result;
    assert(frame.camera_index < source->camera_count);
    *ret_frame = frame;
    return RESULT_OK;
}

void camera_close(struct camera_source **source) {
    if (*source == NULL) return;
    (*source)->operations->close(*source);
    *source = NULL;
}

static void free_pixels(struct camera_frame *frame) {
    free(frame->owner);
}

enum result camera_frame_allocate(uint32_t width, uint32_t height, uint8_t **ret_pixels,
                                  struct camera_frame *ret_frame) {
    if (width == 0 || height == 0 || width > CAMERA_SIDE_PX_MAX || height > CAMERA_SIDE_PX_MAX) {
        return RESULT_RANGE;
    }
    uint8_t *pixels = malloc((size_t)width * height);
    if (pixels == NULL) return RESULT_NO_MEMORY;
    *ret_frame = (struct camera_frame){
        .image = {.pixels = pixels, .width = width, .height = height, .stride = width},
        .release = free_pixels,
        .owner = pixels,
        .status = FRAME_GOOD,
    };
    *ret_pixels = pixels;
    return RESULT_OK;
}
