/* Forward and inverse kinematics of the rig. Tool frame: origin at the retracted tip, z from the
 * tip up the needle, so the needle enters along -z. */
#ifndef SMPRIG_MOTION_KINEMATICS_H
#define SMPRIG_MOTION_KINEMATICS_H

#include "base/geom.h"
#include "base/result.h"
#include "motion/rig.h"

/* T_rig_tool for the given axes: the product of exponentials over the chain (Lynch and Park, Modern
 * Robotics, 4.1). */
struct pose kinematics_forward(const struct rig *rig, const struct axes *axes);

enum reach {
    REACH_OK,
    REACH_TRAVEL,   /* an axis would leave its travel */
    REACH_TILT,     /* a tilt would leave its travel */
    REACH_SINGULAR, /* the needle would lie along the tilt axis */
    REACH_COUNT
};
const char *reach_name(enum reach reach);

/* Axes that put the retracted tip at p_rig with the needle's axis (tool z) along the unit vector
 * n_rig. ret_axes is untouched unless REACH_OK. */
enum reach kinematics_inverse(const struct rig *rig, struct vec3 p_rig, struct vec3 n_rig,
                              struct axes *ret_axes);

#endif
