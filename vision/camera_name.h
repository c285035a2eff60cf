/* The one string that names a rig's cameras, in settings and on the command line:
 *
 *     shm:SOCKET                          the simulated rig
 *     sequence:FOLDER                     a recording
 *     v4l2:DEVICE[+DEVICE...][,OPTION...] cameras of the kernel, "/dev/video0"
 *     genicam:NAME[+NAME...][,OPTION...]  GigE Vision and USB3 Vision, by Aravis' name: the
 *                                         serial number, the address, "Vendor-Serial", "Fake_1"
 *
 * Devices stand in the order of the calibration's cameras. Options: `rate=HZ`, `exposure_us=N`. */
#ifndef SMPRIG_VISION_CAMERA_NAME_H
#define SMPRIG_VISION_CAMERA_NAME_H

#include <stdbool.h>
#include <stdint.h>

#include "base/result.h"
#include "vision/camera.h"

#define CAMERA_NAME_SHAPES \
    "shm:SOCKET, sequence:FOLDER, v4l2:DEVICE[+DEVICE] or genicam:NAME[+NAME]"
#define CAMERA_DEVICE_MAX 512 /* bytes of a path or a device's name, with its NUL */
#define CAMERA_RATE_HZ_MAX 1000.0
#define CAMERA_EXPOSURE_US_MAX 100000.0

enum camera_kind { CAMERA_SHM, CAMERA_SEQUENCE, CAMERA_V4L2, CAMERA_GENICAM, CAMERA_KIND_COUNT };

struct camera_name {
    enum camera_kind kind;
    uint32_t device_count; /* 1 for a socket or a folder, which may carry several cameras */
    char devices[CAMERA_COUNT_MAX][CAMERA_DEVICE_MAX];
    double rate_hz;     /* 0: not given, the device's own */
    double exposure_us; /* 0: not given */
};

/* RESULT_FORMAT: another kind, an empty name, an unknown or doubled option or one without sense;
 * RESULT_RANGE: a number out of its limits; RESULT_LIMIT: too many cameras, too long a name;
 * RESULT_INVALID: one device twice. The sentence names the text and what is expected. */
MUST_USE enum result camera_name_parse(const char *text, struct camera_name *ret_name,
                                       struct error *err);

/* Frames of the simulated rig: its calibration records count with no others. */
bool camera_name_is_simulated(const char *text);

#endif
