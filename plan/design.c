/* Reads a design and checks across its keys; the schema itself is plan/design_schema.c. */
#include "plan/design.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plan/curve.h"
#include "plan/design_schema.h"
#include "plan/relax.h"

/* A dot wider than this is no hair any more. */
#define DIAMETER_MOST_UM 500.0
/* A hairline nearer to the brow than this is taken for a mistake. */
#define HAIRLINE_LEAST_MM 15.0
#define SHARE_TOLERANCE 0.005

enum result design_refuse(const struct design *design, struct error *err, const char *key,
                          const char *format, ...) {
    char where[ERROR_TEXT_MAX / 2] = "design", what[ERROR_TEXT_MAX / 2];
    va_list args;
    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    if (design->path[0]) config_where(design->path, key, where, sizeof where);
    return error_set(err, RESULT_RANGE, "%s: %s", where, what);
}

static bool is_known_curve(const struct design *design, const char *name) {
    if (strcmp(name, CURVE_HAIRLINE) == 0) return design->hairline.is_given;
    for (size_t i = 0; i < design->curve_count; i++)
        if (strcmp(design->curves[i].name, name) == 0) return true;
    return false;
}

static enum result check_points(const struct design *design, const struct design_point *points,
                                size_t count, const char *key, struct error *err) {
    char at[96];
    for (size_t i = 0; i < count; i++) {
        const struct design_point *p = &points[i];
        snprintf(at, sizeof at, "%s[%zu]", key, i);
        if (p->has_p_head + p->has_polar + (p->curve[0] != '\0') != 1)
            return design_refuse(design, err, at,
                                 "a point is one of p_head_mm, polar_deg or curve");
        if (p->has_polar && !(p->polar_deg[1] >= -60 && p->polar_deg[1] <= 90))
            return design_refuse(design, err, at,
                                 "elevation %g deg, expected -60 (neck) to 90 (top)",
                                 p->polar_deg[1]);
        if (p->curve[0] && !is_known_curve(design, p->curve))
            return design_refuse(design, err, at, "there is no curve '%s' in this design",
                                 p->curve);
    }
    return RESULT_OK;
}

static double layers_most(const struct design *design, double (*of)(const struct design_layer *)) {
    double most = 0;
    for (size_t i = 0; i < design->layer_count; i++) most = fmax(most, of(&design->layers[i]));
    return most;
}

static double depth_share_of(const struct design_layer *layer) {
    return layer->depth_share;
}

static double diameter_share_of(const struct design_layer *layer) {
    return layer->diameter_share;
}

static enum result check_zone_numbers(const struct design *design, size_t index,
                                      struct error *err) {
    const struct design_zone *zone = &design->zones[index];
    char key[64];
    double lattice_mm = sqrt(2.0 / (sqrt(3.0) * zone->density_per_cm2 / 100.0));
    if (lattice_mm * RELAX_RADIUS_MOST < design->pitch_least_mm) {
        snprintf(key, sizeof key, "zones[%zu].density_per_cm2", index);
        double limit_mm = design->pitch_least_mm / RELAX_RADIUS_MOST;
        return design_refuse(
            design, err, key,
            "%g dots/cm2 is above the pitch limit: at %.2f mm pitch at most %.0f dots/cm2 fit",
            zone->density_per_cm2, design->pitch_least_mm,
            floor(200.0 / (sqrt(3.0) * limit_mm * limit_mm)));
    }
    double depth = (zone->depth_um + zone->depth_jitter_um) * layers_most(design, depth_share_of);
    if (depth > dot_depth_ceiling_um[zone->region]) {
        snprintf(key, sizeof key, "zones[%zu].depth_um", index);
        return design_refuse(
            design, err, key,
            "%g um with its jitter and layers is deeper than the %s ceiling, %g um", depth,
            design_region_words[zone->region], dot_depth_ceiling_um[zone->region]);
    }
    double diameter =
        (zone->diameter_um + zone->diameter_jitter_um) * layers_most(design, diameter_share_of);
    if (diameter > DIAMETER_MOST_UM) {
        snprintf(key, sizeof key, "zones[%zu].diameter_um", index);
        return design_refuse(
            design, err, key,
            "%g um with its jitter and layers is wider than a hair may look, %g um", diameter,
            DIAMETER_MOST_UM);
    }
    return RESULT_OK;
}

