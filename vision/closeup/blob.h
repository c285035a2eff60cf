/* The outline of one dark round mark, by rays from its middle. */
#ifndef SMPRIG_VISION_CLOSEUP_BLOB_H
#define SMPRIG_VISION_CLOSEUP_BLOB_H

#include <stdbool.h>

#include "vision/closeup/darkness.h"

#define BLOB_RAYS 24

struct blob {
    struct pixel centre;
    double diameter_px; /* between half levels, mean over the rays: area's equivalent */
    double contrast;    /* in the middle, grey levels */
    double roundness;   /* smallest through largest diameter, 1: a circle */
    double edge_px;     /* from 75 % to 25 % of the contrast, median: focus and bloom */
    int rays;           /* that found an edge; the rest ran into a neighbour or the border */
};

/* Measure the mark around `start`: rays go out to radius_max_px and end where the darkness falls
 * through half of the middle's; the middle moves to the rays' own until it rests (5 turns at
 * most). False when fewer than three quarters of the rays end, i.e. no round mark of that size. */
bool blob_measure(const struct darkness *darkness, struct pixel start, double radius_max_px,
                  struct blob *ret_blob);

#endif
