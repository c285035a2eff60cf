#include "plan/curve.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A design's own point may stand so far off the skin. */
#define OFF_SCAN_MM 6.0

void curve_release(struct curve *curve) {
    free(curve->nodes);
    *curve = (struct curve){0};
}

static enum result append(struct curve *curve, struct curve_node node) {
    if (curve->count >= CURVE_NODES_MAX) return RESULT_LIMIT;
    if (curve->count == curve->capacity) {
        size_t capacity = curve->capacity ? 2 * curve->capacity : 64;
        struct curve_node *grown = realloc(curve->nodes, capacity * sizeof *grown);
        if (!grown) return RESULT_NO_MEMORY;
        curve->nodes = grown, curve->capacity = capacity;
    }
    curve->nodes[curve->count++] = node;
    return RESULT_OK;
}

enum result curve_add(const struct chart *chart, struct map_point q, double feather_mm,
                      struct curve *curve) {
    struct curve_node node = {.q = q, .feather_mm = feather_mm};
    if (!chart_place(chart, q, &node.p_head)) return RESULT_RANGE;
    return append(curve, node);
}

double curve_length_mm(const struct curve *curve) {
    double length = 0;
    for (size_t i = 1; i < curve->count; i++)
        length += vec3_distance(curve->nodes[i - 1].p_head, curve->nodes[i].p_head);
    return length;
}

static double map_distance(struct map_point a, struct map_point b) {
    return hypot(a.u - b.u, a.v - b.v);
}

static double nearest_vertex_mm(const struct mesh *mesh, struct vec3 p) {
    double nearest2 = INFINITY;
    for (size_t v = 0; v < mesh->vertex_count; v++)
        nearest2 = fmin(nearest2, vec3_norm2(vec3_sub(mesh_vertex(mesh, (uint32_t)v), p)));
    return sqrt(nearest2);
}

enum result curve_place(const struct curve_ground *ground, const struct design_point *point,
                        const char *key, struct map_point *ret_q, struct error *err) {
    const struct chart *chart = ground->chart;
    struct vec3 p = {point->p_head_mm[0], point->p_head_mm[1], point->p_head_mm[2]};
    if (point->has_polar)
        p = vec3_mad(chart->axes.centre, chart->scale_mm,
                     head_axes_direction(&chart->axes, point->polar_deg[0] * RAD_PER_DEG,
                                         point->polar_deg[1] * RAD_PER_DEG));
    struct map_point q = chart_flatten(chart, p);
    struct vec3 skin;
    if (!chart_place(chart, q, &skin))
        return design_refuse(ground->design, err, key,
                             "the zone leaves the scan: there is no skin at (%.1f, %.1f, %.1f)",
                             p.x, p.y, p.z);
    /* The distance to the nearest vertex only misjudges coarse scans; the skin's place decides. */
    double off_mm = point->has_polar ? 0 : vec3_distance(p, skin);
    if (off_mm > OFF_SCAN_MM) off_mm = fmin(off_mm, nearest_vertex_mm(ground->mesh, p));
    if (!(off_mm <= OFF_SCAN_MM))
        return design_refuse(ground->design, err, key, "(%.1f, %.1f, %.1f) is %.1f mm off the scan",
                             p.x, p.y, p.z, off_mm);
    *ret_q = q;
    return RESULT_OK;
}

/* Barry and Goldman's pyramid for one span with centripetal knots. */
static struct map_point catmull_rom(const struct map_point p[4], double share) {
    double t[4] = {0};
    struct map_point a[4] = {p[0], p[1], p[2], p[3]};
    for (int i = 1; i < 4; i++) t[i] = t[i - 1] + sqrt(map_distance(p[i - 1], p[i])) + 1e-9;
    double at = t[1] + share * (t[2] - t[1]);
    for (int level = 1; level < 4; level++)
        for (int i = 0; i + level < 4; i++) {
            int from = level == 3 ? 1 : i, to = level == 3 ? 2 : i + level;
            double w = (at - t[from]) / (t[to] - t[from]);
            a[i].u += w * (a[i + 1].u - a[i].u);
            a[i].v += w * (a[i + 1].v - a[i].v);
        }
    return a[0];
}

