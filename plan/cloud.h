/* Points on the chart, and who is near whom: what the spreading of dots works on. */
#ifndef SMPRIG_PLAN_CLOUD_H
#define SMPRIG_PLAN_CLOUD_H

#include "plan/chart.h"

#define CLOUD_NEIGHBOURS_MAX 40

/* Movable points first, then fixed ones. Arrays owned, `count` long. */
struct cloud {
    size_t count, movable;
    struct vec3 *p_head;
    struct map_point *q;
    double *spacing_mm; /* wanted here: 1 / sqrt(density) */
};

/* Neighbour lists, made anew now and then while points move a little. */
struct cloud_links {
    uint32_t *neighbours;            /* owned; CLOUD_NEIGHBOURS_MAX a movable point */
    uint8_t *counts;                 /* owned */
    uint32_t *bin_first, *bin_items; /* owned */
    size_t bin_capacity;
};

MUST_USE enum result cloud_create(size_t count, size_t movable, struct cloud *ret_cloud);
void cloud_release(struct cloud *cloud);

MUST_USE enum result cloud_links_create(const struct cloud *cloud, struct cloud_links *ret_links);
void cloud_links_release(struct cloud_links *links);
/* Link each movable point with the points (movable or fixed) nearer than `reach` times the mean of
 * their two spacings, at least reach_least_mm; the nearest rows first, at most
 * CLOUD_NEIGHBOURS_MAX. */
MUST_USE enum result cloud_link(const struct cloud *cloud, const struct chart *chart, double reach,
                                double reach_least_mm, struct cloud_links *links);

#endif
