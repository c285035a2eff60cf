/* The fastest way to rest in units of the limits, acceleration and jerk 1; used
 * by profile.c alone. */
#ifndef SMPRIG_MOTION_PROFILE_ARCS_H
#define SMPRIG_MOTION_PROFILE_ARCS_H

#include <stdbool.h>
#include <stddef.h>

#include "motion/profile.h"

/* What is to be done: rest at distance d, by speeds up to `speed`. */
struct arcs_task {
    double v, a, d, speed;
};

struct arcs {
    size_t count;
    double jerk[PROFILE_ARCS_MAX], length[PROFILE_ARCS_MAX];
    double duration;
    /* What slowing down needs: the speed of the middle, and whether there is one. */
    struct arcs_task task; /* after the return into the limits; mirrored so that the way is up */
    size_t head_count;     /* arcs of that return */
    double sign, head_duration, peak;
    bool has_peak;
};

struct arcs arcs_fastest(struct arcs_task task);
/* The same in exactly `duration` >= the fastest, by a slower middle; false when there
 * is no such. */
bool arcs_stretch(struct arcs *arcs, double duration);

#endif
