#include "plan/preview.h"

#include <stdlib.h>

/* A disc counts as visible when its middle is at most this far behind the drawn skin. */
#define DISC_BEHIND_MM 1.0

enum result preview_create(int width, int height, const struct preview_view *view,
                           struct preview *ret_preview) {
    size_t count = (size_t)width * (size_t)height;
    struct preview preview = {.width = width, .height = height, .view = *view};
    preview.right = vec3_unit(vec3_cross(view->up, view->towards_viewer));
    preview.down = vec3_cross(preview.right, view->towards_viewer);
    preview.rgb = malloc(3 * count * sizeof *preview.rgb);
    preview.depth = malloc(count * sizeof *preview.depth);
    if (!preview.rgb || !preview.depth) {
        preview_release(&preview);
        return RESULT_NO_MEMORY;
    }
    for (size_t i = 0; i < count; i++) {
        preview.depth[i] = -INFINITY;
        preview.rgb[3 * i] = (float)view->background.r;
        preview.rgb[3 * i + 1] = (float)view->background.g;
        preview.rgb[3 * i + 2] = (float)view->background.b;
    }
    *ret_preview = preview;
    return RESULT_OK;
}

void preview_release(struct preview *preview) {
    free(preview->rgb);
    free(preview->depth);
    *preview = (struct preview){0};
}

/* Picture coordinates (px) and depth (mm towards the viewer). */
static struct vec3 project(const struct preview *preview, struct vec3 p) {
    struct vec3 d = vec3_sub(p, preview->view.centre);
    double scale = 1.0 / preview->view.mm_per_px;
    return vec3_make(vec3_dot(d, preview->right) * scale + preview->width / 2.0,
                     vec3_dot(d, preview->down) * scale + preview->height / 2.0,
                     vec3_dot(d, preview->view.towards_viewer));
}

/* Key light from above the viewer's left, fill from the right, and a rim that darkens. */
static double light(const struct preview *preview, struct vec3 n) {
    struct vec3 v = preview->view.towards_viewer;
    struct vec3 key =
        vec3_unit(vec3_add(vec3_mad(v, -0.6, preview->right), vec3_scale(preview->down, -0.7)));
    struct vec3 fill = vec3_unit(vec3_mad(v, 0.9, preview->right));
    double facing = fmax(0, vec3_dot(n, v));
    return 0.30 + 0.52 * fmax(0, vec3_dot(n, key)) + 0.14 * fmax(0, vec3_dot(n, fill)) +
           0.10 * facing;
}

static void put(struct preview *preview, size_t i, double depth, double brightness) {
    const struct preview_colour *skin = &preview->view.skin;
    preview->depth[i] = (float)depth;
    preview->rgb[3 * i] = (float)fmin(1, skin->r * brightness);
    preview->rgb[3 * i + 1] = (float)fmin(1, skin->g * brightness);
    preview->rgb[3 * i + 2] = (float)fmin(1, skin->b * brightness);
}

static void draw_triangle(struct preview *preview, const struct vec3 q[3], const double lights[3]) {
    double area = (q[1].x - q[0].x) * (q[2].y - q[0].y) - (q[1].y - q[0].y) * (q[2].x - q[0].x);
    if (fabs(area) < 1e-12) return;
    int x0 = (int)fmax(0, floor(fmin(q[0].x, fmin(q[1].x, q[2].x))));
    int x1 = (int)fmin(preview->width - 1, ceil(fmax(q[0].x, fmax(q[1].x, q[2].x))));
    int y0 = (int)fmax(0, floor(fmin(q[0].y, fmin(q[1].y, q[2].y))));
    int y1 = (int)fmin(preview->height - 1, ceil(fmax(q[0].y, fmax(q[1].y, q[2].y))));
    for (int y = y0; y <= y1; y++)
        for (int x = x0; x <= x1; x++) {
            double w1 =
                ((x - q[0].x) * (q[2].y - q[0].y) - (y - q[0].y) * (q[2].x - q[0].x)) / area;
            double w2 =
                ((q[1].x - q[0].x) * (y - q[0].y) - (q[1].y - q[0].y) * (x - q[0].x)) / area;
            double w0 = 1 - w1 - w2;
            if (w0 < -1e-9 || w1 < -1e-9 || w2 < -1e-9) continue;
            double depth = w0 * q[0].z + w1 * q[1].z + w2 * q[2].z;
            size_t i = (size_t)y * (size_t)preview->width + (size_t)x;
            if (depth <= (double)preview->depth[i]) continue;
            put(preview, i, depth, w0 * lights[0] + w1 * lights[1] + w2 * lights[2]);
        }
}

