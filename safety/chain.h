/* The gate's own forward kinematics: a product of exponentials (Lynch and Park, Modern
 * Robotics, 4.1), written apart from motion/ so that one mistake is not made twice. */
#ifndef SMPRIG_SAFETY_CHAIN_H
#define SMPRIG_SAFETY_CHAIN_H

#include <stdbool.h>

#include "base/geom.h"

#define GATE_AXES_MAX 6 /* positioning axes; the needle is not one of them */

struct chain_joint {
    bool is_rotary;
    struct vec3 direction; /* unit, at zero configuration */
    struct vec3 point;     /* on a rotary axis, at zero configuration, mm */
    int axis;              /* which positioning axis drives it */
};

struct chain {
    int joint_count;
    struct chain_joint joints[GATE_AXES_MAX]; /* base to tool */
    struct vec3 tip;                          /* retracted tip at zero configuration */
    struct vec3 up;                           /* tool z (tip to holder) at zero configuration */
    struct vec3 side;                         /* tool x at zero configuration */
};

/* The tool's pose for axis positions q (mm, rad): origin at the retracted tip, z up the needle. */
struct pose chain_forward(const struct chain *chain, const double q[GATE_AXES_MAX]);

#endif
