#include "controller/daemon/frame_grab.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"

struct frame_grab {
    pthread_mutex_t mutex; /* guards all that follows */
    bool is_asked, is_full;
    uint32_t count;
    struct image images[CAMERA_COUNT_MAX]; /* their pixels are ours */
    uint8_t *pixels[CAMERA_COUNT_MAX];
};

enum result frame_grab_create(struct frame_grab **ret_grab, struct error *err) {
    struct frame_grab *grab = calloc(1, sizeof *grab);
    if (!grab) return error_set(err, RESULT_NO_MEMORY, "frames: out of memory");
    pthread_mutex_init(&grab->mutex, NULL);
    *ret_grab = grab;
    return RESULT_OK;
}

void frame_grab_destroy(struct frame_grab **grab) {
    struct frame_grab *g = *grab;
    if (!g) return;
    for (size_t i = 0; i < CAMERA_COUNT_MAX; i++) free(g->pixels[i]);
    pthread_mutex_destroy(&g->mutex);
    free(g);
    *grab = NULL;
}

void frame_grab_ask(struct frame_grab *grab) {
    pthread_mutex_lock(&grab->mutex);
    grab->is_asked = true;
    grab->is_full = false;
    pthread_mutex_unlock(&grab->mutex);
}

static bool copy(struct frame_grab *grab, const struct image *image, uint32_t camera) {
    uint8_t *pixels = realloc(grab->pixels[camera], (size_t)image->width * image->height);
    if (!pixels) return false;
    for (uint32_t row = 0; row < image->height; row++)
        memcpy(pixels + (size_t)row * image->width, image->pixels + (size_t)row * image->stride,
               image->width);
    grab->pixels[camera] = pixels;
    grab->images[camera] = *image;
    grab->images[camera].pixels = pixels;
    grab->images[camera].stride = image->width;
    return true;
}

void frame_grab_offer(struct frame_grab *grab, const struct camera_frame *frames, uint32_t count) {
    pthread_mutex_lock(&grab->mutex);
    bool is_whole = grab->is_asked;
    for (uint32_t i = 0; is_whole && i < count; i++)
        is_whole = frames[i].status == FRAME_GOOD && frames[i].camera_index == i &&
                   copy(grab, &frames[i].image, i);
    if (is_whole) {
        grab->count = count;
        grab->is_full = true;
        grab->is_asked = false;
    }
    pthread_mutex_unlock(&grab->mutex);
}

static enum result write_image(const struct image *image, const char *path, struct error *err) {
    struct file_writer writer;
    enum result result = file_writer_open(&writer, path, err);
    if (result != RESULT_OK) return result;
    fprintf(writer.stream, "P5\n%u %u\n255\n", image->width, image->height);
    fwrite(image->pixels, 1, (size_t)image->width * image->height, writer.stream);
    return file_writer_commit(&writer, err);
}

enum result frame_grab_write(struct frame_grab *grab, const char *folder, const char *prefix,
                             uint32_t *ret_count, struct error *err) {
    enum result result = RESULT_OK;
    char path[256];
    pthread_mutex_lock(&grab->mutex);
    uint32_t count = grab->is_full ? grab->count : 0;
    for (uint32_t i = 0; i < count && result == RESULT_OK; i++) {
        snprintf(path, sizeof path, "%.200s/%.32s_%u.pgm", folder, prefix, i);
        result = write_image(&grab->images[i], path, err);
    }
    grab->is_full = false;
    pthread_mutex_unlock(&grab->mutex);
    if (result == RESULT_OK) *ret_count = count;
    return result;
}
