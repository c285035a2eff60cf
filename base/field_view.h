/* A signed distance field on a regular grid, as a view: positive outside the head, mm. Who owns the
 * values says so elsewhere; sampling is shared by planning, motion and registration. */
#ifndef SMPRIG_BASE_FIELD_VIEW_H
#define SMPRIG_BASE_FIELD_VIEW_H

#include <stddef.h>

#include "base/geom.h"

/* Between samples of a distance each partial slope is at most 1, so the trilinear function's slope
 * is at most sqrt 3: what a proof over it must reckon with. */
#define FIELD_SLOPE_MAX 1.7320508

struct field_view {
    struct vec3 origin; /* of sample (0, 0, 0), head frame, mm */
    double spacing_mm;
    int size[3];         /* samples along x, y, z; at least 2 each */
    const float *values; /* x fastest: values[(z * size[1] + y) * size[0] + x] */
};

/* Trilinear distance at p, mm. Outside the grid, which holds the whole head, it is a lower bound:
 * the distance to the grid, or what the field's slope of 1 leaves of the border's value. */
double field_view_sample(const struct field_view *field, struct vec3 p_head);
/* Its gradient (outward, about unit length), exact for the trilinear function inside a cell. */
struct vec3 field_view_gradient(const struct field_view *field, struct vec3 p_head);
/* Both at once, for fits that need them for thousands of points. */
double field_view_sample_gradient(const struct field_view *field, struct vec3 p_head,
                                  struct vec3 *ret_gradient);

#endif
