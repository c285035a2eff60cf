#include "base/field_build.h"

#define FIELD_MARGIN_MM 24.0 /* around the surface: hovers and lifts stay inside the grid */
#define NO_TRIANGLE (-1)

static struct vec3 vertex(const struct surface_view *surface, uint32_t index) {
    const float *p = surface->positions + 3 * (size_t)index;
    return vec3_make((double)p[0], (double)p[1], (double)p[2]);
}

struct triangle {
    uint32_t index[3];
    struct vec3 p[3];
};

static struct triangle get_triangle(const struct surface_view *surface, size_t t) {
    struct triangle triangle;
    for (int k = 0; k < 3; k++) {
        triangle.index[k] = surface->triangles[3 * t + (size_t)k];
        triangle.p[k] = vertex(surface, triangle.index[k]);
    }
    return triangle;
}

enum result field_shape(const struct surface_view *surface, double spacing_mm, size_t samples_max,
                        struct field_view *ret_shape) {
    struct vec3 low = {INFINITY, INFINITY, INFINITY}, high = {-INFINITY, -INFINITY, -INFINITY};
    if (surface->vertex_count == 0 || surface->triangle_count == 0) return RESULT_INVALID;
    for (size_t i = 0; i < surface->vertex_count; i++) {
        struct vec3 p = vertex(surface, (uint32_t)i);
        if (!vec3_is_finite(p)) return RESULT_INVALID;
        low = vec3_make(fmin(low.x, p.x), fmin(low.y, p.y), fmin(low.z, p.z));
        high = vec3_make(fmax(high.x, p.x), fmax(high.y, p.y), fmax(high.z, p.z));
    }
    for (size_t i = 0; i < 3 * surface->triangle_count; i++)
        if (surface->triangles[i] >= surface->vertex_count) return RESULT_INVALID;
    struct vec3 margin = {FIELD_MARGIN_MM, FIELD_MARGIN_MM, FIELD_MARGIN_MM};
    struct field_view shape = {.origin = vec3_sub(low, margin), .spacing_mm = spacing_mm};
    struct vec3 extent = vec3_sub(vec3_add(high, margin), shape.origin);
    double counts[3] = {extent.x / spacing_mm, extent.y / spacing_mm, extent.z / spacing_mm};
    double total = 1;
    for (int k = 0; k < 3; k++) {
        if (!(counts[k] < 1e5)) return RESULT_LIMIT;
        shape.size[k] = (int)counts[k] + 2;
        total *= shape.size[k];
    }
    if (!(total <= (double)samples_max)) return RESULT_LIMIT;
    *ret_shape = shape;
    return RESULT_OK;
}

size_t field_sample_count(const struct field_view *shape) {
    return (size_t)shape->size[0] * (size_t)shape->size[1] * (size_t)shape->size[2];
}

/* Barycentric coordinates of the point of the triangle nearest to p (Ericson, Real-Time Collision
 * Detection, 5.1.5). */
static void nearest_on_triangle(const struct vec3 t[3], struct vec3 p, double w[3]) {
    struct vec3 ab = vec3_sub(t[1], t[0]), ac = vec3_sub(t[2], t[0]), ap = vec3_sub(p, t[0]);
    double d1 = vec3_dot(ab, ap), d2 = vec3_dot(ac, ap);
    w[0] = 1, w[1] = 0, w[2] = 0;
    if (d1 <= 0 && d2 <= 0) return;
    struct vec3 bp = vec3_sub(p, t[1]);
    double d3 = vec3_dot(ab, bp), d4 = vec3_dot(ac, bp);
    w[0] = 0, w[1] = 1;
    if (d3 >= 0 && d4 <= d3) return;
    double vc = d1 * d4 - d3 * d2;
    if (vc <= 0 && d1 >= 0 && d3 <= 0) {
        w[1] = d1 / (d1 - d3), w[0] = 1 - w[1];
        return;
    }
    struct vec3 cp = vec3_sub(p, t[2]);
    double d5 = vec3_dot(ab, cp), d6 = vec3_dot(ac, cp);
    w[0] = 0, w[1] = 0, w[2] = 1;
    if (d6 >= 0 && d5 <= d6) return;
    double vb = d5 * d2 - d1 * d6;
    if (vb <= 0 && d2 >= 0 && d6 <= 0) {
        w[2] = d2 / (d2 - d6), w[0] = 1 - w[2];
        return;
    }
    double va = d3 * d6 - d5 * d4;
    if (va <= 0 && d4 - d3 >= 0 && d5 - d6 >= 0) {
        w[2] = (d4 - d3) / ((d4 - d3) + (d5 - d6)), w[1] = 1 - w[2];
        return;
    }
    double scale = 1 / (va + vb + vc);
    w[1] = vb * scale, w[2] = vc * scale, w[0] = 1 - w[1] - w[2];
}

/* Signed distance from p to triangle t. */
static double triangle_distance(const struct surface_view *surface, const float *normals, size_t t,
                                struct vec3 p) {
    struct triangle triangle = get_triangle(surface, t);
    double w[3];
    nearest_on_triangle(triangle.p, p, w);
    struct vec3 nearest = {0}, normal = {0};
    for (int k = 0; k < 3; k++) {
        const float *n = normals + 3 * (size_t)triangle.index[k];
        nearest = vec3_mad(nearest, w[k], triangle.p[k]);
        normal = vec3_mad(normal, w[k], vec3_make((double)n[0], (double)n[1], (double)n[2]));
    }
    struct vec3 away = vec3_sub(p, nearest);
    double distance = vec3_norm(away);
    return vec3_dot(away, normal) < 0 ? -distance : distance;
}

