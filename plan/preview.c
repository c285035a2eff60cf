#include "plan/preview.h"

#include <stdlib.h>

/* A disc counts as visible when skin over its middle by so much is not hidden. */
#define DISC_ABOVE_MM 0.8
/* Smaller discs are drawn this large and as much paler. */
#define RADIUS_LEAST_PX 0.6
/* Discs seen flatter than this are not drawn: a silhouette shows no dots. */
#define FACING_LEAST 0.08

enum result preview_create(int width, int height, const struct preview_view *view,
                           struct preview *ret_preview) {
    size_t count = (size_t)width * (size_t)height;
    struct preview preview = {.width = width, .height = height, .view = *view};
    preview.right = vec3_unit(vec3_cross(view->up, view->towards_viewer));
    preview.down = vec3_cross(preview.right, view->towards_viewer);
    preview.rgb = malloc(3 * count * sizeof *preview.rgb);
    preview.depth = malloc(count * sizeof *preview.depth);
    preview.normal = malloc(3 * count * sizeof *preview.normal);
    if (!preview.rgb || !preview.depth || !preview.normal) {
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
    free(preview->normal);
    *preview = (struct preview){0};
}

bool preview_project(const struct preview *preview, struct vec3 p_head, struct vec3 *ret_px) {
    const struct preview_view *view = &preview->view;
    if (view->lens) return view->lens->project(view->lens->context, p_head, ret_px);
    struct vec3 d = vec3_sub(p_head, view->centre);
    double depth = vec3_dot(d, view->towards_viewer), scale = 1.0 / view->mm_per_px;
    if (view->distance_mm > 0) {
        if (!(depth < 0.9 * view->distance_mm)) return false;
        depth = view->distance_mm / (view->distance_mm - depth);
        scale *= depth;
    }
    *ret_px = vec3_make(vec3_dot(d, preview->right) * scale + preview->width / 2.0,
                        vec3_dot(d, preview->down) * scale + preview->height / 2.0, depth);
    return true;
}

struct vec3 preview_towards_eye(const struct preview *preview, struct vec3 p_head) {
    const struct preview_view *view = &preview->view;
    if (view->lens) return vec3_unit(vec3_sub(view->lens->p_eye, p_head));
    if (!(view->distance_mm > 0)) return view->towards_viewer;
    struct vec3 eye = vec3_mad(view->centre, view->distance_mm, view->towards_viewer);
    return vec3_unit(vec3_sub(eye, p_head));
}

/* A triangle on the picture: places and vertex normals. */
struct facet {
    struct vec3 q[3];
    const float *n[3];
};

static void fill_facet(struct preview *preview, const struct facet *f) {
    const struct vec3 *q = f->q;
    double area = (q[1].x - q[0].x) * (q[2].y - q[0].y) - (q[1].y - q[0].y) * (q[2].x - q[0].x);
    if (!(fabs(area) > 1e-12)) return;
    int x0 = (int)fmax(0, ceil(fmin(q[0].x, fmin(q[1].x, q[2].x)) - 0.5));
    int x1 = (int)fmin(preview->width - 1, floor(fmax(q[0].x, fmax(q[1].x, q[2].x)) + 0.5));
    int y0 = (int)fmax(0, ceil(fmin(q[0].y, fmin(q[1].y, q[2].y)) - 0.5));
    int y1 = (int)fmin(preview->height - 1, floor(fmax(q[0].y, fmax(q[1].y, q[2].y)) + 0.5));
    double inv = 1 / area;
    for (int y = y0; y <= y1; y++)
        for (int x = x0; x <= x1; x++) {
            double dx = x - q[0].x, dy = y - q[0].y;
            double w1 = (dx * (q[2].y - q[0].y) - dy * (q[2].x - q[0].x)) * inv;
            double w2 = ((q[1].x - q[0].x) * dy - (q[1].y - q[0].y) * dx) * inv, w0 = 1 - w1 - w2;
            if (w0 < -1e-9 || w1 < -1e-9 || w2 < -1e-9) continue;
            float depth = (float)(w0 * q[0].z + w1 * q[1].z + w2 * q[2].z);
            size_t i = (size_t)y * (size_t)preview->width + (size_t)x;
            if (depth <= preview->depth[i]) continue;
            preview->depth[i] = depth;
            float *n = preview->normal + 3 * i, u0 = (float)w0, u1 = (float)w1, u2 = (float)w2;
            for (int c = 0; c < 3; c++) n[c] = u0 * f->n[0][c] + u1 * f->n[1][c] + u2 * f->n[2][c];
        }
}

void preview_rasterise(struct preview *preview, const struct mesh *mesh, const float *normals) {
    for (size_t t = 0; t < mesh->triangle_count; t++) {
        struct facet f;
        struct vec3 p = mesh_vertex(mesh, mesh->triangles[3 * t]);
        if (vec3_dot(mesh_triangle_cross(mesh, t), preview_towards_eye(preview, p)) <= 0) continue;
        bool is_seen = true;
        for (int k = 0; k < 3 && is_seen; k++) {
            uint32_t v = mesh->triangles[3 * t + (size_t)k];
            f.n[k] = normals + 3 * (size_t)v;
            is_seen = preview_project(preview, mesh_vertex(mesh, v), &f.q[k]);
        }
        if (is_seen) fill_facet(preview, &f);
    }
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

void preview_draw_mesh(struct preview *preview, const struct mesh *mesh, const float *normals) {
    const struct preview_colour *skin = &preview->view.skin;
    size_t count = (size_t)preview->width * (size_t)preview->height;
    preview_rasterise(preview, mesh, normals);
    for (size_t i = 0; i < count; i++) {
        if (preview->depth[i] == -INFINITY) continue;
        const float *n = preview->normal + 3 * i;
        double brightness =
            light(preview, vec3_unit(vec3_make((double)n[0], (double)n[1], (double)n[2])));
        preview->rgb[3 * i] = (float)fmin(1, skin->r * brightness);
        preview->rgb[3 * i + 1] = (float)fmin(1, skin->g * brightness);
        preview->rgb[3 * i + 2] = (float)fmin(1, skin->b * brightness);
    }
}

/* The picture's ellipse of a disc: offsets of two perpendicular radii. */
struct ellipse {
    struct vec3 middle;
    double ax, ay, bx, by;
};

static bool project_disc(const struct preview *preview, const struct preview_splat *splat,
                         struct ellipse *ret) {
    struct vec3 u = vec3_any_perpendicular(splat->n_head), v = vec3_cross(splat->n_head, u);
    struct vec3 p = splat->p_head, a, b, above;
    double r = splat->radius_mm;
    if (vec3_dot(splat->n_head, preview_towards_eye(preview, p)) <= FACING_LEAST) return false;
    if (!preview_project(preview, p, &ret->middle) ||
        !preview_project(preview, vec3_mad(p, r, u), &a) ||
        !preview_project(preview, vec3_mad(p, r, v), &b) ||
        !preview_project(preview, vec3_mad(p, DISC_ABOVE_MM, splat->n_head), &above))
        return false;
    ret->ax = a.x - ret->middle.x, ret->ay = a.y - ret->middle.y;
    ret->bx = b.x - ret->middle.x, ret->by = b.y - ret->middle.y;
    ret->middle.z = above.z;
    return true;
}

void preview_splat(const struct preview *preview, const struct preview_splat *splat) {
    struct ellipse e;
    if (!project_disc(preview, splat, &e)) return;
    double det = e.ax * e.by - e.ay * e.bx;
    if (!(fabs(det) > 1e-9)) return;
    struct preview_hit hit = {0, sqrt(fabs(det)), 1};
    if (hit.radius_px < RADIUS_LEAST_PX) {
        double larger = RADIUS_LEAST_PX / hit.radius_px;
        e.ax *= larger, e.ay *= larger, e.bx *= larger, e.by *= larger, det *= larger * larger;
        hit = (struct preview_hit){0, RADIUS_LEAST_PX, 1 / (larger * larger)};
    }
    double wide = splat->reach * hypot(e.ax, e.bx) + 1, tall = splat->reach * hypot(e.ay, e.by) + 1;
    int x0 = (int)fmax(0, ceil(e.middle.x - wide)), y0 = (int)fmax(0, ceil(e.middle.y - tall));
    int x1 = (int)fmin(preview->width - 1, floor(e.middle.x + wide));
    int y1 = (int)fmin(preview->height - 1, floor(e.middle.y + tall));
    for (int y = y0; y <= y1; y++)
        for (int x = x0; x <= x1; x++) {
            size_t i = (size_t)y * (size_t)preview->width + (size_t)x;
            if (preview->depth[i] == -INFINITY || (double)preview->depth[i] > e.middle.z) continue;
            double dx = x - e.middle.x, dy = y - e.middle.y;
            double s = (dx * e.by - dy * e.bx) / det, t = (e.ax * dy - e.ay * dx) / det;
            hit.radii = sqrt(s * s + t * t);
            if (hit.radii < splat->reach + 1 / hit.radius_px) splat->each(splat->context, i, hit);
        }
}

struct disc_paint {
    float *rgb;
    const struct preview_colour *colour;
};

static void paint_disc(void *context, size_t pixel, struct preview_hit hit) {
    const struct disc_paint *paint = context;
    double cover = hit.share * fmin(1, fmax(0, (1 - hit.radii) * hit.radius_px + 0.5));
    float *rgb = paint->rgb + 3 * pixel;
    rgb[0] += (float)(cover * (paint->colour->r - (double)rgb[0]));
    rgb[1] += (float)(cover * (paint->colour->g - (double)rgb[1]));
    rgb[2] += (float)(cover * (paint->colour->b - (double)rgb[2]));
}

void preview_draw_disc(struct preview *preview, const struct preview_disc *disc) {
    struct disc_paint paint = {preview->rgb, &disc->colour};
    struct preview_splat splat = {disc->p_head, disc->n_head, disc->radius_mm, 1,
                                  paint_disc,   &paint};
    preview_splat(preview, &splat);
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
