/* The report's picture: the head with its dots, the errors' histograms, the numbers. */
#include <cairo.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "cli/report/report.h"
#include "controller/journal/journal.h"
#include "plan/preview.h"
#include "plan/scan.h"

#define HEAD_WIDTH 860
#define OVERSAMPLE 3
/* Skipped and doubtful dots are drawn larger than they are: they are what a reader looks for. */
#define CONSPICUOUS 2.5

static const struct preview_colour ink = {0.13, 0.14, 0.16};

struct page {
    cairo_t *cairo;
    const struct report *report;
};

static void set_colour(cairo_t *cairo, struct preview_colour c) {
    cairo_set_source_rgb(cairo, c.r, c.g, c.b);
}

static void text(cairo_t *cairo, double x, double y, double size, const char *words) {
    cairo_select_font_face(cairo, "DejaVu Sans", CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_NORMAL);
    cairo_set_font_size(cairo, size);
    cairo_move_to(cairo, x, y);
    cairo_show_text(cairo, words);
}

static void text_right(cairo_t *cairo, double x, double y, double size, const char *words) {
    cairo_text_extents_t extents;
    cairo_set_font_size(cairo, size);
    cairo_text_extents(cairo, words, &extents);
    text(cairo, x - extents.x_advance, y, size, words);
}

/* Dots by what became of them; struck ones from dark (on the spot) to orange (0.15 mm off). */
static struct preview_colour dot_colour(const struct report_dot *dot) {
    if (dot->punctures > 1) return (struct preview_colour){0.85, 0.05, 0.10};
    switch ((enum dot_fate)dot->fate) {
        case FATE_DOUBTFUL:
            return (struct preview_colour){0.95, 0.70, 0.05};
        case FATE_SKIPPED:
            return (struct preview_colour){0.20, 0.45, 0.85};
        case FATE_PENDING:
            return (struct preview_colour){0.98, 0.96, 0.93};
        case FATE_DONE:
        case FATE_COUNT:
            break;
    }
    double off = isfinite(dot->placement_um) ? fmin(1, dot->placement_um / 150.0) : 0;
    return (struct preview_colour){0.16 + 0.72 * off, 0.12 + 0.30 * off, 0.10};
}

/* The dots' middle and mean normal: where the viewer looks from. */
static struct preview_view choose_view(const struct dot_plan *plan) {
    struct preview_view view = {
        .mm_per_px = 0.16 * 1.0 / OVERSAMPLE, .skin = {0.93, 0.76, 0.66}, .background = {1, 1, 1}};
    struct vec3 n = {0, 0, 0};
    double farthest = 0;
    for (size_t i = 0; i < plan->dot_count; i++) {
        view.centre = vec3_mad(view.centre, 1.0 / (double)plan->dot_count, plan->dots[i].p_head);
        n = vec3_add(n, plan->dots[i].n_head);
    }
    for (size_t i = 0; i < plan->dot_count; i++)
        farthest = fmax(farthest, vec3_distance(plan->dots[i].p_head, view.centre));
    /* Looked at from a little in front, so that the head is read as one; its nose points up. */
    view.towards_viewer = vec3_unit(vec3_mad(vec3_unit(n), 0.35, vec3_make(0, 1, 0)));
    view.up = vec3_make(0, 0, 1);
    if (fabs(view.towards_viewer.z) > 0.8) view.up = vec3_make(0, -1, 0);
    /* The whole head for a small patch, and more of it for a large one. */
    view.mm_per_px = fmax(farthest * 4.2, 165.0) / REPORT_HEIGHT / OVERSAMPLE;
    return view;
}

