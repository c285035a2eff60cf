#include "controller/daemon/vision_thread.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/give_way.h"
#include "base/log.h"
#include "vision/camera_file.h"
#include "vision/camera_open.h"
#include "vision/frame_set.h"
#include "vision/head_tracker.h"
#include "vision/opencv_shim.h"
#include "vision/ring_file.h"
#include "vision/slip_guard.h"

#define FRAME_WAIT_NS (50 * NS_PER_MS)
#define LOOKS_MAX 2048u /* seconds of fast cameras: a session begins before its loop does */

/* Looks for a recording, oldest first. */
struct look_list {
    struct head_look looks[LOOKS_MAX];
    size_t count;
    bool has_lost; /* there were more */
};

struct vision_thread {
    struct camera_source *source;
    struct head_tracker *tracker;
    struct slip_guard slip_guard; /* without a watch: no scan to watch against */
    struct frame_grouper grouper;
    struct camera_set cameras;
    struct tag_ring ring;
    struct camera_feed *feed;
    struct frame_grab *grab;
    struct recorder *recorder;
    pthread_t thread;
    bool is_running;
    atomic_bool is_ending;
    int event_fd;

    pthread_mutex_t mutex; /* guards what follows */
    bool has_news;
    struct head_pose pose;
    struct head_filter filter; /* as it was right after `pose` */
    struct look_list *looks;   /* since the pose that was taken; NULL: nobody records */

    struct head_filter taken; /* the loop's own copy, for predictions */
    bool has_taken;
    struct look_list *taken_looks;
};

static void keep_look(struct look_list *list, const struct head_look *look) {
    if (list->count < LOOKS_MAX)
        list->looks[list->count++] = *look;
    else
        list->has_lost = true;
}

static void publish(struct vision_thread *vision, const struct head_pose *pose) {
    uint64_t one = 1;
    pthread_mutex_lock(&vision->mutex);
    vision->pose = *pose;
    vision->filter = *head_tracker_filter(vision->tracker);
    if (vision->looks) keep_look(vision->looks, head_tracker_look(vision->tracker));
    vision->has_news = true;
    pthread_mutex_unlock(&vision->mutex);
    if (write(vision->event_fd, &one, sizeof one) < 0 && errno != EAGAIN) abort();
}

static void watch_slip(struct vision_thread *vision, const struct frame_set *set,
                       struct head_pose *pose) {
    const struct slip_report *report = &vision->slip_guard.report;
    if (slip_guard_look(&vision->slip_guard, set->frames, set->count, pose))
        log_info("vision", "ring on the skin: %s (%.2f mm, %u points)",
                 slip_state_name(report->state), report->shift_mm, report->points);
}

static void *run(void *context) {
    struct vision_thread *vision = context;
    pthread_setname_np(pthread_self(), "vision");
    thread_step_behind();
    opencv_use_one_thread();
    while (!atomic_load(&vision->is_ending)) {
        struct frame_set set;
        struct error err = {0};
        struct head_pose pose;
        enum result result = frame_set_next(&vision->grouper, FRAME_WAIT_NS, &set, &err);
        if (result == RESULT_TIMEOUT) continue;
        if (result != RESULT_OK) {
            log_error("vision", "%s", err.text[0] ? err.text : "the frames have ended");
            break;
        }
        head_tracker_step(vision->tracker, set.frames, set.count, &pose);
        watch_slip(vision, &set, &pose);
        camera_feed_offer(vision->feed, set.frames, set.count, &pose);
        frame_grab_offer(vision->grab, set.frames, set.count);
        recorder_offer(vision->recorder, set.frames, set.count, &pose);
        frame_set_release(&set);
        publish(vision, &pose);
    }
    return NULL;
}

