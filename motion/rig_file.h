/* The rig file as it is written, and the chain that it means; used by rig.c
 * and rig_chain.c alone. */
#ifndef SMPRIG_MOTION_RIG_FILE_H
#define SMPRIG_MOTION_RIG_FILE_H

#include <stdint.h>

#include "motion/rig.h"

/* Joints in chain order, gantry first: enum and words of the file. */
enum joint {
    JOINT_X,
    JOINT_Y,
    JOINT_VERTICAL,
    JOINT_TILT_X,
    JOINT_TILT_Y,
    JOINT_1,
    JOINT_2,
    JOINT_3,
    JOINT_4,
    JOINT_5,
    JOINT_6,
    JOINT_COUNT
};

struct axis_file {
    char letter[2];
    int joint;
    double min, max, speed_max_per_s, acceleration_max_per_s2, steps_per_unit;
};

struct capsule_file {
    double from_mm[3], to_mm[3], radius_mm;
};

struct needle_file {
    char letter[2];
    double stroke_max_mm, speed_max_mm_s, acceleration_max_mm_s2, steps_per_mm, plunge_mm_s;
    double hover_mm;
};

struct dh_file {
    double a_mm, alpha_deg, d_mm, theta_deg;
};

struct setter_file {
    double at[RIG_AXES_MAX], surface_mm[3];
    size_t at_count;
};

struct rig_file {
    char name[RIG_NAME_MAX];
    int kind;
    struct axis_file *axes;
    size_t axis_count;
    struct needle_file needle;
    double tip_clearance_mm, body_clearance_mm, tilt_tolerance_deg;
    struct capsule_file *tool;
    size_t tool_count;
    double park[RIG_AXES_MAX];
    size_t park_count;
    double junction_deviation_mm;
    int64_t status_mask;
    struct setter_file needle_setter;
    bool has_setter;
    /* gantry5 */
    double pivot_mm[3], needle_length_mm;
    bool has_pivot, has_needle_length;
    /* arm6 */
    struct dh_file *dh;
    size_t dh_count;
    double base_mm[3], base_turn_deg[3], tip_mm[3], needle_direction[3];
    bool has_dh, has_base, has_tip, has_direction;
};

/* A key that contradicts others, and why; key "" means that nothing does. */
struct rig_complaint {
    char key[48];
    const char *why;
};

/* What the kind of rig wants of the file: its keys, and geometry that can be inverted. */
struct rig_complaint rig_chain_check(const struct rig_file *file);

/* Fill kind, axis_count, axes (but their numbers), chain_order, M_tool and arm of a file
 * that rig_chain_check() found good. */
void rig_chain_fill(const struct rig_file *file, struct rig *rig);

#endif