/* Angle-weighted vertex normals (Thuermer and Wuethrich 1998), not normalised: only signs are
 * asked. */
static void vertex_normals(const struct surface_view *surface, float *normals) {
    for (size_t i = 0; i < 3 * surface->vertex_count; i++) normals[i] = 0.0F;
    for (size_t t = 0; t < surface->triangle_count; t++) {
        struct triangle tri = get_triangle(surface, t);
        struct vec3 n =
            vec3_unit(vec3_cross(vec3_sub(tri.p[1], tri.p[0]), vec3_sub(tri.p[2], tri.p[0])));
        for (int k = 0; k < 3; k++) {
            struct vec3 a = vec3_unit(vec3_sub(tri.p[(k + 1) % 3], tri.p[k]));
            struct vec3 b = vec3_unit(vec3_sub(tri.p[(k + 2) % 3], tri.p[k]));
            double angle = vec3_angle(a, b);
            float *sum = normals + 3 * (size_t)tri.index[k];
            sum[0] += (float)(angle * n.x);
            sum[1] += (float)(angle * n.y);
            sum[2] += (float)(angle * n.z);
        }
    }
}

static size_t sample_index(const struct field_view *shape, int x, int y, int z) {
    return ((size_t)z * (size_t)shape->size[1] + (size_t)y) * (size_t)shape->size[0] + (size_t)x;
}

static struct vec3 sample_point(const struct field_view *shape, int x, int y, int z) {
    return vec3_mad(shape->origin, shape->spacing_mm, vec3_make(x, y, z));
}

struct building {
    const struct surface_view *surface;
    const struct field_view *shape;
    const float *normals;
    float *values;
    int32_t *nearest;
};

static void try_triangle(const struct building *b, const int at[3], int32_t t) {
    size_t i = sample_index(b->shape, at[0], at[1], at[2]);
    if (t == NO_TRIANGLE || b->nearest[i] == t) return;
    double d = triangle_distance(b->surface, b->normals, (size_t)t,
                                 sample_point(b->shape, at[0], at[1], at[2]));
    if (b->nearest[i] != NO_TRIANGLE && fabs(d) >= fabs((double)b->values[i])) return;
    b->values[i] = (float)d;
    b->nearest[i] = t;
}

/* Exact distances in the cells that a triangle touches and one around them. */
static void splat_triangle(const struct building *b, size_t t) {
    struct triangle tri = get_triangle(b->surface, t);
    const struct field_view *shape = b->shape;
    const double origin[3] = {shape->origin.x, shape->origin.y, shape->origin.z};
    int low[3], high[3], at[3];
    for (int k = 0; k < 3; k++) {
        const double c[3] = {k == 0   ? tri.p[0].x
                             : k == 1 ? tri.p[0].y
                                      : tri.p[0].z,
                             k == 0   ? tri.p[1].x
                             : k == 1 ? tri.p[1].y
                                      : tri.p[1].z,
                             k == 0   ? tri.p[2].x
                             : k == 1 ? tri.p[2].y
                                      : tri.p[2].z};
        double least = fmin(c[0], fmin(c[1], c[2])), most = fmax(c[0], fmax(c[1], c[2]));
        low[k] = (int)fmax(0, floor((least - origin[k]) / shape->spacing_mm) - 1);
        high[k] = (int)fmin(shape->size[k] - 1, floor((most - origin[k]) / shape->spacing_mm) + 2);
    }
    for (at[2] = low[2]; at[2] <= high[2]; at[2]++)
        for (at[1] = low[1]; at[1] <= high[1]; at[1]++)
            for (at[0] = low[0]; at[0] <= high[0]; at[0]++) try_triangle(b, at, (int32_t)t);
}

/* One of the eight orders; each sample looks at the three neighbours behind it. */
static void sweep(const struct building *b, int order) {
    const int *size = b->shape->size;
    int step[3], first[3], at[3];
    for (int k = 0; k < 3; k++) {
        step[k] = order >> k & 1 ? -1 : 1;
        first[k] = step[k] > 0 ? 0 : size[k] - 1;
    }
    for (at[2] = first[2]; at[2] >= 0 && at[2] < size[2]; at[2] += step[2])
        for (at[1] = first[1]; at[1] >= 0 && at[1] < size[1]; at[1] += step[1])
            for (at[0] = first[0]; at[0] >= 0 && at[0] < size[0]; at[0] += step[0])
                for (int k = 0; k < 3; k++) {
                    int behind[3] = {at[0], at[1], at[2]};
                    behind[k] -= step[k];
                    if (behind[k] < 0 || behind[k] >= size[k]) continue;
                    try_triangle(
                        b, at, b->nearest[sample_index(b->shape, behind[0], behind[1], behind[2])]);
                }
}

void field_build(const struct surface_view *surface, const struct field_view *shape, float *values,
                 int32_t *nearest, float *normals) {
    struct building b = {surface, shape, normals, values, nearest};
    size_t count = field_sample_count(shape);
    for (size_t i = 0; i < count; i++) nearest[i] = NO_TRIANGLE;
    vertex_normals(surface, normals);
    for (size_t t = 0; t < surface->triangle_count; t++) splat_triangle(&b, t);
    for (int order = 0; order < 8; order++) sweep(&b, order);
}
