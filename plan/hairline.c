#include "plan/hairline.h"

#include <stdlib.h>

#define STEP_RAD 0.01 /* about a millimetre */
#define LINE_MAX 1024

static struct map_point at_angles(const struct chart *chart, double azimuth, double elevation) {
    struct vec3 d = head_axes_direction(&chart->axes, azimuth, elevation);
    return chart_flatten(chart, vec3_mad(chart->axes.centre, chart->scale_mm, d));
}

enum result hairline_climb(const struct chart *chart, double azimuth_rad, double height_mm,
                           struct map_point *ret_q) {
    double azimuth, elevation, climbed = 0, sign = height_mm < 0 ? -1 : 1;
    head_axes_angles(&chart->axes, chart->axes.brow, &azimuth, &elevation);
    struct map_point q = at_angles(chart, azimuth_rad, elevation);
    struct vec3 here, next;
    if (!chart_place(chart, q, &here)) return RESULT_RANGE;
    while (climbed < fabs(height_mm)) {
        struct map_point ahead = at_angles(chart, azimuth_rad, elevation + sign * STEP_RAD);
        if (elevation >= PI / 2 || !chart_place(chart, ahead, &next)) return RESULT_RANGE;
        double step = vec3_distance(here, next);
        double share = fmin(1, (fabs(height_mm) - climbed) / fmax(step, 1e-9));
        elevation += share * sign * STEP_RAD;
        climbed += step, here = next;
    }
    *ret_q = at_angles(chart, azimuth_rad, elevation);
    return RESULT_OK;
}

enum result hairline_azimuth(const struct chart *chart, double elevation_rad, double side_mm,
                             double *ret_azimuth_rad) {
    double azimuth = 0, gone = 0, sign = side_mm < 0 ? -1 : 1;
    struct vec3 here, next;
    if (!chart_place(chart, at_angles(chart, 0, elevation_rad), &here)) return RESULT_RANGE;
    while (gone < fabs(side_mm)) {
        struct map_point ahead = at_angles(chart, azimuth + sign * STEP_RAD, elevation_rad);
        if (fabs(azimuth) > PI || !chart_place(chart, ahead, &next)) return RESULT_RANGE;
        double step = vec3_distance(here, next);
        azimuth += sign * STEP_RAD * fmin(1, (fabs(side_mm) - gone) / fmax(step, 1e-9));
        gone += step, here = next;
    }
    *ret_azimuth_rad = azimuth;
    return RESULT_OK;
}

/* The rule's points as (side, height), left to right. */
static size_t points_by_rule(const struct design_hairline *h, struct map_point *out) {
    /* Of the corner's side, and of what height: middle, forelock, bay, corner, temple. */
    const struct {
        double of_corner, beyond_mm, of_peak, of_recession, of_temple;
    } rule[] = {
        {0.00, 0, -1.0, 0.00, 0},  {0.30, 0, -0.2, 0.06, 0},  {0.62, 0, 0, 0.34, 0},
        {0.86, 0, 0, 0.78, 0},     {1.00, 2, 0, 1.00, -0.08}, {1.00, 10, 0, 0.80, -0.42},
        {1.00, 17, 0, 0.40, -0.8}, {1.00, 25, 0, 0.0, -1.0},
    };
    const int side_count = sizeof rule / sizeof *rule;
    size_t count = 0;
    for (int i = -(side_count - 1); i < side_count; i++) {
        int k = abs(i);
        double sign = i < 0 ? -1 : 1, side = rule[k].of_corner * h->corner_mm + rule[k].beyond_mm;
        double lean = 0.5 * h->asymmetry_mm * sign * rule[k].of_corner;
        out[count++] = (struct map_point){sign * side, h->height_mm + rule[k].of_peak * h->peak_mm +
                                                           rule[k].of_recession * h->recession_mm +
                                                           rule[k].of_temple * h->temple_mm + lean};
    }
    return count;
}

static enum result place_line(const struct chart *chart, const struct design_hairline *h,
                              const struct map_point *line, size_t count, struct curve *curve) {
    struct map_point middle;
    struct vec3 p;
    double azimuth, level;
    enum result result = hairline_climb(chart, 0, h->height_mm, &middle);
    if (result != RESULT_OK || !chart_place(chart, middle, &p)) return RESULT_RANGE;
    head_axes_angles(&chart->axes, p, &azimuth, &level);
    for (size_t i = 0; result == RESULT_OK && i < count; i++) {
        double off = (line[i].u - h->cowlick_side_mm) / h->cowlick_width_mm;
        double height = line[i].v + h->cowlick_height_mm * exp(-off * off);
        struct map_point q;
        result = hairline_azimuth(chart, level, line[i].u, &azimuth);
        if (result == RESULT_OK) result = hairline_climb(chart, azimuth, height, &q);
        if (result == RESULT_OK) result = curve_add(chart, q, h->feather_mm, curve);
        if (result == RESULT_OK)
            curve->nodes[curve->count - 1].irregularity_mm = h->irregularity_mm;
    }
    return result;
}

enum result hairline_make(const struct chart *chart, const struct design *design,
                          struct curve *ret_curve, struct error *err) {
    const struct design_hairline *h = &design->hairline;
    struct map_point points[DESIGN_CONTROLS_MAX + 1], *line = malloc(LINE_MAX * sizeof *line);
    struct curve curve = {0};
    if (!line) return error_set(err, RESULT_NO_MEMORY, "out of memory");
    size_t count = h->control_count;
    for (size_t i = 0; i < count; i++)
        points[i] = (struct map_point){h->controls[i].side_mm, h->controls[i].height_mm};
    if (count == 0) count = points_by_rule(h, points);
    count = curve_spline(points, count, line, LINE_MAX);
    enum result result = place_line(chart, h, line, count, &curve);
    free(line);
    if (result == RESULT_OK) {
        *ret_curve = curve;
        return RESULT_OK;
    }
    curve_release(&curve);
    if (result == RESULT_NO_MEMORY) return error_set(err, result, "out of memory");
    return design_refuse(design, err, "hairline",
                         "the hairline leaves the scan: there is no skin for all of it");
}
