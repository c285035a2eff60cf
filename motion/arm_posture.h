/* Which posture of an arm, when the turn about the needle is free. */
#ifndef SMPRIG_MOTION_ARM_POSTURE_H
#define SMPRIG_MOTION_ARM_POSTURE_H

#include <stdbool.h>

#include "motion/rig.h"

/* How far the arm is from the ends of its joints and from singular postures, as a cost: the sum
 * over the joints of x^2 / (1 - x^2), x being -1 and 1 at the ends of travel (Liegeois 1977 takes
 * x^2, which does not stop short of the ends), and of the inverse squares of
 * the singular margins. */
double arm_discomfort(const struct rig *rig, const struct axes *axes);

/* The posture of least discomfort with the tip at p_rig and the needle along n_rig; in the branch
 * of the park position when that has one. False: none. */
bool arm_posture_best(const struct rig *rig, struct vec3 p_rig, struct vec3 n_rig,
                      struct axes *ret_axes);

/* The posture soonest reached from `near`, discomfort priced in. False: none. */
bool arm_posture_near(const struct rig *rig, struct vec3 p_rig, struct vec3 n_rig,
                      const struct axes *near, struct axes *ret_axes);

#endif
