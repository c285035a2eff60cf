#include "plan/region.h"
#include "base/spread.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plan/noise.h"

/* So much of a zone may lie over holes of the scan. */
#define HOLES_MOST 0.03
/* The front, where an edge below the brow's level is a mistake, from the middle to each side. */
#define FRONT_RAD (50 * RAD_PER_DEG)
#define BROW_SLACK_RAD (2 * RAD_PER_DEG)
#define IRREGULARITY_WAVE_MM 6.5

void region_release(struct region *region) {
    curve_release(&region->outline);
}

static struct chart_window window_of(const struct curve *outline) {
    struct chart_window window = {outline->nodes[0].q, outline->nodes[0].q};
    for (size_t i = 0; i < outline->count; i++) {
        struct map_point q = outline->nodes[i].q;
        window.low.u = fmin(window.low.u, q.u), window.low.v = fmin(window.low.v, q.v);
        window.high.u = fmax(window.high.u, q.u), window.high.v = fmax(window.high.v, q.v);
    }
    return window;
}

static enum result check_above_brow(const struct curve_ground *ground, const struct curve *outline,
                                    const char *key, struct error *err) {
    const struct head_axes *axes = &ground->chart->axes;
    double azimuth, brow, elevation;
    head_axes_angles(axes, axes->brow, &azimuth, &brow);
    for (size_t i = 0; i < outline->count; i++) {
        head_axes_angles(axes, outline->nodes[i].p_head, &azimuth, &elevation);
        if (fabs(azimuth) < FRONT_RAD && elevation < brow - BROW_SLACK_RAD)
            return design_refuse(ground->design, err, key,
                                 "its edge lies below the brow, %.0f deg from the middle",
                                 azimuth * DEG_PER_RAD);
    }
    return RESULT_OK;
}

static const struct curve *curve_of_band(const struct curve_ground *ground, const char *name) {
    size_t count = ground->design->curve_count;
    for (size_t i = 0; i < count; i++)
        if (strcmp(ground->design->curves[i].name, name) == 0) return &ground->named[i];
    return &ground->named[count]; /* the hairline */
}

static enum result outline_of(const struct curve_ground *ground, size_t zone_index,
                              struct curve *ret_outline, struct error *err) {
    const struct design_zone *zone = &ground->design->zones[zone_index];
    char key[64];
    snprintf(key, sizeof key, "zones[%zu].outline", zone_index);
    if (!zone->band[0])
        return curve_outline(ground, zone->outline, zone->outline_count, key, ret_outline, err);
    snprintf(key, sizeof key, "zones[%zu].band", zone_index);
    if (curve_band(ground->chart, curve_of_band(ground, zone->band), zone->band_width_mm,
                   ret_outline) == RESULT_OK)
        return RESULT_OK;
    return design_refuse(ground->design, err, key, "the band leaves the scan");
}

enum result regions_outline(const struct curve_ground *ground, struct region *ret_regions,
                            struct error *err) {
    enum result result = RESULT_OK;
    for (size_t i = 0; result == RESULT_OK && i < ground->design->zone_count; i++) {
        const struct design_zone *zone = &ground->design->zones[i];
        struct region *region = &ret_regions[i];
        char key[64];
        snprintf(key, sizeof key, "zones[%zu].%s", i, zone->band[0] ? "band" : "outline");
        result = outline_of(ground, i, &region->outline, err);
        if (result == RESULT_OK && curve_crosses_itself(&region->outline))
            result = design_refuse(ground->design, err, key, "zone %s: its outline crosses itself",
                                   zone->name);
        if (result == RESULT_OK) result = check_above_brow(ground, &region->outline, key, err);
        for (size_t k = 0; result == RESULT_OK && k < region->outline.count; k++) {
            struct curve_node *node = &region->outline.nodes[k];
            if (node->feather_mm <= 0) node->feather_mm = zone->feather_mm;
            if (node->irregularity_mm <= 0) node->irregularity_mm = zone->irregularity_mm;
        }
        if (result == RESULT_OK) region->window = window_of(&region->outline);
    }
    return result;
}

bool region_is_inside(const struct curve *closed, struct map_point q) {
    bool is_in = false;
    for (size_t i = 0, j = closed->count - 1; i < closed->count; j = i++) {
        struct map_point a = closed->nodes[i].q, b = closed->nodes[j].q;
        if ((a.v > q.v) != (b.v > q.v) && q.u < (b.u - a.u) * (q.v - a.v) / (b.v - a.v) + a.u)
            is_in = !is_in;
    }
    return is_in;
}

struct cell_box {
    int x0, y0, x1, y1;
};

