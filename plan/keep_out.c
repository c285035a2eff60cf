#include "plan/keep_out.h"

#include <stdio.h>
#include <stdlib.h>

#include "plan/hairline.h"
#include "plan/region.h"

/* Of an adult head: the brow reaches from 10 to 58 mm beside the middle, 4 mm over the point
 * between the brows; eyes are 32 mm beside it, 20 mm lower; the ear's middle is 12 mm behind and 10
 * mm above the canal. Radii have the margin in them. */
#define BROW_FROM_MM 10.0
#define BROW_TO_MM 58.0
#define BROW_STEP_MM 4.0
#define BROW_UP_MM 4.0
#define BROW_RADIUS_MM 8.0
#define EYE_SIDE_MM 32.0
#define EYE_DOWN_MM 20.0
#define EYE_RADIUS_MM 20.0
#define EAR_BEHIND_MM 12.0
#define EAR_UP_MM 10.0
#define EAR_RADIUS_MM 32.0

/* Balls that cover an area stand on a grid about so fine. */
#define COVER_LEAST_MM 2.0
#define COVER_BALLS 900.0

static enum result add(struct keep_out_list *list, struct vec3 p_head, double radius_mm) {
    if (list->count >= DOT_PLAN_KEEP_OUTS_MAX) return RESULT_LIMIT;
    if (list->count == list->capacity) {
        size_t capacity = list->capacity ? 2 * list->capacity : 64;
        struct keep_out *grown = realloc(list->balls, capacity * sizeof *grown);
        if (!grown) return RESULT_NO_MEMORY;
        list->balls = grown, list->capacity = capacity;
    }
    list->balls[list->count++] = (struct keep_out){p_head, radius_mm};
    return RESULT_OK;
}

void keep_outs_release(struct keep_out_list *list) {
    free(list->balls);
    *list = (struct keep_out_list){0};
}

/* A ball beside the middle at a height over the brow's level; skipped where the scan has no skin,
 * for there no dot can be either. */
static enum result add_on_face(const struct chart *chart, double side_mm, double height_mm,
                               double radius_mm, struct keep_out_list *list) {
    double azimuth, level;
    struct map_point q;
    struct vec3 p;
    head_axes_angles(&chart->axes, chart->axes.brow, &azimuth, &level);
    if (hairline_azimuth(chart, level, side_mm, &azimuth) != RESULT_OK ||
        hairline_climb(chart, azimuth, height_mm, &q) != RESULT_OK || !chart_place(chart, q, &p))
        return RESULT_OK;
    return add(list, p, radius_mm);
}

static enum result add_standard(const struct curve_ground *ground, struct keep_out_list *list) {
    const struct chart *chart = ground->chart;
    const struct head_axes *axes = &chart->axes;
    enum result result = RESULT_OK;
    for (int side = -1; side <= 1 && result == RESULT_OK; side += 2) {
        for (double at = BROW_FROM_MM; at <= BROW_TO_MM && result == RESULT_OK; at += BROW_STEP_MM)
            result = add_on_face(chart, side * at, BROW_UP_MM, BROW_RADIUS_MM, list);
        if (result == RESULT_OK)
            result = add_on_face(chart, side * EYE_SIDE_MM, -EYE_DOWN_MM, EYE_RADIUS_MM, list);
        struct vec3 ear = side < 0 ? axes->ear_left : axes->ear_right;
        struct vec3 to_middle = {0, -EAR_BEHIND_MM, EAR_UP_MM};
        ear = vec3_add(ear, mat3_apply(mat3_transpose(axes->R_axes_head), to_middle));
        if (result == RESULT_OK) result = add(list, ear, EAR_RADIUS_MM);
    }
    return result;
}

