/* Builds a signed distance field from a triangle surface, in caller's memory: no heap, no I/O, so
 * that the guard can build its own. */
#ifndef SMPRIG_BASE_FIELD_BUILD_H
#define SMPRIG_BASE_FIELD_BUILD_H

#include <stddef.h>
#include <stdint.h>

#include "base/field_view.h"
#include "base/result.h"

/* A triangle surface, outward by winding. Views: nothing is owned. */
struct surface_view {
    const float *positions; /* 3 a vertex, mm */
    size_t vertex_count;
    const uint32_t *triangles; /* 3 vertex indexes each */
    size_t triangle_count;
};

/* Shape of the grid that holds the surface with a margin around it; values stays NULL. RESULT_LIMIT
 * when it would need more than samples_max samples; RESULT_INVALID for an empty or non-finite
 * surface or an index out of range. */
MUST_USE enum result field_shape(const struct surface_view *surface, double spacing_mm,
                                 size_t samples_max, struct field_view *ret_shape);
size_t field_sample_count(const struct field_view *shape);

/* Fill `values` (field_sample_count floats) with the signed distance to the surface. Scratch:
 * `nearest` of field_sample_count entries, `normals` of 3 floats a vertex.
 *
 * Exact distances to triangles in a band around the surface; from there each sample takes the
 * nearest triangle of its neighbours and measures the exact distance to it, in eight sweeps (vector
 * propagation, Danielsson 1980; sweeping orders of Zhao 2005). The sign comes from the
 * angle-weighted normal at the nearest point (Baerentzen and Aanaes 2005), so a surface that is
 * open far from the needle still has a clear inside near it. */
void field_build(const struct surface_view *surface, const struct field_view *shape, float *values,
                 int32_t *nearest, float *normals);

#endif
