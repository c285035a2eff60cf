#include "plan/prepare_steps.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SMOOTH_ROUNDS 10
#define LAMBDA 0.5 /* Taubin's pair: pass band 0.1 */
#define MU (-0.526)
#define SPIKE_LEAST_MM 1.5

static void keep_triangles(struct mesh *mesh, const uint8_t *is_dropped) {
    size_t kept = 0;
    for (size_t t = 0; t < mesh->triangle_count; t++) {
        if (is_dropped[t]) continue;
        memmove(mesh->triangles + 3 * kept, mesh->triangles + 3 * t, 3 * sizeof *mesh->triangles);
        kept++;
    }
    mesh->triangle_count = kept;
}

size_t prepare_cut(struct mesh *mesh, double z_mm) {
    size_t kept = 0, before = mesh->triangle_count;
    for (size_t t = 0; t < before; t++) {
        const uint32_t *v = mesh->triangles + 3 * t;
        double z = -INFINITY;
        for (int k = 0; k < 3; k++) z = fmax(z, (double)mesh->positions[3 * (size_t)v[k] + 2]);
        if (z < z_mm) continue;
        memmove(mesh->triangles + 3 * kept, v, 3 * sizeof *v);
        kept++;
    }
    mesh->triangle_count = kept;
    return before - kept;
}

/* --- pieces: union-find over the vertices (Tarjan 1975, path halving) --- */

static uint32_t root_of(uint32_t *parents, uint32_t v) {
    while (parents[v] != v) v = parents[v] = parents[parents[v]];
    return v;
}

enum result prepare_drop_pieces(struct mesh *mesh, size_t *ret_pieces, size_t *ret_triangles) {
    uint32_t *parents = calloc(mesh->vertex_count + 1, sizeof *parents);
    uint32_t *sizes = calloc(mesh->vertex_count + 1, sizeof *sizes);
    uint8_t *is_dropped = calloc(mesh->triangle_count + 1, 1);
    enum result result = parents && sizes && is_dropped ? RESULT_OK : RESULT_NO_MEMORY;
    uint32_t largest = 0;
    size_t pieces = 0, dropped = 0;
    for (size_t v = 0; result == RESULT_OK && v < mesh->vertex_count; v++) parents[v] = (uint32_t)v;
    for (size_t t = 0; result == RESULT_OK && t < mesh->triangle_count; t++)
        for (int k = 1; k < 3; k++)
            parents[root_of(parents, mesh->triangles[3 * t + (size_t)k])] =
                root_of(parents, mesh->triangles[3 * t]);
    for (size_t t = 0; result == RESULT_OK && t < mesh->triangle_count; t++)
        sizes[root_of(parents, mesh->triangles[3 * t])]++;
    for (size_t v = 0; result == RESULT_OK && v < mesh->vertex_count; v++) {
        pieces += sizes[v] > 0;
        if (sizes[v] > sizes[largest]) largest = (uint32_t)v;
    }
    for (size_t t = 0; result == RESULT_OK && t < mesh->triangle_count; t++) {
        is_dropped[t] = root_of(parents, mesh->triangles[3 * t]) != largest;
        dropped += is_dropped[t];
    }
    if (result == RESULT_OK) {
        keep_triangles(mesh, is_dropped);
        *ret_pieces = pieces ? pieces - 1 : 0;
        *ret_triangles = dropped;
    }
    free(parents);
    free(sizes);
    free(is_dropped);
    return result;
}

/* --- spikes and smoothing: a vertex and the middle of its neighbours --- */

struct ring {
    struct vec3 middle;
    double mean_edge_mm;
    size_t count;
};

/* Of the triangles around v: each neighbour is met twice within the surface, once on a rim. */
static struct ring ring_of(const struct mesh *mesh, const struct mesh_fans *fans, uint32_t v,
                           const float *positions) {
    struct ring ring = {0};
    struct vec3 p = {(double)positions[3 * (size_t)v], (double)positions[3 * (size_t)v + 1],
                     (double)positions[3 * (size_t)v + 2]};
    for (uint32_t f = fans->first[v]; f < fans->first[v + 1]; f++)
        for (int k = 0; k < 3; k++) {
            size_t w = mesh->triangles[3 * (size_t)fans->triangles[f] + (size_t)k];
            if (w == v) continue;
            struct vec3 q = {(double)positions[3 * w], (double)positions[3 * w + 1],
                             (double)positions[3 * w + 2]};
            ring.middle = vec3_add(ring.middle, q);
            ring.mean_edge_mm += vec3_distance(p, q);
            ring.count++;
        }
    if (ring.count) {
        ring.middle = vec3_scale(ring.middle, 1.0 / (double)ring.count);
        ring.mean_edge_mm /= (double)ring.count;
    }
    return ring;
}