size_t curve_spline(const struct map_point *points, size_t count, struct map_point *out,
                    size_t most) {
    size_t made = 0;
    for (size_t i = 0; i + 1 < count; i++) {
        struct map_point a = points[i], b = points[i + 1];
        struct map_point before = {2 * a.u - b.u, 2 * a.v - b.v};
        struct map_point after = {2 * b.u - a.u, 2 * b.v - a.v};
        struct map_point span[4] = {i > 0 ? points[i - 1] : before, a, b,
                                    i + 2 < count ? points[i + 2] : after};
        int steps = (int)fmax(1, ceil(map_distance(a, b) / CURVE_STEP_MM));
        for (int k = 0; k < steps && made < most; k++)
            out[made++] = catmull_rom(span, (double)k / steps);
    }
    if (count > 0 && made < most) out[made++] = points[count - 1];
    return made;
}

enum result curve_through(const struct chart *chart, const struct map_point *points, size_t count,
                          struct curve *ret_curve) {
    struct curve curve = {0};
    struct map_point *line = malloc(CURVE_NODES_MAX * sizeof *line);
    enum result result = line ? RESULT_OK : RESULT_NO_MEMORY;
    size_t made = line ? curve_spline(points, count, line, CURVE_NODES_MAX) : 0;
    for (size_t i = 0; result == RESULT_OK && i < made; i++)
        result = curve_add(chart, line[i], 0, &curve);
    free(line);
    if (result != RESULT_OK)
        curve_release(&curve);
    else
        *ret_curve = curve;
    return result;
}

/* Go straight over the skin (a great circle of directions) from the last node to q. */
static enum result go_to(const struct chart *chart, struct map_point q, struct curve *curve) {
    if (curve->count > 0) {
        struct curve_node *last = &curve->nodes[curve->count - 1];
        struct vec3 a = chart_direction(chart, last->q), b = chart_direction(chart, q);
        double angle = vec3_angle(a, b);
        int steps = (int)ceil(angle * chart->scale_mm / CURVE_STEP_MM);
        double feather = last->feather_mm;
        for (int k = 1; k < steps; k++) {
            double share = (double)k / steps;
            struct vec3 d = vec3_unit(vec3_add(vec3_scale(a, sin((1 - share) * angle)),
                                               vec3_scale(b, sin(share * angle))));
            struct vec3 p = vec3_mad(chart->axes.centre, chart->scale_mm, d);
            enum result result = curve_add(chart, chart_flatten(chart, p), feather, curve);
            if (result != RESULT_OK) return result;
        }
    }
    return curve_add(chart, q, 0, curve);
}

static const struct curve *find_named(const struct curve_ground *ground, const char *name) {
    const struct design *design = ground->design;
    if (strcmp(name, CURVE_HAIRLINE) == 0) return &ground->named[design->curve_count];
    for (size_t i = 0; i < design->curve_count; i++)
        if (strcmp(design->curves[i].name, name) == 0) return &ground->named[i];
    return NULL;
}

static enum result take_in(const struct chart *chart, const struct curve *line, bool is_reversed,
                           struct curve *curve) {
    enum result result = RESULT_OK;
    for (size_t i = 0; result == RESULT_OK && i < line->count; i++) {
        const struct curve_node *node = &line->nodes[is_reversed ? line->count - 1 - i : i];
        result = i == 0 ? go_to(chart, node->q, curve) : append(curve, *node);
        curve->nodes[curve->count - 1].feather_mm = node->feather_mm;
        curve->nodes[curve->count - 1].irregularity_mm = node->irregularity_mm;
    }
    /* What follows the curve is the zone's own edge again. */
    if (result == RESULT_OK) {
        curve->nodes[curve->count - 1].feather_mm = 0;
        curve->nodes[curve->count - 1].irregularity_mm = 0;
    }
    return result;
}

