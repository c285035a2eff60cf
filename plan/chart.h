/* A flat map of the head: each direction from the point between the ears, and how far the skin is
 * there. The top of the head is the map's middle; distance from it is angle times a radius
 * (azimuthal equidistant projection, Snyder 1987, chapter 25), so the whole scalp down to the nape
 * fits on one map without a seam. The map only finds and orders places: lengths and areas are
 * always measured between the skin points themselves.
 *
 * It sees the outermost skin in each direction, whatever the scan's resolution; where the scan has
 * a hole it says so. */
#ifndef SMPRIG_PLAN_CHART_H
#define SMPRIG_PLAN_CHART_H

#include <stdbool.h>

#include "plan/head_axes.h"

#define CHART_CELLS_MAX 6000000
/* Directions up to this far from the top: below the nape there is no scalp. */
#define CHART_ANGLE_MAX_RAD 2.3

/* A place on the map, mm at `scale_mm` a rad. */
struct map_point {
    double u, v; /* right, front */
};

struct chart {
    struct head_axes axes;
    double scale_mm; /* map mm a rad of angle from the top */
    double cell_mm;
    struct map_point corner; /* of cell (0, 0)'s middle */
    int width, height;
    float *radius_mm;   /* owned; from the centre to the skin; 0: no skin seen */
    float *smooth_mm;   /* owned; the same smoothed over some millimetres, for normals */
    uint32_t *triangle; /* owned; which one the direction meets */
};

struct chart_window {
    struct map_point low, high;
};

struct map_point chart_flatten(const struct chart *chart, struct vec3 p_head);
/* The direction of a map point, unit, head frame. */
struct vec3 chart_direction(const struct chart *chart, struct map_point q);

/* Map only the window (whole head: chart_whole). Axes and scale must stand in `frame` already. */
MUST_USE enum result chart_build(const struct mesh *mesh, const struct head_axes *axes,
                                 struct chart_window window, double cell_mm,
                                 struct chart *ret_chart);
void chart_release(struct chart *chart);
struct chart_window chart_whole(const struct head_axes *axes);

/* The skin at a map point, between the cells; false where there is none. */
bool chart_place(const struct chart *chart, struct map_point q, struct vec3 *ret_p_head);
/* Outward unit normal of the skin smoothed over some millimetres: a scan's noise must not tilt the
 * needle. */
struct vec3 chart_normal(const struct chart *chart, struct map_point q);
/* The exact point of the scan's own triangle in the direction of q. */
struct vec3 chart_land(const struct chart *chart, const struct mesh *mesh, struct map_point q);

/* Cell of a map point; -1 outside the map. */
long chart_cell(const struct chart *chart, struct map_point q);
struct map_point chart_cell_middle(const struct chart *chart, long cell);
/* Skin area of a cell, mm2; 0 where there is none. */
double chart_cell_area_mm2(const struct chart *chart, long cell);
/* How much longer a step may be on the map than on the skin at q. */
double chart_stretch(const struct chart *chart, struct map_point q);

#endif
