/* A small world for tests of the gate: a head that is a plane, a gantry, a few dots. */
#ifndef SMPRIG_TESTS_SAFETY_GATE_SCENE_H
#define SMPRIG_TESTS_SAFETY_GATE_SCENE_H

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "controller/guard/guard_bind.h"
#include "motion/kinematics.h"
#include "safety/gate.h"

#define SCENE_DOTS 5
#define SCENE_SIDE 41
#define SCENE_NOW_NS INT64_C(1000000000)
#define SCENE_LEASE_NS (INT64_C(1000) * SCENE_NOW_NS)

/* The head frame is the rig frame moved by (150, 150, -160); its skin is the plane z = 0. */
struct gate_scene {
    struct rig rig;
    struct field_view field;
    float values[SCENE_SIDE * SCENE_SIDE * SCENE_SIDE];
    struct gate_dot dots[SCENE_DOTS];
    struct gate gate;
    struct gate_pose pose;
};

static inline struct gate_pose scene_pose(void) {
    struct gate_pose pose = {.is_trusted = true,
                             .stamp_ns = SCENE_NOW_NS - 30000000,
                             .T_rig_head = pose_identity(),
                             .innovation_sigma = 1,
                             .tags_used = 12};
    pose.T_rig_head.t = vec3_make(150, 150, -160);
    return pose;
}

/* Made once, copied ever after: reading the rig file takes longer than most tests. */
static inline const struct gate_scene *scene_master(void) {
    static struct gate_scene master;
    static bool is_made;
    struct error err = {0};
    if (is_made) return &master;
    if (rig_read("configs/rigs/gantry.yaml", &master.rig, &err) != RESULT_OK) {
        printf("%s\n", err.text);
        return NULL;
    }
    for (int i = 0; i < SCENE_SIDE * SCENE_SIDE * SCENE_SIDE; i++)
        master.values[i] = (float)(-60 + 4 * (i / (SCENE_SIDE * SCENE_SIDE)));
    for (uint32_t i = 0; i < SCENE_DOTS; i++)
        master.dots[i] = (struct gate_dot){.id = 10 + i,
                                           .p = {1.5F * (float)i, 0, 0},
                                           .n = {0, 0, 1},
                                           .depth_um = 700,
                                           .region = 2,
                                           .fate = GATE_FATE_PENDING};
    is_made = true;
    return &master;
}

/* Bind anew to the scene's rig, field and dots as they stand; head still, needle at its park. */
static inline bool scene_bind(struct gate_scene *s) {
    struct gate_rig rig = guard_gate_rig(&s->rig);
    s->field = (struct field_view){.origin = {-80, -80, -60},
                                   .spacing_mm = 4,
                                   .values = s->values,
                                   .size = {SCENE_SIDE, SCENE_SIDE, SCENE_SIDE}};
    memset(&s->gate, 0, sizeof s->gate);
    gate_bind(&s->gate, &rig, &s->field, (struct gate_dots){.dots = s->dots, .count = SCENE_DOTS});
    s->pose = scene_pose();
    gate_on_pose(&s->gate, &s->pose);
    gate_on_lease(&s->gate, SCENE_LEASE_NS);
    gate_on_rest(&s->gate, s->rig.park);
    return s->gate.is_bound;
}

static inline bool scene_init(struct gate_scene *s) {
    const struct gate_scene *master = scene_master();
    if (!master) return false;
    *s = *master;
    return scene_bind(s);
}

/* Axes with the tip `hover` above a head point. */
static inline void scene_axes(const struct gate_scene *s, struct vec3 p_head, double hover_mm,
                              double q[GATE_AXES_MAX]) {
    struct axes axes = {0};
    struct vec3 p = vec3_add(p_head, vec3_make(150, 150, -160 + hover_mm));
    (void)kinematics_inverse(&s->rig, p, vec3_make(0, 0, 1), &axes);
    memcpy(q, axes.q, sizeof axes.q);
}

static inline struct gate_travel scene_travel(const struct gate_scene *s, uint32_t index) {
    struct gate_travel travel = {
        .leads_to_dot = true, .dot = 10 + index, .arrive_ns = SCENE_NOW_NS + 40000000};
    scene_axes(s, vec3_make(1.5 * index, 0, 0), 0.4, travel.q);
    return travel;
}

static inline struct gate_strike scene_strike(uint32_t index) {
    return (struct gate_strike){.dot = 10 + index,
                                .stroke_mm = 1.1,
                                .plunge_mm_s = 80,
                                .contact_ns = SCENE_NOW_NS + 20000000};
}

/* Cleared for a head seen this very moment; NULL when the gate refuses. */
static inline const struct cleared_command *scene_clear_travel(struct gate_scene *s, uint32_t index,
                                                               int64_t now_ns) {
    const struct cleared_command *command = NULL;
    struct gate_travel travel = scene_travel(s, index);
    s->pose.stamp_ns = now_ns;
    gate_on_pose(&s->gate, &s->pose);
    (void)gate_clear_travel(&s->gate, &travel, now_ns, &command);
    return command;
}

static inline const struct cleared_command *scene_clear_strike(struct gate_scene *s, uint32_t index,
                                                               int64_t now_ns) {
    const struct cleared_command *command = NULL;
    struct gate_strike strike = scene_strike(index);
    s->pose.stamp_ns = now_ns;
    gate_on_pose(&s->gate, &s->pose);
    strike.contact_ns = now_ns + 20000000;
    (void)gate_clear_strike(&s->gate, &strike, now_ns, &command);
    return command;
}

/* The needle over dot `index`, the travel executed. */
static inline enum gate_reason scene_arrive(struct gate_scene *s, uint32_t index) {
    const struct cleared_command *command = NULL;
    struct gate_travel travel = scene_travel(s, index);
    enum gate_reason reason = gate_clear_travel(&s->gate, &travel, SCENE_NOW_NS, &command);
    if (reason == GATE_CLEARED) {
        gate_on_executed(&s->gate, cleared_line(command));
        gate_on_confirmed(&s->gate, cleared_line(command));
    }
    return reason;
}

#endif
