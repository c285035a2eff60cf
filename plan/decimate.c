#include "plan/decimate.h"

#include <stdlib.h>
#include <string.h>

#include "base/linalg.h"

#define PASSES_MAX 200
/* Part of the edges that one pass may collapse: cheap ones first, the rest waits
 * for better costs. */
#define PASS_SHARE 0.15
#define BOUNDARY_WEIGHT 10.0
#define NEIGHBOURS_MAX 64

/* The symmetric 4x4 matrix of summed squared distances to planes. */
struct quadric {
    double a[10]; /* xx xy xz xw yy yz yw zz zw ww */
};

struct collapse {
    uint32_t from, to;
    float cost;
    struct vec3 target;
};

struct decimation {
    struct mesh *mesh;
    struct mesh_fans fans;
    struct quadric *quadrics;
    struct collapse *edges;
    size_t edge_count;
    uint8_t *is_touched; /* vertex taken by this pass */
    uint8_t *is_boundary;
};

static void add_plane(struct quadric *q, struct vec3 n, struct vec3 p, double weight) {
    double v[4] = {n.x, n.y, n.z, -vec3_dot(n, p)};
    for (int i = 0, k = 0; i < 4; i++)
        for (int j = i; j < 4; j++) q->a[k++] += weight * v[i] * v[j];
}

static double quadric_error(const struct quadric *q, struct vec3 p) {
    const double *a = q->a;
    return a[0] * p.x * p.x + 2 * a[1] * p.x * p.y + 2 * a[2] * p.x * p.z + 2 * a[3] * p.x +
           a[4] * p.y * p.y + 2 * a[5] * p.y * p.z + 2 * a[6] * p.y + a[7] * p.z * p.z +
           2 * a[8] * p.z + a[9];
}

/* The point of least error near the edge, or the better of its ends and middle where the quadric is
 * flat. */
static struct vec3 best_target(const struct quadric *q, struct vec3 a, struct vec3 b) {
    double A[9] = {q->a[0], q->a[1], q->a[2], q->a[1], q->a[4], q->a[5], q->a[2], q->a[5], q->a[7]};
    double x[3] = {-q->a[3], -q->a[6], -q->a[8]};
    struct vec3 middle = vec3_scale(vec3_add(a, b), 0.5), best = middle;
    double trace = A[0] + A[4] + A[8];
    for (int k = 0; k < 3; k++) {
        /* A little pull to the middle keeps the flat directions determined. */
        const double m[3] = {middle.x, middle.y, middle.z};
        A[4 * k] += 1e-3 * trace;
        x[k] += 1e-3 * trace * m[k];
    }
    if (linalg_cholesky(A, 3) == RESULT_OK) {
        linalg_cholesky_solve(A, 3, x);
        struct vec3 p = {x[0], x[1], x[2]};
        if (vec3_distance(p, middle) < 2.0 * vec3_distance(a, b)) best = p;
    }
    if (quadric_error(q, a) < quadric_error(q, best)) best = a;
    if (quadric_error(q, b) < quadric_error(q, best)) best = b;
    return best;
}

static struct quadric sum_of(const struct quadric *p, const struct quadric *q) {
    struct quadric sum;
    for (int k = 0; k < 10; k++) sum.a[k] = p->a[k] + q->a[k];
    return sum;
}

static uint32_t *triangle_of(const struct decimation *d, uint32_t t) {
    return d->mesh->triangles + 3 * (size_t)t;
}

/* Vertices around v, each once; the count, or NEIGHBOURS_MAX + 1 when there are too many. */
static int neighbours(const struct decimation *d, uint32_t v, uint32_t out[NEIGHBOURS_MAX]) {
    int count = 0;
    for (uint32_t i = d->fans.first[v]; i < d->fans.first[v + 1]; i++)
        for (int k = 0; k < 3; k++) {
            uint32_t w = triangle_of(d, d->fans.triangles[i])[k];
            bool is_known = w == v;
            for (int m = 0; m < count && !is_known; m++) is_known = out[m] == w;
            if (is_known) continue;
            if (count == NEIGHBOURS_MAX) return NEIGHBOURS_MAX + 1;
            out[count++] = w;
        }
    return count;
}

