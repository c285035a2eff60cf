#include "plan/chart.h"

#include <float.h>
#include <stdlib.h>
#include <string.h>

#define SMOOTH_MM 3.0 /* half width of the window that normals are smoothed over */
#define NORMAL_STEP_MM 1.5

static double scale_of(const struct head_axes *axes) {
    return axes->length_mm / 2;
}

struct map_point chart_flatten(const struct chart *chart, struct vec3 p_head) {
    struct vec3 d = mat3_apply(chart->axes.R_axes_head, vec3_sub(p_head, chart->axes.centre));
    double flat = hypot(d.x, d.y), angle = atan2(flat, d.z);
    double k = flat > 1e-12 ? chart->scale_mm * angle / flat : 0;
    return (struct map_point){k * d.x, k * d.y};
}

struct vec3 chart_direction(const struct chart *chart, struct map_point q) {
    double flat = hypot(q.u, q.v), angle = flat / chart->scale_mm;
    double k = flat > 1e-12 ? sin(angle) / flat : 0;
    const double(*m)[3] = chart->axes.R_axes_head.m;
    double x = k * q.u, y = k * q.v, z = cos(angle);
    return vec3_make(m[0][0] * x + m[1][0] * y + m[2][0] * z,
                     m[0][1] * x + m[1][1] * y + m[2][1] * z,
                     m[0][2] * x + m[1][2] * y + m[2][2] * z);
}

struct chart_window chart_whole(const struct head_axes *axes) {
    double reach = scale_of(axes) * CHART_ANGLE_MAX_RAD;
    return (struct chart_window){{-reach, -reach}, {reach, reach}};
}

long chart_cell(const struct chart *chart, struct map_point q) {
    double x = floor((q.u - chart->corner.u) / chart->cell_mm + 0.5);
    double y = floor((q.v - chart->corner.v) / chart->cell_mm + 0.5);
    if (!(x >= 0 && y >= 0 && x < chart->width && y < chart->height)) return -1;
    return (long)y * chart->width + (long)x;
}

struct map_point chart_cell_middle(const struct chart *chart, long cell) {
    return (struct map_point){chart->corner.u + (double)(cell % chart->width) * chart->cell_mm,
                              chart->corner.v + (double)(cell / chart->width) * chart->cell_mm};
}

double chart_stretch(const struct chart *chart, struct map_point q) {
    double angle = hypot(q.u, q.v) / chart->scale_mm;
    double around = angle > 1e-3 ? angle / fmax(0.2, sin(angle)) : 1.0;
    long cell = chart_cell(chart, q);
    double radius = cell >= 0 ? (double)chart->radius_mm[cell] : 0;
    return fmax(1.0, around) * chart->scale_mm / fmax(0.5 * chart->scale_mm, radius);
}

/* One triangle's cells: where its plane cuts each direction, kept when it is the outermost. */
static void draw_triangle(struct chart *chart, const struct mesh *mesh, size_t t,
                          const struct map_point *flat) {
    const uint32_t *index = mesh->triangles + 3 * t;
    struct vec3 a = vec3_sub(mesh_vertex(mesh, index[0]), chart->axes.centre);
    struct vec3 n = mesh_triangle_cross(mesh, t);
    struct map_point q[3] = {flat[index[0]], flat[index[1]], flat[index[2]]};
    double offset = vec3_dot(n, a), inv = 1.0 / chart->cell_mm, x[3], y[3];
    if (!(offset > 0)) return; /* faces inward */
    for (int k = 0; k < 3; k++) {
        x[k] = (q[k].u - chart->corner.u) * inv, y[k] = (q[k].v - chart->corner.v) * inv;
    }
    double twice = (x[1] - x[0]) * (y[2] - y[0]) - (x[2] - x[0]) * (y[1] - y[0]);
    if (fabs(twice) < 1e-12) return;
    int x0 = (int)fmax(0, ceil(fmin(x[0], fmin(x[1], x[2])) - 1e-6));
    int x1 = (int)fmin(chart->width - 1, floor(fmax(x[0], fmax(x[1], x[2])) + 1e-6));
    int y0 = (int)fmax(0, ceil(fmin(y[0], fmin(y[1], y[2])) - 1e-6));
    int y1 = (int)fmin(chart->height - 1, floor(fmax(y[0], fmax(y[1], y[2])) + 1e-6));
    for (int j = y0; j <= y1; j++)
        for (int i = x0; i <= x1; i++) {
            double w1 = ((i - x[0]) * (y[2] - y[0]) - (x[2] - x[0]) * (j - y[0])) / twice;
            double w2 = ((x[1] - x[0]) * (j - y[0]) - (i - x[0]) * (y[1] - y[0])) / twice;
            if (w1 < -1e-6 || w2 < -1e-6 || w1 + w2 > 1 + 1e-6) continue;
            long cell = (long)j * chart->width + i;
            struct vec3 d = chart_direction(chart, chart_cell_middle(chart, cell));
            double facing = vec3_dot(n, d), radius = facing > 0 ? offset / facing : 0;
            if (!(radius < 2 * chart->scale_mm) || radius <= (double)chart->radius_mm[cell])
                continue;
            chart->radius_mm[cell] = (float)radius;
            chart->triangle[cell] = (uint32_t)t;
        }
}