static struct cell_box box_of(const struct chart *chart, struct chart_window window) {
    double inv = 1 / chart->cell_mm;
    return (struct cell_box){
        (int)fmax(0, ceil((window.low.u - chart->corner.u) * inv)),
        (int)fmax(0, ceil((window.low.v - chart->corner.v) * inv)),
        (int)fmin(chart->width - 1, floor((window.high.u - chart->corner.u) * inv)),
        (int)fmin(chart->height - 1, floor((window.high.v - chart->corner.v) * inv))};
}

/* weight 1 inside the outline, row by row between its crossings. */
static enum result fill_inside(const struct chart *chart, const struct region *region,
                               float *weight) {
    const struct curve *outline = &region->outline;
    struct cell_box box = box_of(chart, region->window);
    double *crossings = malloc((outline->count + 1) * sizeof *crossings);
    if (!crossings) return RESULT_NO_MEMORY;
    for (int y = box.y0; y <= box.y1; y++) {
        double v = chart->corner.v + y * chart->cell_mm;
        size_t count = 0;
        for (size_t i = 0, j = outline->count - 1; i < outline->count; j = i++) {
            struct map_point a = outline->nodes[i].q, b = outline->nodes[j].q;
            if ((a.v > v) != (b.v > v))
                crossings[count++] = (b.u - a.u) * (v - a.v) / (b.v - a.v) + a.u;
        }
        spread_sort(crossings, count);
        for (size_t k = 0; k + 1 < count; k += 2) {
            double inv = 1 / chart->cell_mm;
            int from = (int)fmax(0, ceil((crossings[k] - chart->corner.u) * inv));
            int to = (int)fmin(chart->width - 1, floor((crossings[k + 1] - chart->corner.u) * inv));
            for (int x = from; x <= to; x++) weight[(long)y * chart->width + x] = 1;
        }
    }
    free(crossings);
    return RESULT_OK;
}

static double distance_to_segment(struct vec3 p, struct vec3 a, struct vec3 b) {
    struct vec3 ab = vec3_sub(b, a), ap = vec3_sub(p, a);
    double length2 = vec3_norm2(ab), t = length2 > 0 ? vec3_dot(ap, ab) / length2 : 0;
    return vec3_norm(vec3_mad(ap, -fmin(1, fmax(0, t)), ab));
}

/* From nothing at the edge to all of it: slow at both ends, so that neither shows as a line. */
static double ramp(double t) {
    t = fmin(1, fmax(0, t));
    return t * t * (3 - 2 * t);
}

/* Lower the weight of the cells near one piece of the outline. */
static void feather_segment(const struct chart *chart, const struct curve_node *a,
                            const struct curve_node *b, uint32_t seed, float *weight) {
    double reach = a->feather_mm + a->irregularity_mm;
    double on_map = reach * fmax(chart_stretch(chart, a->q), chart_stretch(chart, b->q));
    struct chart_window window = {{fmin(a->q.u, b->q.u) - on_map, fmin(a->q.v, b->q.v) - on_map},
                                  {fmax(a->q.u, b->q.u) + on_map, fmax(a->q.v, b->q.v) + on_map}};
    struct cell_box box = box_of(chart, window);
    for (int y = box.y0; y <= box.y1; y++)
        for (int x = box.x0; x <= box.x1; x++) {
            long cell = (long)y * chart->width + x;
            struct vec3 p;
            if (weight[cell] <= 0 || !chart_place(chart, chart_cell_middle(chart, cell), &p))
                continue;
            double in = distance_to_segment(p, a->p_head, b->p_head);
            if (in > reach) continue;
            if (a->irregularity_mm > 0)
                in -= a->irregularity_mm *
                      (0.5 + noise_at(vec3_scale(p, 1 / IRREGULARITY_WAVE_MM), seed));
            double w = a->feather_mm > 0 ? ramp(in / a->feather_mm) : in > 0;
            if (w < (double)weight[cell]) weight[cell] = (float)w;
        }
}

static enum result weigh(const struct chart *chart, const struct region *region, uint32_t seed,
                         float *weight) {
    const struct curve *outline = &region->outline;
    enum result result = fill_inside(chart, region, weight);
    for (size_t i = 0; result == RESULT_OK && i < outline->count; i++) {
        const struct curve_node *a = &outline->nodes[i];
        if (a->feather_mm + a->irregularity_mm > 0)
            feather_segment(chart, a, &outline->nodes[(i + 1) % outline->count], seed, weight);
    }
    return result;
}

