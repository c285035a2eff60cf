/* Scans as files: any mesh in, the canonical PLY out (docs/formats.md). */
#ifndef SMPRIG_PLAN_SCAN_H
#define SMPRIG_PLAN_SCAN_H

#include "plan/mesh.h"

/* A head's bounding box, mm, each side. */
#define SCAN_SIDE_LEAST_MM 120.0
#define SCAN_SIDE_MOST_MM 350.0
/* More than this share of edges shared by three or more triangles is beyond repair. */
#define SCAN_NON_MANIFOLD_MOST 0.001

/* Read PLY, OBJ, STL or GLB, weld it, and check that it can be a head in mm: finite, not empty, a
 * head's size, manifold but for a few edges. The sentence says what is wrong and what to do. */
MUST_USE enum result scan_read(const char *path, struct mesh *ret_mesh, struct error *err);
/* The same without the checks of size and shape, for `smprig scan check`. */
MUST_USE enum result scan_read_raw(const char *path, struct mesh *ret_mesh, struct error *err);
MUST_USE enum result scan_validate(const char *path, const struct mesh *mesh,
                                   const struct mesh_survey *survey, struct error *err);
/* Write the canonical PLY, whole or not at all; each of the NULL-ended comments becomes a line. */
MUST_USE enum result scan_write(const struct mesh *mesh, const char *path,
                                const char *const *comments, struct error *err);

#endif
