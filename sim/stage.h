/* What many sessions share: rig, scenario, the scan's field and an ordered plan, read and built
 * once. Never changed afterwards, so that forked workers share its memory. */
#ifndef SMPRIG_SIM_STAGE_H
#define SMPRIG_SIM_STAGE_H

#include "motion/rig.h"
#include "plan/dot.h"
#include "plan/field.h"
#include "plan/mesh.h"
#include "sim/scenario.h"

struct stage_files {
    const char *rig, *scenario, *scan;
    const char *design; /* filled and put in order here; or */
    const char *plan;   /* read as it stands, in the order of striking */
};

struct stage {
    struct rig rig;
    struct scenario scenario;
    struct field field;
    struct dot_plan plan;
};

MUST_USE enum result stage_read(const struct stage_files *files, struct stage *ret_stage,
                                struct error *err);
void stage_release(struct stage *stage);
/* A plan of the `count` dots from `first` on, in the same order; dots borrowed from the stage. */
struct dot_plan stage_window(const struct stage *stage, size_t first, size_t count);

#endif
