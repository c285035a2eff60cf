#include "plan/mesh.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

void mesh_release(struct mesh *mesh) {
    free(mesh->positions);
    free(mesh->triangles);
    free(mesh->colours);
    *mesh = (struct mesh){0};
}

struct vec3 mesh_vertex(const struct mesh *mesh, uint32_t index) {
    const float *p = mesh->positions + 3 * (size_t)index;
    return vec3_make((double)p[0], (double)p[1], (double)p[2]);
}

struct vec3 mesh_triangle_cross(const struct mesh *mesh, size_t triangle) {
    const uint32_t *t = mesh->triangles + 3 * triangle;
    struct vec3 a = mesh_vertex(mesh, t[0]);
    return vec3_cross(vec3_sub(mesh_vertex(mesh, t[1]), a), vec3_sub(mesh_vertex(mesh, t[2]), a));
}

struct surface_view mesh_view(const struct mesh *mesh) {
    return (struct surface_view){mesh->positions, mesh->vertex_count, mesh->triangles,
                                 mesh->triangle_count};
}

float *mesh_vertex_normals(const struct mesh *mesh) {
    float *normals = calloc(3 * mesh->vertex_count + 1, sizeof *normals);
    if (!normals) return NULL;
    for (size_t t = 0; t < mesh->triangle_count; t++) {
        const uint32_t *index = mesh->triangles + 3 * t;
        struct vec3 n = vec3_unit(mesh_triangle_cross(mesh, t));
        for (int k = 0; k < 3; k++) {
            struct vec3 p = mesh_vertex(mesh, index[k]);
            struct vec3 a = vec3_unit(vec3_sub(mesh_vertex(mesh, index[(k + 1) % 3]), p));
            struct vec3 b = vec3_unit(vec3_sub(mesh_vertex(mesh, index[(k + 2) % 3]), p));
            double angle = vec3_angle(a, b);
            float *sum = normals + 3 * (size_t)index[k];
            sum[0] += (float)(angle * n.x);
            sum[1] += (float)(angle * n.y);
            sum[2] += (float)(angle * n.z);
        }
    }
    for (size_t i = 0; i < mesh->vertex_count; i++) {
        float *n = normals + 3 * i;
        struct vec3 u = vec3_unit(vec3_make((double)n[0], (double)n[1], (double)n[2]));
        n[0] = (float)u.x, n[1] = (float)u.y, n[2] = (float)u.z;
    }
    return normals;
}

enum result mesh_fans_build(const struct mesh *mesh, struct mesh_fans *ret_fans) {
    size_t corners = 3 * mesh->triangle_count;
    struct mesh_fans fans = {calloc(mesh->vertex_count + 2, sizeof(uint32_t)),
                             calloc(corners + 1, sizeof(uint32_t))};
    if (!fans.first || !fans.triangles) {
        mesh_fans_release(&fans);
        return RESULT_NO_MEMORY;
    }
    /* Counting sort by vertex; first[] is shifted by one while filling. */
    for (size_t i = 0; i < corners; i++) fans.first[mesh->triangles[i] + 2]++;
    for (size_t v = 0; v < mesh->vertex_count; v++) fans.first[v + 2] += fans.first[v + 1];
    for (size_t i = 0; i < corners; i++)
        fans.triangles[fans.first[mesh->triangles[i] + 1]++] = (uint32_t)(i / 3);
    *ret_fans = fans;
    return RESULT_OK;
}

void mesh_fans_release(struct mesh_fans *fans) {
    free(fans->first);
    free(fans->triangles);
    *fans = (struct mesh_fans){0};
}

struct edge {
    uint32_t low, high;  /* vertex indexes */
    uint32_t is_forward; /* runs low to high in its triangle */
};

static int compare_edges(const void *a, const void *b) {
    const struct edge *x = a, *y = b;
    if (x->low != y->low) return x->low < y->low ? -1 : 1;
    return (x->high > y->high) - (x->high < y->high);
}

