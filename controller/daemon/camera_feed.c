#include "controller/daemon/camera_feed.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/give_way.h"
#include "vision/opencv_shim.h"

/* Ten pictures a second of each camera. */
#define PERIOD_NS (100 * NS_PER_MS)
#define QUALITY 60

struct camera_feed {
    pthread_t thread;
    int event_fd;
    atomic_bool is_wanted;
    int64_t offered_ns[CAMERA_COUNT_MAX]; /* the vision thread's own */

    pthread_mutex_t mutex; /* guards what follows */
    pthread_cond_t has_work;
    bool is_ending, is_full, has_picture;
    uint8_t *pixels; /* the frame that is being encoded */
    size_t pixels_size;
    struct camera_frame frame;
    struct camera_picture *making; /* the encoder's, without its bytes yet */
    struct camera_picture *ready;
    struct camera_picture pictures[2];
};

static void *run(void *context) {
    struct camera_feed *feed = context;
    pthread_setname_np(pthread_self(), "pictures");
    thread_give_way();
    pthread_mutex_lock(&feed->mutex);
    while (!feed->is_ending) {
        if (!feed->is_full) {
            pthread_cond_wait(&feed->has_work, &feed->mutex);
            continue;
        }
        struct image image = feed->frame.image;
        struct camera_picture *made = feed->making;
        pthread_mutex_unlock(&feed->mutex); /* pixels are ours while is_full */
        enum result result = opencv_encode_jpeg(&image, CAMERA_FEED_SHRINK, QUALITY, made->jpeg,
                                                sizeof made->jpeg, &made->bytes);
        pthread_mutex_lock(&feed->mutex);
        feed->is_full = false;
        if (result != RESULT_OK) continue;
        feed->making = feed->ready;
        feed->ready = made;
        feed->has_picture = true;
        uint64_t one = 1;
        pthread_mutex_unlock(&feed->mutex); /* who is woken finds it free */
        if (write(feed->event_fd, &one, sizeof one) < 0 && errno != EAGAIN) abort();
        pthread_mutex_lock(&feed->mutex);
    }
    pthread_mutex_unlock(&feed->mutex);
    return NULL;
}

enum result camera_feed_create(struct camera_feed **ret_feed, struct error *err) {
    struct camera_feed *feed = calloc(1, sizeof *feed);
    if (!feed) return error_set(err, RESULT_NO_MEMORY, "pictures: out of memory");
    feed->making = &feed->pictures[0];
    feed->ready = &feed->pictures[1];
    pthread_mutex_init(&feed->mutex, NULL);
    pthread_cond_init(&feed->has_work, NULL);
    feed->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (feed->event_fd < 0 || pthread_create(&feed->thread, NULL, run, feed) != 0) {
        if (feed->event_fd >= 0) close(feed->event_fd);
        free(feed);
        return error_set(err, RESULT_IO, "pictures: cannot start their thread");
    }
    *ret_feed = feed;
    return RESULT_OK;
}

void camera_feed_destroy(struct camera_feed **feed) {
    struct camera_feed *f = *feed;
    if (!f) return;
    pthread_mutex_lock(&f->mutex);
    f->is_ending = true;
    pthread_cond_signal(&f->has_work);
    pthread_mutex_unlock(&f->mutex);
    pthread_join(f->thread, NULL);
    close(f->event_fd);
    pthread_mutex_destroy(&f->mutex);
    pthread_cond_destroy(&f->has_work);
    free(f->pixels);
    free(f);
    *feed = NULL;
}

void camera_feed_want(struct camera_feed *feed, bool is_wanted) {
    atomic_store(&feed->is_wanted, is_wanted);
}

static bool has_room_for(struct camera_feed *feed, size_t bytes) {
    if (feed->pixels_size >= bytes) return true;
    uint8_t *grown = realloc(feed->pixels, bytes);
    if (!grown) return false;
    feed->pixels = grown;
    feed->pixels_size = bytes;
    return true;
}

static void copy_frame(struct camera_feed *feed, const struct camera_frame *frame,
                       const struct head_pose *head) {
    const struct image *image = &frame->image;
    if (!has_room_for(feed, (size_t)image->width * image->height)) return;
    for (uint32_t row = 0; row < image->height; row++)
        memcpy(feed->pixels + (size_t)row * image->width,
               image->pixels + (size_t)row * image->stride, image->width);
    feed->frame = *frame;
    feed->frame.image.pixels = feed->pixels;
    feed->frame.image.stride = image->width;
    feed->making->camera = frame->camera_index;
    feed->making->width = image->width / CAMERA_FEED_SHRINK;
    feed->making->height = image->height / CAMERA_FEED_SHRINK;
    feed->making->stamp_ns = frame->stamp_ns;
    feed->making->head = *head;
    feed->is_full = true;
    pthread_cond_signal(&feed->has_work);
}

void camera_feed_offer(struct camera_feed *feed, const struct camera_frame *frames, uint32_t count,
                       const struct head_pose *head) {
    if (!atomic_load(&feed->is_wanted)) return;
    for (uint32_t i = 0; i < count; i++) {
        const struct camera_frame *frame = &frames[i];
        if (frame->status != FRAME_GOOD || frame->camera_index >= CAMERA_COUNT_MAX) continue;
        int64_t *offered_ns = &feed->offered_ns[frame->camera_index];
        if (frame->stamp_ns - *offered_ns < PERIOD_NS) continue;
        if (pthread_mutex_trylock(&feed->mutex) != 0) return;
        if (!feed->is_full) {
            *offered_ns = frame->stamp_ns;
            copy_frame(feed, frame, head);
        }
        pthread_mutex_unlock(&feed->mutex);
    }
}

int camera_feed_descriptor(const struct camera_feed *feed) {
    return feed->event_fd;
}

bool camera_feed_take(struct camera_feed *feed, struct camera_picture *ret_picture) {
    uint64_t ignored;
    if (read(feed->event_fd, &ignored, sizeof ignored) < 0 && errno != EAGAIN) abort();
    /* The encoder gives way to everybody, so it may be stopped with the lock in its hand: the loop
     * neither waits for it nor asks again and again; the next picture is near. */
    if (pthread_mutex_trylock(&feed->mutex) != 0) return false;
    bool has_picture = feed->has_picture;
    if (has_picture) *ret_picture = *feed->ready;
    feed->has_picture = false;
    pthread_mutex_unlock(&feed->mutex);
    return has_picture;
}
