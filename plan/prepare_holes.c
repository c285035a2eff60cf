/* Holes: rims are followed along edges that one triangle alone has, and small ones are closed. */
#include <stdlib.h>
#include <string.h>

#include "plan/prepare_steps.h"

#define RIM_MAX 4096u /* edges of a rim that is followed */

struct edge {
    uint32_t from, to; /* as its triangle runs */
};

static int by_ends(const void *a, const void *b) {
    const struct edge *x = a, *y = b;
    uint32_t xl = x->from < x->to ? x->from : x->to, xh = x->from < x->to ? x->to : x->from;
    uint32_t yl = y->from < y->to ? y->from : y->to, yh = y->from < y->to ? y->to : y->from;
    if (xl != yl) return xl < yl ? -1 : 1;
    return (xh > yh) - (xh < yh);
}

static int by_from(const void *a, const void *b) {
    const struct edge *x = a, *y = b;
    return (x->from > y->from) - (x->from < y->from);
}

/* Edges of one triangle alone, sorted by where they begin; *ret_edges is the caller's to free. */
static enum result open_edges(const struct mesh *mesh, struct edge **ret_edges, size_t *ret_count) {
    size_t count = 3 * mesh->triangle_count, kept = 0;
    struct edge *edges = malloc((count + 1) * sizeof *edges);
    if (!edges) return RESULT_NO_MEMORY;
    for (size_t t = 0; t < mesh->triangle_count; t++)
        for (size_t k = 0; k < 3; k++)
            edges[3 * t + k] =
                (struct edge){mesh->triangles[3 * t + k], mesh->triangles[3 * t + (k + 1) % 3]};
    qsort(edges, count, sizeof *edges, by_ends);
    for (size_t i = 0; i < count;) {
        size_t end = i + 1;
        while (end < count && by_ends(&edges[i], &edges[end]) == 0) end++;
        if (end == i + 1) edges[kept++] = edges[i];
        i = end;
    }
    qsort(edges, kept, sizeof *edges, by_from);
    *ret_edges = edges;
    *ret_count = kept;
    return RESULT_OK;
}

static size_t edge_from(const struct edge *edges, size_t count, const uint8_t *is_used,
                        uint32_t from) {
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (edges[middle].from < from)
            low = middle + 1;
        else
            high = middle;
    }
    while (low < count && edges[low].from == from && is_used[low]) low++;
    return low < count && edges[low].from == from ? low : count;
}

static enum result add_fan(struct mesh *mesh, const uint32_t *rim, size_t length) {
    struct vec3 middle = {0};
    size_t v = mesh->vertex_count, t = mesh->triangle_count;
    float *positions = realloc(mesh->positions, 3 * (v + 1) * sizeof *positions);
    if (positions) mesh->positions = positions;
    uint32_t *triangles = realloc(mesh->triangles, 3 * (t + length) * sizeof *triangles);
    if (triangles) mesh->triangles = triangles;
    uint8_t *colours = mesh->colours ? realloc(mesh->colours, 3 * (v + 1)) : NULL;
    if (colours) mesh->colours = colours;
    if (!positions || !triangles || (mesh->colours && !colours)) return RESULT_NO_MEMORY;
    for (size_t i = 0; i < length; i++)
        middle = vec3_mad(middle, 1.0 / (double)length, mesh_vertex(mesh, rim[i]));
    const float p[3] = {(float)middle.x, (float)middle.y, (float)middle.z};
    memcpy(mesh->positions + 3 * v, p, sizeof p);
    if (mesh->colours) memcpy(mesh->colours + 3 * v, mesh->colours + 3 * (size_t)rim[0], 3);
    /* The rim runs as the triangles beside it; the fan runs against it. */
    for (size_t i = 0; i < length; i++) {
        const uint32_t fan[3] = {rim[(i + 1) % length], rim[i], (uint32_t)v};
        memcpy(mesh->triangles + 3 * (t + i), fan, sizeof fan);
    }
    mesh->vertex_count++;
    mesh->triangle_count += length;
    return RESULT_OK;
}

enum result prepare_fill_holes(struct mesh *mesh, double rim_mm, struct prepare_report *report) {
    struct edge *edges = NULL;
    size_t count = 0;
    enum result result = open_edges(mesh, &edges, &count);
    if (result != RESULT_OK) return result;
    uint8_t *is_used = calloc(count + 1, 1);
    uint32_t *rim = malloc(RIM_MAX * sizeof *rim);
    if (!is_used || !rim) result = RESULT_NO_MEMORY;
    for (size_t i = 0; result == RESULT_OK && i < count; i++) {
        size_t length = 0, at = i;
        double long_mm = 0;
        if (is_used[i]) continue;
        while (at < count && !is_used[at]) {
            is_used[at] = 1;
            if (length < RIM_MAX) rim[length] = edges[at].from;
            length++;
            long_mm +=
                vec3_distance(mesh_vertex(mesh, edges[at].from), mesh_vertex(mesh, edges[at].to));
            if (edges[at].to == edges[i].from) break;
            at = edge_from(edges, count, is_used, edges[at].to);
        }
        bool is_closed = at < count && edges[at].to == edges[i].from;
        if (is_closed && length >= 3 && length <= RIM_MAX && long_mm <= rim_mm) {
            result = add_fan(mesh, rim, length);
            report->holes_filled++;
            if (long_mm > report->longest_rim_filled_mm) report->longest_rim_filled_mm = long_mm;
        } else {
            report->holes_left++;
        }
    }
    free(edges);
    free(is_used);
    free(rim);
    return result;
}
