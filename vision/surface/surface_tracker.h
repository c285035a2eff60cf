/* The head's pose without a ring: points of its surface (a depth camera's patch, stereo points)
 * against the scan's distance field.
 *
 * A stand-in where no ring can be worn. It is an order of magnitude worse than the ring, and says
 * so: skin moves over the skull, a smooth crown hardly holds the turn about its own axis, and what
 * the points and the scan have in common as errors does not average out. The covariance has all
 * three: the fit's own (Gauss-Newton on the field: vision/calibration/registration.h), the weak
 * directions that follow from the surface's shape, and a floor for the skin. */
#ifndef SMPRIG_VISION_SURFACE_SURFACE_TRACKER_H
#define SMPRIG_VISION_SURFACE_SURFACE_TRACKER_H

#include <stddef.h>

#include "base/field_view.h"
#include "base/result.h"
#include "vision/filter.h"
#include "vision/head_pose.h"

#define SURFACE_RESIDUAL_MAX_MM 0.3 /* hazard 3: above it this is not the scan's skin */

/* Plain data, the caller's; no heap, no clock. */
struct surface_tracker {
    const struct field_view *field; /* the caller's */
    struct pose T_rig_head;         /* where to begin, until the filter knows better */
    struct head_filter filter;
};

/* A measurement of one patch, before the filter. */
struct surface_measurement {
    struct pose T_rig_head;
    double covariance[36]; /* of its left twist at the rig's origin */
    double residual_mm;    /* rms of the points */
    size_t points_used;
};

/* `T_rig_head` within about 5 mm and 3 degrees of the truth; `centre_head` the middle of the
 * treated skin, where speeds are judged. */
void surface_tracker_init(struct surface_tracker *tracker, const struct field_view *field,
                          struct pose T_rig_head, struct vec3 centre_head);

/* Fit one patch of rig-frame points; always fills *ret_pose, with HEAD_LOST and a reason when there
 * is no trustworthy pose. RESULT_REFUSED (err says why) and ret_measurement untouched when the
 * points do not fit. */
MUST_USE enum result surface_tracker_step(struct surface_tracker *tracker, const struct vec3 *p_rig,
                                          size_t count, int64_t stamp_ns,
                                          struct head_pose *ret_pose,
                                          struct surface_measurement *ret_measurement,
                                          struct error *err);

/* Expected error at a point of the head: root of the trace of its covariance, mm, one sigma. */
double surface_error_at(const struct surface_measurement *measurement, struct vec3 p_head);

#endif
