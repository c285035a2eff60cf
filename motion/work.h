/* How operator and rig share a session (configs/work/): sectors, pigment loads, needles, rest. */
#ifndef SMPRIG_MOTION_WORK_H
#define SMPRIG_MOTION_WORK_H

#include <stddef.h>

#include "base/result.h"
#include "motion/rig.h"

#define WORK_NAME_MAX 32

enum work_needle_per { WORK_NEEDLE_FOR_ALL, WORK_NEEDLE_PER_SHADE, WORK_NEEDLE_PER_ZONE };

struct work {
    char name[WORK_NAME_MAX];
    size_t sector_dots_max; /* 0: one sector */
    double sector_pause_s;
    size_t load_dots_max; /* 0: loads are not counted */
    int load_at;          /* enum plan_stop_place */
    double load_pause_s;
    double cup[RIG_AXES_MAX]; /* where the rig dips; as the file says it, mm or deg */
    size_t cup_count;
    int needle_per;         /* enum work_needle_per */
    size_t needle_dots_max; /* 0: needles are not counted */
    double needle_pause_s;
    double rest_mm; /* least distance between one dot and the next; 0: none */
};

/* One sector, no loads, one needle, no rest. */
struct work work_none(void);
/* For this rig. RESULT_RANGE and the like with `file:line:column` of the key. */
MUST_USE enum result work_read(const char *path, const struct rig *rig, struct work *ret_work,
                               struct error *err);
/* The cup as axes of this rig, mm or rad. */
struct axes work_cup(const struct work *work, const struct rig *rig);

#endif
