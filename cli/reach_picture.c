#include "cli/reach_picture.h"

#include <cairo.h>
#include <stdio.h>
#include <stdlib.h>

#include "plan/preview.h"

#define VIEW_PX 480
#define OVERSAMPLE 2
#define ROW_PX 22
#define MARGIN 1.05

static const struct {
    struct vec3 towards_viewer, up;
    const char *name;
} views[] = {
    {{0, 0, 1}, {0, 1, 0}, "top"},   {{0, 1, 0}, {0, 0, 1}, "front"},
    {{0, -1, 0}, {0, 0, 1}, "back"}, {{-1, 0, 0}, {0, 0, 1}, "left"},
    {{1, 0, 0}, {0, 0, 1}, "right"},
};
#define VIEWS (sizeof views / sizeof *views)
#define COLUMNS 3
#define ROWS 2

/* By position; told apart by readers who see colours badly (Okabe and Ito 2008). */
static const struct preview_colour colours[REACH_POSITIONS_MAX] = {
    {0.00, 0.45, 0.70}, {0.90, 0.62, 0.00}, {0.00, 0.62, 0.45}, {0.45, 0.20, 0.60},
    {0.34, 0.71, 0.91}, {0.94, 0.89, 0.26}, {0.50, 0.50, 0.50}, {0.20, 0.20, 0.20},
};
static const struct preview_colour unreached = {0.84, 0.10, 0.10};

static struct preview_colour colour_of(const struct reach_plan *reach, size_t dot) {
    return reach->position_of[dot] == UINT8_MAX ? unreached : colours[reach->position_of[dot]];
}

struct scene {
    const struct mesh *mesh;
    const float *normals;
    const struct mesh_survey *survey;
    const struct dot_plan *plan;
    const struct reach_plan *reach;
};

static enum result draw_view(const struct scene *scene, size_t view, cairo_surface_t *surface) {
    struct vec3 low = scene->survey->low, high = scene->survey->high;
    double largest = fmax(high.x - low.x, fmax(high.y - low.y, high.z - low.z));
    struct preview_view eye = {.towards_viewer = views[view].towards_viewer,
                               .up = views[view].up,
                               .centre = vec3_scale(vec3_add(low, high), 0.5),
                               .mm_per_px = MARGIN * largest / (VIEW_PX * OVERSAMPLE),
                               .skin = {0.87, 0.68, 0.56},
                               .background = {1, 1, 1}};
    struct preview preview;
    enum result result = preview_create(VIEW_PX * OVERSAMPLE, VIEW_PX * OVERSAMPLE, &eye, &preview);
    if (result != RESULT_OK) return result;
    preview_draw_mesh(&preview, scene->mesh, scene->normals);
    for (size_t i = 0; i < scene->plan->dot_count; i++) {
        const struct dot *dot = &scene->plan->dots[i];
        struct preview_disc disc = {dot->p_head, dot->n_head, 0.5, colour_of(scene->reach, i)};
        preview_draw_disc(&preview, &disc);
    }
    int stride = cairo_image_surface_get_stride(surface);
    size_t row = view / COLUMNS * VIEW_PX, column = view % COLUMNS * VIEW_PX;
    unsigned char *pixels =
        cairo_image_surface_get_data(surface) + row * (size_t)stride + column * 4;
    preview_copy(&preview, OVERSAMPLE, pixels, stride);
    preview_release(&preview);
    return RESULT_OK;
}

static void draw_row(cairo_t *cairo, double y, struct preview_colour colour, const char *text) {
    cairo_set_source_rgb(cairo, colour.r, colour.g, colour.b);
    cairo_rectangle(cairo, COLUMNS * VIEW_PX - VIEW_PX + 20, y - 11, 14, 14);
    cairo_fill(cairo);
    cairo_set_source_rgb(cairo, 0.1, 0.1, 0.1);
    cairo_move_to(cairo, COLUMNS * VIEW_PX - VIEW_PX + 44, y);
    cairo_show_text(cairo, text);
}

static void draw_legend(cairo_t *cairo, const struct reach_plan *reach) {
    char text[96];
    double y = VIEW_PX + 60;
    cairo_select_font_face(cairo, "DejaVu Sans", CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_NORMAL);
    cairo_set_font_size(cairo, 14);
    cairo_set_source_rgb(cairo, 0.1, 0.1, 0.1);
    for (size_t v = 0; v < VIEWS; v++) {
        cairo_move_to(cairo, (double)(v % COLUMNS * VIEW_PX + 12),
                      (double)(v / COLUMNS * VIEW_PX + 24));
        cairo_show_text(cairo, views[v].name);
    }
    for (size_t i = 0; i < reach->position_count; i++, y += ROW_PX) {
        snprintf(text, sizeof text, "position %zu: %zu dots, %zu new", i + 1,
                 reach->positions[i].reached_count, reach->positions[i].own_count);
        draw_row(cairo, y, colours[i], text);
    }
    snprintf(text, sizeof text, "not reached: %zu dots", reach->dot_count - reach->reached_count);
    draw_row(cairo, y, unreached, text);
}

static enum result draw(const struct scene *scene, cairo_surface_t *surface) {
    cairo_t *cairo = cairo_create(surface);
    cairo_set_source_rgb(cairo, 1, 1, 1);
    cairo_paint(cairo);
    cairo_surface_flush(surface);
    enum result result = RESULT_OK;
    for (size_t v = 0; v < VIEWS && result == RESULT_OK; v++) result = draw_view(scene, v, surface);
    cairo_surface_mark_dirty(surface);
    if (result == RESULT_OK) draw_legend(cairo, scene->reach);
    cairo_destroy(cairo);
    return result;
}

/* To a temporary name, then renamed. */
static enum result save(cairo_surface_t *surface, const char *path, struct error *err) {
    char temporary[1024];
    if (snprintf(temporary, sizeof temporary, "%s.part", path) >= (int)sizeof temporary)
        return error_set(err, RESULT_LIMIT, "%s: the path is too long", path);
    cairo_status_t status = cairo_surface_write_to_png(surface, temporary);
    if (status == CAIRO_STATUS_SUCCESS && rename(temporary, path) == 0) return RESULT_OK;
    remove(temporary);
    return error_set(err, RESULT_IO, "%s: cannot be written", path);
}

enum result reach_picture_write(const struct mesh *mesh, const struct dot_plan *plan,
                                const struct reach_plan *reach, const char *path,
                                struct error *err) {
    struct mesh_survey survey;
    float *normals = mesh_vertex_normals(mesh);
    cairo_surface_t *surface =
        cairo_image_surface_create(CAIRO_FORMAT_RGB24, COLUMNS * VIEW_PX, ROWS * VIEW_PX);
    bool has_memory = normals && cairo_surface_status(surface) == CAIRO_STATUS_SUCCESS &&
                      mesh_examine(mesh, &survey) == RESULT_OK;
    struct scene scene = {mesh, normals, &survey, plan, reach};
    enum result result = has_memory ? draw(&scene, surface) : RESULT_NO_MEMORY;
    if (result == RESULT_OK)
        result = save(surface, path, err);
    else
        error_set(err, result, "%s: the picture does not fit into memory", path);
    cairo_surface_destroy(surface);
    free(normals);
    return result;
}