/* Triangles that the edge a-b borders. */
static int edge_uses(const struct decimation *d, uint32_t a, uint32_t b) {
    int uses = 0;
    for (uint32_t i = d->fans.first[a]; i < d->fans.first[a + 1]; i++) {
        const uint32_t *t = triangle_of(d, d->fans.triangles[i]);
        uses += t[0] == b || t[1] == b || t[2] == b;
    }
    return uses;
}

static void build_quadrics(struct decimation *d) {
    memset(d->quadrics, 0, d->mesh->vertex_count * sizeof *d->quadrics);
    memset(d->is_boundary, 0, d->mesh->vertex_count);
    for (uint32_t t = 0; t < d->mesh->triangle_count; t++) {
        const uint32_t *v = triangle_of(d, t);
        struct vec3 cross = mesh_triangle_cross(d->mesh, t), n = vec3_unit(cross);
        for (int k = 0; k < 3; k++) {
            struct vec3 p = mesh_vertex(d->mesh, v[k]);
            uint32_t next = v[(k + 1) % 3];
            add_plane(&d->quadrics[v[k]], n, p, 0.5 * vec3_norm(cross));
            if (edge_uses(d, v[k], next) != 1) continue;
            struct vec3 along = vec3_sub(mesh_vertex(d->mesh, next), p);
            struct vec3 side = vec3_unit(vec3_cross(along, n));
            double weight = BOUNDARY_WEIGHT * vec3_norm2(along);
            add_plane(&d->quadrics[v[k]], side, p, weight);
            add_plane(&d->quadrics[next], side, p, weight);
            d->is_boundary[v[k]] = d->is_boundary[next] = 1;
        }
    }
}

static void cost_edges(struct decimation *d) {
    d->edge_count = 0;
    for (uint32_t t = 0; t < d->mesh->triangle_count; t++)
        for (int k = 0; k < 3; k++) {
            uint32_t a = triangle_of(d, t)[k], b = triangle_of(d, t)[(k + 1) % 3];
            bool is_once = a < b || edge_uses(d, a, b) == 1;
            if (!is_once) continue;
            struct quadric q = sum_of(&d->quadrics[a], &d->quadrics[b]);
            struct vec3 pa = mesh_vertex(d->mesh, a), pb = mesh_vertex(d->mesh, b);
            struct vec3 target = best_target(&q, pa, pb);
            /* Length breaks ties on flat skin towards even triangles. */
            double cost = fmax(0, quadric_error(&q, target)) + 1e-4 * vec3_norm2(vec3_sub(pa, pb));
            d->edges[d->edge_count++] = (struct collapse){a, b, (float)cost, target};
        }
}

static int compare_costs(const void *a, const void *b) {
    const struct collapse *x = a, *y = b;
    if (x->cost != y->cost) return x->cost < y->cost ? -1 : 1;
    return (x->from > y->from) - (x->from < y->from);
}

/* The two ends share exactly the vertices opposite to the edge, else the collapse pinches. */
static bool keeps_manifold(const struct decimation *d, const struct collapse *c) {
    uint32_t around_a[NEIGHBOURS_MAX], around_b[NEIGHBOURS_MAX];
    int na = neighbours(d, c->from, around_a), nb = neighbours(d, c->to, around_b), shared = 0;
    if (na > NEIGHBOURS_MAX || nb > NEIGHBOURS_MAX) return false;
    for (int i = 0; i < na; i++)
        for (int k = 0; k < nb; k++) shared += around_a[i] == around_b[k];
    int uses = edge_uses(d, c->from, c->to);
    bool joins_boundaries = uses == 2 && d->is_boundary[c->from] && d->is_boundary[c->to];
    return shared == uses && uses <= 2 && !joins_boundaries;
}

/* No triangle that stays turns by more than about 60 degrees. */
static bool keeps_facing(const struct decimation *d, uint32_t moved, uint32_t other,
                         struct vec3 target) {
    for (uint32_t i = d->fans.first[moved]; i < d->fans.first[moved + 1]; i++) {
        const uint32_t *v = triangle_of(d, d->fans.triangles[i]);
        if (v[0] == other || v[1] == other || v[2] == other) continue;
        struct vec3 p[3], q[3];
        for (int k = 0; k < 3; k++) {
            p[k] = mesh_vertex(d->mesh, v[k]);
            q[k] = v[k] == moved ? target : p[k];
        }
        struct vec3 before = vec3_cross(vec3_sub(p[1], p[0]), vec3_sub(p[2], p[0]));
        struct vec3 after = vec3_cross(vec3_sub(q[1], q[0]), vec3_sub(q[2], q[0]));
        if (!(vec3_dot(vec3_unit(before), vec3_unit(after)) > 0.5)) return false;
    }
    return true;
}