static enum result check_zone(const struct design *design, size_t index, struct error *err) {
    const struct design_zone *zone = &design->zones[index];
    char key[64];
    snprintf(key, sizeof key, "zones[%zu].name", index);
    for (size_t i = 0; i < index; i++)
        if (strcmp(design->zones[i].name, zone->name) == 0)
            return design_refuse(design, err, key, "a zone '%s' stands above already", zone->name);
    snprintf(key, sizeof key, "zones[%zu]", index);
    if ((zone->outline_count > 0) == (zone->band[0] != '\0'))
        return design_refuse(design, err, key, "a zone has an outline or a band along a curve");
    if (zone->band[0] && !is_known_curve(design, zone->band))
        return design_refuse(design, err, key, "there is no curve '%s' in this design", zone->band);
    if (zone->follicles != FOLLICLES_IGNORE && !design->follicles.is_given)
        return design_refuse(design, err, key, "follicles are to be kept, but no file has them");
    snprintf(key, sizeof key, "zones[%zu].outline", index);
    enum result result = check_points(design, zone->outline, zone->outline_count, key, err);
    bool has_curve = false;
    for (size_t i = 0; i < zone->outline_count; i++)
        has_curve = has_curve || zone->outline[i].curve[0];
    if (result == RESULT_OK && zone->outline_count > 0 && zone->outline_count < 3 && !has_curve)
        return design_refuse(design, err, key, "outline has %zu items, expected 3 to %d",
                             zone->outline_count, DESIGN_OUTLINE_MAX);
    return result == RESULT_OK ? check_zone_numbers(design, index, err) : result;
}

static enum result check_curve(const struct design *design, size_t index, struct error *err) {
    const struct design_curve *curve = &design->curves[index];
    char key[64];
    snprintf(key, sizeof key, "curves[%zu]", index);
    if ((curve->point_count > 0) == curve->has_pen)
        return design_refuse(design, err, key, "a curve has points or a pen_rgb to trace");
    for (size_t i = 0; i < curve->point_count; i++)
        if (curve->points[i].curve[0])
            return design_refuse(design, err, key, "a curve is made of points, not of curves");
    snprintf(key, sizeof key, "curves[%zu].points", index);
    return check_points(design, curve->points, curve->point_count, key, err);
}

static enum result check_hairline(const struct design *design, struct error *err) {
    const struct design_hairline *h = &design->hairline;
    if (!h->is_given) return RESULT_OK;
    double lowest = h->height_mm - fmax(0, h->peak_mm) + fmin(0, h->cowlick_height_mm) -
                    0.5 * fabs(h->asymmetry_mm);
    if (h->control_count == 0 && lowest < HAIRLINE_LEAST_MM)
        return design_refuse(design, err, "hairline.height_mm",
                             "the hairline's lowest point is %.0f mm %s the brow, expected at "
                             "least %.0f mm above it",
                             fabs(lowest), lowest < 0 ? "below" : "above", HAIRLINE_LEAST_MM);
    for (size_t i = 0; i < h->control_count; i++) {
        char key[64];
        snprintf(key, sizeof key, "hairline.controls[%zu]", i);
        bool is_front = fabs(h->controls[i].side_mm) < h->corner_mm;
        if (is_front && h->controls[i].height_mm < HAIRLINE_LEAST_MM)
            return design_refuse(
                design, err, key,
                "the hairline is %.0f mm %s the brow here, expected at least %.0f mm above it",
                fabs(h->controls[i].height_mm), h->controls[i].height_mm < 0 ? "below" : "above",
                HAIRLINE_LEAST_MM);
        if (i > 0 && h->controls[i].side_mm <= h->controls[i - 1].side_mm)
            return design_refuse(design, err, key,
                                 "hairline points run from left (negative) to right, %g after %g",
                                 h->controls[i].side_mm, h->controls[i - 1].side_mm);
    }
    return RESULT_OK;
}

static enum result check_layer(struct design *design, size_t index, struct error *err) {
    struct design_layer *layer = &design->layers[index];
    double sum = 0;
    char key[64];
    for (size_t i = 0; i < layer->shade_count; i++) {
        struct design_shade_share *share = &layer->shades[i];
        size_t s = 0;
        while (s < design->shade_count && strcmp(design->shades[s].name, share->shade) != 0) s++;
        snprintf(key, sizeof key, "layers[%zu].shades[%zu].shade", index, i);
        if (s == design->shade_count)
            return design_refuse(design, err, key, "unknown shade '%s': not among the shades",
                                 share->shade);
        share->shade_index = s;
        sum += share->share;
    }
    snprintf(key, sizeof key, "layers[%zu].shades", index);
    if (fabs(sum - 1) > SHARE_TOLERANCE)
        return design_refuse(design, err, key, "the shares of layer %s sum up to %g, expected 1",
                             layer->name, sum);
    return RESULT_OK;
}

