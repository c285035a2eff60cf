/* Fills a design's zones with blue-noise dots on the scan.
 *
 * The way of a zone: its outline on the chart (plan/curve.h), how many dots each cell of skin wants
 * (plan/region.h), dots spread to that density (plan/relax.h), each landed on the scan's own
 * triangle and given its depth, diameter, layer and shade (plan/layers.h).
 *
 * Zones are filled in the file's order; what already stands (earlier zones, hairs, dots of earlier
 * sessions) is left where it is and kept clear of. Each zone draws from its own random stream,
 * named after the zone, so a zone can be redone (fill_request.redo_zone) while all others keep
 * every dot. */
#ifndef SMPRIG_PLAN_FILL_H
#define SMPRIG_PLAN_FILL_H

#include <stdbool.h>

#include "plan/design.h"
#include "plan/dot.h"
#include "plan/mesh.h"

#define FILL_IDS_A_ZONE 100000u

struct fill_progress {
    void (*tell)(void *context, double fraction); /* may be NULL */
    void *context;
};

/* What became of a zone. */
struct fill_zone_report {
    double area_cm2; /* of the skin where dots may be */
    size_t wanted, placed;
    size_t left_out; /* would have stood nearer than the pitch */
};

struct fill_request {
    const struct mesh *mesh;
    const struct mesh *coloured; /* to trace pen strokes on, in the same frame; NULL: mesh */
    const struct design *design;
    const char *scan_sha256; /* of the canonical scan's file */
    /* Dots in the skin already, not part of the result: those inside a zone count towards its
     * number. NULL: none. */
    const struct dot *around;
    size_t around_count;
    /* Redo one zone of `kept` and take over all its other dots as they are. NULL: fill all. */
    const struct dot_plan *kept;
    const char *redo_zone;
    struct fill_progress progress;
    struct fill_zone_report *zones; /* design->zone_count of them; NULL: not wanted */
};

/* Ids are zone * FILL_IDS_A_ZONE + number. RESULT_RANGE with `file:line:column`: a zone that leaves
 * the scan, crosses itself, comes below the brow, or is too small for a dot. */
MUST_USE enum result fill(const struct fill_request *request, struct dot_plan *ret_plan,
                          struct error *err);

/* All zones, nothing kept. */
MUST_USE enum result fill_plan(const struct mesh *mesh, const struct design *design,
                               const char *scan_sha256, struct fill_progress progress,
                               struct dot_plan *ret_plan, struct error *err);

#endif
