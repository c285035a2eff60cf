/* Draws a head: a small z-buffer renderer. What lies in each pixel is drawn first (depth and
 * normal), light and skin come after: plainly here, for reports; as a portrait in
 * plan/portrait.h. */
#ifndef SMPRIG_PLAN_PREVIEW_H
#define SMPRIG_PLAN_PREVIEW_H

#include <stdbool.h>

#include "plan/mesh.h"

struct preview_colour {
    double r, g, b; /* 0..1 */
};

/* A disc lying on the skin. */
struct preview_disc {
    struct vec3 p_head, n_head;
    double radius_mm;
    struct preview_colour colour;
};

/* Any camera: where a head-frame point falls on the picture (x, y px), and a depth that rises
 * towards the viewer and is linear over the picture (z; 1 / distance for a pinhole). False when the
 * point is not in front of it. */
struct preview_lens {
    bool (*project)(const void *context, struct vec3 p_head, struct vec3 *ret_px);
    const void *context;
    struct vec3 p_eye; /* head frame */
};

struct preview_view {
    struct vec3 towards_viewer;      /* unit, head frame */
    struct vec3 up;                  /* head frame; need not be perpendicular */
    struct vec3 centre;              /* head frame point in the picture's middle */
    double mm_per_px;                /* at the centre */
    double distance_mm;              /* of the eye from the centre; 0: parallel rays */
    const struct preview_lens *lens; /* instead of the last three; NULL: not wanted */
    struct preview_colour skin, background;
};

/* A picture being drawn; row-major, one entry a pixel. */
struct preview {
    int width, height;
    struct preview_view view;
    struct vec3 right, down; /* unit, head frame */
    float *rgb;              /* owned; 3 a pixel */
    float *depth;            /* owned; towards the viewer, -inf: background */
    float *normal;           /* owned; 3 a pixel, head frame, not of unit length */
};

MUST_USE enum result preview_create(int width, int height, const struct preview_view *view,
                                    struct preview *ret_preview);
void preview_release(struct preview *preview);
/* Picture place (px) and depth of a head-frame point; false behind the viewer. */
bool preview_project(const struct preview *preview, struct vec3 p_head, struct vec3 *ret_px);
/* Unit direction from a skin point to the eye. */
struct vec3 preview_towards_eye(const struct preview *preview, struct vec3 p_head);

/* Depth and normals of the surface, nothing else. */
void preview_rasterise(struct preview *preview, const struct mesh *mesh, const float *normals);
/* The same, then softly lit in the view's skin colour. */
void preview_draw_mesh(struct preview *preview, const struct mesh *mesh, const float *normals);

/* A pixel of a disc: its distance from the middle in radii, the radius in pixels, and how much of
 * such a disc the true one covers (below 1 when that is smaller than a pixel). */
struct preview_hit {
    double radii, radius_px, share;
};
/* The pixels that a disc on the skin covers, up to `reach` radii: `each` is called for them where
 * the disc's place is visible. */
struct preview_splat {
    struct vec3 p_head, n_head;
    double radius_mm, reach;
    void (*each)(void *context, size_t pixel, struct preview_hit hit);
    void *context;
};
void preview_splat(const struct preview *preview, const struct preview_splat *splat);
/* Only where the disc's place is visible; edges are smoothed. */
void preview_draw_disc(struct preview *preview, const struct preview_disc *disc);
/* Copy into 32-bit xRGB rows of `stride` bytes (cairo's CAIRO_FORMAT_RGB24), averaging factor x
 * factor pixels into one. */
void preview_copy(const struct preview *preview, int factor, uint8_t *pixels, int stride);

#endif
