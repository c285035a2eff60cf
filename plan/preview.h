/* Draws a head with dots on it: a small z-buffer renderer, orthographic, softly lit. */
#ifndef SMPRIG_PLAN_PREVIEW_H
#define SMPRIG_PLAN_PREVIEW_H

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

struct preview_view {
    struct vec3 towards_viewer; /* unit, head frame */
    struct vec3 up;             /* head frame; need not be perpendicular */
    struct vec3 centre;         /* head frame point in the picture's middle */
    double mm_per_px;
    struct preview_colour skin, background;
};

/* A picture being drawn; RGB floats and depth, row-major. */
struct preview {
    int width, height;
    struct preview_view view;
    struct vec3 right, down; /* unit, head frame */
    float *rgb;              /* owned */
    float *depth;            /* owned; towards the viewer, -inf: background */
};

MUST_USE enum result preview_create(int width, int height, const struct preview_view *view,
                                    struct preview *ret_preview);
void preview_release(struct preview *preview);
void preview_draw_mesh(struct preview *preview, const struct mesh *mesh, const float *normals);
/* Only where the disc's place is visible; edges are smoothed. */
void preview_draw_disc(struct preview *preview, const struct preview_disc *disc);
/* Copy into 32-bit xRGB rows of `stride` bytes (cairo's CAIRO_FORMAT_RGB24), averaging factor x
 * factor pixels into one. */
void preview_copy(const struct preview *preview, int factor, uint8_t *pixels, int stride);

#endif
