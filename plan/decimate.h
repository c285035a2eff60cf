/* Fewer triangles, nearly the same surface. */
#ifndef SMPRIG_PLAN_DECIMATE_H
#define SMPRIG_PLAN_DECIMATE_H

#include "plan/fill.h"
#include "plan/mesh.h"

/* Collapse edges until at most `vertices` are left (or none can go): quadric error metric (Garland
 * and Heckbert 1997), boundary kept by planes along it, no triangle flipped, manifold kept by the
 * link condition (Dey et al. 1999). Works in passes of collapses that do not touch each other,
 * cheapest first. *ret_error_mm gets the largest error of a collapse. */
MUST_USE enum result mesh_decimate(struct mesh *mesh, size_t vertices,
                                   struct fill_progress progress, double *ret_error_mm);

#endif
