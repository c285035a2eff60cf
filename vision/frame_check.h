/* Is this frame a fresh picture? A real sensor never repeats a picture: its noise differs each
 * time. A picture that equals the last one bit for bit, or a frame counter that stands still, is a
 * frozen stream with fresh stamps (hazard 5). */
#ifndef SMPRIG_VISION_FRAME_CHECK_H
#define SMPRIG_VISION_FRAME_CHECK_H

#include <stdbool.h>
#include <stdint.h>

#include "vision/camera.h"
#include "vision/head_pose.h"

struct frame_check {
    bool has_last;
    uint64_t last_digest, last_sequence;
    int64_t last_stamp_ns;
};

/* HEAD_REASON_TRACKED when the frame may be used; HEAD_REASON_NO_IMAGE when unreadable or of
 * another size; HEAD_REASON_FROZEN when it repeats, or its stamp or counter do not rise. One check
 * a camera. */
enum head_reason frame_check_next(struct frame_check *check, const struct camera_frame *frame,
                                  uint32_t width_px, uint32_t height_px);

#endif
