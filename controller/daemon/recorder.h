/* Keeps a session (docs/formats.md, "Recordings"): what came to it and what it said, frames if
 * wished, and copies of the files that a replay needs, in a folder of its own.
 *
 * A thread writes. The loop puts records into a bounded queue and never waits for a disk: a queue
 * that is full ends the recording with a note, and the session goes on. The size is bounded: frames
 * may take half of it and are dropped beyond, and at the end of the rest the recording ends. */
#ifndef SMPRIG_CONTROLLER_DAEMON_RECORDER_H
#define SMPRIG_CONTROLLER_DAEMON_RECORDER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/result.h"
#include "controller/guard/protocol.h"
#include "controller/record/record.h"
#include "vision/camera.h"
#include "vision/camera_file.h"
#include "vision/head_pose.h"
#include "vision/ring_file.h"

#define RECORDER_FRAMES_HZ_MAX 10.0
#define RECORDER_MOST_MB_DEFAULT 1024
#define RECORDER_MOST_MB_MAX 1048576

struct recorder;

struct recorder_setup {
    const char *folder;     /* made; must not hold a recording yet */
    int64_t most_bytes;     /* of records and frames; the copies come on top */
    double frames_hz;       /* of each camera, at most; 0: no frames */
    struct guard_load load; /* rig, scan and plan with their hashes */
    const char *cameras_path, *ring_path, *calibration_path; /* the last may be NULL */
};

struct recorder_state {
    char folder[GUARD_PATH_MAX];
    int64_t bytes; /* of records and frames so far */
    uint64_t frames, frames_dropped;
    bool is_open;
    char note[RECORD_TEXT_MAX]; /* why it has ended */
};

/* RESULT_REFUSED: the folder holds a recording already. */
MUST_USE enum result recorder_create(const struct recorder_setup *setup, int64_t now_ns,
                                     struct recorder **ret_recorder, struct error *err);
/* Ends it, waits until all is written. */
void recorder_destroy(struct recorder **recorder);

/* Where the loop's thread puts its records; closed once the recording has ended. NULL for NULL. */
struct record_writer *recorder_writer(struct recorder *recorder);
/* End it with these words; the thread writes the rest by itself. Of the loop's thread. */
void recorder_end(struct recorder *recorder, int64_t now_ns, const char *why);
/* End it when its thread could not go on (disk full, a file that cannot be copied). Of the loop's
 * thread, now and then; NULL is left alone. */
void recorder_look(struct recorder *recorder, int64_t now_ns);
void recorder_read(struct recorder *recorder, struct recorder_state *ret_state);

/* Of the vision thread: a copy is taken when one is due and the thread has room. What lies outside
 * the ring's window is left black; all is kept while there is no pose. NULL is left alone. */
void recorder_offer(struct recorder *recorder, const struct camera_frame *frames, uint32_t count,
                    const struct head_pose *head);
/* The cameras and the ring that say where that window is; before the first offer. */
void recorder_follow(struct recorder *recorder, const struct camera_set *cameras,
                     const struct tag_ring *ring);

#endif