static struct edge *sorted_edges(const struct mesh *mesh) {
    struct edge *edges = calloc(3 * mesh->triangle_count + 1, sizeof *edges);
    if (!edges) return NULL;
    for (size_t i = 0; i < 3 * mesh->triangle_count; i++) {
        uint32_t a = mesh->triangles[i], b = mesh->triangles[i - i % 3 + (i + 1) % 3];
        edges[i] = a < b ? (struct edge){a, b, 1} : (struct edge){b, a, 0};
    }
    qsort(edges, 3 * mesh->triangle_count, sizeof *edges, compare_edges);
    return edges;
}

static uint32_t find_root(uint32_t *parents, uint32_t i) {
    while (parents[i] != i) i = parents[i] = parents[parents[i]];
    return i;
}

static size_t count_roots(uint32_t *parents, size_t count, const bool *is_used) {
    size_t roots = 0;
    for (size_t i = 0; i < count; i++) roots += is_used[i] && find_root(parents, (uint32_t)i) == i;
    return roots;
}

static void examine_edges(const struct mesh *mesh, const struct edge *edges, uint32_t *parents,
                          bool *is_on_boundary, struct mesh_survey *survey) {
    size_t count = 3 * mesh->triangle_count;
    for (size_t i = 0, next; i < count; i = next) {
        uint32_t forward = 0;
        for (next = i; next < count && compare_edges(&edges[i], &edges[next]) == 0; next++)
            forward += edges[next].is_forward;
        size_t uses = next - i;
        survey->non_manifold_edges += uses > 2;
        survey->flipped_edges += uses == 2 && forward != 1;
        if (uses != 1) continue;
        survey->boundary_edges++;
        uint32_t ends[2] = {edges[i].low, edges[i].high};
        for (int k = 0; k < 2; k++) {
            is_on_boundary[ends[k]] = true;
            survey->highest_boundary_z =
                fmax(survey->highest_boundary_z, mesh_vertex(mesh, ends[k]).z);
        }
        parents[find_root(parents, ends[0])] = find_root(parents, ends[1]);
    }
}

static void examine_triangles(const struct mesh *mesh, uint32_t *parents, bool *is_used,
                              struct mesh_survey *survey) {
    for (size_t t = 0; t < mesh->triangle_count; t++) {
        const uint32_t *index = mesh->triangles + 3 * t;
        double twice = vec3_norm(mesh_triangle_cross(mesh, t));
        survey->area_mm2 += 0.5 * twice;
        survey->degenerate_triangles += !(twice > 0.0);
        for (int k = 0; k < 3; k++) {
            is_used[index[k]] = true;
            parents[find_root(parents, index[k])] = find_root(parents, index[0]);
        }
    }
}

enum result mesh_examine(const struct mesh *mesh, struct mesh_survey *ret_survey) {
    enum result result = RESULT_NO_MEMORY;
    size_t n = mesh->vertex_count;
    struct mesh_survey survey = {.low = {INFINITY, INFINITY, INFINITY},
                                 .high = {-INFINITY, -INFINITY, -INFINITY},
                                 .highest_boundary_z = -INFINITY};
    struct edge *edges = sorted_edges(mesh);
    uint32_t *pieces = calloc(n + 1, sizeof *pieces), *loops = calloc(n + 1, sizeof *loops);
    bool *is_used = calloc(n + 1, sizeof *is_used), *is_open = calloc(n + 1, sizeof *is_open);
    if (!edges || !pieces || !loops || !is_used || !is_open) goto out;
    for (size_t i = 0; i < n; i++) {
        struct vec3 p = mesh_vertex(mesh, (uint32_t)i);
        pieces[i] = loops[i] = (uint32_t)i;
        survey.low =
            vec3_make(fmin(survey.low.x, p.x), fmin(survey.low.y, p.y), fmin(survey.low.z, p.z));
        survey.high =
            vec3_make(fmax(survey.high.x, p.x), fmax(survey.high.y, p.y), fmax(survey.high.z, p.z));
    }
    examine_triangles(mesh, pieces, is_used, &survey);
    examine_edges(mesh, edges, loops, is_open, &survey);
    survey.components = count_roots(pieces, n, is_used);
    survey.boundary_loops = count_roots(loops, n, is_open);
    *ret_survey = survey;
    result = RESULT_OK;
out:
    free(edges);
    free(pieces);
    free(loops);
    free(is_used);
    free(is_open);
    return result;
}

