/* The patch on the shipped scan, ready for sessions on the virtual clock: a scene of each test
 * program that runs one. */
#ifndef SMPRIG_TESTS_SIM_PATCH_SESSION_H
#define SMPRIG_TESTS_SIM_PATCH_SESSION_H

#include "tests/sim/session_scene.h"

static struct session_scene scene;

static inline int set_up(void **state) {
    (void)state;
    return scene_init(&scene, "configs/rigs/gantry.yaml", "configs/designs/patch.yaml") ? 0 : -1;
}

static inline int tear_down(void **state) {
    (void)state;
    scene_release(&scene);
    return 0;
}

#endif
