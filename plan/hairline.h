/* The front hairline by rule: a curve on the skin from a few measures or control points.
 *
 * Measures run along the skin: to the side along the hairline's own level, up from the brow's
 * height. The usual ones come from the practice: a mature hairline stands 6-8 cm over the brow
 * (about four fingers, a third of the face), its corners recede over the outer ends of the brows,
 * and no natural one is symmetric or straight. */
#ifndef SMPRIG_PLAN_HAIRLINE_H
#define SMPRIG_PLAN_HAIRLINE_H

#include "plan/curve.h"

/* From the left temple over the forehead to the right temple. */
MUST_USE enum result hairline_make(const struct chart *chart, const struct design *design,
                                   struct curve *ret_curve, struct error *err);
/* The place `height_mm` along the skin above (below: negative) the brow's level at an azimuth;
 * RESULT_RANGE when the skin ends before. */
MUST_USE enum result hairline_climb(const struct chart *chart, double azimuth_rad, double height_mm,
                                    struct map_point *ret_q);
/* The azimuth that stands side_mm from the middle, along the skin at an elevation. */
MUST_USE enum result hairline_azimuth(const struct chart *chart, double elevation_rad,
                                      double side_mm, double *ret_azimuth_rad);

#endif
