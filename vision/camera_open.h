/* Open the cameras that a string names (camera_name.h), or tell what is wrong with it. */
#ifndef SMPRIG_VISION_CAMERA_OPEN_H
#define SMPRIG_VISION_CAMERA_OPEN_H

#include "vision/camera_file.h"
#include "vision/camera_name.h"

#define CAMERA_CONNECT_WAIT_MS 10000 /* for the simulated rig to come up */

/* Devices are asked for the image sizes of `set`, in its order; several are joined
 * (camera_join.h). Results of camera_name_parse() and of each kind's open function; RESULT_RANGE:
 * more cameras than the set has, or another number of devices. On failure all are closed. */
MUST_USE enum result camera_open(const char *text, const struct camera_set *set,
                                 struct camera_source **ret_source, struct error *err);

/* What can be told without opening anything: the text, the number of devices (set NULL: not
 * known), and whether a recording's folder or a video device is there and may be read and written.
 * Whether a GenICam camera answers is seen only when it is opened. */
MUST_USE enum result camera_open_check(const char *text, const struct camera_set *set,
                                       struct error *err);

#endif
