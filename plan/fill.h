/* Fills a design's zones with blue-noise dots on the scan. */
#ifndef SMPRIG_PLAN_FILL_H
#define SMPRIG_PLAN_FILL_H

#include <stdbool.h>

#include "plan/design.h"
#include "plan/dot.h"
#include "plan/mesh.h"

struct fill_progress {
    void (*tell)(void *context, double fraction); /* may be NULL */
    void *context;
};

/* Make the plan: for each zone, density times area dots, by weighted sample elimination from many
 * candidates (Yuksel 2015, Computer Graphics Forum 34-2), with the skin's outward normals. The same
 * seed gives the same dots; each zone has its own stream, so that one can be redone without moving
 * the others. Ids are zone * 100000 + number. RESULT_RANGE: a zone that leaves the scan, crosses
 * itself, or is too small for a dot. */
MUST_USE enum result fill_plan(const struct mesh *mesh, const struct design *design,
                               const char *scan_sha256, struct fill_progress progress,
                               struct dot_plan *ret_plan, struct error *err);

/* Sample elimination alone: keep `wanted` of the `count` points, so that no two are near. keep[i]
 * tells which. r_max_mm: the largest radius at which that many could stand on the area. */
MUST_USE enum result fill_eliminate(const struct vec3 *points, size_t count, size_t wanted,
                                    double r_max_mm, bool *keep);

#endif