/* Mean over a square window along one axis, of the cells that see skin. */
static void smooth_line(const float *in, float *out, int count, size_t stride, int half) {
    double sum = 0;
    int seen = 0;
    for (int i = -half; i < count; i++) {
        int enters = i + half, leaves = i - half - 1;
        if (enters < count && in[(size_t)enters * stride] > 0) {
            sum += (double)in[(size_t)enters * stride], seen++;
        }
        if (leaves >= 0 && in[(size_t)leaves * stride] > 0) {
            sum -= (double)in[(size_t)leaves * stride], seen--;
        }
        if (i >= 0) out[(size_t)i * stride] = seen > 0 ? (float)(sum / seen) : 0;
    }
}

static enum result smooth(struct chart *chart) {
    size_t count = (size_t)chart->width * (size_t)chart->height, width = (size_t)chart->width;
    int half = (int)ceil(SMOOTH_MM / 2 / chart->cell_mm);
    float *scratch = malloc(count * sizeof *scratch);
    if (!scratch) return RESULT_NO_MEMORY;
    memcpy(chart->smooth_mm, chart->radius_mm, count * sizeof *scratch);
    for (int pass = 0; pass < 2; pass++) { /* two boxes make a tent */
        for (size_t y = 0; y < (size_t)chart->height; y++)
            smooth_line(chart->smooth_mm + y * width, scratch + y * width, chart->width, 1, half);
        for (size_t x = 0; x < width; x++)
            smooth_line(scratch + x, chart->smooth_mm + x, chart->height, width, half);
    }
    free(scratch);
    return RESULT_OK;
}

enum result chart_build(const struct mesh *mesh, const struct head_axes *axes,
                        struct chart_window window, double cell_mm, struct chart *ret_chart) {
    struct chart chart = {.axes = *axes, .scale_mm = scale_of(axes), .cell_mm = cell_mm};
    double wide = ceil((window.high.u - window.low.u) / cell_mm) + 1;
    double high = ceil((window.high.v - window.low.v) / cell_mm) + 1;
    if (!(wide >= 2 && high >= 2 && wide * high <= CHART_CELLS_MAX)) return RESULT_LIMIT;
    chart.corner = window.low, chart.width = (int)wide, chart.height = (int)high;
    size_t count = (size_t)chart.width * (size_t)chart.height;
    struct map_point *flat = malloc((mesh->vertex_count + 1) * sizeof *flat);
    chart.radius_mm = calloc(count, sizeof *chart.radius_mm);
    chart.smooth_mm = calloc(count, sizeof *chart.smooth_mm);
    chart.triangle = calloc(count, sizeof *chart.triangle);
    enum result result =
        flat && chart.radius_mm && chart.smooth_mm && chart.triangle ? RESULT_OK : RESULT_NO_MEMORY;
    for (size_t i = 0; result == RESULT_OK && i < mesh->vertex_count; i++)
        flat[i] = chart_flatten(&chart, mesh_vertex(mesh, (uint32_t)i));
    double reach = chart.scale_mm * CHART_ANGLE_MAX_RAD;
    for (size_t t = 0; result == RESULT_OK && t < mesh->triangle_count; t++) {
        struct map_point q = flat[mesh->triangles[3 * t]];
        if (hypot(q.u, q.v) < reach) draw_triangle(&chart, mesh, t, flat);
    }
    if (result == RESULT_OK) result = smooth(&chart);
    free(flat);
    if (result != RESULT_OK)
        chart_release(&chart);
    else
        *ret_chart = chart;
    return result;
}

void chart_release(struct chart *chart) {
    free(chart->radius_mm);
    free(chart->smooth_mm);
    free(chart->triangle);
    *chart = (struct chart){0};
}

