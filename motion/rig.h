/* The rig as its YAML file describes it (configs/rigs/): axes, chain, needle, tool, limits.
 *
 * Positioning axes carry the needle's tip about; the needle axis alone drives the stroke. All
 * values are mm, rad, s inside; the file speaks mm, deg, s. */
#ifndef SMPRIG_MOTION_RIG_H
#define SMPRIG_MOTION_RIG_H

#include <stdbool.h>
#include <stddef.h>

#include "base/geom.h"
#include "base/result.h"

#define RIG_AXES_MAX 6     /* positioning axes: gantry 5, arm 6 */
#define RIG_CAPSULES_MAX 8 /* the tool's envelope */
#define RIG_NAME_MAX 32

enum rig_kind { RIG_GANTRY5, RIG_ARM6, RIG_KIND_COUNT };

struct rig_axis {
    char letter; /* firmware word: one of XYZABCUV, each at most once over all axes */
    bool is_rotary;
    bool is_free_turning;    /* rotary without end stops (no travel limit) */
    double min, max;         /* soft limits, mm or rad */
    double speed_max;        /* mm/s or rad/s */
    double acceleration_max; /* mm/s^2 or rad/s^2 */
    double steps_per_unit;   /* firmware $100+: steps per mm or per DEGREE */
    struct vec3 direction;   /* unit; joint axis at zero configuration, rig frame */
    struct vec3 point;       /* a point on a rotary axis at zero configuration, rig frame, mm */
};

/* Whether the board's homing finds the axis: its limits begin or end at zero. One with zero inside
 * its travel (a tilt) counts from where it stood when the board was switched on. */
static inline bool rig_axis_is_homed(const struct rig_axis *axis) {
    return !(axis->min < 0 && axis->max > 0);
}

/* A capsule of the tool in the tool frame: origin at the retracted tip, z from the tip up the
 * needle towards the holder. */
struct rig_capsule {
    struct vec3 a, b;
    double radius_mm;
};

/* One row of a Denavit-Hartenberg table in the standard form: frame i-1 to frame i is
 * Rz(q + theta) Tz(d) Tx(a) Rx(alpha) (Siciliano et al., Robotics, 2.8.2). */
struct rig_dh {
    double a_mm, d_mm, theta_rad;
    double alpha_sin, alpha_cos; /* exactly -1, 0 or 1: alpha is a multiple of a quarter turn */
};

/* An arm whose axes 2 and 3 are parallel and whose last three meet in one point: what the analytic
 * inverse (motion/arm.h) needs beside the chain. Rows stand in chain order. */
struct rig_arm {
    struct rig_dh dh[RIG_AXES_MAX];
    struct pose T_base_rig;         /* rig frame seen from the foot of the table */
    struct pose T_tool_flange;      /* frame 6 seen from the tool */
    double forearm_mm, forearm_rad; /* elbow to wrist's centre; its angle to axis x of frame 2 */
};

/* A plate on the board's probe input, for `smprig rig probe needle`: it faces the needle of a rig
 * that stands at q, whose tip then touches it at p_rig. */
struct rig_setter {
    double q[RIG_AXES_MAX];
    struct vec3 p_rig;
};

struct rig {
    char name[RIG_NAME_MAX];
    enum rig_kind kind;
    size_t axis_count; /* positioning axes */
    struct rig_axis axes[RIG_AXES_MAX];
    struct rig_axis needle; /* min 0, max = stroke of the mechanical stop, mm of needle travel */
    /* Forward kinematics is a product of exponentials: T_rig_tool(q) = exp(S1 q1) .. exp(Sn qn) M,
     * joints in chain order (Lynch and Park, Modern Robotics, 4.1). Tool z points from the tip to
     * the holder, so the needle enters along -z. */
    size_t chain_order[RIG_AXES_MAX]; /* axis indexes from base to tool */
    struct pose M_tool;               /* T_rig_tool at q = 0, retracted tip */
    struct rig_arm arm;               /* RIG_ARM6 only */
    double hover_mm;                  /* tip over the skin before a strike */
    double plunge_mm_s;
    double tip_clearance_mm;  /* least distance tip to skin while travelling */
    double body_clearance_mm; /* least distance of the capsules to the skin */
    double tilt_tolerance_rad;
    size_t capsule_count;
    struct rig_capsule capsules[RIG_CAPSULES_MAX];
    double park[RIG_AXES_MAX];
    double junction_deviation_mm; /* firmware $11 */
    int status_mask;              /* firmware $10 */
    bool has_setter;
    struct rig_setter setter;
};

/* Positions of the positioning axes, mm or rad, in rig order; unused entries 0. */
struct axes {
    double q[RIG_AXES_MAX];
};

/* Read and check a rig file. Refused with `file:line:column`: a letter that two axes share, limits
 * that contradict each other, a joint that is missing or doubled, a park position out of travel or
 * singular, a Denavit-Hartenberg table that cannot be inverted. */
MUST_USE enum result rig_read(const char *path, struct rig *ret_rig, struct error *err);
/* The same from memory; `name` stands for the path in messages. */
MUST_USE enum result rig_parse(const char *name, const char *text, size_t size, struct rig *ret_rig,
                               struct error *err);

#endif
