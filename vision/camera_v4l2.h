/* A Video4Linux camera, by its memory-mapped buffers: the kernel stamps each frame on the monotonic
 * clock, which cv::VideoCapture would hide. */
#ifndef SMPRIG_VISION_CAMERA_V4L2_H
#define SMPRIG_VISION_CAMERA_V4L2_H

#include "base/result.h"
#include "vision/camera.h"

struct v4l2_settings {
    const char *device; /* "/dev/video0" */
    uint32_t width, height;
    double rate_hz;      /* 0: the driver's own */
    int64_t exposure_ns; /* set by the user's own tools; half of it leads to mid-exposure */
};

/* Formats GREY and YUYV (its luminance). RESULT_NOT_FOUND: no such device; RESULT_REFUSED: no
 * capture device, no such format or size, or stamps that are not monotonic; RESULT_IO. */
MUST_USE enum result camera_v4l2_open(const struct v4l2_settings *settings,
                                      struct camera_source **ret_source, struct error *err);

#endif