static enum result draw_head(const struct page *page, const struct report_inputs *inputs,
                             struct error *err) {
    const struct dot_plan *plan = &page->report->plan;
    struct preview_view view = choose_view(plan);
    struct preview preview = {0};
    struct mesh mesh;
    enum result result = scan_read(inputs->scan_path, &mesh, err);
    if (result != RESULT_OK) return result;
    float *normals = mesh_vertex_normals(&mesh);
    cairo_surface_t *surface =
        cairo_image_surface_create(CAIRO_FORMAT_RGB24, HEAD_WIDTH, REPORT_HEIGHT);
    result = preview_create(HEAD_WIDTH * OVERSAMPLE, REPORT_HEIGHT * OVERSAMPLE, &view, &preview);
    if (result == RESULT_OK && normals && cairo_surface_status(surface) == CAIRO_STATUS_SUCCESS) {
        preview_draw_mesh(&preview, &mesh, normals);
        for (size_t i = 0; i < plan->dot_count; i++) {
            const struct report_dot *dot = &page->report->dots[i];
            bool is_plain = dot->fate == FATE_DONE || dot->fate == FATE_PENDING;
            struct preview_disc disc = {
                plan->dots[i].p_head, plan->dots[i].n_head,
                plan->dots[i].diameter_um * 0.5e-3 * (is_plain ? 1.0 : CONSPICUOUS),
                dot_colour(dot)};
            preview_draw_disc(&preview, &disc);
        }
        cairo_surface_flush(surface);
        preview_copy(&preview, OVERSAMPLE, cairo_image_surface_get_data(surface),
                     cairo_image_surface_get_stride(surface));
        cairo_surface_mark_dirty(surface);
        cairo_set_source_surface(page->cairo, surface, 0, 0);
        cairo_paint(page->cairo);
    } else {
        result = error_set(err, RESULT_NO_MEMORY, "no memory for the picture");
    }
    cairo_surface_destroy(surface);
    preview_release(&preview);
    free(normals);
    mesh_release(&mesh);
    return result;
}

struct histogram {
    struct report_histogram counted;
    const char *unit;
    struct preview_colour colour;
    const struct report_spread *spread;
};

static void draw_axis(cairo_t *cairo, const struct histogram *h, double x, double y, double width) {
    char label[64];
    cairo_set_source_rgb(cairo, 0.75, 0.76, 0.78);
    cairo_set_line_width(cairo, 1);
    cairo_move_to(cairo, x, y + 0.5);
    cairo_line_to(cairo, x + width, y + 0.5);
    cairo_stroke(cairo);
    cairo_set_source_rgb(cairo, 0.45, 0.46, 0.48);
    for (int tick = 0; tick <= 4; tick++) {
        snprintf(label, sizeof label, "%.0f", h->counted.most * tick / 4);
        text(cairo, x + width * tick / 4 - 4, y + 18, 12, label);
    }
    text_right(cairo, x + width + 4, y + 36, 12, h->unit);
}

static void draw_histogram(const struct page *page, const struct histogram *h, double y) {
    const double x = 920, width = 460, height = 130;
    const struct report_histogram *counted = &h->counted;
    size_t highest = 1;
    char words[128];
    for (size_t i = 0; i < REPORT_BINS; i++)
        if (counted->counts[i] > highest) highest = counted->counts[i];
    set_colour(page->cairo, ink);
    text(page->cairo, x, y - height - 16, 16, counted->title);
    snprintf(words, sizeof words, "median %.0f   p95 %.0f   max %.0f %s", h->spread->median,
             h->spread->p95, h->spread->max, h->unit);
    text_right(page->cairo, x + width, y - height - 16, 13, words);
    set_colour(page->cairo, h->colour);
    for (int i = 0; i < REPORT_BINS; i++) {
        double bar = height * (double)counted->counts[i] / (double)highest;
        cairo_rectangle(page->cairo, x + width * i / REPORT_BINS + 1, y - bar,
                        width / REPORT_BINS - 2, bar);
    }
    cairo_fill(page->cairo);
    cairo_set_source_rgb(page->cairo, 0.80, 0.15, 0.12);
    cairo_set_line_width(page->cairo, 1.5);
    cairo_move_to(page->cairo, x + width * fmin(1, counted->limit / counted->most), y - height);
    cairo_rel_line_to(page->cairo, 0, height);
    cairo_stroke(page->cairo);
    draw_axis(page->cairo, h, x, y, width);
}

/* A fate's colour, its name and how many there are; returns where the next one goes. */
static double draw_fate(cairo_t *cairo, double x, enum dot_fate fate, size_t count) {
    char words[64];
    cairo_text_extents_t extents;
    cairo_new_path(cairo);
    cairo_arc(cairo, x + 5, 135, 5, 0, 2 * acos(-1));
    set_colour(cairo, dot_colour(&(struct report_dot){.fate = (uint8_t)fate}));
    cairo_fill_preserve(cairo);
    cairo_set_source_rgb(cairo, 0.40, 0.41, 0.43);
    cairo_set_line_width(cairo, 1);
    cairo_stroke(cairo);
    snprintf(words, sizeof words, "%s %zu", dot_fate_name(fate), count);
    text(cairo, x + 16, 140, 14, words);
    cairo_text_extents(cairo, words, &extents);
    return x + 16 + extents.x_advance + 18;
}

