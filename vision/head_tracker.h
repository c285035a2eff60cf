/* Where the head is, from frames: acquires when lost, tracks otherwise, filters, names what is
 * wrong. One call a set of frames; the vision thread's whole work.
 *
 *     head_tracker_create(&cameras, &ring, &tracker, &err);
 *     while (frame_set_next(&grouper, timeout_ns, &set, &err) == RESULT_OK) {
 *         head_tracker_step(tracker, set.frames, set.count, &pose);
 *         frame_set_release(&set);
 *     }
 *
 * Not thread-safe: one instance, one thread. To predict in another thread, copy
 * *head_tracker_filter() (plain data, about 35 kB) and call head_filter_predict() on the copy. */
#ifndef SMPRIG_VISION_HEAD_TRACKER_H
#define SMPRIG_VISION_HEAD_TRACKER_H

#include "base/result.h"
#include "vision/acquire.h"
#include "vision/camera.h"
#include "vision/filter.h"
#include "vision/head_pose.h"
#include "vision/tracker.h"

struct head_tracker;

/* Filter and tracker with their defaults, centred on the ring. Copies cameras and ring. */
MUST_USE enum result head_tracker_create(const struct camera_set *cameras,
                                         const struct tag_ring *ring,
                                         struct head_tracker **ret_tracker, struct error *err);
void head_tracker_destroy(struct head_tracker **tracker);

/* Frames of one moment, at most one a camera. Always fills *ret_pose: with HEAD_LOST and a reason
 * when there is no trustworthy pose. */
void head_tracker_step(struct head_tracker *tracker, const struct camera_frame *frames,
                       uint32_t count, struct head_pose *ret_pose);

/* The same, and the unfiltered measurement of this set (reason other than TRACK_OK: none). */
void head_tracker_step_raw(struct head_tracker *tracker, const struct camera_frame *frames,
                           uint32_t count, struct head_pose *ret_pose, struct tracked *ret_tracked);

const struct head_filter *head_tracker_filter(const struct head_tracker *tracker);

/* What the newest step gave the filter. */
const struct head_look *head_tracker_look(const struct head_tracker *tracker);

/* Forget the head: the next set is acquired afresh. */
void head_tracker_reset(struct head_tracker *tracker);

#endif
