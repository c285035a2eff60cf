#include "controller/guard/retreat_target.h"

#include "base/linalg.h"

/* Newton's method from near by doubles its digits each round. */
#define ROUNDS 8
#define DONE_MM 1e-9

/* Where the tool stands against where it should: mm, and rad about the rig's axes. */
static void residual(const struct gate_rig *rig, const double *q, struct pose wanted,
                     double ret_r[6]) {
    struct pose T = chain_forward(&rig->chain, q);
    struct vec3 off = vec3_sub(wanted.t, T.t);
    struct vec3 turn = mat3_log(mat3_mul(wanted.R, mat3_transpose(T.R)));
    const double r[6] = {off.x, off.y, off.z, turn.x, turn.y, turn.z};
    for (int i = 0; i < 6; i++) ret_r[i] = r[i];
}

/* One Newton step: least squares over the joints, which are few enough for differences. */
static bool step(const struct gate_rig *rig, struct pose wanted, const double r[6], double *q) {
    const double delta = 1e-6;
    double J[6][GATE_AXES_MAX], A[GATE_AXES_MAX * GATE_AXES_MAX], b[GATE_AXES_MAX];
    int n = rig->axis_count;
    for (int k = 0; k < n; k++) {
        double moved[6], at = q[k];
        q[k] = at + delta;
        residual(rig, q, wanted, moved);
        q[k] = at;
        for (int i = 0; i < 6; i++) J[i][k] = (r[i] - moved[i]) / delta;
    }
    for (int k = 0; k < n; k++) {
        b[k] = 0;
        for (int i = 0; i < 6; i++) b[k] += J[i][k] * r[i];
        for (int m = 0; m < n; m++) {
            A[n * k + m] = 0;
            for (int i = 0; i < 6; i++) A[n * k + m] += J[i][k] * J[i][m];
        }
    }
    if (linalg_cholesky(A, n) != RESULT_OK) return false;
    linalg_cholesky_solve(A, n, b);
    for (int k = 0; k < n; k++) q[k] += b[k];
    return true;
}

bool retreat_target(const struct gate_rig *rig, const double *from, double height_mm,
                    double ret_to[GATE_AXES_MAX]) {
    struct pose wanted = chain_forward(&rig->chain, from);
    wanted.t = vec3_mad(wanted.t, height_mm, pose_rotate(wanted, vec3_make(0, 0, 1)));
    double to[GATE_AXES_MAX], r[6], off = INFINITY;
    for (int i = 0; i < GATE_AXES_MAX; i++) to[i] = from[i];
    for (int round = 0; round < ROUNDS && !(off < DONE_MM); round++) {
        residual(rig, to, wanted, r);
        if (!step(rig, wanted, r, to)) return false;
        residual(rig, to, wanted, r);
        off = vec3_norm(vec3_make(r[0], r[1], r[2])) + vec3_norm(vec3_make(r[3], r[4], r[5]));
    }
    if (!(off < DONE_MM)) return false;
    for (int i = 0; i < rig->axis_count; i++)
        if (!(to[i] >= rig->axes[i].min && to[i] <= rig->axes[i].max)) return false;
    for (int i = 0; i < GATE_AXES_MAX; i++) ret_to[i] = to[i];
    return true;
}
