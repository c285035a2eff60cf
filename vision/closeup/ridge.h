/* A thin dark line followed both ways from a point on it: the shaft of a hair. */
#ifndef SMPRIG_VISION_CLOSEUP_RIDGE_H
#define SMPRIG_VISION_CLOSEUP_RIDGE_H

#include "vision/closeup/darkness.h"

struct ridge {
    struct pixel ends[2]; /* where the darkness falls to half of the ridge's */
    double beyond[2];     /* darkness a little past each end, as a share of the ridge's */
    double width_px;      /* area under the profile across, over its height, at the seed */
    double length_px;     /* end to end */
    double level;         /* the ridge's darkness, grey levels */
};

/* Follow the ridge of `smooth` (darkness blurred by about half a hair's radius) through `seed`, at
 * most reach_px each way. A dip on the way (two hairs that touch) ends it. */
struct ridge ridge_follow(const struct darkness *smooth, struct pixel seed, double reach_px);

#endif