void preview_draw_mesh(struct preview *preview, const struct mesh *mesh, const float *normals) {
    for (size_t t = 0; t < mesh->triangle_count; t++) {
        struct vec3 q[3];
        double lights[3];
        if (vec3_dot(mesh_triangle_cross(mesh, t), preview->view.towards_viewer) <= 0) continue;
        for (int k = 0; k < 3; k++) {
            uint32_t v = mesh->triangles[3 * t + (size_t)k];
            const float *n = normals + 3 * (size_t)v;
            q[k] = project(preview, mesh_vertex(mesh, v));
            lights[k] = light(preview, vec3_make((double)n[0], (double)n[1], (double)n[2]));
        }
        draw_triangle(preview, q, lights);
    }
}

void preview_draw_disc(struct preview *preview, const struct preview_disc *disc) {
    struct vec3 q = project(preview, disc->p_head);
    double facing = vec3_dot(disc->n_head, preview->view.towards_viewer);
    double radius_px = disc->radius_mm / preview->view.mm_per_px;
    int reach = (int)ceil(radius_px) + 1, cx = (int)lround(q.x), cy = (int)lround(q.y);
    if (facing <= 0.1) return;
    for (int y = cy - reach; y <= cy + reach; y++)
        for (int x = cx - reach; x <= cx + reach; x++) {
            if (x < 0 || y < 0 || x >= preview->width || y >= preview->height) continue;
            size_t i = (size_t)y * (size_t)preview->width + (size_t)x;
            if ((double)preview->depth[i] > q.z + DISC_BEHIND_MM) continue;
            /* The disc appears as an ellipse, narrow along the projected normal. */
            double nx = vec3_dot(disc->n_head, preview->right);
            double ny = vec3_dot(disc->n_head, preview->down), nl = sqrt(nx * nx + ny * ny);
            double dx = x - q.x, dy = y - q.y, along = nl > 0 ? (dx * nx + dy * ny) / nl : 0;
            double across2 = fmax(0, dx * dx + dy * dy - along * along);
            double distance = sqrt(across2 + along * along / (facing * facing));
            double cover = fmin(1, fmax(0, radius_px - distance + 0.5));
            float *rgb = preview->rgb + 3 * i;
            rgb[0] += (float)(cover * (disc->colour.r - (double)rgb[0]));
            rgb[1] += (float)(cover * (disc->colour.g - (double)rgb[1]));
            rgb[2] += (float)(cover * (disc->colour.b - (double)rgb[2]));
        }
}

static uint32_t mean_pixel(const struct preview *preview, int x, int y, int factor) {
    double sum[3] = {0, 0, 0};
    uint32_t pixel = 0;
    for (int dy = 0; dy < factor; dy++)
        for (int dx = 0; dx < factor; dx++) {
            size_t i =
                (size_t)(y * factor + dy) * (size_t)preview->width + (size_t)(x * factor + dx);
            for (int c = 0; c < 3; c++) sum[c] += (double)preview->rgb[3 * i + (size_t)c];
        }
    for (int c = 0; c < 3; c++)
        pixel = pixel << 8 | (uint32_t)(255.0 * fmin(1, sum[c] / (factor * factor)) + 0.5);
    return pixel;
}

void preview_copy(const struct preview *preview, int factor, uint8_t *pixels, int stride) {
    for (int y = 0; y < preview->height / factor; y++) {
        uint32_t *row = (uint32_t *)(void *)(pixels + (size_t)y * (size_t)stride);
        for (int x = 0; x < preview->width / factor; x++)
            row[x] = mean_pixel(preview, x, y, factor);
    }
}
