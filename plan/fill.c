#include "plan/fill.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "plan/fill_zone.h"
#include "plan/hairline.h"
#include "plan/pen.h"

/* The whole head, to find curves on: coarse, for skin is smooth. */
#define FINDING_CELL_MM 1.5
/* Cells of the zones' chart a spacing of the densest zone. */
#define CELL_SHARE 0.5
#define CELL_LEAST_MM 0.3
#define CELL_MOST_MM 1.0
#define WINDOW_MARGIN_MM 6.0

static enum result find_axes(const struct fill_request *request, struct head_axes *ret_axes,
                             struct error *err) {
    const struct design_landmarks *given = &request->design->landmarks;
    struct landmarks landmarks = landmarks_estimate(request->mesh);
    if (given->are_given) {
        const double *of[4] = {given->nasion_mm, given->brow_mm, given->ear_left_mm,
                               given->ear_right_mm};
        struct vec3 *to[4] = {&landmarks.nasion, &landmarks.brow, &landmarks.ear_left,
                              &landmarks.ear_right};
        for (int i = 0; i < 4; i++) *to[i] = vec3_make(of[i][0], of[i][1], of[i][2]);
    }
    if (head_axes_from_landmarks(&landmarks, ret_axes) == RESULT_OK) return RESULT_OK;
    return design_refuse(request->design, err, "landmarks",
                         "ears and nasion do not span a head: left and right swapped, or not of "
                         "this scan?");
}

/* The design's own curves and the hairline after them. */
static enum result make_curve(const struct curve_ground *ground, const struct mesh *coloured,
                              size_t index, struct curve *ret, struct error *err) {
    const struct design_curve *own = &ground->design->curves[index];
    struct map_point points[DESIGN_OUTLINE_MAX];
    enum result result = RESULT_OK;
    char key[64], at[96];
    snprintf(key, sizeof key, "curves[%zu].%s", index, own->has_pen ? "pen_rgb" : "points");
    if (own->has_pen) {
        result = pen_trace(ground, coloured, own->pen_rgb, key, ret, err);
    } else {
        for (size_t i = 0; result == RESULT_OK && i < own->point_count; i++) {
            snprintf(at, sizeof at, "%s[%zu]", key, i);
            result = curve_place(ground, &own->points[i], at, &points[i], err);
        }
        if (result != RESULT_OK) return result;
        result = curve_through(ground->chart, points, own->point_count, ret);
        if (result != RESULT_OK)
            return design_refuse(ground->design, err, key, "curve %s leaves the scan", own->name);
    }
    for (size_t i = 0; result == RESULT_OK && i < ret->count; i++) {
        ret->nodes[i].feather_mm = own->feather_mm;
        ret->nodes[i].irregularity_mm = own->irregularity_mm;
    }
    return result;
}

/* Curves, outlines and keep-outs of a design on the whole head. */
struct drawing {
    struct chart chart;
    struct curve *curves;   /* owned; curve_count + 1 */
    struct region *regions; /* owned; zone_count */
    struct keep_out_list keep_outs;
    struct follicles follicles;
};

static void drawing_release(struct drawing *drawing, const struct design *design) {
    for (size_t i = 0; drawing->curves && i <= design->curve_count; i++)
        curve_release(&drawing->curves[i]);
    for (size_t i = 0; drawing->regions && i < design->zone_count; i++)
        region_release(&drawing->regions[i]);
    free(drawing->curves);
    free(drawing->regions);
    keep_outs_release(&drawing->keep_outs);
    follicles_release(&drawing->follicles);
    chart_release(&drawing->chart);
}

/* A path beside the design's own file. */
static enum result read_hairs(const struct fill_request *request, struct drawing *drawing,
                              struct error *err) {
    const struct design *design = request->design;
    char path[2 * DESIGN_PATH_MAX];
    const char *slash = strrchr(design->path, '/');
    int folder = slash && design->follicles.file[0] != '/' ? (int)(slash - design->path) + 1 : 0;
    snprintf(path, sizeof path, "%.*s%s", folder, design->path, design->follicles.file);
    return follicles_read(path, &drawing->chart, request->scan_sha256, &drawing->follicles, err);
}