enum result prepare_drop_spikes(struct mesh *mesh, size_t *ret_count) {
    struct mesh_fans fans;
    uint8_t *is_dropped = calloc(mesh->triangle_count + 1, 1);
    if (!is_dropped) return RESULT_NO_MEMORY;
    enum result result = mesh_fans_build(mesh, &fans);
    if (result != RESULT_OK) {
        free(is_dropped);
        return result;
    }
    *ret_count = 0;
    for (size_t v = 0; v < mesh->vertex_count; v++) {
        struct ring ring = ring_of(mesh, &fans, (uint32_t)v, mesh->positions);
        double off_mm = vec3_distance(mesh_vertex(mesh, (uint32_t)v), ring.middle);
        /* A spike's own edges are long: its ring is judged without the vertex. */
        if (ring.count < 3 || off_mm < SPIKE_LEAST_MM || off_mm < 0.8 * ring.mean_edge_mm) continue;
        (*ret_count)++;
        for (uint32_t f = fans.first[v]; f < fans.first[v + 1]; f++)
            is_dropped[fans.triangles[f]] = 1;
    }
    keep_triangles(mesh, is_dropped);
    mesh_fans_release(&fans);
    free(is_dropped);
    return RESULT_OK;
}

static void smooth_round(const struct mesh *mesh, const struct mesh_fans *fans, double factor,
                         const float *from, float *to) {
    for (size_t v = 0; v < mesh->vertex_count; v++) {
        struct ring ring = ring_of(mesh, fans, (uint32_t)v, from);
        for (int k = 0; k < 3; k++) {
            size_t at = 3 * v + (size_t)k;
            double middle = k == 0 ? ring.middle.x : k == 1 ? ring.middle.y : ring.middle.z;
            double here = (double)from[at];
            to[at] = (float)(ring.count ? here + factor * (middle - here) : here);
        }
    }
}

/* Back towards the place of the scan where a vertex went too far. */
static void stay_near(struct mesh *mesh, const float *smooth, double most_mm,
                      struct prepare_report *report) {
    double sum = 0;
    for (size_t v = 0; v < mesh->vertex_count; v++) {
        float *p = mesh->positions + 3 * v;
        struct vec3 way = {(double)(smooth[3 * v] - p[0]), (double)(smooth[3 * v + 1] - p[1]),
                           (double)(smooth[3 * v + 2] - p[2])};
        double length = vec3_norm(way), part = length > most_mm ? most_mm / length : 1.0;
        p[0] += (float)(part * way.x);
        p[1] += (float)(part * way.y);
        p[2] += (float)(part * way.z);
        report->moved_max_mm = fmax(report->moved_max_mm, part * length);
        sum += part * length * part * length;
    }
    report->moved_rms_mm = sqrt(sum / fmax(1, (double)mesh->vertex_count));
}

enum result prepare_smooth(struct mesh *mesh, double most_mm, struct prepare_report *report) {
    struct mesh_fans fans;
    size_t bytes = (3 * mesh->vertex_count + 1) * sizeof(float);
    float *a = malloc(bytes), *b = malloc(bytes);
    enum result result = a && b ? mesh_fans_build(mesh, &fans) : RESULT_NO_MEMORY;
    if (result == RESULT_OK) {
        memcpy(a, mesh->positions, 3 * mesh->vertex_count * sizeof(float));
        for (int round = 0; round < SMOOTH_ROUNDS; round++) {
            smooth_round(mesh, &fans, LAMBDA, a, b);
            smooth_round(mesh, &fans, MU, b, a);
        }
        stay_near(mesh, a, most_mm, report);
        mesh_fans_release(&fans);
    }
    free(a);
    free(b);
    return result;
}