struct keyed_vertex {
    float p[3];
    uint32_t index;
};

static int compare_positions(const void *a, const void *b) {
    const struct keyed_vertex *x = a, *y = b;
    for (int k = 0; k < 3; k++)
        if (x->p[k] != y->p[k]) return x->p[k] < y->p[k] ? -1 : 1;
    return (x->index > y->index) - (x->index < y->index);
}

static bool same_position(const struct keyed_vertex *a, const struct keyed_vertex *b) {
    return a->p[0] == b->p[0] && a->p[1] == b->p[1] && a->p[2] == b->p[2];
}

/* representative[i]: the vertex of the lowest index at the same position. */
static void find_representatives(const struct mesh *mesh, struct keyed_vertex *keys,
                                 uint32_t *representative) {
    for (size_t i = 0; i < mesh->vertex_count; i++) {
        memcpy(keys[i].p, mesh->positions + 3 * i, sizeof keys[i].p);
        keys[i].index = (uint32_t)i;
    }
    qsort(keys, mesh->vertex_count, sizeof *keys, compare_positions);
    uint32_t current = 0;
    for (size_t i = 0; i < mesh->vertex_count; i++) {
        if (i == 0 || !same_position(&keys[i], &keys[i - 1])) current = keys[i].index;
        representative[keys[i].index] = current;
    }
}

/* Keep the triangles whose three representatives differ, number the used ones anew, pack. */
static void pack(struct mesh *mesh, const uint32_t *representative, uint32_t *number) {
    size_t triangles = 0, vertices = 0;
    for (size_t t = 0; t < mesh->triangle_count; t++) {
        const uint32_t *from = mesh->triangles + 3 * t;
        uint32_t v[3] = {representative[from[0]], representative[from[1]], representative[from[2]]};
        if (v[0] == v[1] || v[1] == v[2] || v[2] == v[0]) continue;
        memcpy(mesh->triangles + 3 * triangles++, v, sizeof v);
    }
    mesh->triangle_count = triangles;
    for (size_t i = 0; i < 3 * triangles; i++) number[mesh->triangles[i]] = 1;
    for (size_t i = 0; i < mesh->vertex_count; i++) {
        if (!number[i]) continue;
        memmove(mesh->positions + 3 * vertices, mesh->positions + 3 * i, 3 * sizeof(float));
        if (mesh->colours) memmove(mesh->colours + 3 * vertices, mesh->colours + 3 * i, 3);
        number[i] = (uint32_t)vertices++;
    }
    mesh->vertex_count = vertices;
    for (size_t i = 0; i < 3 * triangles; i++) mesh->triangles[i] = number[mesh->triangles[i]];
}

enum result mesh_weld(struct mesh *mesh) {
    size_t n = mesh->vertex_count + 1;
    struct keyed_vertex *keys = calloc(n, sizeof *keys);
    uint32_t *representative = calloc(n, sizeof *representative);
    uint32_t *number = calloc(n, sizeof *number);
    enum result result = keys && representative && number ? RESULT_OK : RESULT_NO_MEMORY;
    if (result == RESULT_OK) {
        find_representatives(mesh, keys, representative);
        pack(mesh, representative, number);
    }
    free(keys);
    free(representative);
    free(number);
    return result;
}