static enum result draw(const struct fill_request *request, struct drawing *drawing,
                        struct error *err) {
    const struct design *design = request->design;
    const struct mesh *coloured = request->coloured ? request->coloured : request->mesh;
    struct head_axes axes;
    enum result result = find_axes(request, &axes, err);
    if (result != RESULT_OK) return result;
    drawing->curves = calloc(design->curve_count + 1, sizeof *drawing->curves);
    drawing->regions = calloc(design->zone_count, sizeof *drawing->regions);
    if (!drawing->curves || !drawing->regions ||
        chart_build(request->mesh, &axes, chart_whole(&axes), FINDING_CELL_MM, &drawing->chart) !=
            RESULT_OK)
        return error_set(err, RESULT_NO_MEMORY, "out of memory");
    struct curve_ground ground = {&drawing->chart, request->mesh, design, drawing->curves};
    for (size_t i = 0; result == RESULT_OK && i < design->curve_count; i++)
        result = make_curve(&ground, coloured, i, &drawing->curves[i], err);
    if (result == RESULT_OK && design->hairline.is_given)
        result = hairline_make(&drawing->chart, design, &drawing->curves[design->curve_count], err);
    if (result == RESULT_OK) result = regions_outline(&ground, drawing->regions, err);
    if (result == RESULT_OK) result = keep_outs_make(&ground, &drawing->keep_outs, err);
    if (result == RESULT_OK && design->follicles.is_given)
        result = read_hairs(request, drawing, err);
    return result;
}

static struct chart_window window_around(const struct region *regions, size_t count) {
    struct chart_window all = regions[0].window;
    for (size_t i = 0; i < count; i++) {
        struct chart_window w = regions[i].window;
        all.low.u = fmin(all.low.u, w.low.u), all.low.v = fmin(all.low.v, w.low.v);
        all.high.u = fmax(all.high.u, w.high.u), all.high.v = fmax(all.high.v, w.high.v);
    }
    all.low.u -= WINDOW_MARGIN_MM, all.low.v -= WINDOW_MARGIN_MM;
    all.high.u += WINDOW_MARGIN_MM, all.high.v += WINDOW_MARGIN_MM;
    return all;
}

static double cell_for(const struct design *design, struct chart_window window) {
    double densest = 0;
    for (size_t i = 0; i < design->zone_count; i++)
        densest = fmax(densest, design->zones[i].density_per_cm2);
    double cell = CELL_SHARE * 10 / sqrt(densest);
    double room = (window.high.u - window.low.u) * (window.high.v - window.low.v);
    cell = fmin(CELL_MOST_MM, fmax(CELL_LEAST_MM, cell));
    return fmax(cell, 1.1 * sqrt(room / CHART_CELLS_MAX));
}

static enum result name_all(const struct design *design, const char *scan_sha256,
                            struct dot_plan *plan) {
    memcpy(plan->scan_sha256, scan_sha256, strnlen(scan_sha256, SHA256_HEX_SIZE - 1));
    for (size_t i = 0; i < design->zone_count; i++)
        memcpy(plan->zone_names[i], design->zones[i].name, DOT_PLAN_NAME_MAX);
    for (size_t i = 0; i < design->shade_count; i++) {
        memcpy(plan->shade_names[i], design->shades[i].name, DOT_PLAN_NAME_MAX);
        for (int c = 0; c < 3; c++)
            plan->shade_rgb[i][c] = (uint8_t)lround(design->shades[i].rgb[c]);
    }
    plan->zone_count = design->zone_count;
    plan->shade_count = design->shade_count;
    return RESULT_OK;
}

