#include "plan/pen.h"

#include <stdlib.h>
#include <string.h>

#define CELL_MM 1.0
#define STROKE_LEAST_MM 30.0
/* Of the way from the pen's colour to the skin's. */
#define NEARER_SHARE 0.45
#define CLOSE_GAP_CELLS 3 /* strokes skip a little, and so do coarse scans */
#define WAYPOINT_CELLS 8  /* the spline's points along the stroke */
#define WAYPOINTS_MAX 512

/* Cells of the stroke, and steps over them. */
struct tracing {
    struct chart chart; /* of the coloured scan */
    bool *is_pen;       /* owned */
    int32_t *steps;     /* owned; from where a search began; -1: not reached */
    int32_t *queue;     /* owned */
    size_t cells;
};

static int by_value(const void *a, const void *b) {
    return *(const uint8_t *)a - *(const uint8_t *)b;
}

/* The skin's colour: the median of each channel. */
static enum result skin_colour(const struct mesh *mesh, double ret_rgb[3]) {
    uint8_t *channel = malloc(mesh->vertex_count + 1);
    if (!channel) return RESULT_NO_MEMORY;
    for (int c = 0; c < 3; c++) {
        for (size_t i = 0; i < mesh->vertex_count; i++)
            channel[i] = mesh->colours[3 * i + (size_t)c];
        qsort(channel, mesh->vertex_count, 1, by_value);
        ret_rgb[c] = channel[mesh->vertex_count / 2];
    }
    free(channel);
    return RESULT_OK;
}

/* Colour of a triangle's vertices at p, the nearest counting most. */
static void colour_at(const struct mesh *mesh, uint32_t triangle, struct vec3 p, double rgb[3]) {
    double whole = 0;
    memset(rgb, 0, 3 * sizeof *rgb);
    for (int k = 0; k < 3; k++) {
        uint32_t v = mesh->triangles[3 * (size_t)triangle + (size_t)k];
        double weight = 1 / (0.05 + vec3_norm2(vec3_sub(p, mesh_vertex(mesh, v))));
        whole += weight;
        for (int c = 0; c < 3; c++) rgb[c] += weight * mesh->colours[3 * (size_t)v + (size_t)c];
    }
    for (int c = 0; c < 3; c++) rgb[c] /= whole;
}

static double colour_distance(const double a[3], const double b[3]) {
    return hypot(hypot(a[0] - b[0], a[1] - b[1]), a[2] - b[2]);
}

static void mark(struct tracing *t, const struct mesh *mesh, const double pen[3],
                 const double skin[3]) {
    double apart = colour_distance(pen, skin);
    for (size_t c = 0; c < t->cells; c++) {
        double rgb[3];
        struct vec3 p;
        if (!(t->chart.radius_mm[c] > 0) ||
            !chart_place(&t->chart, chart_cell_middle(&t->chart, (long)c), &p))
            continue;
        colour_at(mesh, t->chart.triangle[c], p, rgb);
        t->is_pen[c] = colour_distance(rgb, pen) < NEARER_SHARE * apart;
    }
}

/* Breadth-first over pen cells (jumping small gaps) from `start`; returns the farthest cell. */
static long search(struct tracing *t, long start, size_t *ret_reached) {
    size_t first = 0, last = 0;
    int width = t->chart.width, height = t->chart.height;
    memset(t->steps, 0xff, t->cells * sizeof *t->steps);
    t->queue[last++] = (int32_t)start, t->steps[start] = 0;
    while (first < last) {
        long at = t->queue[first++];
        for (int dy = -CLOSE_GAP_CELLS; dy <= CLOSE_GAP_CELLS; dy++)
            for (int dx = -CLOSE_GAP_CELLS; dx <= CLOSE_GAP_CELLS; dx++) {
                long x = at % width + dx, y = at / width + dy, next = y * width + x;
                if (x < 0 || y < 0 || x >= width || y >= height || !t->is_pen[next]) continue;
                if (t->steps[next] >= 0) continue;
                t->steps[next] = t->steps[at] + 1;
                t->queue[last++] = (int32_t)next;
            }
    }
    *ret_reached = last;
    return t->queue[last - 1];
}

/* The stroke's middle near a cell: the mean of the pen cells around it. */
static struct map_point middle_near(const struct tracing *t, long cell) {
    const int reach = 5;
    double u = 0, v = 0;
    int seen = 0;
    for (int dy = -reach; dy <= reach; dy++)
        for (int dx = -reach; dx <= reach; dx++) {
            long x = cell % t->chart.width + dx, y = cell / t->chart.width + dy;
            if (x < 0 || y < 0 || x >= t->chart.width || y >= t->chart.height) continue;
            long other = y * t->chart.width + x;
            if (!t->is_pen[other] || abs(t->steps[other] - t->steps[cell]) > reach) continue;
            struct map_point q = chart_cell_middle(&t->chart, other);
            u += q.u, v += q.v, seen++;
        }
    return (struct map_point){u / seen, v / seen};
}

