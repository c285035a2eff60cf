#include "cli/preview_picture.h"

#include <stdio.h>

#include "cli/apng.h"

#define HEAD_MARGIN 0.92 /* of the ball around the head, whose corners are empty */
#define FIT_MARGIN 1.08
#define ZONE_MARGIN 1.25
#define SHEET_COLUMNS 4
#define CAPTION_PX 40
#define FRAME_MS 100

/* Bounds of what is to be seen. */
struct extent {
    struct vec3 centre;
    double radius_mm;
};

static struct extent extent_of_head(const struct mesh *mesh) {
    struct vec3 low = mesh_vertex(mesh, 0), high = low;
    struct extent extent = {{0, 0, 0}, 0};
    for (size_t i = 0; i < mesh->vertex_count; i++) {
        struct vec3 p = mesh_vertex(mesh, (uint32_t)i);
        low = vec3_make(fmin(low.x, p.x), fmin(low.y, p.y), fmin(low.z, p.z));
        high = vec3_make(fmax(high.x, p.x), fmax(high.y, p.y), fmax(high.z, p.z));
    }
    extent.centre = vec3_scale(vec3_add(low, high), 0.5);
    for (size_t i = 0; i < mesh->vertex_count; i++)
        extent.radius_mm =
            fmax(extent.radius_mm, vec3_distance(mesh_vertex(mesh, (uint32_t)i), extent.centre));
    return extent;
}

static struct extent extent_of_zone(const struct dot_plan *plan, int zone) {
    struct extent extent = {{0, 0, 0}, 1};
    double count = 0;
    for (size_t i = 0; i < plan->dot_count; i++)
        if (plan->dots[i].zone == zone)
            extent.centre = vec3_add(extent.centre, plan->dots[i].p_head), count++;
    extent.centre = vec3_scale(extent.centre, 1 / fmax(1, count));
    for (size_t i = 0; i < plan->dot_count; i++)
        if (plan->dots[i].zone == zone)
            extent.radius_mm =
                fmax(extent.radius_mm, vec3_distance(plan->dots[i].p_head, extent.centre));
    return extent;
}

static struct preview_view look_from(struct picture_aim aim) {
    return (struct preview_view){
        .towards_viewer = {cos(aim.elevation_rad) * sin(aim.azimuth_rad),
                           cos(aim.elevation_rad) * cos(aim.azimuth_rad), sin(aim.elevation_rad)},
        /* Looked at from above, the nose points down, as if the head bowed to the viewer. */
        .up = {-sin(aim.azimuth_rad) * sin(aim.elevation_rad),
               -cos(aim.azimuth_rad) * sin(aim.elevation_rad), cos(aim.elevation_rad)},
        .mm_per_px = 1,
        .distance_mm = PREVIEW_DISTANCE_MM,
        .background = {0.66, 0.70, 0.74}};
}

struct preview_view picture_view(const struct picture_setup *setup, struct picture_aim aim) {
    bool is_zone = aim.zone >= 0;
    struct extent extent = is_zone ? extent_of_zone(setup->portrait.plan, aim.zone)
                                   : extent_of_head(setup->portrait.mesh);
    struct preview_view view = look_from(aim);
    double side_px = fmin(setup->width, setup->height) * setup->oversample;
    view.centre = extent.centre;
    view.mm_per_px = 2 * (is_zone ? ZONE_MARGIN : HEAD_MARGIN) * extent.radius_mm / side_px;
    return view;
}

void picture_fit(const struct picture_setup *setup, struct preview_view *view) {
    struct preview ruler = {.view = *view};
    double low[2] = {INFINITY, INFINITY}, high[2] = {-INFINITY, -INFINITY};
    ruler.right = vec3_unit(vec3_cross(view->up, view->towards_viewer));
    ruler.down = vec3_cross(ruler.right, view->towards_viewer);
    for (size_t i = 0; i < setup->portrait.mesh->vertex_count; i++) {
        struct vec3 q;
        if (!preview_project(&ruler, mesh_vertex(setup->portrait.mesh, (uint32_t)i), &q)) return;
        low[0] = fmin(low[0], q.x), high[0] = fmax(high[0], q.x);
        low[1] = fmin(low[1], q.y), high[1] = fmax(high[1], q.y);
    }
    double wide = (high[0] - low[0]) / (setup->width * setup->oversample);
    double tall = (high[1] - low[1]) / (setup->height * setup->oversample);
    double move[2] = {(low[0] + high[0]) / 2, (low[1] + high[1]) / 2};
    view->centre = vec3_mad(view->centre, move[0] * view->mm_per_px, ruler.right);
    view->centre = vec3_mad(view->centre, move[1] * view->mm_per_px, ruler.down);
    view->mm_per_px *= FIT_MARGIN * fmax(wide, tall);
}

