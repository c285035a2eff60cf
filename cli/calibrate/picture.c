#include "cli/calibrate/picture.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/geom.h"

#define MARGIN 30.0
#define FONT "DejaVu Sans"
#define BAR_TEXT 11.0

enum result picture_open(struct picture *picture, double height, const char *title,
                         const char *subtitle, struct error *err) {
    *picture = (struct picture){.width = PICTURE_WIDTH, .height = height};
    picture->surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, PICTURE_WIDTH, (int)height);
    picture->cairo = cairo_create(picture->surface);
    if (cairo_status(picture->cairo) != CAIRO_STATUS_SUCCESS) {
        cairo_destroy(picture->cairo);
        cairo_surface_destroy(picture->surface);
        return error_set(err, RESULT_NO_MEMORY, "no memory for the picture");
    }
    cairo_set_source_rgb(picture->cairo, 1, 1, 1);
    cairo_paint(picture->cairo);
    cairo_set_source_rgb(picture->cairo, 0.15, 0.15, 0.15);
    picture_text(picture, MARGIN, 42, 22, title);
    cairo_set_source_rgb(picture->cairo, 0.4, 0.4, 0.4);
    picture_text(picture, MARGIN, 66, 14, subtitle);
    return RESULT_OK;
}

enum result picture_close(struct picture *picture, const char *path, struct error *err) {
    char temporary[4096];
    int length = snprintf(temporary, sizeof temporary, "%s.part", path);
    cairo_status_t status = length > 0 && length < (int)sizeof temporary
                                ? cairo_surface_write_to_png(picture->surface, temporary)
                                : CAIRO_STATUS_WRITE_ERROR;
    cairo_destroy(picture->cairo);
    cairo_surface_destroy(picture->surface);
    if (status == CAIRO_STATUS_SUCCESS && rename(temporary, path) == 0) return RESULT_OK;
    unlink(temporary);
    return error_set(err, RESULT_IO, "%s: the picture cannot be written", path);
}

void picture_text(struct picture *picture, double x, double y, double size, const char *text) {
    cairo_select_font_face(picture->cairo, FONT, CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_NORMAL);
    cairo_set_font_size(picture->cairo, size);
    cairo_move_to(picture->cairo, x, y);
    cairo_show_text(picture->cairo, text);
}

/* The next of 1, 2, 5, 10, 20, ... above a value. */
static double round_up(double value) {
    double decade = pow(10, floor(log10(fmax(value, 1e-9))));
    const double steps[] = {1, 2, 5, 10};
    for (int i = 0; i < 4; i++)
        if (steps[i] * decade >= value) return steps[i] * decade;
    return 10 * decade;
}

static void draw_limit(struct picture *picture, struct picture_box box, double y) {
    const double dashes[] = {6, 4};
    cairo_set_source_rgb(picture->cairo, 0.75, 0.2, 0.15);
    cairo_set_dash(picture->cairo, dashes, 2, 0);
    cairo_move_to(picture->cairo, box.x, y);
    cairo_line_to(picture->cairo, box.x + box.width, y);
    cairo_stroke(picture->cairo);
    cairo_set_dash(picture->cairo, NULL, 0, 0);
}

void picture_bars(struct picture *picture, struct picture_box box,
                  const struct picture_bars *bars) {
    cairo_t *cr = picture->cairo;
    double largest = 0, least = 0;
    char text[64];
    for (size_t i = 0; i < bars->count; i++) {
        largest = fmax(largest, bars->values[i]);
        least = fmin(least, bars->values[i]);
    }
    double top = round_up(fmax(fmax(largest, -least), 1e-9));
    double bottom = least < 0 ? -top : 0, scale = box.height / (top - bottom);
    double zero = box.y + top * scale, step = box.width / (double)(bars->count ? bars->count : 1);
    cairo_set_source_rgb(cr, 0.15, 0.15, 0.15);
    picture_text(picture, box.x, box.y - 10, 13, bars->caption);
    for (size_t i = 0; i < bars->count; i++) {
        bool is_over = bars->limit > 0 && fabs(bars->values[i]) > bars->limit;
        cairo_set_source_rgb(cr, is_over ? 0.80 : 0.30, is_over ? 0.25 : 0.47,
                             is_over ? 0.20 : 0.66);
        cairo_rectangle(cr, box.x + (double)i * step + 0.1 * step, zero, 0.8 * step,
                        -bars->values[i] * scale);
        cairo_fill(cr);
    }
    cairo_set_line_width(cr, 1);
    if (bars->limit > 0 && bars->limit <= top) draw_limit(picture, box, zero - bars->limit * scale);
    if (bars->limit > 0 && bottom < 0 && bars->limit <= top)
        draw_limit(picture, box, zero + bars->limit * scale);
    cairo_set_source_rgb(cr, 0.5, 0.5, 0.5);
    cairo_move_to(cr, box.x, zero);
    cairo_line_to(cr, box.x + box.width, zero);
    cairo_stroke(cr);
    snprintf(text, sizeof text, "%g %s", top, bars->unit);
    picture_text(picture, box.x + box.width + 6, box.y + 8, BAR_TEXT, text);
    picture_text(picture, box.x + box.width + 6, zero + 4, BAR_TEXT, "0");
    size_t every = 1 + bars->count / 30;
    for (size_t i = 0; i < bars->count; i += every) {
        snprintf(text, sizeof text, "%zu", i + 1);
        picture_text(picture, box.x + ((double)i + 0.3) * step, box.y + box.height + 14, BAR_TEXT,
                     text);
    }
}

