/* Frames on their way to a recording's folder: copied by the vision thread, written as PNG by the
 * recorder's, a sequence that smprig track reads (docs/formats.md, "Image sequences"). */
#ifndef SMPRIG_CONTROLLER_DAEMON_RECORDER_FRAMES_H
#define SMPRIG_CONTROLLER_DAEMON_RECORDER_FRAMES_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/result.h"
#include "vision/camera.h"
#include "vision/camera_file.h"
#include "vision/head_pose.h"
#include "vision/ring_file.h"

#define RECORDER_FRAME_SLOTS 4
#define RECORDER_FRAMES_FOLDER "frames"

struct frame_slot {
    struct camera_frame frame; /* its pixels are the slot's */
    uint8_t *pixels;
    size_t size;
    bool is_full;
};

struct recorder_frames {
    bool is_made;
    double hz; /* of each camera; 0: none are wanted */
    int64_t most_bytes;
    const struct camera_set *cameras; /* the vision thread's; NULL: whole frames */
    const struct tag_ring *ring;
    int64_t offered_ns[CAMERA_COUNT_MAX]; /* the vision thread's own */

    pthread_mutex_t mutex; /* guards what follows */
    struct frame_slot slots[RECORDER_FRAME_SLOTS];
    uint64_t written, dropped;
    int64_t bytes;
    FILE *index; /* the recorder's thread's own */
};

MUST_USE enum result recorder_frames_init(struct recorder_frames *frames, const char *folder,
                                          double hz, int64_t most_bytes, struct error *err);
void recorder_frames_finish(struct recorder_frames *frames);
/* Of the vision thread; true when something was taken. */
bool recorder_frames_offer(struct recorder_frames *frames, const struct camera_frame *set,
                           uint32_t count, const struct head_pose *head);
/* Of the recorder's thread: write one that waits; false when none does. */
bool recorder_frames_write(struct recorder_frames *frames, const char *folder);

#endif