enum result picture_draw(const struct picture_setup *setup, cairo_surface_t **ret_surface,
                         struct error *err) {
    struct preview preview = {0};
    cairo_surface_t *surface =
        cairo_image_surface_create(CAIRO_FORMAT_RGB24, setup->width, setup->height);
    enum result result =
        cairo_surface_status(surface) == CAIRO_STATUS_SUCCESS ? RESULT_OK : RESULT_NO_MEMORY;
    if (result == RESULT_OK)
        result = preview_create(setup->width * setup->oversample, setup->height * setup->oversample,
                                &setup->view, &preview);
    if (result == RESULT_OK) result = portrait_draw(&setup->portrait, &preview);
    if (result == RESULT_OK) {
        preview_copy(&preview, setup->oversample, cairo_image_surface_get_data(surface),
                     cairo_image_surface_get_stride(surface));
        cairo_surface_mark_dirty(surface);
    }
    preview_release(&preview);
    if (result != RESULT_OK) {
        cairo_surface_destroy(surface);
        return error_set(err, result, "the picture does not fit into memory");
    }
    *ret_surface = surface;
    return RESULT_OK;
}

enum result picture_save(cairo_surface_t *surface, const char *path, struct error *err) {
    cairo_status_t status = cairo_surface_write_to_png(surface, path);
    if (status == CAIRO_STATUS_SUCCESS) return RESULT_OK;
    return error_set(err, RESULT_IO, "%s: %s", path, cairo_status_to_string(status));
}

static void caption(cairo_t *cairo, const char *text, double x, double y) {
    cairo_select_font_face(cairo, "DejaVu Sans", CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_NORMAL);
    cairo_set_font_size(cairo, 20);
    cairo_set_source_rgb(cairo, 0.13, 0.14, 0.16);
    cairo_move_to(cairo, x + 14, y + 27);
    cairo_show_text(cairo, text);
}

enum result picture_sheet(const struct picture_setup *setup, const char *path, struct error *err) {
    static const struct {
        const char *caption;
        struct fade_time time;
    } times[] = {{"before", {FADE_BEFORE, 0}},          {"fresh", {FADE_FRESH, 0}},
                 {"healed, 4 weeks", {FADE_HEALED, 0}}, {"1 year", {FADE_HEALED, 1}},
                 {"2 years", {FADE_HEALED, 2}},         {"4 years", {FADE_HEALED, 4}},
                 {"6 years", {FADE_HEALED, 6}},         {"8 years", {FADE_HEALED, 8}}};
    const int count = sizeof times / sizeof *times, rows = (count - 1) / SHEET_COLUMNS + 1;
    cairo_surface_t *sheet = cairo_image_surface_create(
        CAIRO_FORMAT_RGB24, setup->width * SHEET_COLUMNS, (setup->height + CAPTION_PX) * rows);
    cairo_t *cairo = cairo_create(sheet);
    enum result result = RESULT_OK;
    cairo_set_source_rgb(cairo, 1, 1, 1);
    cairo_paint(cairo);
    for (int i = 0; result == RESULT_OK && i < count; i++) {
        struct picture_setup mine = *setup;
        cairo_surface_t *picture = NULL;
        double x = i % SHEET_COLUMNS * setup->width;
        double y = i / SHEET_COLUMNS * (setup->height + CAPTION_PX);
        mine.portrait.time = times[i].time;
        result = picture_draw(&mine, &picture, err);
        if (result != RESULT_OK) break;
        caption(cairo, times[i].caption, x, y);
        cairo_set_source_surface(cairo, picture, x, y + CAPTION_PX);
        cairo_paint(cairo);
        cairo_surface_destroy(picture);
    }
    cairo_destroy(cairo);
    if (result == RESULT_OK) result = picture_save(sheet, path, err);
    cairo_surface_destroy(sheet);
    return result;
}

enum result picture_turn(const struct picture_setup *setup, struct picture_aim aim, int frames,
                         const char *path, struct error *err) {
    struct apng apng;
    enum result result = apng_open(&apng, path, frames, FRAME_MS, err);
    if (result != RESULT_OK) return result;
    for (int i = 0; result == RESULT_OK && i < frames; i++) {
        struct picture_setup mine = *setup;
        cairo_surface_t *picture = NULL;
        struct picture_aim turned = aim;
        turned.azimuth_rad += 2 * PI * i / frames;
        mine.view = picture_view(setup, turned);
        result = picture_draw(&mine, &picture, err);
        if (result != RESULT_OK) break;
        result = apng_add(&apng, picture, err);
        cairo_surface_destroy(picture);
    }
    if (result == RESULT_OK) return apng_commit(&apng, err);
    apng_abandon(&apng);
    return result;
}
