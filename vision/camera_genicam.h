/* A GenICam camera (GigE Vision, USB3 Vision) through Aravis; also Aravis' own fake camera. */
#ifndef SMPRIG_VISION_CAMERA_GENICAM_H
#define SMPRIG_VISION_CAMERA_GENICAM_H

#include "base/result.h"
#include "vision/camera.h"

#define GENICAM_FAKE "Fake_1" /* the name of Aravis' fake camera */

struct genicam_settings {
    const char *device; /* Aravis' name; NULL: the first one found; GENICAM_FAKE: the fake one */
    uint32_t width, height; /* 0: the camera's own */
    double rate_hz;         /* 0: the camera's own */
    double exposure_us; /* 0: the camera's own; half of it leads from the stamp to mid-exposure */
};

/* Opens, sets Mono8, starts. Stamps come through vision/stamp_clock.h; a frame with a transfer
 * error is FRAME_UNREADABLE. RESULT_NOT_FOUND: no such camera; RESULT_REFUSED: another image size;
 * RESULT_IO: it refuses a setting. */
MUST_USE enum result camera_genicam_open(const struct genicam_settings *settings,
                                         struct camera_source **ret_source, struct error *err);

#endif