enum result curve_outline(const struct curve_ground *ground, const struct design_point *points,
                          size_t count, const char *key, struct curve *ret_curve,
                          struct error *err) {
    struct curve curve = {0};
    enum result result = RESULT_OK;
    bool is_told = false;
    for (size_t i = 0; result == RESULT_OK && i < count; i++) {
        char at[96];
        struct map_point q = {0, 0};
        snprintf(at, sizeof at, "%s[%zu]", key, i);
        if (points[i].curve[0]) {
            result = take_in(ground->chart, find_named(ground, points[i].curve),
                             points[i].is_reversed, &curve);
            continue;
        }
        result = curve_place(ground, &points[i], at, &q, err);
        is_told = result != RESULT_OK;
        if (result == RESULT_OK) result = go_to(ground->chart, q, &curve);
    }
    if (result == RESULT_OK && curve.count > 0) {
        result = go_to(ground->chart, curve.nodes[0].q, &curve); /* close it: */
        curve.count -= result == RESULT_OK;                      /* the first node again */
    }
    if (result == RESULT_OK && curve.count < 3) result = RESULT_RANGE;
    if (result == RESULT_OK) {
        *ret_curve = curve;
        return RESULT_OK;
    }
    curve_release(&curve);
    if (is_told) return result;
    return design_refuse(ground->design, err, key, "the outline leaves the scan%s",
                         result == RESULT_LIMIT ? " or is too long" : "");
}

/* The map point `out_mm` to the left of the line at node i, on the skin's scale. */
static struct map_point beside(const struct chart *chart, const struct curve *line, size_t i,
                               double out_mm) {
    struct map_point q = line->nodes[i].q;
    struct vec3 p = line->nodes[i].p_head, n = chart_normal(chart, q);
    struct vec3 before = line->nodes[i > 0 ? i - 1 : 0].p_head;
    struct vec3 after = line->nodes[i + 1 < line->count ? i + 1 : i].p_head;
    struct vec3 left = vec3_unit(vec3_cross(n, vec3_sub(after, before)));
    return chart_flatten(chart, vec3_mad(p, out_mm, left));
}

enum result curve_band(const struct chart *chart, const struct curve *line, double width_mm,
                       struct curve *ret_curve) {
    struct curve curve = {0};
    double whole = curve_length_mm(line), at = 0;
    enum result result = line->count >= 2 ? RESULT_OK : RESULT_INVALID;
    double *halves = malloc((line->count + 1) * sizeof *halves);
    if (!halves) return RESULT_NO_MEMORY;
    for (size_t i = 0; i < line->count; i++) {
        if (i > 0) at += vec3_distance(line->nodes[i - 1].p_head, line->nodes[i].p_head);
        double from_end = fmin(at, whole - at) / fmax(1e-9, width_mm / 2);
        double round_end = from_end < 1 ? sqrt(fmax(0.04, 1 - (1 - from_end) * (1 - from_end))) : 1;
        halves[i] = 0.5 * width_mm * round_end;
    }
    for (size_t k = 0; result == RESULT_OK && k < 2 * line->count; k++) {
        size_t i = k < line->count ? k : 2 * line->count - 1 - k;
        double out = k < line->count ? halves[i] : -halves[i];
        result = curve_add(chart, beside(chart, line, i, out), 0, &curve);
    }
    free(halves);
    if (result != RESULT_OK)
        curve_release(&curve);
    else
        *ret_curve = curve;
    return result;
}

static bool segments_cross(struct map_point a, struct map_point b, struct map_point c,
                           struct map_point d) {
    double abc = (b.u - a.u) * (c.v - a.v) - (b.v - a.v) * (c.u - a.u);
    double abd = (b.u - a.u) * (d.v - a.v) - (b.v - a.v) * (d.u - a.u);
    double cda = (d.u - c.u) * (a.v - c.v) - (d.v - c.v) * (a.u - c.u);
    double cdb = (d.u - c.u) * (b.v - c.v) - (d.v - c.v) * (b.u - c.u);
    return abc * abd < 0 && cda * cdb < 0;
}

bool curve_crosses_itself(const struct curve *closed) {
    size_t n = closed->count;
    for (size_t i = 0; i < n; i++)
        for (size_t j = i + 2; j < n; j++) {
            if (i == 0 && j == n - 1) continue;
            if (segments_cross(closed->nodes[i].q, closed->nodes[i + 1].q, closed->nodes[j].q,
                               closed->nodes[(j + 1) % n].q))
                return true;
        }
    return false;
}
