/* Inside the bundle: the normal system of a step. For bundle_system.c and bundle_solve.c alone. */
#ifndef SMPRIG_VISION_CALIBRATION_BUNDLE_SYSTEM_H
#define SMPRIG_VISION_CALIBRATION_BUNDLE_SYSTEM_H

#include "vision/calibration/bundle.h"

/* Normal equations: shared block dense, one block a view. */
struct bundle_system {
    uint32_t shared, views;
    double *S;           /* shared x shared */
    double *b;           /* shared */
    double *V, *g, *W;   /* a view: 6 x 6, 6, 6 x shared */
    double cost, weight; /* cost: robust */
    double squares;      /* weighted squares, for the rms */
    size_t rows;
};

/* Residuals of all looks, the cost, and (has_system) the normal equations at the bundle's present
 * state. residuals: scratch of row_count. */
void bundle_system_build(struct bundle *bundle, struct bundle_system *s, double *residuals,
                         bool has_system);

#endif