static void keep_out(const struct chart *chart, const struct keep_out *ball, bool *is_kept_out) {
    struct map_point q = chart_flatten(chart, ball->p_head);
    double on_map = ball->radius_mm * chart_stretch(chart, q) * 1.5;
    struct chart_window window = {{q.u - on_map, q.v - on_map}, {q.u + on_map, q.v + on_map}};
    struct cell_box box = box_of(chart, window);
    /* A dot may move within its cell: the whole cell stays out. */
    double radius = ball->radius_mm + chart->cell_mm;
    for (int y = box.y0; y <= box.y1; y++)
        for (int x = box.x0; x <= box.x1; x++) {
            long cell = (long)y * chart->width + x;
            struct vec3 p;
            if (chart_place(chart, chart_cell_middle(chart, cell), &p) &&
                !(vec3_distance(p, ball->p_head) > radius))
                is_kept_out[cell] = true;
        }
}

/* Turn weights into wanted dots: density times area, faded where later zones lie over it. */
static enum result settle(const struct curve_ground *ground, size_t zone_index,
                          struct region_map *map, struct error *err) {
    const struct chart *chart = map->chart;
    const struct design_zone *zone = &ground->design->zones[zone_index];
    long cells = (long)chart->width * chart->height;
    double inside = 0, holes = 0, dots = 0;
    char key[64];
    for (long c = 0; c < cells; c++) {
        double weight = (double)map->weight[zone_index][c];
        if (!(weight > 0)) continue;
        inside++, holes += !(chart->radius_mm[c] > 0);
        for (size_t later = zone_index + 1; later < map->zone_count; later++)
            weight *= 1 - (double)map->weight[later][c];
        if (map->is_kept_out[c]) weight = 0;
        if (map->area_mm2[c] <= 0) map->area_mm2[c] = (float)chart_cell_area_mm2(chart, c);
        double wanted =
            weight > 1e-3 ? weight * zone->density_per_cm2 / 100 * (double)map->area_mm2[c] : 0;
        map->wanted[zone_index][c] = (float)wanted;
        dots += wanted;
    }
    snprintf(key, sizeof key, "zones[%zu]", zone_index);
    if (holes > HOLES_MOST * inside)
        return design_refuse(ground->design, err, key,
                             "zone %s leaves the scan: %.0f %% of it has no skin", zone->name,
                             100 * holes / inside);
    if (dots < 0.5)
        return design_refuse(ground->design, err, key,
                             "zone %s is too small for a dot at %g dots/cm2 (or all of it is kept "
                             "out or covered by later zones)",
                             zone->name, zone->density_per_cm2);
    return RESULT_OK;
}

enum result region_map_build(const struct curve_ground *ground, const struct region *regions,
                             const struct keep_out *keep_outs, size_t keep_out_count,
                             struct region_map *ret_map, struct error *err) {
    const struct chart *chart = ground->chart;
    size_t zones = ground->design->zone_count;
    size_t cells = (size_t)chart->width * (size_t)chart->height;
    struct region_map map = {.chart = chart,
                             .zone_count = zones,
                             .wanted = calloc(zones, sizeof(float *)),
                             .weight = calloc(zones, sizeof(float *)),
                             .area_mm2 = calloc(cells, sizeof(float)),
                             .is_kept_out = calloc(cells, sizeof(bool))};
    enum result result =
        map.wanted && map.weight && map.area_mm2 && map.is_kept_out ? RESULT_OK : RESULT_NO_MEMORY;
    for (size_t i = 0; result == RESULT_OK && i < zones; i++) {
        map.wanted[i] = calloc(cells, sizeof(float));
        map.weight[i] = calloc(cells, sizeof(float));
        result = map.wanted[i] && map.weight[i] ? RESULT_OK : RESULT_NO_MEMORY;
        uint32_t seed = (uint32_t)ground->design->seed * 31 + (uint32_t)i;
        if (result == RESULT_OK) result = weigh(chart, &regions[i], seed, map.weight[i]);
    }
    for (size_t i = 0; result == RESULT_OK && i < keep_out_count; i++)
        keep_out(chart, &keep_outs[i], map.is_kept_out);
    if (result == RESULT_NO_MEMORY) error_set(err, result, "out of memory for the zones");
    for (size_t i = 0; result == RESULT_OK && i < zones; i++) result = settle(ground, i, &map, err);
    if (result != RESULT_OK)
        region_map_release(&map);
    else
        *ret_map = map;
    return result;
}

void region_map_release(struct region_map *map) {
    for (size_t i = 0; i < map->zone_count; i++) {
        if (map->wanted) free(map->wanted[i]);
        if (map->weight) free(map->weight[i]);
    }
    free(map->wanted);
    free(map->weight);
    free(map->area_mm2);
    free(map->is_kept_out);
    *map = (struct region_map){0};
}