/* Bilinear among the cells that see skin; 0 where fewer than three of the four do. */
static double radius_at(const struct chart *chart, const float *radius_mm, struct map_point q) {
    double x = (q.u - chart->corner.u) / chart->cell_mm,
           y = (q.v - chart->corner.v) / chart->cell_mm;
    if (!(x >= 0 && y >= 0 && x < chart->width - 1 && y < chart->height - 1)) return 0;
    int i = (int)x, j = (int)y, seen = 0;
    double fx = x - i, fy = y - j, sum = 0, weight = 0;
    for (int k = 0; k < 4; k++) {
        double r =
            (double)radius_mm[(size_t)(j + k / 2) * (size_t)chart->width + (size_t)(i + k % 2)];
        double w = (k % 2 ? fx : 1 - fx) * (k / 2 ? fy : 1 - fy);
        if (!(r > 0)) continue;
        seen++, sum += w * r, weight += w;
    }
    return seen >= 3 && weight > 1e-9 ? sum / weight : 0;
}

bool chart_place(const struct chart *chart, struct map_point q, struct vec3 *ret_p_head) {
    double radius = radius_at(chart, chart->radius_mm, q);
    if (!(radius > 0)) return false;
    *ret_p_head = vec3_mad(chart->axes.centre, radius, chart_direction(chart, q));
    return true;
}

static struct vec3 smooth_place(const struct chart *chart, struct map_point q, double fallback) {
    double radius = radius_at(chart, chart->smooth_mm, q);
    return vec3_scale(chart_direction(chart, q), radius > 0 ? radius : fallback);
}

struct vec3 chart_normal(const struct chart *chart, struct map_point q) {
    double middle = radius_at(chart, chart->smooth_mm, q), h = NORMAL_STEP_MM;
    struct vec3 along_u = vec3_sub(smooth_place(chart, (struct map_point){q.u + h, q.v}, middle),
                                   smooth_place(chart, (struct map_point){q.u - h, q.v}, middle));
    struct vec3 along_v = vec3_sub(smooth_place(chart, (struct map_point){q.u, q.v + h}, middle),
                                   smooth_place(chart, (struct map_point){q.u, q.v - h}, middle));
    return vec3_unit(vec3_cross(along_u, along_v));
}

struct vec3 chart_land(const struct chart *chart, const struct mesh *mesh, struct map_point q) {
    long cell = chart_cell(chart, q);
    struct vec3 d = chart_direction(chart, q), rough = {0};
    if (cell < 0 || !chart_place(chart, q, &rough)) return rough;
    /* The cell's triangle and its neighbours' ones: the first that q's direction truly meets. */
    for (int k = 0; k < 9; k++) {
        static const int order[9] = {4, 1, 3, 5, 7, 0, 2, 6, 8};
        long other = cell + (order[k] / 3 - 1) * (long)chart->width + order[k] % 3 - 1;
        if (other < 0 || other >= (long)chart->width * chart->height) continue;
        if (!(chart->radius_mm[other] > 0)) continue;
        const uint32_t *index = mesh->triangles + 3 * (size_t)chart->triangle[other];
        struct vec3 p[3];
        for (int c = 0; c < 3; c++)
            p[c] = vec3_sub(mesh_vertex(mesh, index[c]), chart->axes.centre);
        double s0 = vec3_dot(d, vec3_cross(p[0], p[1])), s1 = vec3_dot(d, vec3_cross(p[1], p[2]));
        double s2 = vec3_dot(d, vec3_cross(p[2], p[0])), whole = s0 + s1 + s2;
        if (!(s0 >= 0 && s1 >= 0 && s2 >= 0 && whole > 0)) continue;
        /* Barycentric by the volumes opposite each corner. */
        struct vec3 hit = vec3_scale(p[0], s1 / whole);
        hit = vec3_mad(vec3_mad(hit, s2 / whole, p[1]), s0 / whole, p[2]);
        return vec3_add(chart->axes.centre, hit);
    }
    return rough;
}

double chart_cell_area_mm2(const struct chart *chart, long cell) {
    struct map_point q = chart_cell_middle(chart, cell);
    double h = chart->cell_mm / 2, r = (double)chart->radius_mm[cell];
    if (!(r > 0)) return 0;
    /* On the sphere a cell covers h^2 sin(angle)/angle; the skin leans over it by its normal. */
    double angle = hypot(q.u, q.v) / chart->scale_mm;
    double shrink = angle > 1e-6 ? sin(angle) / angle : 1.0;
    double facing = vec3_dot(chart_normal(chart, q), chart_direction(chart, q));
    double per_rad = r / chart->scale_mm;
    return 4 * h * h * shrink * per_rad * per_rad / fmax(0.2, facing);
}
