/* Inside the calibrations by images: what camera, stereo, ring and rig share. */
#ifndef SMPRIG_VISION_CALIBRATION_ADJUST_H
#define SMPRIG_VISION_CALIBRATION_ADJUST_H

#include "vision/calibration/image_calibration.h"

/* What a set must reach; the refusals name them. */
struct adjust_limits {
    const char *what; /* "camera" */
    uint32_t views_min, tags_min;
    double facing_cosine_min;
};

/* Poses of all views from their tags (acquire.h); a view that gives none gets a NaN pose. Returns
 * the number of views with a pose. */
uint32_t adjust_first_poses(const struct views_tags *tags, struct bundle *bundle,
                            uint32_t tags_min);

/* The tags' corners as rows, for the first steps from a ring that is only nearly known. */
MUST_USE enum result adjust_add_corners(const struct views_tags *tags, struct bundle *bundle);

/* Measure the borders, adjust, measure again until nothing moves; then judge the images: blurred,
 * saturated, too many tags off, too few views. Fills the calibration's outcome and quality. */
MUST_USE enum result adjust_by_borders(const struct views *views,
                                       const struct adjust_limits *limits,
                                       struct image_calibration *calibration, struct error *err);

/* Views with at least one look. */
uint32_t adjust_count_views(const struct bundle *bundle);

#endif
