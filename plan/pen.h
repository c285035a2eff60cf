/* A line drawn on the client's skin with a pen, found again in a scan's vertex colours. */
#ifndef SMPRIG_PLAN_PEN_H
#define SMPRIG_PLAN_PEN_H

#include "plan/curve.h"

/* Trace the stroke of the given colour (0..255) in `coloured`, a scan in the same frame (the
 * canonical one carries no colours), into an open curve on the ground's chart along the stroke's
 * middle, from its left end to its right one. The light does not matter much: a place counts as
 * pen when its colour is nearer to the pen's than to the skin's. `key` is where the colour stands
 * in the design. RESULT_RANGE: no colours, or no stroke at least 30 mm long. */
MUST_USE enum result pen_trace(const struct curve_ground *ground, const struct mesh *coloured,
                               const double rgb[3], const char *key, struct curve *ret_curve,
                               struct error *err);

#endif