/* The kept plan's dots of the other zones, by zone name: they must be this design's zones. */
static enum result take_over(const struct fill_request *request, struct dot_plan *plan,
                             struct error *err) {
    const struct dot_plan *kept = request->kept;
    if (!kept) return RESULT_OK;
    if (strcmp(kept->scan_sha256, plan->scan_sha256) != 0)
        return error_set(err, RESULT_RANGE, "the plan to be kept was made for another scan");
    plan->dots = calloc(kept->dot_count + 1, sizeof *plan->dots);
    if (!plan->dots) return error_set(err, RESULT_NO_MEMORY, "out of memory");
    for (size_t z = 0; z < kept->zone_count; z++)
        if (z >= plan->zone_count || strcmp(kept->zone_names[z], plan->zone_names[z]) != 0)
            return error_set(err, RESULT_RANGE,
                             "the plan to be kept has other zones than the design: '%s'",
                             kept->zone_names[z]);
    for (size_t s = 0; s < kept->shade_count; s++)
        if (s >= plan->shade_count || strcmp(kept->shade_names[s], plan->shade_names[s]) != 0)
            return error_set(err, RESULT_RANGE,
                             "the plan to be kept has other shades than the design: '%s'",
                             kept->shade_names[s]);
    for (size_t i = 0; i < kept->dot_count; i++)
        if (strcmp(kept->zone_names[kept->dots[i].zone], request->redo_zone) != 0)
            plan->dots[plan->dot_count++] = kept->dots[i];
    return RESULT_OK;
}

static bool is_to_fill(const struct fill_request *request, size_t zone) {
    return !request->redo_zone ||
           strcmp(request->design->zones[zone].name, request->redo_zone) == 0;
}

static enum result fill_zones(const struct fill_request *request, const struct drawing *drawing,
                              struct dot_plan *plan, struct error *err) {
    const struct design *design = request->design;
    struct zone_filling filling = {.request = request, .follicles = &drawing->follicles};
    struct chart_window window = window_around(drawing->regions, design->zone_count);
    enum result result = chart_build(request->mesh, &drawing->chart.axes, window,
                                     cell_for(design, window), &filling.chart);
    if (result != RESULT_OK) return error_set(err, result, "out of memory");
    struct curve_ground ground = {&filling.chart, request->mesh, design, drawing->curves};
    result = region_map_build(&ground, drawing->regions, drawing->keep_outs.balls,
                              drawing->keep_outs.count, &filling.map, err);
    bool is_found = false;
    for (size_t i = 0; result == RESULT_OK && i < design->zone_count; i++) {
        if (!is_to_fill(request, i)) continue;
        is_found = true;
        result = fill_zone(&filling, i, plan, err);
        if (request->progress.tell)
            request->progress.tell(request->progress.context,
                                   (double)(i + 1) / (double)design->zone_count);
    }
    if (result == RESULT_OK && !is_found)
        result =
            error_set(err, RESULT_NOT_FOUND, "the design has no zone '%s'", request->redo_zone);
    region_map_release(&filling.map);
    chart_release(&filling.chart);
    return result;
}

enum result fill(const struct fill_request *request, struct dot_plan *ret_plan, struct error *err) {
    struct dot_plan plan = {0};
    struct drawing drawing = {0};
    enum result result = name_all(request->design, request->scan_sha256, &plan);
    if (result == RESULT_OK) result = take_over(request, &plan, err);
    if (result == RESULT_OK) result = draw(request, &drawing, err);
    if (result == RESULT_OK) result = fill_zones(request, &drawing, &plan, err);
    if (result == RESULT_OK) {
        plan.keep_outs = drawing.keep_outs.balls;
        plan.keep_out_count = drawing.keep_outs.count;
        drawing.keep_outs = (struct keep_out_list){0};
    }
    drawing_release(&drawing, request->design);
    if (result == RESULT_OK)
        *ret_plan = plan;
    else
        dot_plan_release(&plan);
    return result;
}

enum result fill_plan(const struct mesh *mesh, const struct design *design, const char *scan_sha256,
                      struct fill_progress progress, struct dot_plan *ret_plan, struct error *err) {
    struct fill_request request = {
        .mesh = mesh, .design = design, .scan_sha256 = scan_sha256, .progress = progress};
    return fill(&request, ret_plan, err);
}
