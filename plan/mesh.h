/* A triangle mesh of a head: float positions (mm, head frame), indexes, optional colours. */
#ifndef SMPRIG_PLAN_MESH_H
#define SMPRIG_PLAN_MESH_H

#include <stddef.h>
#include <stdint.h>

#include "base/field_build.h"
#include "base/geom.h"
#include "base/result.h"

#define MESH_VERTICES_MAX 8000000u
#define MESH_TRIANGLES_MAX 16000000u

struct mesh {
    size_t vertex_count, triangle_count;
    float *positions;    /* owned, 3 a vertex */
    uint32_t *triangles; /* owned, 3 a triangle, outward by winding */
    uint8_t *colours;    /* owned, RGB a vertex; NULL when the scan has none */
};

void mesh_release(struct mesh *mesh);

struct vec3 mesh_vertex(const struct mesh *mesh, uint32_t index);
/* Cross product of two edges: twice the area, along the outward normal. */
struct vec3 mesh_triangle_cross(const struct mesh *mesh, size_t triangle);
struct surface_view mesh_view(const struct mesh *mesh);
/* Unit vertex normals, angle-weighted; the caller frees them. NULL when out of memory. */
float *mesh_vertex_normals(const struct mesh *mesh);

/* Triangles around each vertex in one array: those of vertex v stand at
 * triangles[first[v] .. first[v + 1]). */
struct mesh_fans {
    uint32_t *first;     /* owned, vertex_count + 1 */
    uint32_t *triangles; /* owned */
};
MUST_USE enum result mesh_fans_build(const struct mesh *mesh, struct mesh_fans *ret_fans);
void mesh_fans_release(struct mesh_fans *fans);

/* What `smprig scan check` says. */
struct mesh_survey {
    struct vec3 low, high; /* bounds */
    double area_mm2;
    size_t components;     /* connected pieces */
    size_t boundary_loops; /* holes and open ends */
    size_t boundary_edges;
    size_t non_manifold_edges; /* shared by more than two triangles */
    size_t flipped_edges;      /* neighbours that disagree about outside */
    size_t degenerate_triangles;
    double highest_boundary_z; /* of any open edge; -inf when closed */
};
MUST_USE enum result mesh_examine(const struct mesh *mesh, struct mesh_survey *ret_survey);

/* Merge vertices at the same position (STL stores each triangle's own), drop triangles that
 * collapse and vertices that no triangle uses. */
MUST_USE enum result mesh_weld(struct mesh *mesh);

#endif