/* From the search's farthest cell back to its start, a waypoint now and then. */
static size_t walk_back(const struct tracing *t, long cell, struct map_point *points) {
    size_t count = 0;
    int width = t->chart.width, height = t->chart.height;
    points[count++] = middle_near(t, cell);
    for (int step = t->steps[cell]; step > 0; step--) {
        long best = -1;
        for (int dy = -CLOSE_GAP_CELLS; dy <= CLOSE_GAP_CELLS && best < 0; dy++)
            for (int dx = -CLOSE_GAP_CELLS; dx <= CLOSE_GAP_CELLS && best < 0; dx++) {
                long x = cell % width + dx, y = cell / width + dy, next = y * width + x;
                if (x < 0 || y < 0 || x >= width || y >= height) continue;
                if (t->is_pen[next] && t->steps[next] == step - 1) best = next;
            }
        if (best < 0) break;
        cell = best;
        bool is_due = step % (WAYPOINT_CELLS / CLOSE_GAP_CELLS) == 0 || step == 1;
        if (is_due && count < WAYPOINTS_MAX) points[count++] = middle_near(t, cell);
    }
    return count;
}

/* The longest stroke: twice the farthest cell, from each piece not seen yet. */
static size_t longest(struct tracing *t, struct map_point *points) {
    size_t best_count = 0;
    int32_t best_steps = 0;
    bool *is_seen = calloc(t->cells, sizeof *is_seen);
    struct map_point *mine = malloc(WAYPOINTS_MAX * sizeof *mine);
    for (size_t c = 0; is_seen && mine && c < t->cells; c++) {
        size_t reached = 0;
        if (!t->is_pen[c] || is_seen[c]) continue;
        long end = search(t, (long)c, &reached);
        for (size_t i = 0; i < reached; i++) is_seen[t->queue[i]] = true;
        long other = search(t, end, &reached);
        if (t->steps[other] <= best_steps) continue;
        best_steps = t->steps[other];
        best_count = walk_back(t, other, mine);
        memcpy(points, mine, best_count * sizeof *mine);
    }
    free(is_seen);
    free(mine);
    return best_count;
}

static enum result trace(struct tracing *t, const struct curve_ground *ground,
                         struct curve *ret_curve) {
    struct map_point points[WAYPOINTS_MAX];
    size_t count = longest(t, points);
    if (count < 2) return RESULT_RANGE;
    if (points[0].u > points[count - 1].u)
        for (size_t i = 0; i < count / 2; i++) {
            struct map_point swap = points[i];
            points[i] = points[count - 1 - i], points[count - 1 - i] = swap;
        }
    enum result result = curve_through(ground->chart, points, count, ret_curve);
    if (result == RESULT_OK && curve_length_mm(ret_curve) < STROKE_LEAST_MM) {
        curve_release(ret_curve);
        result = RESULT_RANGE;
    }
    return result;
}

enum result pen_trace(const struct curve_ground *ground, const struct mesh *coloured,
                      const double rgb[3], const char *key, struct curve *ret_curve,
                      struct error *err) {
    const struct head_axes *axes = &ground->chart->axes;
    struct tracing t = {0};
    double skin[3];
    if (!coloured->colours)
        return design_refuse(ground->design, err, key,
                             "the scan has no colours to trace a pen in: give the coloured scan "
                             "(--colours)");
    enum result result = chart_build(coloured, axes, chart_whole(axes), CELL_MM, &t.chart);
    if (result == RESULT_OK) result = skin_colour(coloured, skin);
    t.cells = (size_t)t.chart.width * (size_t)t.chart.height;
    t.is_pen = calloc(t.cells + 1, sizeof *t.is_pen);
    t.steps = calloc(t.cells + 1, sizeof *t.steps);
    t.queue = calloc(t.cells + 1, sizeof *t.queue);
    if (!t.is_pen || !t.steps || !t.queue) result = RESULT_NO_MEMORY;
    if (result == RESULT_OK) {
        mark(&t, coloured, rgb, skin);
        result = trace(&t, ground, ret_curve);
    }
    free(t.is_pen);
    free(t.steps);
    free(t.queue);
    chart_release(&t.chart);
    if (result == RESULT_NO_MEMORY || result == RESULT_LIMIT)
        return error_set(err, result, "out of memory");
    if (result != RESULT_OK)
        return design_refuse(ground->design, err, key,
                             "no pen stroke of colour (%.0f, %.0f, %.0f) at least %.0f mm long on "
                             "the scan",
                             rgb[0], rgb[1], rgb[2], STROKE_LEAST_MM);
    return RESULT_OK;
}
