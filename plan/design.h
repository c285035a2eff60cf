/* A design as its YAML file says it: zones of the scalp and the dots wanted in them. */
#ifndef SMPRIG_PLAN_DESIGN_H
#define SMPRIG_PLAN_DESIGN_H

#include <stdint.h>

#include "base/geom.h"
#include "base/result.h"
#include "plan/dot.h"

#define DESIGN_OUTLINE_MAX 512

struct design_point {
    double p_head_mm[3];
};

struct design_zone {
    char name[DOT_PLAN_NAME_MAX];
    int region;                   /* enum scalp_region */
    struct design_point *outline; /* owned by the design; closed, on or near the scan */
    size_t outline_count;
    double density_per_cm2, depth_um, depth_jitter_um, diameter_um, diameter_jitter_um;
};

struct design {
    char name[DOT_PLAN_NAME_MAX];
    int64_t seed;
    struct design_zone *zones;
    size_t zone_count;
};

/* Densest pitch that a plan may ask for: sqrt(2 / (sqrt(3) density)) must stay above the least
 * pitch. */
#define DESIGN_PITCH_LEAST_MM 0.7

MUST_USE enum result design_read(const char *path, struct design *ret_design, struct error *err);
void design_release(struct design *design);

#endif