static enum result open_all(const struct vision_files *files, struct vision_thread *vision,
                            struct error *err) {
    struct tag_ring *ring = &vision->ring;
    enum result result = camera_set_read(files->cameras_path, &vision->cameras, err);
    if (result == RESULT_OK) result = tag_ring_read(files->ring_path, ring, err);
    if (result == RESULT_OK && files->T_head_ring != NULL) ring->T_head_ring = *files->T_head_ring;
    if (result == RESULT_OK)
        result = head_tracker_create(&vision->cameras, ring, &vision->tracker, err);
    if (result == RESULT_OK && files->field != NULL) {
        struct slip_settings settings = slip_settings_default();
        result = slip_watch_create(&vision->cameras, ring, files->field, &settings,
                                   &vision->slip_guard.watch, err);
    }
    if (result == RESULT_OK)
        result = camera_open(files->frames, &vision->cameras, &vision->source, err);
    if (result == RESULT_OK) frame_grouper_init(&vision->grouper, vision->source);
    if (result == RESULT_OK) result = camera_feed_create(&vision->feed, err);
    if (result == RESULT_OK) result = frame_grab_create(&vision->grab, err);
    if (result != RESULT_OK || !files->recorder) return result;
    vision->recorder = files->recorder;
    recorder_follow(vision->recorder, &vision->cameras, ring);
    vision->looks = calloc(1, sizeof *vision->looks);
    vision->taken_looks = calloc(1, sizeof *vision->taken_looks);
    if (!vision->looks || !vision->taken_looks)
        return error_set(err, RESULT_NO_MEMORY, "vision: out of memory");
    return result;
}

enum result vision_thread_create(const struct vision_files *files,
                                 struct vision_thread **ret_vision, struct error *err) {
    struct vision_thread *vision = calloc(1, sizeof *vision);
    if (!vision) return error_set(err, RESULT_NO_MEMORY, "vision: out of memory");
    pthread_mutex_init(&vision->mutex, NULL);
    vision->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    enum result result = open_all(files, vision, err);
    if (result == RESULT_OK && pthread_create(&vision->thread, NULL, run, vision) != 0)
        result = error_set(err, RESULT_IO, "vision: cannot start its thread");
    else if (result == RESULT_OK)
        vision->is_running = true;
    if (result == RESULT_OK)
        *ret_vision = vision;
    else
        vision_thread_destroy(&vision);
    return result;
}

void vision_thread_destroy(struct vision_thread **vision) {
    struct vision_thread *v = *vision;
    if (!v) return;
    atomic_store(&v->is_ending, true);
    if (v->is_running) pthread_join(v->thread, NULL);
    camera_feed_destroy(&v->feed);
    frame_grab_destroy(&v->grab);
    if (v->source) frame_grouper_finish(&v->grouper);
    head_tracker_destroy(&v->tracker);
    slip_watch_destroy(&v->slip_guard.watch);
    camera_close(&v->source);
    free(v->looks);
    free(v->taken_looks);
    if (v->event_fd >= 0) close(v->event_fd);
    pthread_mutex_destroy(&v->mutex);
    free(v);
    *vision = NULL;
}

int vision_thread_descriptor(const struct vision_thread *vision) {
    return vision->event_fd;
}

bool vision_thread_take(struct vision_thread *vision, struct head_pose *ret_head) {
    uint64_t ignored;
    if (read(vision->event_fd, &ignored, sizeof ignored) < 0) return false;
    pthread_mutex_lock(&vision->mutex);
    bool has_news = vision->has_news;
    if (has_news) {
        *ret_head = vision->pose;
        vision->taken = vision->filter;
        struct look_list *looks = vision->looks;
        vision->looks = vision->taken_looks;
        vision->taken_looks = looks;
        if (vision->looks) vision->looks->count = 0;
        vision->has_taken = true;
    }
    vision->has_news = false;
    pthread_mutex_unlock(&vision->mutex);
    return has_news;
}

bool vision_thread_looks(const struct vision_thread *vision, const struct head_look **ret_looks,
                         size_t *ret_count) {
    const struct look_list *list = vision->taken_looks;
    *ret_looks = list ? list->looks : NULL;
    *ret_count = list ? list->count : 0;
    return list && !list->has_lost;
}

const struct head_filter_settings *vision_thread_filter(const struct vision_thread *vision) {
    return &head_tracker_filter(vision->tracker)->settings;
}

static bool predict(void *context, int64_t at_ns, struct pose *ret_T_rig_head) {
    const struct vision_thread *vision = context;
    return vision->has_taken && head_filter_predict_pose(&vision->taken, at_ns, ret_T_rig_head);
}

struct pose_predictor vision_thread_predictor(struct vision_thread *vision) {
    return (struct pose_predictor){predict, vision};
}

struct camera_feed *vision_thread_feed(struct vision_thread *vision) {
    return vision->feed;
}

struct frame_grab *vision_thread_grab(struct vision_thread *vision) {
    return vision->grab;
}

const struct camera_set *vision_thread_cameras(const struct vision_thread *vision) {
    return &vision->cameras;
}

const struct tag_ring *vision_thread_ring(const struct vision_thread *vision) {
    return &vision->ring;
}
