#include "vision/head_tracker.h"

#include <stdlib.h>

#include "vision/frame_check.h"

#define DECIMATE 2
#define ACQUIRE_TAGS_MIN 2    /* enough for a start: the tracker then asks for its own three */
#define WINDOW_MARGIN_MM 12.0 /* how far a head may jump and still be found near where it was */

struct head_tracker {
    struct camera_set cameras;
    struct tag_ring ring;
    struct tracker *tracker;
    struct tag_finder *finder;
    struct head_filter filter;
    struct frame_check checks[CAMERA_COUNT_MAX];
    struct tag_sighting sightings[TAG_SIGHTINGS_MAX];
    uint32_t sighting_count;
    uint32_t tags_min;
    struct head_look look; /* the newest */
};

static struct head_filter_settings filter_settings(const struct tag_ring *ring) {
    struct head_filter_settings settings = head_filter_settings_default();
    struct ring_span span = tag_ring_span(ring);
    settings.centre_head = span.centre_head;
    settings.radius_mm = span.radius_mm;
    return settings;
}

enum result head_tracker_create(const struct camera_set *cameras, const struct tag_ring *ring,
                                struct head_tracker **ret_tracker, struct error *err) {
    struct head_tracker *t = calloc(1, sizeof *t);
    if (t == NULL) return error_set(err, RESULT_NO_MEMORY, "head tracker: no memory");
    struct tracker_settings settings = tracker_settings_default();
    struct head_filter_settings filter = filter_settings(ring);
    t->cameras = *cameras;
    t->ring = *ring;
    t->tags_min = ACQUIRE_TAGS_MIN < ring->count ? ACQUIRE_TAGS_MIN : ring->count;
    head_filter_init(&t->filter, &filter);
    enum result result = tracker_create(cameras, ring, &settings, &t->tracker, err);
    if (result == RESULT_OK) result = tag_finder_create(ring, DECIMATE, &t->finder, err);
    if (result != RESULT_OK) {
        head_tracker_destroy(&t);
        return result;
    }
    *ret_tracker = t;
    return RESULT_OK;
}

void head_tracker_destroy(struct head_tracker **tracker) {
    if (*tracker == NULL) return;
    if ((*tracker)->tracker != NULL) tracker_destroy(&(*tracker)->tracker);
    tag_finder_destroy(&(*tracker)->finder);
    free(*tracker);
    *tracker = NULL;
}

const struct head_filter *head_tracker_filter(const struct head_tracker *tracker) {
    return &tracker->filter;
}

const struct head_look *head_tracker_look(const struct head_tracker *tracker) {
    return &tracker->look;
}

void head_tracker_reset(struct head_tracker *tracker) {
    struct head_filter_settings settings = tracker->filter.settings;
    uint64_t sequence = tracker->filter.sequence;
    head_filter_init(&tracker->filter, &settings);
    tracker->filter.sequence = sequence;
}

/* Images by camera; the reason of the last refused frame when none is left. */
static enum head_reason sort_frames(struct head_tracker *t, const struct camera_frame *frames,
                                    uint32_t count, struct image images[CAMERA_COUNT_MAX]) {
    enum head_reason refused = HEAD_REASON_NO_IMAGE;
    bool is_any = false;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t c = frames[i].camera_index;
        if (c >= t->cameras.count) continue;
        const struct camera_model *model = &t->cameras.cameras[c].model;
        enum head_reason reason =
            frame_check_next(&t->checks[c], &frames[i], model->width_px, model->height_px);
        if (reason == HEAD_REASON_TRACKED) {
            images[c] = frames[i].image;
            is_any = true;
        } else {
            refused = reason;
        }
    }
    return is_any ? HEAD_REASON_TRACKED : refused;
}

/* Tags in all images, near the guess if there is one. */
static void find_tags(struct head_tracker *t, const struct image *images,
                      const struct pose *T_guess) {
    uint32_t count = 0;
    for (uint32_t c = 0; c < t->cameras.count; c++) {
        struct tag_window window = {0};
        if (images[c].pixels == NULL) continue;
        if (T_guess != NULL) {
            window = acquire_window(&t->cameras.cameras[c], &t->ring, *T_guess, WINDOW_MARGIN_MM);
        }
        uint32_t found =
            tag_finder_find(t->finder, &images[c], window, &t->sightings[count], RING_TAGS_MAX);
        for (uint32_t i = 0; i < found; i++) t->sightings[count + i].camera_index = c;
        count += found;
    }
    t->sighting_count = count;
}

static enum result find_pose(struct head_tracker *t, const struct image *images,
                             const struct pose *T_guess, struct acquired *ret_acquired) {
    find_tags(t, images, T_guess);
    return acquire_pose(&t->cameras, &t->ring, t->sightings, t->sighting_count, t->tags_min,
                        ret_acquired);
}

/* A camera that saw nothing of the fit although it has an image: is it blind, or does it see the
 * tags elsewhere? The latter means a knocked camera (hazard 9) or a wrong file, and no pose is
 * right. */
