/* The analytic inverse of a six-joint arm with a spherical wrist, axes 2 and 3 parallel: the
 * wrist's centre settles the first three joints (two shoulders, two elbows), its orientation the
 * last three (two wrists), so a pose has up to eight postures (Pieper 1968; the closed form follows
 * Siciliano et al., Robotics, 2.12, with all offsets of such a table: Brandstoetter, Angerer and
 * Hofbaur 2014). */
#ifndef SMPRIG_MOTION_ARM_H
#define SMPRIG_MOTION_ARM_H

#include <stdbool.h>
#include <stddef.h>

#include "motion/rig.h"

#define ARM_BRANCHES 8

/* A branch is a sum of these bits. */
enum arm_branch { ARM_BRANCH_SHOULDER = 1, ARM_BRANCH_ELBOW = 2, ARM_BRANCH_WRIST = 4 };

/* Distances from what an arm must keep away from, each 1 at best and 0 at the thing itself. */
struct arm_margins {
    double limits;   /* the joint nearest to an end of its travel */
    double shoulder; /* the wrist's centre off axis 1, over the arm's length */
    double elbow;    /* sine of the elbow: stretched or folded */
    double wrist;    /* |sin q5|: axes 4 and 6 in line */
};

struct arm_posture {
    struct axes axes;
    unsigned branch;
};

/* All postures with the tool at T_rig_tool and every joint within its travel; a joint that may turn
 * more than once stands where it is nearest to `near`. Singular postures (below
 * ARM_SINGULAR_MARGIN) are left out. Returns how many. */
size_t arm_inverse(const struct rig *rig, struct pose T_rig_tool, const struct axes *near,
                   struct arm_posture ret_postures[ARM_BRANCHES]);

/* The one posture of a branch; false when there is none. */
bool arm_inverse_branch(const struct rig *rig, struct pose T_rig_tool, const struct axes *near,
                        unsigned branch, struct axes *ret_axes);

/* Which branch the arm stands in. */
unsigned arm_branch_of(const struct rig *rig, const struct axes *axes);

#define ARM_SINGULAR_MARGIN 0.02 /* of shoulder, elbow and wrist: joints race below it */
struct arm_margins arm_margins(const struct rig *rig, const struct axes *axes);
bool arm_is_singular(const struct rig *rig, const struct axes *axes);

#endif
