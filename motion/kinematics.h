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
    REACH_POSTURE,  /* no posture of the arm: too far, beyond a joint's travel, or singular */
    REACH_COUNT
};

/* Axes that put the retracted tip at p_rig with the needle's axis (tool z) along the unit vector
 * n_rig. ret_axes is untouched unless REACH_OK.
 *
 * The turn about the needle is free. A gantry has none to give; an arm takes the turn that keeps it
 * farthest from the ends of its joints and from singular postures, in the branch of its park
 * position while that reaches: a function of p and n alone, smooth along the skin. */
enum reach kinematics_inverse(const struct rig *rig, struct vec3 p_rig, struct vec3 n_rig,
                              struct axes *ret_axes);

/* The same, on the way from `near`: an arm stays in its branch and takes the turn about the needle
 * that gets it there soonest, and only as far from its best posture as that is worth. */
enum reach kinematics_inverse_near(const struct rig *rig, struct vec3 p_rig, struct vec3 n_rig,
                                   const struct axes *near, struct axes *ret_axes);
/* The tip moved height_mm out along the needle, which keeps its direction and its turn. */
enum reach kinematics_lift(const struct rig *rig, const struct axes *from, double height_mm,
                           struct axes *ret_axes);

#endif
