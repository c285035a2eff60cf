/* How many dots each zone wants in each cell of the chart. */
#ifndef SMPRIG_PLAN_REGION_H
#define SMPRIG_PLAN_REGION_H

#include "plan/curve.h"

/* A zone's outline on the chart. */
struct region {
    struct curve outline; /* owned; closed */
    struct chart_window window;
};

/* Wanted dots by zone and cell. Zones may overlap: a later zone's edge fades into the ones before
 * it by its feather, so that neither a gap nor a double row shows. */
struct region_map {
    const struct chart *chart;
    size_t zone_count;
    float **wanted;    /* owned; [zone][cell], dots a cell */
    float **weight;    /* owned; [zone][cell]: 0 at the edge .. 1 inside the feather */
    float *area_mm2;   /* owned; by cell, of the skin; 0 where no zone is */
    bool *is_kept_out; /* owned; by cell */
};

/* Outlines of all zones from the design, checked: not crossing themselves, on the scan, above the
 * brow. `ret_regions` has room for design->zone_count; those made are the caller's to release. */
MUST_USE enum result regions_outline(const struct curve_ground *ground, struct region *ret_regions,
                                     struct error *err);
void region_release(struct region *region);

MUST_USE enum result region_map_build(const struct curve_ground *ground,
                                      const struct region *regions,
                                      const struct keep_out *keep_outs, size_t keep_out_count,
                                      struct region_map *ret_map, struct error *err);
void region_map_release(struct region_map *map);

/* Is the map point inside the closed curve (crossing number, Shimrat 1962)? */
bool region_is_inside(const struct curve *closed, struct map_point q);

#endif