/* Cover what a closed curve encloses: a grid of balls inside, a row along the curve. */
static enum result add_area(const struct chart *chart, const struct curve *outline,
                            double margin_mm, struct keep_out_list *list) {
    struct map_point low = outline->nodes[0].q, high = low;
    enum result result = RESULT_OK;
    for (size_t i = 0; i < outline->count; i++) {
        struct map_point q = outline->nodes[i].q;
        low.u = fmin(low.u, q.u), low.v = fmin(low.v, q.v);
        high.u = fmax(high.u, q.u), high.v = fmax(high.v, q.v);
    }
    double box_mm2 = (high.u - low.u) * (high.v - low.v);
    double grid = fmax(COVER_LEAST_MM, sqrt(box_mm2 / COVER_BALLS));
    double radius = margin_mm + 0.75 * grid * chart->scale_mm / (0.6 * chart->scale_mm);
    for (double v = low.v; v <= high.v && result == RESULT_OK; v += grid)
        for (double u = low.u; u <= high.u && result == RESULT_OK; u += grid) {
            struct vec3 p;
            if (region_is_inside(outline, (struct map_point){u, v}) &&
                chart_place(chart, (struct map_point){u, v}, &p))
                result = add(list, p, radius);
        }
    for (size_t i = 0; i < outline->count && result == RESULT_OK; i++)
        result = add(list, outline->nodes[i].p_head, margin_mm + CURVE_STEP_MM);
    return result;
}

static enum result add_line(const struct curve_ground *ground, const struct map_point *points,
                            size_t count, double radius_mm, struct keep_out_list *list) {
    struct curve line = {0};
    struct vec3 p = {0, 0, 0};
    if (count == 1)
        return chart_place(ground->chart, points[0], &p) ? add(list, p, radius_mm) : RESULT_RANGE;
    enum result result = curve_through(ground->chart, points, count, &line);
    /* Between nodes a row of balls is a little thinner than its radius. */
    double radius = hypot(radius_mm, CURVE_STEP_MM);
    for (size_t i = 0; i < line.count && result == RESULT_OK; i++)
        result = add(list, line.nodes[i].p_head, radius);
    curve_release(&line);
    return result;
}

static enum result add_own(const struct curve_ground *ground, size_t index,
                           struct keep_out_list *list, struct error *err) {
    const struct design_keep_out *own = &ground->design->keep_outs[index];
    struct map_point points[DESIGN_OUTLINE_MAX];
    struct curve outline = {0};
    enum result result = RESULT_OK;
    char key[64], at[96];
    snprintf(key, sizeof key, "keep_outs[%zu].points", index);
    if (own->is_closed) {
        result = curve_outline(ground, own->points, own->point_count, key, &outline, err);
        if (result != RESULT_OK) return result;
        result = add_area(ground->chart, &outline, own->radius_mm + own->margin_mm, list);
        curve_release(&outline);
    } else {
        for (size_t i = 0; i < own->point_count && result == RESULT_OK; i++) {
            snprintf(at, sizeof at, "%s[%zu]", key, i);
            result = curve_place(ground, &own->points[i], at, &points[i], err);
        }
        if (result != RESULT_OK) return result;
        result = add_line(ground, points, own->point_count, own->radius_mm + own->margin_mm, list);
    }
    if (result == RESULT_NO_MEMORY) return error_set(err, result, "out of memory");
    if (result != RESULT_OK)
        return design_refuse(ground->design, err, key, "keep-out %s %s", own->name,
                             result == RESULT_LIMIT ? "is too large" : "leaves the scan");
    return RESULT_OK;
}

enum result keep_outs_make(const struct curve_ground *ground, struct keep_out_list *ret_list,
                           struct error *err) {
    struct keep_out_list list = {0};
    enum result result = RESULT_OK;
    if (ground->design->has_standard_keep_outs) {
        result = add_standard(ground, &list);
        if (result != RESULT_OK) error_set(err, result, "out of memory for the keep-outs");
    }
    for (size_t i = 0; i < ground->design->keep_out_count && result == RESULT_OK; i++)
        result = add_own(ground, i, &list, err);
    if (result != RESULT_OK)
        keep_outs_release(&list);
    else
        *ret_list = list;
    return result;
}
