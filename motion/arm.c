#include "motion/arm.h"

#include <math.h>

/* Shoulder, elbow and wrist share what a pose gives. */
struct arm_goal {
    const struct rig *rig;
    const struct axes *near;
    struct mat3 R;      /* of frame 6, seen from the foot */
    struct vec3 centre; /* of the wrist, seen from the foot */
};

struct arm_turns {
    double theta[6]; /* the table's angles */
    double q[6];     /* the joints' positions within their travel, in chain order */
};

static struct arm_goal goal_of(const struct rig *rig, struct pose T_rig_tool,
                               const struct axes *near) {
    const struct rig_arm *arm = &rig->arm;
    struct pose T = pose_mul(arm->T_base_rig, pose_mul(T_rig_tool, arm->T_tool_flange));
    double along = arm->dh[5].alpha_cos * arm->dh[5].d_mm;
    struct vec3 z = vec3_make(T.R.m[0][2], T.R.m[1][2], T.R.m[2][2]);
    return (struct arm_goal){rig, near, T.R, vec3_mad(T.t, -along, z)};
}

/* The joint within its travel, by whole turns nearest to `near`. */
static bool fit_joint(const struct arm_goal *goal, size_t k, struct arm_turns *turns) {
    size_t i = goal->rig->chain_order[k];
    const struct rig_axis *axis = &goal->rig->axes[i];
    double q = turns->theta[k] - goal->rig->arm.dh[k].theta_rad, off = goal->near->q[i] - q;
    if (fabs(off) > PI) q += 2 * PI * nearbyint(off / (2 * PI));
    if (q > axis->max) q -= 2 * PI;
    if (q < axis->min) q += 2 * PI;
    turns->q[k] = q;
    return q >= axis->min && q <= axis->max;
}

static double arm_length_mm(const struct rig *rig) {
    return fabs(rig->arm.dh[1].a_mm) + rig->arm.forearm_mm;
}

/* Axis 1 turns the arm's plane onto the wrist's centre; what is left is plane: out and up from the
 * shoulder, mm. False when the centre is too near to axis 1. */
static bool solve_shoulder(const struct arm_goal *goal, unsigned branch, struct arm_turns *turns,
                           double plane[2]) {
    const struct rig_dh *dh = goal->rig->arm.dh;
    double turn = dh[0].alpha_sin;
    double offset_mm = -turn * (dh[1].d_mm + dh[1].alpha_cos * dh[2].d_mm);
    double x = goal->centre.x, y = goal->centre.y;
    double out = sqrt(x * x + y * y - offset_mm * offset_mm);
    if (!(out > ARM_SINGULAR_MARGIN * arm_length_mm(goal->rig))) return false;
    if (branch & ARM_BRANCH_SHOULDER) out = -out;
    /* (x, y) = Rz(theta) (out, offset) */
    turns->theta[0] = atan2(y * out - x * offset_mm, x * out + y * offset_mm);
    plane[0] = out - dh[0].a_mm;
    plane[1] = turn * (goal->centre.z - dh[0].d_mm);
    return fit_joint(goal, 0, turns);
}

/* Two links in a plane: the law of cosines. */
static bool solve_elbow(const struct arm_goal *goal, unsigned branch, const double plane[2],
                        struct arm_turns *turns) {
    const struct rig_arm *arm = &goal->rig->arm;
    double a = arm->dh[1].a_mm, b = arm->forearm_mm, u = plane[0], v = plane[1];
    double cosine = (u * u + v * v - a * a - b * b) / (2.0 * a * b);
    double sine = sqrt((1.0 - cosine) * (1.0 + cosine)); /* NaN beyond the arm's length */
    if (!(sine > ARM_SINGULAR_MARGIN)) return false;
    if (branch & ARM_BRANCH_ELBOW) sine = -sine;
    double along = a + b * cosine, across = b * sine;
    turns->theta[1] = atan2(v * along - u * across, u * along + v * across);
    turns->theta[2] = arm->dh[1].alpha_cos * (atan2(sine, cosine) - arm->forearm_rad);
    return fit_joint(goal, 1, turns) && fit_joint(goal, 2, turns);
}

/* (Rz(theta) Rx(alpha))^T A */
static struct mat3 turn_back(struct mat3 A, double theta_rad, const struct rig_dh *dh) {
    double c = cos(theta_rad), s = sin(theta_rad);
    double ca = dh->alpha_cos, sa = dh->alpha_sin;
    struct mat3 B;
    for (int j = 0; j < 3; j++) {
        double x = c * A.m[0][j] + s * A.m[1][j], y = c * A.m[1][j] - s * A.m[0][j];
        B.m[0][j] = x;
        B.m[1][j] = ca * y + sa * A.m[2][j];
        B.m[2][j] = ca * A.m[2][j] - sa * y;
    }
    return B;
}

/* The last three joints are Euler angles ZYZ of the rotation that the first three leave: with
 * alpha4 = -alpha5, Rz4 Rx(alpha4) Rz5 Rx(alpha5) Rz6 = Rz(q4) Ry(-sin(alpha4) q5) Rz(q6); with
 * alpha4 = alpha5 axis 6 is the other way round and a half turn about x follows. */
