/* One zone of a plan: from wanted dots a cell to finished dots. */
#ifndef SMPRIG_PLAN_FILL_ZONE_H
#define SMPRIG_PLAN_FILL_ZONE_H

#include "plan/fill.h"
#include "plan/follicles.h"
#include "plan/keep_out.h"
#include "plan/region.h"

struct zone_filling {
    const struct fill_request *request;
    const struct follicles *follicles;
    struct chart chart; /* fine, of all zones */
    struct region_map map;
};

/* Append the zone's dots to the plan, clear of all that is in it already. */
MUST_USE enum result fill_zone(const struct zone_filling *filling, size_t zone_index,
                               struct dot_plan *plan, struct error *err);

#endif
