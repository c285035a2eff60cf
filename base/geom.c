#include "base/geom.h"

/* Below this angle the trigonometric quotients are replaced by their series (error < 1e-16). */
#define SMALL_ANGLE_RAD 1e-4

struct vec3 vec3_any_perpendicular(struct vec3 n) {
    struct vec3 axis = fabs(n.x) < 0.6 ? vec3_make(1, 0, 0) : vec3_make(0, 1, 0);
    return vec3_unit(vec3_cross(n, axis));
}

double vec3_angle(struct vec3 a, struct vec3 b) {
    return atan2(vec3_norm(vec3_cross(a, b)), vec3_dot(a, b));
}

double mat3_det(struct mat3 A) {
    return A.m[0][0] * (A.m[1][1] * A.m[2][2] - A.m[1][2] * A.m[2][1]) -
           A.m[0][1] * (A.m[1][0] * A.m[2][2] - A.m[1][2] * A.m[2][0]) +
           A.m[0][2] * (A.m[1][0] * A.m[2][1] - A.m[1][1] * A.m[2][0]);
}

/* I + a * hat(w) + b * hat(w)^2, the shape that exp and its left Jacobian share. */
static struct mat3 rodrigues(struct vec3 w, double a, double b) {
    double xx = w.x * w.x, yy = w.y * w.y, zz = w.z * w.z;
    double xy = w.x * w.y, xz = w.x * w.z, yz = w.y * w.z;
    return (struct mat3){{{1 - b * (yy + zz), b * xy - a * w.z, b * xz + a * w.y},
                          {b * xy + a * w.z, 1 - b * (xx + zz), b * yz - a * w.x},
                          {b * xz - a * w.y, b * yz + a * w.x, 1 - b * (xx + yy)}}};
}

struct mat3 mat3_exp(struct vec3 w) {
    double t2 = vec3_norm2(w), t = sqrt(t2);
    if (t < SMALL_ANGLE_RAD) return rodrigues(w, 1 - t2 / 6, 0.5 - t2 / 24);
    double half = sin(t / 2), cosine = cos(t / 2); /* one call: sin t = 2 sin(t/2) cos(t/2) */
    return rodrigues(w, 2 * half * cosine / t, 2 * half * half / t2);
}

struct vec3 mat3_log(struct mat3 R) {
    /* Through the quaternion: stable from 0 to pi, where (R - R^T) vanishes. */
    struct quat q = quat_from_mat3(R);
    struct vec3 v = {q.x, q.y, q.z};
    double s = vec3_norm(v);
    double scale =
        s < SMALL_ANGLE_RAD ? 2.0 / q.w * (1 - s * s / (3 * q.w * q.w)) : 2.0 * atan2(s, q.w) / s;
    return vec3_scale(v, scale);
}

struct mat3 mat3_orthonormalise(struct mat3 A) {
    /* Newton's iteration for the polar factor, X <- (X + X^-T) / 2 (Higham 1986). */
    for (int step = 0; step < 8; step++) {
        double det = mat3_det(A), change = 0;
        struct mat3 X;
        for (int i = 0; i < 3; i++)
            for (int j = 0; j < 3; j++) {
                int i1 = (i + 1) % 3, i2 = (i + 2) % 3, j1 = (j + 1) % 3, j2 = (j + 2) % 3;
                double cofactor = A.m[i1][j1] * A.m[i2][j2] - A.m[i1][j2] * A.m[i2][j1];
                X.m[i][j] = 0.5 * (A.m[i][j] + cofactor / det);
                change = fmax(change, fabs(X.m[i][j] - A.m[i][j]));
            }
        A = X;
        if (change < 1e-15) break;
    }
    return A;
}

struct mat3 mat3_from_quat(struct quat q) {
    double n = q.x * q.x + q.y * q.y + q.z * q.z + q.w * q.w, s = 2.0 / n;
    double xx = s * q.x * q.x, yy = s * q.y * q.y, zz = s * q.z * q.z;
    double xy = s * q.x * q.y, xz = s * q.x * q.z, yz = s * q.y * q.z;
    double wx = s * q.w * q.x, wy = s * q.w * q.y, wz = s * q.w * q.z;
    return (struct mat3){{{1 - yy - zz, xy - wz, xz + wy},
                          {xy + wz, 1 - xx - zz, yz - wx},
                          {xz - wy, yz + wx, 1 - xx - yy}}};
}

struct quat quat_from_mat3(struct mat3 R) {
    /* Shepperd 1978: divide by the largest of the four components. */
    double trace = R.m[0][0] + R.m[1][1] + R.m[2][2];
    double c[4] = {R.m[0][0], R.m[1][1], R.m[2][2], trace};
    int k = 0;
    for (int i = 1; i < 4; i++)
        if (c[i] > c[k]) k = i;
    double q[4];
    if (k == 3) {
        q[3] = 1 + trace;
        q[0] = R.m[2][1] - R.m[1][2];
        q[1] = R.m[0][2] - R.m[2][0];
        q[2] = R.m[1][0] - R.m[0][1];
    } else {
        int a = k, b = (k + 1) % 3, d = (k + 2) % 3;
        q[a] = 1 + R.m[a][a] - R.m[b][b] - R.m[d][d];
        q[b] = R.m[a][b] + R.m[b][a];
        q[d] = R.m[a][d] + R.m[d][a];
        q[3] = R.m[d][b] - R.m[b][d];
    }
    double n = sqrt(q[0] * q[0] + q[1] * q[1] + q[2] * q[2] + q[3] * q[3]);
    double s = (q[3] < 0 ? -1.0 : 1.0) / n;
    return (struct quat){q[0] * s, q[1] * s, q[2] * s, q[3] * s};
}

struct pose pose_exp(struct twist xi) {
    double t2 = vec3_norm2(xi.w), t = sqrt(t2);
    bool is_small = t < SMALL_ANGLE_RAD;
    double half = sin(t / 2); /* 1 - cos t = 2 sin^2(t/2), without its cancellation */
    double a = is_small ? 0.5 - t2 / 24 : 2 * half * half / t2;
    double b = is_small ? 1.0 / 6 - t2 / 120 : (t - sin(t)) / (t2 * t);
    return (struct pose){.R = mat3_exp(xi.w), .t = mat3_apply(rodrigues(xi.w, a, b), xi.v)};
}

struct twist pose_log(struct pose T) {
    struct vec3 w = mat3_log(T.R);
    double t2 = vec3_norm2(w), t = sqrt(t2);
    double b = t < SMALL_ANGLE_RAD ? 1.0 / 12 + t2 / 720 : (1 - t / 2 / tan(t / 2)) / t2;
    return (struct twist){.v = mat3_apply(rodrigues(w, -0.5, b), T.t), .w = w};
}

struct pose pose_advance(struct pose T, struct twist velocity, double dt_s) {
    struct twist xi = {vec3_scale(velocity.v, dt_s), vec3_scale(velocity.w, dt_s)};
    return pose_mul(pose_exp(xi), T);
}

bool pose_is_finite(struct pose T) {
    bool is_finite = vec3_is_finite(T.t);
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++) is_finite = is_finite && isfinite(T.R.m[i][j]);
    return is_finite;
}