static bool solve_wrist(const struct arm_goal *goal, struct arm_turns *turns) {
    const struct rig_dh *dh = goal->rig->arm.dh;
    struct mat3 M = goal->R;
    for (int k = 0; k < 3; k++) M = turn_back(M, turns->theta[k], &dh[k]);
    bool is_like = dh[3].alpha_sin == dh[4].alpha_sin;
    bool is_flipped = is_like != (dh[5].alpha_cos < 0);
    double after = is_like ? -1.0 : 1.0;
    /* A half turn about x on the right changes the signs of columns 2 and 3. */
    double column = is_flipped ? -1.0 : 1.0;
    double sine = sqrt(M.m[0][2] * M.m[0][2] + M.m[1][2] * M.m[1][2]);
    if (!(sine > ARM_SINGULAR_MARGIN)) return false;
    double b = atan2(sine, column * M.m[2][2]);
    turns->theta[3] = atan2(column * M.m[1][2], column * M.m[0][2]);
    turns->theta[4] = -dh[3].alpha_sin * b;
    turns->theta[5] = after * atan2(column * M.m[2][1], -M.m[2][0]);
    return true;
}

/* The other wrist: half turns about axes 4 and 6, axis 5 the other way. */
static struct arm_turns other_wrist(const struct arm_turns *turns) {
    struct arm_turns other = *turns;
    other.theta[3] += PI;
    other.theta[4] = -other.theta[4];
    other.theta[5] += PI;
    return other;
}

static bool take_posture(const struct arm_goal *goal, struct arm_turns *turns,
                         struct axes *ret_axes) {
    for (size_t k = 3; k < 6; k++)
        if (!fit_joint(goal, k, turns)) return false;
    for (size_t k = 0; k < 6; k++) ret_axes->q[goal->rig->chain_order[k]] = turns->q[k];
    return true;
}

/* Bit "wrist" means a negative sine of the Euler angle about y, as arm_branch_of() reads it; the
 * solution found first has a positive one. */
size_t arm_inverse(const struct rig *rig, struct pose T_rig_tool, const struct axes *near,
                   struct arm_posture ret_postures[ARM_BRANCHES]) {
    struct arm_goal goal = goal_of(rig, T_rig_tool, near);
    size_t count = 0;
    for (unsigned shoulder = 0; shoulder < 2; shoulder++) {
        struct arm_turns turns;
        double plane[2];
        if (!solve_shoulder(&goal, shoulder, &turns, plane)) continue;
        for (unsigned elbow = 0; elbow < 4; elbow += ARM_BRANCH_ELBOW) {
            if (!solve_elbow(&goal, elbow, plane, &turns)) continue;
            if (!solve_wrist(&goal, &turns)) continue;
            struct arm_turns other = other_wrist(&turns);
            unsigned branch = shoulder + elbow;
            if (take_posture(&goal, &turns, &ret_postures[count].axes))
                ret_postures[count++].branch = branch;
            if (take_posture(&goal, &other, &ret_postures[count].axes))
                ret_postures[count++].branch = branch + ARM_BRANCH_WRIST;
        }
    }
    return count;
}

bool arm_inverse_branch(const struct rig *rig, struct pose T_rig_tool, const struct axes *near,
                        unsigned branch, struct axes *ret_axes) {
    struct arm_goal goal = goal_of(rig, T_rig_tool, near);
    struct arm_turns turns;
    double plane[2];
    if (!solve_shoulder(&goal, branch, &turns, plane) || !solve_elbow(&goal, branch, plane, &turns))
        return false;
    if (!solve_wrist(&goal, &turns)) return false;
    if (branch & ARM_BRANCH_WRIST) turns = other_wrist(&turns);
    return take_posture(&goal, &turns, ret_axes);
}

/* What tells the branches apart, and how far each is from its turning point. */
struct arm_signs {
    double shoulder, elbow, wrist; /* signed margins */
};

static struct arm_signs signs_of(const struct rig *rig, const struct axes *axes) {
    const struct rig_dh *dh = rig->arm.dh;
    double theta[6];
    for (size_t k = 0; k < 6; k++) theta[k] = axes->q[rig->chain_order[k]] + dh[k].theta_rad;
    double length_mm = rig->arm.forearm_mm;
    double bend = dh[1].alpha_cos * theta[2] + rig->arm.forearm_rad;
    double out = dh[0].a_mm + dh[1].a_mm * cos(theta[1]) + length_mm * cos(theta[1] + bend);
    return (struct arm_signs){out / arm_length_mm(rig), sin(bend),
                              sin(-dh[3].alpha_sin * theta[4])};
}

unsigned arm_branch_of(const struct rig *rig, const struct axes *axes) {
    struct arm_signs signs = signs_of(rig, axes);
    return (signs.shoulder < 0 ? ARM_BRANCH_SHOULDER : 0u) +
           (signs.elbow < 0 ? ARM_BRANCH_ELBOW : 0u) + (signs.wrist < 0 ? ARM_BRANCH_WRIST : 0u);
}

struct arm_margins arm_margins(const struct rig *rig, const struct axes *axes) {
    struct arm_signs signs = signs_of(rig, axes);
    struct arm_margins margins = {1.0, fmin(1.0, fabs(signs.shoulder)), fabs(signs.elbow),
                                  fabs(signs.wrist)};
    for (size_t i = 0; i < rig->axis_count; i++) {
        const struct rig_axis *axis = &rig->axes[i];
        double room = fmin(axes->q[i] - axis->min, axis->max - axes->q[i]);
        margins.limits = fmin(margins.limits, 2.0 * room / (axis->max - axis->min));
    }
    return margins;
}

bool arm_is_singular(const struct rig *rig, const struct axes *axes) {
    struct arm_signs signs = signs_of(rig, axes);
    return !(fabs(signs.shoulder) > ARM_SINGULAR_MARGIN &&
             fabs(signs.elbow) > ARM_SINGULAR_MARGIN && fabs(signs.wrist) > ARM_SINGULAR_MARGIN);
}
