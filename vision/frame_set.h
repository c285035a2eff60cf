/* Puts the frames of several cameras that were exposed together into one set. */
#ifndef SMPRIG_VISION_FRAME_SET_H
#define SMPRIG_VISION_FRAME_SET_H

#include <stdbool.h>
#include <stdint.h>

#include "vision/camera.h"

struct frame_set {
    struct camera_frame frames[CAMERA_COUNT_MAX]; /* at most one a camera, in order of arrival */
    uint32_t count;
    int64_t stamp_ns; /* mean of the frames' */
};

/* Reads a source; holds at most one frame back. */
struct frame_grouper {
    struct camera_source *source; /* the caller's; must outlive the grouper */
    int64_t tolerance_ns;         /* frames farther apart belong to different sets */
    struct camera_frame pending;
    bool has_pending;
};

#define FRAME_SET_TOLERANCE_NS INT64_C(3000000)

void frame_grouper_init(struct frame_grouper *grouper, struct camera_source *source);
/* Gives a held frame back. */
void frame_grouper_finish(struct frame_grouper *grouper);

/* The next set: whole when every camera has a frame, else what came before the next moment's first
 * frame, or before timeout_ns passed. Results as camera_next(); after RESULT_OK release the set. */
MUST_USE enum result frame_set_next(struct frame_grouper *grouper, int64_t timeout_ns,
                                    struct frame_set *ret_set, struct error *err);
void frame_set_release(struct frame_set *set);

#endif
