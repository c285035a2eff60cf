/* Pictures for people: the newest frame of each camera, shrunk and encoded by a thread of its own,
 * some a second, and only while somebody looks. The vision thread offers frames and never waits;
 * what comes while one is being encoded is passed over. */
#ifndef SMPRIG_CONTROLLER_DAEMON_CAMERA_FEED_H
#define SMPRIG_CONTROLLER_DAEMON_CAMERA_FEED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/result.h"
#include "vision/camera.h"
#include "vision/head_pose.h"

#define CAMERA_FEED_SHRINK 2
#define CAMERA_FEED_BYTES_MAX 262144u

struct camera_picture {
    uint32_t camera, width, height; /* of the shrunk picture */
    int64_t stamp_ns;
    struct head_pose head; /* as it was found in this very frame */
    size_t bytes;
    uint8_t jpeg[CAMERA_FEED_BYTES_MAX];
};

struct camera_feed;

MUST_USE enum result camera_feed_create(struct camera_feed **ret_feed, struct error *err);
void camera_feed_destroy(struct camera_feed **feed);

/* Whether anybody looks; nothing is copied or encoded otherwise. */
void camera_feed_want(struct camera_feed *feed, bool is_wanted);
/* Of the vision thread. */
void camera_feed_offer(struct camera_feed *feed, const struct camera_frame *frames, uint32_t count,
                       const struct head_pose *head);
/* Readable when a picture is there. */
int camera_feed_descriptor(const struct camera_feed *feed);
/* The newest picture, false when there is none since the last call. */
bool camera_feed_take(struct camera_feed *feed, struct camera_picture *ret_picture);

#endif