static bool is_free(const struct decimation *d, uint32_t v) {
    uint32_t around[NEIGHBOURS_MAX];
    int count = neighbours(d, v, around);
    if (count > NEIGHBOURS_MAX || d->is_touched[v]) return false;
    for (int i = 0; i < count; i++)
        if (d->is_touched[around[i]]) return false;
    return true;
}

static void touch(struct decimation *d, uint32_t v) {
    uint32_t around[NEIGHBOURS_MAX];
    int count = neighbours(d, v, around);
    d->is_touched[v] = 1;
    for (int i = 0; i < count && count <= NEIGHBOURS_MAX; i++) d->is_touched[around[i]] = 1;
}

static void put_vertex(struct mesh *mesh, uint32_t v, struct vec3 p) {
    float *at = mesh->positions + 3 * (size_t)v;
    at[0] = (float)p.x, at[1] = (float)p.y, at[2] = (float)p.z;
}

/* `from` moves onto `to`; both now stand at the same place, and welding removes one of them. */
static size_t collapse_some(struct decimation *d, size_t most, double *error2) {
    size_t done = 0, looked = 0;
    size_t share = (size_t)(PASS_SHARE * (double)d->edge_count) + 1;
    for (; looked < d->edge_count && looked < 4 * share && done < most && done < share; looked++) {
        const struct collapse *c = &d->edges[looked];
        if (!is_free(d, c->from) || !is_free(d, c->to)) continue;
        if (!keeps_manifold(d, c) || !keeps_facing(d, c->from, c->to, c->target) ||
            !keeps_facing(d, c->to, c->from, c->target))
            continue;
        touch(d, c->from);
        touch(d, c->to);
        put_vertex(d->mesh, c->from, c->target);
        put_vertex(d->mesh, c->to, c->target);
        *error2 = fmax(*error2, (double)c->cost);
        done++;
    }
    return done;
}

static enum result run_pass(struct decimation *d, size_t most, size_t *ret_done, double *error2) {
    enum result result = mesh_fans_build(d->mesh, &d->fans);
    if (result != RESULT_OK) return result;
    memset(d->is_touched, 0, d->mesh->vertex_count);
    build_quadrics(d);
    cost_edges(d);
    qsort(d->edges, d->edge_count, sizeof *d->edges, compare_costs);
    *ret_done = collapse_some(d, most, error2);
    mesh_fans_release(&d->fans);
    return mesh_weld(d->mesh);
}

enum result mesh_decimate(struct mesh *mesh, size_t vertices, struct fill_progress progress,
                          double *ret_error_mm) {
    size_t start = mesh->vertex_count;
    double error2 = 0;
    struct decimation d = {.mesh = mesh,
                           .quadrics = calloc(start + 1, sizeof *d.quadrics),
                           .edges = calloc(3 * mesh->triangle_count + 1, sizeof *d.edges),
                           .is_touched = calloc(start + 1, 1),
                           .is_boundary = calloc(start + 1, 1)};
    enum result result =
        d.quadrics && d.edges && d.is_touched && d.is_boundary ? RESULT_OK : RESULT_NO_MEMORY;
    for (int pass = 0; result == RESULT_OK && pass < PASSES_MAX && mesh->vertex_count > vertices;
         pass++) {
        size_t done = 0;
        result = run_pass(&d, mesh->vertex_count - vertices, &done, &error2);
        if (progress.tell)
            progress.tell(progress.context,
                          (double)(start - mesh->vertex_count) / (double)(start - vertices));
        if (done == 0) break;
    }
    free(d.quadrics);
    free(d.edges);
    free(d.is_touched);
    free(d.is_boundary);
    if (result == RESULT_OK) *ret_error_mm = sqrt(error2);
    return result;
}
