/* The shipped gantry, for tests. */
#ifndef SMPRIG_TESTS_MOTION_GANTRY_H
#define SMPRIG_TESTS_MOTION_GANTRY_H

#include "motion/rig.h"

static struct rig rig;

static inline int set_up(void **state) {
    struct error err = {0};
    (void)state;
    return rig_read("configs/rigs/gantry.yaml", &rig, &err) == RESULT_OK ? 0 : -1;
}

#endif
