/* The thread that follows the head: frames in, poses out. The loop polls a descriptor, takes the
 * newest pose, and asks for predictions, which come from a copy of the filter made
 * with that pose. */
#ifndef SMPRIG_CONTROLLER_DAEMON_VISION_THREAD_H
#define SMPRIG_CONTROLLER_DAEMON_VISION_THREAD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/field_view.h"
#include "base/result.h"
#include "controller/daemon/camera_feed.h"
#include "controller/daemon/frame_grab.h"
#include "controller/daemon/recorder.h"
#include "controller/daemon/striker.h"
#include "vision/camera_file.h"
#include "vision/filter.h"
#include "vision/head_pose.h"
#include "vision/ring_file.h"

struct vision_thread;

struct vision_files {
    const char *cameras_path, *ring_path;
    const char *frames;             /* vision/camera_name.h */
    const struct pose *T_head_ring; /* of the registration; NULL: the ring file's own */
    const struct field_view
        *field;                /* of the scan: the ring's slip on the skin is watched; NULL: not */
    struct recorder *recorder; /* gets frames, and looks are kept for it; NULL: nobody records */
};

MUST_USE enum result vision_thread_create(const struct vision_files *files,
                                          struct vision_thread **ret_vision, struct error *err);
void vision_thread_destroy(struct vision_thread **vision);

/* Readable when there is a new pose. */
int vision_thread_descriptor(const struct vision_thread *vision);
/* The newest pose since the last call, false when there is none. */
bool vision_thread_take(struct vision_thread *vision, struct head_pose *ret_head);
/* What the filter was given up to the pose last taken and since the one before, for a recording;
 * false when there were more than the thread keeps. Until the next vision_thread_take(). */
bool vision_thread_looks(const struct vision_thread *vision, const struct head_look **ret_looks,
                         size_t *ret_count);
/* The filter's settings; they never change. */
const struct head_filter_settings *vision_thread_filter(const struct vision_thread *vision);
/* Predicts from the filter as it was at the pose last taken; of the loop's thread only. */
struct pose_predictor vision_thread_predictor(struct vision_thread *vision);
/* Pictures of what the thread sees. */
struct camera_feed *vision_thread_feed(struct vision_thread *vision);
/* Whole frames of one moment, on asking. */
struct frame_grab *vision_thread_grab(struct vision_thread *vision);
/* As read when the thread was created; the ring where the registration put it. */
const struct camera_set *vision_thread_cameras(const struct vision_thread *vision);
const struct tag_ring *vision_thread_ring(const struct vision_thread *vision);

#endif
