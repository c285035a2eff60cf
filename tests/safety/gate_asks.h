/* Questions to the gate of a scene, short to ask. */
#ifndef SMPRIG_TESTS_SAFETY_GATE_ASKS_H
#define SMPRIG_TESTS_SAFETY_GATE_ASKS_H

#include "tests/safety/gate_scene.h"

#define MS INT64_C(1000000)

static struct gate_scene scene;

static inline int set_up(void **state) {
    (void)state;
    return scene_init(&scene) ? 0 : -1;
}

static inline enum gate_reason strike_at(struct gate_strike wanted, int64_t now_ns) {
    const struct cleared_command *command = NULL;
    return gate_clear_strike(&scene.gate, &wanted, now_ns, &command);
}

static inline enum gate_reason strike(uint32_t index) {
    return strike_at(scene_strike(index), SCENE_NOW_NS);
}

static inline enum gate_reason travel(const struct gate_travel *wanted, int64_t now_ns) {
    const struct cleared_command *command = NULL;
    return gate_clear_travel(&scene.gate, wanted, now_ns, &command);
}

/* Travel to the dot and strike it, both executed. */
static inline enum gate_reason do_dot(uint32_t index) {
    enum gate_reason reason = scene_arrive(&scene, index);
    if (reason == GATE_CLEARED) reason = strike(index);
    if (reason == GATE_CLEARED) gate_on_executed(&scene.gate, scene.gate.last_line);
    return reason;
}

#endif
