/* A camera source that takes frames from another process (frame_link.h): the simulated rig. */
#ifndef SMPRIG_VISION_CAMERA_SHM_H
#define SMPRIG_VISION_CAMERA_SHM_H

#include "vision/camera.h"

/* Connect to the socket; waits up to timeout_ms for it to appear and to greet. A frame is a copy;
 * one whose picture the sender has written over already is FRAME_UNREADABLE. */
MUST_USE enum result camera_shm_open(const char *socket_path, int timeout_ms,
                                     struct camera_source **ret_source, struct error *err);

#endif
