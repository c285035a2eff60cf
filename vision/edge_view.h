/* A border of the model as a camera should see it: where, and which way is bright. Shared by the
 * tracker and the calibrations. */
#ifndef SMPRIG_VISION_EDGE_VIEW_H
#define SMPRIG_VISION_EDGE_VIEW_H

#include <stdbool.h>

#include "base/geom.h"
#include "vision/edge_measure.h"
#include "vision/edge_model.h"

#define EDGE_REACH_SHARE 0.48 /* of a cell: the next border must stay out of the window */

struct edge_view {
    struct edge_line line; /* reach and least contrast are the caller's to set */
    struct pixel_jacobian J;
    double cell_px; /* a cell's size across the border */
};

/* T_camera_model maps the frame that the point is given in (the head's, or a tag's) into the
 * camera's. False: not in front of the camera, or seen along its own direction. */
bool edge_view_predict(const struct camera_model *model, struct pose T_camera_model,
                       const struct edge_point *point, double cell_mm, struct edge_view *ret_view);

/* How much of a border's offset the locator answers with: where the blur reaches the ends of the
 * window, the plateaus move with the border. From the Gaussian edge; 1 for a sharp one. */
double edge_answer(double blur_px, double reach_px);

#endif
