/* Where a black-white border crosses a short line in the image.
 *
 * The profile is sampled bilinearly every half pixel along the border's normal. Between the
 * plateaus `low` (dark end) and `high` (bright end) the border lies where the area under the
 * normalised profile says: e = h - integral over [-h, h] of (I - low) / (high - low). No
 * derivative, no threshold, and symmetric blur cancels. */
#ifndef SMPRIG_VISION_EDGE_MEASURE_H
#define SMPRIG_VISION_EDGE_MEASURE_H

#include <stdbool.h>

#include "vision/camera.h"
#include "vision/camera_model.h"

#define EDGE_STEP_PX 0.5
#define EDGE_REACH_PX_MAX 6.0
#define EDGE_REACH_STEP_PX 0.25  /* of edge_found.reach_px: half a sample's */
#define EDGE_REACHES 25          /* 0 to EDGE_REACH_PX_MAX in these steps */
#define EDGE_SATURATED_LEVEL 250 /* of 255: above it the sensor's answer is no longer linear */

/* A line across a predicted border. */
struct edge_line {
    struct pixel at;     /* predicted place */
    double nu, nv;       /* unit normal in the image, dark to bright */
    double reach_px;     /* half length, at most EDGE_REACH_PX_MAX */
    double contrast_min; /* grey levels; weaker borders are refused */
};

struct edge_found {
    double offset_px; /* of the border from the prediction, along the normal */
    double contrast;  /* high - low */
    double reach_px;  /* from the prediction to the middle of a plateau: whole steps */
    double spread_px; /* standard deviation of the blur, were it Gaussian */
    bool is_linear;   /* no sample is saturated */
};

/* False: too near to the image's border, too little contrast or the wrong polarity. */
bool edge_measure(const struct image *image, const struct edge_line *line,
                  struct edge_found *ret_found);

#endif