static enum result check_layers(struct design *design, struct error *err) {
    double sum = 0;
    for (size_t i = 0; i < design->layer_count; i++) {
        enum result result = check_layer(design, i, err);
        if (result != RESULT_OK) return result;
        sum += design->layers[i].share;
    }
    if (fabs(sum - 1) > SHARE_TOLERANCE)
        return design_refuse(design, err, "layers", "the layers' shares sum up to %g, expected 1",
                             sum);
    return RESULT_OK;
}

/* One shade and one layer when the file has none; a layer without shades takes the first. */
static enum result add_defaults(struct design *design) {
    if (design->shade_count == 0) {
        design->shades = calloc(1, sizeof *design->shades);
        if (!design->shades) return RESULT_NO_MEMORY;
        design->shades[0] = (struct design_shade){.name = "base", .rgb = {70, 62, 58}};
        design->shade_count = 1;
    }
    if (design->layer_count == 0) {
        design->layers = calloc(1, sizeof *design->layers);
        if (!design->layers) return RESULT_NO_MEMORY;
        design->layers[0] =
            (struct design_layer){.name = "all", .share = 1, .diameter_share = 1, .depth_share = 1};
        design->layer_count = 1;
    }
    for (size_t i = 0; i < design->layer_count; i++) {
        struct design_layer *layer = &design->layers[i];
        if (layer->shade_count > 0) continue;
        layer->shades = calloc(1, sizeof *layer->shades);
        if (!layer->shades) return RESULT_NO_MEMORY;
        layer->shade_count = 1;
        layer->shades[0].share = 1;
        memcpy(layer->shades[0].shade, design->shades[0].name, DOT_PLAN_NAME_MAX);
    }
    return RESULT_OK;
}

static enum result check_keep_out(const struct design *design, size_t index, struct error *err) {
    const struct design_keep_out *keep_out = &design->keep_outs[index];
    char key[64];
    snprintf(key, sizeof key, "keep_outs[%zu].points", index);
    if (keep_out->is_closed && keep_out->point_count < 3)
        return design_refuse(design, err, key, "a closed keep-out has at least 3 points");
    if (!keep_out->is_closed && keep_out->radius_mm + keep_out->margin_mm <= 0)
        return design_refuse(design, err, key, "a keep-out of no size: give it a radius_mm");
    return check_points(design, keep_out->points, keep_out->point_count, key, err);
}

static enum result check_all(struct design *design, struct error *err) {
    enum result result = check_layers(design, err);
    if (result == RESULT_OK) result = check_hairline(design, err);
    for (size_t i = 0; result == RESULT_OK && i < design->curve_count; i++)
        result = check_curve(design, i, err);
    for (size_t i = 0; result == RESULT_OK && i < design->zone_count; i++)
        result = check_zone(design, i, err);
    for (size_t i = 0; result == RESULT_OK && i < design->keep_out_count; i++)
        result = check_keep_out(design, i, err);
    return result;
}

/* Defaults and checks of what the schema let in; releases it when they fail. */
static enum result finish(struct design *design, struct error *err) {
    enum result result = add_defaults(design);
    if (result != RESULT_OK) error_set(err, result, "out of memory for the design");
    if (result == RESULT_OK) result = check_all(design, err);
    if (result != RESULT_OK) design_release(design);
    return result;
}

enum result design_read(const char *path, struct design *ret_design, struct error *err) {
    struct design design;
    if (strlen(path) >= sizeof design.path)
        return error_set(err, RESULT_LIMIT, "%.80s...: the path is too long", path);
    enum result result = config_read(path, &design_schema, &design, err);
    if (result != RESULT_OK) return result;
    memcpy(design.path, path, strlen(path) + 1);
    result = finish(&design, err);
    if (result == RESULT_OK) *ret_design = design;
    return result;
}

enum result design_parse(const char *name, const char *text, size_t size, struct design *ret_design,
                         struct error *err) {
    struct design design;
    enum result result = config_parse(name, text, size, &design_schema, &design, err);
    if (result != RESULT_OK) return result;
    result = finish(&design, err);
    if (result == RESULT_OK) *ret_design = design;
    return result;
}

void design_release(struct design *design) {
    config_release(&design_schema, design);
}