static bool cameras_agree(struct head_tracker *t, const struct image *images,
                          const struct tracked *tracked) {
    uint32_t given = 0;
    for (uint32_t c = 0; c < t->cameras.count; c++) given += images[c].pixels != NULL;
    if (tracked->cameras_used >= given) return true;
    find_tags(t, images, NULL);
    for (uint32_t c = 0; c < t->cameras.count; c++) {
        struct acquire_check check = {c, tracked->T_rig_head};
        if (acquire_disagreeing(&t->cameras, &t->ring, t->sightings, t->sighting_count, check)) {
            return false;
        }
    }
    return true;
}

/* Tags first near the guess (if any), then everywhere, then the edges. */
static enum track_reason acquire(struct head_tracker *t, const struct image *images,
                                 const struct pose *T_guess, struct tracked *ret_tracked) {
    struct acquired acquired;
    enum result result = RESULT_NOT_FOUND;
    if (T_guess != NULL) result = find_pose(t, images, T_guess, &acquired);
    if (result != RESULT_OK) result = find_pose(t, images, NULL, &acquired);
    if (result != RESULT_OK) {
        *ret_tracked = (struct tracked){.reason = TRACK_TOO_FEW_TAGS};
        return TRACK_TOO_FEW_TAGS;
    }
    return tracker_step(t->tracker, images, acquired.T_rig_head, ret_tracked);
}

static enum head_reason head_reason_of(enum track_reason reason) {
    switch (reason) {
        case TRACK_OK:
            return HEAD_REASON_TRACKED;
        case TRACK_NO_IMAGE:
            return HEAD_REASON_NO_IMAGE;
        case TRACK_TOO_FEW_TAGS:
            return HEAD_REASON_TOO_FEW_TAGS;
        case TRACK_SATURATED:
            return HEAD_REASON_SATURATED;
        case TRACK_NOT_CONVERGED:
            return HEAD_REASON_NOT_CONVERGED;
        case TRACK_BAD_FIT:
            return HEAD_REASON_BAD_FIT;
        case TRACK_REASON_COUNT:
            break;
    }
    return HEAD_REASON_BAD_FIT;
}

static int64_t mean_stamp(const struct camera_frame *frames, uint32_t count) {
    int64_t sum = 0;
    for (uint32_t i = 0; i < count; i++) sum += frames[i].stamp_ns - frames[0].stamp_ns;
    return count > 0 ? frames[0].stamp_ns + sum / count : 0;
}

/* Acquire or track; the reason of a miss when nothing can be trusted. */
static enum head_reason measure(struct head_tracker *t, const struct camera_frame *frames,
                                uint32_t count, int64_t stamp_ns, struct tracked *ret_tracked) {
    struct image images[CAMERA_COUNT_MAX] = {0};
    struct head_pose guess;
    enum head_reason reason = sort_frames(t, frames, count, images);
    if (reason != HEAD_REASON_TRACKED) return reason;
    bool has_guess = head_filter_predict(&t->filter, stamp_ns, &guess);
    enum track_reason track = TRACK_TOO_FEW_TAGS;
    if (has_guess) track = tracker_step(t->tracker, images, guess.T_rig_head, ret_tracked);
    if (track != TRACK_OK)
        track = acquire(t, images, has_guess ? &guess.T_rig_head : NULL, ret_tracked);
    if (track != TRACK_OK) return head_reason_of(track);
    if (cameras_agree(t, images, ret_tracked)) return HEAD_REASON_TRACKED;
    ret_tracked->reason = TRACK_BAD_FIT;
    return HEAD_REASON_CAMERAS_DISAGREE;
}

void head_tracker_step_raw(struct head_tracker *t, const struct camera_frame *frames,
                           uint32_t count, struct head_pose *ret_pose,
                           struct tracked *ret_tracked) {
    int64_t stamp_ns = mean_stamp(frames, count);
    *ret_tracked = (struct tracked){.reason = TRACK_NO_IMAGE};
    enum head_reason reason = measure(t, frames, count, stamp_ns, ret_tracked);
    struct head_measurement *m = &t->look.measurement;
    t->look = (struct head_look){.is_measured = reason == HEAD_REASON_TRACKED, .miss = reason};
    m->stamp_ns = stamp_ns;
    if (t->look.is_measured) {
        m->T_rig_head = ret_tracked->T_rig_head;
        m->residual_px = ret_tracked->residual_px;
        m->tags_used = ret_tracked->tags_used;
        for (int i = 0; i < 36; i++) m->covariance[i] = ret_tracked->covariance[i];
    }
    head_filter_look(&t->filter, &t->look, ret_pose);
}

void head_tracker_step(struct head_tracker *tracker, const struct camera_frame *frames,
                       uint32_t count, struct head_pose *ret_pose) {
    struct tracked tracked;
    head_tracker_step_raw(tracker, frames, count, ret_pose, &tracked);
}
