/* Several cameras as one source. A real rig's cameras are devices of their own; the tracker wants
 * one source whose frames say which camera they are of (frame_set.h puts them together by time). */
#ifndef SMPRIG_VISION_CAMERA_JOIN_H
#define SMPRIG_VISION_CAMERA_JOIN_H

#include "base/clock.h"
#include "vision/camera.h"

/* While nothing waits, each camera is listened to in turn for so long: what another one's frame
 * may wait at most. Every source keeps to its timeout, so no camera needs a thread. */
#define CAMERA_JOIN_TURN_NS (1 * NS_PER_MS)
/* A camera without a frame for so long while another one gives some is missing. */
#define CAMERA_JOIN_SILENT_NS (500 * NS_PER_MS)

/* Takes over `parts` (1 to CAMERA_COUNT_MAX, of one camera each): they are closed with the joined
 * source, and on failure too. camera_index is the place in `parts`. All stamps are of one clock.
 *
 * camera_next() gives the oldest frame that waits. A camera that has failed or is silent holds up
 * none of the others: it is told in the log, once, and with each frame of the first camera that
 * lives comes an unreadable one in its name, so that sets stay whole at once and the frame check
 * says NO_IMAGE of it. A silent one that comes back is taken back; one that has failed is not.
 * When all have failed: the last one's result. RESULT_NO_MEMORY. */
MUST_USE enum result camera_join(struct camera_source *const *parts, uint32_t count,
                                 struct camera_source **ret_source, struct error *err);

#endif
