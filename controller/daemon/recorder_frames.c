#include "controller/daemon/recorder_frames.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "vision/acquire.h"
#include "vision/opencv_shim.h"

#define WINDOW_MARGIN_MM 12.0 /* round the tags: as far as the tracker looks for them */
#define PATH_SIZE 640

enum result recorder_frames_init(struct recorder_frames *frames, const char *folder, double hz,
                                 int64_t most_bytes, struct error *err) {
    char path[PATH_SIZE];
    *frames = (struct recorder_frames){.is_made = true, .hz = hz, .most_bytes = most_bytes};
    pthread_mutex_init(&frames->mutex, NULL);
    if (!(hz > 0)) return RESULT_OK;
    snprintf(path, sizeof path, "%s/" RECORDER_FRAMES_FOLDER, folder);
    enum result result = file_make_folder(path, err);
    if (result != RESULT_OK) return result;
    snprintf(path, sizeof path, "%s/" RECORDER_FRAMES_FOLDER "/index.txt", folder);
    frames->index = fopen(path, "we");
    if (!frames->index) return error_set(err, RESULT_IO, "%s: %s", path, strerror(errno));
    fputs("# t camera_index file; outside the ring's window: black\n", frames->index);
    return RESULT_OK;
}

void recorder_frames_finish(struct recorder_frames *frames) {
    if (!frames->is_made) return;
    if (frames->index) fclose(frames->index);
    for (size_t i = 0; i < RECORDER_FRAME_SLOTS; i++) free(frames->slots[i].pixels);
    pthread_mutex_destroy(&frames->mutex);
}

static struct frame_slot *free_slot(struct recorder_frames *frames) {
    for (size_t i = 0; i < RECORDER_FRAME_SLOTS; i++)
        if (!frames->slots[i].is_full) return &frames->slots[i];
    return NULL;
}

static struct tag_window window_of(const struct recorder_frames *frames,
                                   const struct camera_frame *frame, const struct head_pose *head) {
    struct tag_window window = {0};
    if (frames->cameras && head->state != HEAD_LOST)
        window = acquire_window(&frames->cameras->cameras[frame->camera_index], frames->ring,
                                head->T_rig_head, WINDOW_MARGIN_MM);
    if (window.width == 0)
        window = (struct tag_window){0, 0, frame->image.width, frame->image.height};
    return window;
}

/* False when there is no memory for it. */
static bool copy_frame(struct frame_slot *slot, const struct camera_frame *frame,
                       struct tag_window window) {
    const struct image *image = &frame->image;
    size_t size = (size_t)image->width * image->height;
    if (slot->size < size) {
        free(slot->pixels);
        slot->pixels = malloc(size);
        slot->size = slot->pixels ? size : 0;
    }
    if (!slot->pixels || window.left + window.width > image->width ||
        window.top + window.height > image->height)
        return false;
    memset(slot->pixels, 0, size);
    for (uint32_t row = window.top; row < window.top + window.height; row++)
        memcpy(slot->pixels + (size_t)row * image->width + window.left,
               image->pixels + (size_t)row * image->stride + window.left, window.width);
    slot->frame = *frame;
    slot->frame.image.pixels = slot->pixels;
    slot->frame.image.stride = image->width;
    return true;
}

bool recorder_frames_offer(struct recorder_frames *frames, const struct camera_frame *set,
                           uint32_t count, const struct head_pose *head) {
    bool is_taken = false;
    if (!(frames->hz > 0)) return false;
    for (uint32_t i = 0; i < count; i++) {
        const struct camera_frame *frame = &set[i];
        if (frame->status != FRAME_GOOD || frame->camera_index >= CAMERA_COUNT_MAX) continue;
        int64_t *offered_ns = &frames->offered_ns[frame->camera_index];
        /* A tenth early is not early: frames come at their own rate. */
        if (ns_to_s(frame->stamp_ns - *offered_ns) < 0.9 / frames->hz) continue;
        *offered_ns = frame->stamp_ns;
        pthread_mutex_lock(&frames->mutex);
        struct frame_slot *slot = frames->bytes < frames->most_bytes ? free_slot(frames) : NULL;
        frames->dropped += slot == NULL;
        pthread_mutex_unlock(&frames->mutex);
        /* A slot that is not full is this thread's alone. */
        if (!slot || !copy_frame(slot, frame, window_of(frames, frame, head))) continue;
        pthread_mutex_lock(&frames->mutex);
        slot->is_full = is_taken = true;
        pthread_mutex_unlock(&frames->mutex);
    }
    return is_taken;
}

static void write_one(struct recorder_frames *frames, const struct frame_slot *slot,
                      const char *folder) {
    char path[PATH_SIZE], name[64];
    struct stat status;
    struct error err = {0};
    snprintf(name, sizeof name, "%06llu_%u.png", (unsigned long long)frames->written,
             slot->frame.camera_index);
    snprintf(path, sizeof path, "%s/" RECORDER_FRAMES_FOLDER "/%s", folder, name);
    bool is_written = opencv_write_image(path, &slot->frame.image, &err) == RESULT_OK &&
                      stat(path, &status) == 0 &&
                      fprintf(frames->index, "%.6f %u %s\n", ns_to_s(slot->frame.stamp_ns),
                              slot->frame.camera_index, name) > 0 &&
                      fflush(frames->index) == 0;
    pthread_mutex_lock(&frames->mutex);
    if (is_written) {
        frames->written++;
        frames->bytes += status.st_size;
    } else {
        log_warning("recorder", "a frame is not kept: %s", err.text);
        frames->dropped++;
        frames->bytes = frames->most_bytes; /* no more of them */
    }
    pthread_mutex_unlock(&frames->mutex);
}

bool recorder_frames_write(struct recorder_frames *frames, const char *folder) {
    struct frame_slot *oldest = NULL;
    pthread_mutex_lock(&frames->mutex);
    for (size_t i = 0; i < RECORDER_FRAME_SLOTS; i++) {
        struct frame_slot *slot = &frames->slots[i];
        if (slot->is_full && (!oldest || slot->frame.stamp_ns < oldest->frame.stamp_ns))
            oldest = slot;
    }
    pthread_mutex_unlock(&frames->mutex);
    if (!oldest) return false;
    write_one(frames, oldest, folder);
    pthread_mutex_lock(&frames->mutex);
    oldest->is_full = false;
    pthread_mutex_unlock(&frames->mutex);
    return true;
}
