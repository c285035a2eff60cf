#include "cli/calibrate/register_picture.h"

#include <stdio.h>
#include <stdlib.h>

#include "cli/calibrate/picture.h"
#include "plan/preview.h"
#include "vision/calibration/check.h"

#define SIDE_PX 760
#define OVERSAMPLE 2
#define DISC_RADIUS_MM 0.9
#define MARK_RADIUS_MM 2.5
#define LIFT_MM 0.3

void register_places_release(struct register_places *places) {
    free(places->p_head);
    free(places->n_head);
    free(places->error_mm);
    *places = (struct register_places){0};
}

static double largest_error(const struct register_places *places) {
    double most = 1e-6;
    for (size_t i = 0; i < places->count; i++) most = fmax(most, places->error_mm[i]);
    return most;
}

/* Colours are absolute: red is the limit that arming asks for, or beyond. */
static double full_scale_mm(void) {
    return 1e-3 * calibration_limits_of(CALIBRATION_REGISTER)->error_max_um;
}

static struct preview_view view_of(const struct register_drawing *d) {
    struct vec3 low = {INFINITY, INFINITY, INFINITY}, high = {-INFINITY, -INFINITY, -INFINITY};
    for (uint32_t i = 0; i < d->scan->vertex_count; i++) {
        struct vec3 p = mesh_vertex(d->scan, i);
        low = vec3_make(fmin(low.x, p.x), fmin(low.y, p.y), fmin(low.z, p.z));
        high = vec3_make(fmax(high.x, p.x), fmax(high.y, p.y), fmax(high.z, p.z));
    }
    struct vec3 size = vec3_sub(high, low);
    double largest = fmax(size.x, fmax(size.y, size.z));
    bool is_above = fabs(d->towards_viewer.z) > 0.9;
    return (struct preview_view){.towards_viewer = d->towards_viewer,
                                 .up = is_above ? vec3_make(0, 1, 0) : vec3_make(0, 0, 1),
                                 .centre = vec3_scale(vec3_add(low, high), 0.5),
                                 .mm_per_px = 1.05 * largest / (SIDE_PX * OVERSAMPLE),
                                 .skin = {0.80, 0.78, 0.76},
                                 .background = {1, 1, 1}};
}

static void draw_places(struct preview *preview, const struct register_drawing *d) {
    for (size_t i = 0; i < d->places->count; i++) {
        double rgb[3];
        picture_heat(d->places->error_mm[i] / full_scale_mm(), rgb);
        struct preview_disc disc = {vec3_mad(d->places->p_head[i], LIFT_MM, d->places->n_head[i]),
                                    d->places->n_head[i],
                                    DISC_RADIUS_MM,
                                    {rgb[0], rgb[1], rgb[2]}};
        preview_draw_disc(preview, &disc);
    }
    for (uint32_t i = 0; i < d->landmarks->count; i++) {
        const double *p = d->landmarks->list[i].p_head_mm;
        struct preview_disc disc = {vec3_mad(vec3_make(p[0], p[1], p[2]), 1, d->towards_viewer),
                                    d->towards_viewer,
                                    MARK_RADIUS_MM,
                                    {0.1, 0.1, 0.1}};
        preview_draw_disc(preview, &disc);
    }
}

static enum result draw_head(struct picture *picture, const struct register_drawing *d) {
    struct preview preview;
    struct preview_view view = view_of(d);
    float *normals = mesh_vertex_normals(d->scan);
    enum result result = normals != NULL ? preview_create(SIDE_PX * OVERSAMPLE,
                                                          SIDE_PX * OVERSAMPLE, &view, &preview)
                                         : RESULT_NO_MEMORY;
    if (result != RESULT_OK) {
        free(normals);
        return result;
    }
    cairo_surface_t *head = cairo_image_surface_create(CAIRO_FORMAT_RGB24, SIDE_PX, SIDE_PX);
    preview_draw_mesh(&preview, d->scan, normals);
    draw_places(&preview, d);
    if (cairo_surface_status(head) == CAIRO_STATUS_SUCCESS) {
        preview_copy(&preview, OVERSAMPLE, cairo_image_surface_get_data(head),
                     cairo_image_surface_get_stride(head));
        cairo_surface_mark_dirty(head);
        cairo_set_source_surface(picture->cairo, head, 20, 90);
        cairo_paint(picture->cairo);
    }
    cairo_surface_destroy(head);
    preview_release(&preview);
    free(normals);
    return RESULT_OK;
}

/* The scale beside the head. */
static void draw_scale(struct picture *picture) {
    char text[64];
    for (int i = 0; i < 200; i++) {
        double rgb[3];
        picture_heat(i / 199.0, rgb);
        cairo_set_source_rgb(picture->cairo, rgb[0], rgb[1], rgb[2]);
        cairo_rectangle(picture->cairo, 820, 360 - i, 24, 1.5);
        cairo_fill(picture->cairo);
    }
    cairo_set_source_rgb(picture->cairo, 0.2, 0.2, 0.2);
    picture_text(picture, 820, 140, 13, "Expected error, one sigma");
    snprintf(text, sizeof text, "%.0f um: the limit at p95", 1e3 * full_scale_mm());
    picture_text(picture, 852, 170, 13, text);
    picture_text(picture, 852, 362, 13, "0 um");
}

enum result register_picture(const struct register_drawing *d, const char *path,
                             struct error *err) {
    struct picture picture;
    char subtitle[200];
    double residuals_um[LANDMARKS_MAX];
    const struct registration *r = d->registration;
    snprintf(subtitle, sizeof subtitle,
             "%u landmarks, %.0f um rms; %zu surface points, %.0f um rms; expected at %zu %s: at "
             "most %.0f um",
             r->landmarks_used, 1e3 * r->landmark_rms_mm, r->points_used, 1e3 * r->surface_rms_mm,
             d->places->count, d->places->what, 1e3 * largest_error(d->places));
    enum result result = picture_open(&picture, SIDE_PX + 120,
                                      "Registration of the scan to the ring", subtitle, err);
    if (result != RESULT_OK) return result;
    result = draw_head(&picture, d);
    draw_scale(&picture);
    for (uint32_t i = 0; i < d->landmarks->count; i++) residuals_um[i] = 1e3 * r->landmark_mm[i];
    picture_bars(
        &picture, (struct picture_box){820, 450, 320, 200},
        &(struct picture_bars){residuals_um, d->landmarks->count, "Each landmark's residual", "um",
                               1e3 * LANDMARK_RMS_MAX_MM});
    enum result closed = picture_close(&picture, path, err);
    return result == RESULT_OK ? closed : error_set(err, result, "no memory for the picture");
}