void picture_heat(double share, double rgb[3]) {
    static const double stops[5][3] = {{0.19, 0.31, 0.66},
                                       {0.29, 0.62, 0.71},
                                       {0.62, 0.80, 0.43},
                                       {0.96, 0.75, 0.25},
                                       {0.80, 0.22, 0.15}};
    double at = 4 * fmin(fmax(share, 0), 1);
    int i = at >= 4 ? 3 : (int)at;
    for (int k = 0; k < 3; k++) rgb[k] = stops[i][k] + (at - i) * (stops[i + 1][k] - stops[i][k]);
}

/* One arrow a look, magnified. */
static void draw_look(struct picture *picture, struct picture_box box,
                      const struct image_calibration *c, const struct bundle_look *look,
                      double magnify) {
    const struct camera_model *m = &c->bundle.cameras.cameras[look->camera].model;
    double scale = box.width / m->width_px, rgb[3];
    struct pixel at;
    if (!camera_project(m, bundle_T_camera_tag(&c->bundle, look).t, &at)) return;
    double x = box.x + at.u * scale, y = box.y + at.v * scale;
    double dx = look->shift_u_px * magnify * scale, dy = look->shift_v_px * magnify * scale;
    picture_heat(look->rms_px / 0.1, rgb);
    cairo_set_source_rgb(picture->cairo, rgb[0], rgb[1], rgb[2]);
    cairo_arc(picture->cairo, x, y, 1.6, 0, 2 * PI);
    cairo_fill(picture->cairo);
    cairo_move_to(picture->cairo, x, y);
    cairo_line_to(picture->cairo, x + dx, y + dy);
    cairo_stroke(picture->cairo);
}

static void draw_camera(struct picture *picture, struct picture_box box,
                        const struct image_calibration *c, uint32_t camera, double magnify) {
    char caption[160];
    const struct camera_calibration *cal = &c->bundle.cameras.cameras[camera];
    snprintf(caption, sizeof caption, "%s: mean residual of each tag, %.0f times magnified",
             cal->name[0] ? cal->name : "camera", magnify);
    cairo_set_source_rgb(picture->cairo, 0.15, 0.15, 0.15);
    picture_text(picture, box.x, box.y - 10, 13, caption);
    cairo_set_source_rgb(picture->cairo, 0.96, 0.96, 0.96);
    cairo_rectangle(picture->cairo, box.x, box.y, box.width, box.height);
    cairo_fill_preserve(picture->cairo);
    cairo_set_source_rgb(picture->cairo, 0.6, 0.6, 0.6);
    cairo_set_line_width(picture->cairo, 1);
    cairo_stroke(picture->cairo);
    for (size_t i = 0; i < c->bundle.look_count; i++)
        if (c->bundle.looks[i].camera == camera)
            draw_look(picture, box, c, &c->bundle.looks[i], magnify);
}

/* So that the arrows' rms is a fiftieth of the image's width. */
static double magnification(const struct image_calibration *c) {
    double sum = 1e-12, width = c->bundle.cameras.cameras[0].model.width_px;
    for (size_t i = 0; i < c->bundle.look_count; i++) {
        const struct bundle_look *look = &c->bundle.looks[i];
        sum += look->shift_u_px * look->shift_u_px + look->shift_v_px * look->shift_v_px;
    }
    double rms = sqrt(sum / (double)(c->bundle.look_count + 1));
    return fmax(1, round_up(width / 50 / rms / 2));
}

enum result picture_of_looks(const struct image_calibration *c, const char *title, const char *path,
                             struct error *err) {
    struct picture picture;
    char subtitle[200];
    uint32_t cameras = c->bundle.cameras.count, columns = cameras > 1 ? 2 : 1;
    double gap = 40, width = (PICTURE_WIDTH - 2 * MARGIN - (columns - 1) * gap) / columns;
    if (columns == 1) width = 760;
    const struct camera_model *m = &c->bundle.cameras.cameras[0].model;
    double height = width * m->height_px / m->width_px, row = height + 60;
    double bars_y = 110 + row * ((cameras + columns - 1) / columns) + 20;
    double *rms = calloc(c->bundle.view_count + 1, sizeof *rms);
    snprintf(subtitle, sizeof subtitle,
             "%u views, %zu tags, residual %.4f px rms, blur %.2f px; expected to leave %.1f um at "
             "the target",
             c->views_used, c->bundle.look_count, c->outcome.rms_px, c->quality.blur_px,
             c->error_um);
    enum result result = rms != NULL
                             ? picture_open(&picture, bars_y + 190, title, subtitle, err)
                             : error_set(err, RESULT_NO_MEMORY, "no memory for the picture");
    if (result == RESULT_OK) {
        double magnify = magnification(c);
        for (uint32_t k = 0; k < cameras; k++)
            draw_camera(&picture,
                        (struct picture_box){MARGIN + (k % columns) * (width + gap),
                                             110 + (k / columns) * row, width, height},
                        c, k, magnify);
        for (uint32_t v = 0; v < c->bundle.view_count; v++)
            rms[v] = image_calibration_view_rms(c, v, NULL);
        picture_bars(
            &picture, (struct picture_box){MARGIN, bars_y, PICTURE_WIDTH - 2 * MARGIN - 60, 130},
            &(struct picture_bars){rms, c->bundle.view_count, "Residual of each view", "px", 0.35});
        result = picture_close(&picture, path, err);
    }
    free(rms);
    return result;
}
