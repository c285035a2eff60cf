/* Vectors, rotations, rigid transforms. mm and rad; right-handed; columns are images of axes.
 *
 * A pose T_a_b maps points of frame b into frame a: p_a = T_a_b * p_b. A twist is (v, w): linear
 * part first (mm, mm/s), rotation second (rad, rad/s); perturbations are on the left,
 * T' = exp(twist) * T, so a twist's frame is T's left frame. */
#ifndef SMPRIG_BASE_GEOM_H
#define SMPRIG_BASE_GEOM_H

#include <math.h>
#include <stdbool.h>

#define PI 3.14159265358979323846
#define RAD_PER_DEG (PI / 180.0)
#define DEG_PER_RAD (180.0 / PI)

struct vec3 {
    double x, y, z;
};
struct mat3 {
    double m[3][3]; /* row, column */
};
struct quat {
    double x, y, z, w;
};
struct pose {
    struct mat3 R;
    struct vec3 t;
};
struct twist {
    struct vec3 v; /* linear */
    struct vec3 w; /* angular */
};

static inline struct vec3 vec3_make(double x, double y, double z) {
    return (struct vec3){x, y, z};
}
static inline struct vec3 vec3_add(struct vec3 a, struct vec3 b) {
    return (struct vec3){a.x + b.x, a.y + b.y, a.z + b.z};
}
static inline struct vec3 vec3_sub(struct vec3 a, struct vec3 b) {
    return (struct vec3){a.x - b.x, a.y - b.y, a.z - b.z};
}
static inline struct vec3 vec3_scale(struct vec3 a, double s) {
    return (struct vec3){a.x * s, a.y * s, a.z * s};
}
/* a + s * b */
static inline struct vec3 vec3_mad(struct vec3 a, double s, struct vec3 b) {
    return (struct vec3){a.x + s * b.x, a.y + s * b.y, a.z + s * b.z};
}
static inline double vec3_dot(struct vec3 a, struct vec3 b) {
    return a.x * b.x + a.y * b.y + a.z * b.z;
}
static inline struct vec3 vec3_cross(struct vec3 a, struct vec3 b) {
    return (struct vec3){a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x};
}
static inline double vec3_norm2(struct vec3 a) {
    return vec3_dot(a, a);
}
static inline double vec3_norm(struct vec3 a) {
    return sqrt(vec3_dot(a, a));
}
static inline double vec3_distance(struct vec3 a, struct vec3 b) {
    return vec3_norm(vec3_sub(a, b));
}
static inline bool vec3_is_finite(struct vec3 a) {
    return isfinite(a.x) && isfinite(a.y) && isfinite(a.z);
}
/* a / |a|; the zero vector stays zero, so a caller's later |n| check fails closed. */
static inline struct vec3 vec3_unit(struct vec3 a) {
    double n = vec3_norm(a);
    return n > 0.0 ? vec3_scale(a, 1.0 / n) : (struct vec3){0};
}
/* Some unit vector perpendicular to the unit vector n. */
struct vec3 vec3_any_perpendicular(struct vec3 n);
/* Angle between two unit vectors, rad, exact also near 0 and pi (atan2 of cross and dot). */
double vec3_angle(struct vec3 a, struct vec3 b);

static inline struct mat3 mat3_identity(void) {
    return (struct mat3){{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};
}
static inline struct vec3 mat3_apply(struct mat3 A, struct vec3 v) {
    return (struct vec3){A.m[0][0] * v.x + A.m[0][1] * v.y + A.m[0][2] * v.z,
                         A.m[1][0] * v.x + A.m[1][1] * v.y + A.m[1][2] * v.z,
                         A.m[2][0] * v.x + A.m[2][1] * v.y + A.m[2][2] * v.z};
}
static inline struct mat3 mat3_mul(struct mat3 A, struct mat3 B) {
    struct mat3 C;
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++)
            C.m[i][j] = A.m[i][0] * B.m[0][j] + A.m[i][1] * B.m[1][j] + A.m[i][2] * B.m[2][j];
    return C;
}
static inline struct mat3 mat3_transpose(struct mat3 A) {
    return (struct mat3){{{A.m[0][0], A.m[1][0], A.m[2][0]},
                          {A.m[0][1], A.m[1][1], A.m[2][1]},
                          {A.m[0][2], A.m[1][2], A.m[2][2]}}};
}
double mat3_det(struct mat3 A);
/* The rotation by |w| rad about w (Rodrigues). */
struct mat3 mat3_exp(struct vec3 w);
/* The rotation vector of R, |w| in [0, pi]; inverse of mat3_exp. */
struct vec3 mat3_log(struct mat3 R);
/* Nearest rotation to A in the polar sense, for matrices already near one; det +1. */
struct mat3 mat3_orthonormalise(struct mat3 A);
struct mat3 mat3_from_quat(struct quat q);
/* Unit quaternion with w >= 0. */
struct quat quat_from_mat3(struct mat3 R);

static inline struct pose pose_identity(void) {
    return (struct pose){.R = {{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}}, .t = {0, 0, 0}};
}
static inline struct vec3 pose_apply(struct pose T, struct vec3 p) {
    return vec3_add(mat3_apply(T.R, p), T.t);
}
/* A direction: rotated, not moved. */
static inline struct vec3 pose_rotate(struct pose T, struct vec3 d) {
    return mat3_apply(T.R, d);
}
/* T_a_c = T_a_b * T_b_c */
static inline struct pose pose_mul(struct pose T_a_b, struct pose T_b_c) {
    return (struct pose){.R = mat3_mul(T_a_b.R, T_b_c.R), .t = pose_apply(T_a_b, T_b_c.t)};
}
/* T_b_a */
static inline struct pose pose_inverse(struct pose T_a_b) {
    struct mat3 Rt = mat3_transpose(T_a_b.R);
    return (struct pose){.R = Rt, .t = vec3_scale(mat3_apply(Rt, T_a_b.t), -1.0)};
}
/* Exponential and logarithm of SE(3), twist = (v, w) (Barfoot, State Estimation for Robotics,
 * 2nd ed., 8.1.3). */
struct pose pose_exp(struct twist xi);
struct twist pose_log(struct pose T);
/* Constant-twist motion: exp(twist * dt_s) * T. */
struct pose pose_advance(struct pose T, struct twist velocity, double dt_s);
/* Velocity of the point p (in the left frame) that moves with the twist: v + w x p. */
static inline struct vec3 twist_at(struct twist xi, struct vec3 p) {
    return vec3_add(xi.v, vec3_cross(xi.w, p));
}
bool pose_is_finite(struct pose T);

#endif