static void draw_fates(cairo_t *cairo, double x, const struct report *r) {
    char words[64];
    x = draw_fate(cairo, x, FATE_DONE, r->done);
    x = draw_fate(cairo, x, FATE_SKIPPED, r->skipped);
    x = draw_fate(cairo, x, FATE_DOUBTFUL, r->doubtful);
    x = draw_fate(cairo, x, FATE_PENDING, r->pending);
    if (r->punctures == 0) return;
    snprintf(words, sizeof words, "doubled %zu", r->doubled);
    text(cairo, x, 140, 14, words);
}

static void draw_numbers(const struct page *page) {
    const struct report *r = page->report;
    const double x = 920;
    const int minutes = (int)r->duration_s / 60, seconds = (int)r->duration_s % 60;
    char words[160];
    set_colour(page->cairo, ink);
    snprintf(words, sizeof words, "%zu dots", r->done);
    text(page->cairo, x, 84, 44, words);
    snprintf(words, sizeof words, "of %zu planned   %.1f dots/s   %d min %02d s of striking",
             r->plan.dot_count, r->dots_per_s, minutes, seconds);
    text(page->cairo, x, 114, 16, words);
    draw_fates(page->cairo, x, r);
    if (r->punctures == 0) {
        text(page->cairo, x, 180, 14, "Where the dots truly went was not measured: that takes the");
        text(page->cairo, x, 200, 14, "simulated rig, or a close-up camera.");
        return;
    }
    snprintf(words, sizeof words, "the same strikes with a frozen aim: %.1f mm off (p95)",
             r->uncorrected_um.p95 * 1e-3);
    text(page->cairo, x, 162, 14, words);
    if (!isfinite(r->force_n.max)) return;
    snprintf(words, sizeof words,
             "force at most %.2f N   clear of the head by %.2f mm (body %.1f mm)", r->force_n.max,
             r->tip_clear_least_mm, r->body_clear_least_mm);
    text(page->cairo, x, 184, 14, words);
}

static enum result save(cairo_surface_t *surface, const char *path, struct error *err) {
    char temporary[4096];
    snprintf(temporary, sizeof temporary, "%.4000s.part", path);
    if (cairo_surface_write_to_png(surface, temporary) == CAIRO_STATUS_SUCCESS &&
        rename(temporary, path) == 0)
        return RESULT_OK;
    remove(temporary);
    return error_set(err, RESULT_IO, "%s: cannot write the picture", path);
}

enum result report_paint(cairo_t *cairo, const struct report *report,
                         const struct report_inputs *inputs, struct error *err) {
    struct page page = {cairo, report};
    struct report_histogram counted[REPORT_HISTOGRAMS];
    report_histograms(report, counted);
    const struct histogram histograms[REPORT_HISTOGRAMS] = {
        {counted[0], "um", {0.24, 0.42, 0.60}, &report->placement_um},
        {counted[1], "um", {0.35, 0.52, 0.42}, &report->depth_error_um},
        {counted[2], "um", {0.55, 0.47, 0.38}, &report->drag_um},
    };
    set_colour(page.cairo, (struct preview_colour){1, 1, 1});
    cairo_paint(page.cairo);
    enum result result = draw_head(&page, inputs, err);
    if (result != RESULT_OK) return result;
    draw_numbers(&page);
    for (size_t i = 0; i < REPORT_HISTOGRAMS && report->punctures; i++)
        draw_histogram(&page, &histograms[i], 380 + 225 * (double)i);
    return RESULT_OK;
}

enum result report_draw(const struct report *report, const struct report_inputs *inputs,
                        struct error *err) {
    cairo_surface_t *surface =
        cairo_image_surface_create(CAIRO_FORMAT_RGB24, REPORT_WIDTH, REPORT_HEIGHT);
    cairo_t *cairo = cairo_create(surface);
    enum result result = report_paint(cairo, report, inputs, err);
    if (result == RESULT_OK) result = save(surface, inputs->png_path, err);
    cairo_destroy(cairo);
    cairo_surface_destroy(surface);
    return result;
}
