/* One moment's frames of all cameras, whole, for a calibration: asked for by the loop, copied by
 * the vision thread when it next has a set. */
#ifndef SMPRIG_CONTROLLER_DAEMON_FRAME_GRAB_H
#define SMPRIG_CONTROLLER_DAEMON_FRAME_GRAB_H

#include <stdbool.h>
#include <stdint.h>

#include "base/result.h"
#include "vision/camera.h"

struct frame_grab;

MUST_USE enum result frame_grab_create(struct frame_grab **ret_grab, struct error *err);
void frame_grab_destroy(struct frame_grab **grab);

/* The next moment, please; an older one that was not taken is forgotten. */
void frame_grab_ask(struct frame_grab *grab);
/* Of the vision thread. A moment without a good frame of each camera is passed over. */
void frame_grab_offer(struct frame_grab *grab, const struct camera_frame *frames, uint32_t count);
/* Write the moment's frames as FOLDER/PREFIX_CAMERA.pgm once it is there. *ret_count 0: not yet. */
MUST_USE enum result frame_grab_write(struct frame_grab *grab, const char *folder,
                                      const char *prefix, uint32_t *ret_count, struct error *err);

#endif
