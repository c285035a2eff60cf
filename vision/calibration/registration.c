#include "vision/calibration/registration.h"

#include <string.h>

#include "base/linalg.h"

#define SPREAD_MIN_MM 15.0     /* rms of the landmarks along their second axis */
#define LANDMARK_FLOOR_MM 0.05 /* a touch or a click is no better, whatever four of them say */
#define MIRROR_SHARE 0.4       /* of the fit's residual: better than that is no chance */
#define OUTLIER_SHARE 0.5
#define SURFACE_FLOOR_MM 0.02 /* neighbouring points share the scan's errors */
#define SURFACE_FAR_MM 5.0    /* from a landmark fit; farther is hair, an ear, the chair */
#define HUBER_SIGMAS 2.5
#define COARSE_POINTS 1000 /* of the points, for the first steps */
#define COARSE_STEPS 8
#define FINE_STEPS 1
#define SETTLED_MM 0.02 /* of the coarse steps: one with all points follows */
#define LEFT_OUT_MAX 0.4
#define POINTS_PER_INDEPENDENT 1.0
#define TAG_DEPTH_MAX_MM 3.0 /* tags lie on the skin or stand off it, not in it */
#define TAG_HEIGHT_MAX_MM 25.0
#define TAG_FACING_MIN 0.5

static struct vec3 vec3_of(const double v[3]) {
    return vec3_make(v[0], v[1], v[2]);
}

/* Closed-form fit of the landmarks in `use`; `mirror` flips the ring's x first. */
static enum result fit(const struct landmarks *set, uint64_t use, bool mirror, struct pose *ret_T,
                       double *ret_rms_mm) {
    struct vec3 head = {0, 0, 0}, ring = {0, 0, 0};
    struct mat3 M = {{{0}}};
    struct pose T;
    double sum = 0;
    uint32_t n = (uint32_t)__builtin_popcountll(use);
    struct vec3 q[LANDMARKS_MAX];
    for (uint32_t i = 0; i < set->count; i++) {
        q[i] = vec3_of(set->list[i].p_ring_mm);
        if (mirror) q[i].x = -q[i].x;
        if (!(use >> i & 1)) continue;
        head = vec3_mad(head, 1.0 / n, vec3_of(set->list[i].p_head_mm));
        ring = vec3_mad(ring, 1.0 / n, q[i]);
    }
    for (uint32_t i = 0; i < set->count; i++) {
        if (!(use >> i & 1)) continue;
        struct vec3 a = vec3_sub(vec3_of(set->list[i].p_head_mm), head), b = vec3_sub(q[i], ring);
        const double x[3] = {a.x, a.y, a.z}, y[3] = {b.x, b.y, b.z};
        for (int r = 0; r < 3; r++)
            for (int c = 0; c < 3; c++) M.m[r][c] += y[r] * x[c];
    }
    if (linalg_fit_rotation(M, &T.R) != RESULT_OK) return RESULT_SINGULAR;
    T.t = vec3_sub(head, mat3_apply(T.R, ring));
    for (uint32_t i = 0; i < set->count; i++)
        if (use >> i & 1)
            sum += vec3_norm2(vec3_sub(pose_apply(T, q[i]), vec3_of(set->list[i].p_head_mm)));
    *ret_T = T;
    *ret_rms_mm = sqrt(sum / n);
    return RESULT_OK;
}

static uint64_t all_of(const struct landmarks *set) {
    return set->count == 64 ? UINT64_MAX : (UINT64_C(1) << set->count) - 1;
}

static enum result judge_spread(const struct landmarks *set, struct error *err) {
    struct vec3 mean = {0, 0, 0};
    struct mat3 scatter = {{{0}}}, vectors;
    double values[3];
    for (uint32_t i = 0; i < set->count; i++)
        mean = vec3_mad(mean, 1.0 / set->count, vec3_of(set->list[i].p_head_mm));
    for (uint32_t i = 0; i < set->count; i++) {
        struct vec3 d = vec3_sub(vec3_of(set->list[i].p_head_mm), mean);
        const double e[3] = {d.x, d.y, d.z};
        for (int r = 0; r < 3; r++)
            for (int c = 0; c < 3; c++) scatter.m[r][c] += e[r] * e[c] / set->count;
    }
    linalg_eigen_sym3(scatter, values, &vectors);
    double second_mm = sqrt(fmax(values[1], 0));
    if (second_mm >= SPREAD_MIN_MM) return RESULT_OK;
    return error_set(err, RESULT_REFUSED,
                     "the landmarks lie nearly on a line (%.1f mm rms beside it, at least %.0f): "
                     "take some that are far to its sides",
                     second_mm, SPREAD_MIN_MM);
}

/* Why the fit is bad: the first explanation that mends it. */
static enum result explain(const struct landmarks *set, double rms_mm, struct error *err) {
    struct pose T;
    double other;
    if (fit(set, all_of(set), true, &T, &other) == RESULT_OK && other < MIRROR_SHARE * rms_mm)
        return error_set(err, RESULT_REFUSED,
                         "the landmarks fit by %.2f mm, but mirrored by %.2f: left and right are "
                         "exchanged, or the scan is mirrored",
                         rms_mm, other);
    for (uint32_t i = 0; i < set->count; i++)
        for (uint32_t k = 0; k < i; k++) {
            struct landmarks swapped = *set;
            memcpy(swapped.list[i].p_ring_mm, set->list[k].p_ring_mm,
                   sizeof set->list[k].p_ring_mm);
            memcpy(swapped.list[k].p_ring_mm, set->list[i].p_ring_mm,
                   sizeof set->list[i].p_ring_mm);
            if (fit(&swapped, all_of(set), false, &T, &other) == RESULT_OK &&
                other < MIRROR_SHARE * rms_mm && other <= LANDMARK_RMS_MAX_MM)
                return error_set(err, RESULT_REFUSED,
                                 "the landmarks fit by %.2f mm, and by %.2f when %s and %s are "
                                 "exchanged: they were touched in the wrong order",
                                 rms_mm, other, set->list[k].name, set->list[i].name);
        }
    for (uint32_t i = 0; i < set->count && set->count > LANDMARKS_MIN; i++)
        if (fit(set, all_of(set) & ~(UINT64_C(1) << i), false, &T, &other) == RESULT_OK &&
            other < OUTLIER_SHARE * rms_mm && other <= LANDMARK_RMS_MAX_MM)
            return error_set(err, RESULT_REFUSED,
                             "the landmarks fit by %.2f mm, and by %.2f without %s: touch it again",
                             rms_mm, other, set->list[i].name);
    return error_set(
        err, RESULT_REFUSED,
        "the landmarks fit by %.2f mm rms, at most %.1f: wrong order, wrong points, or "
        "the head moved against the ring",
        rms_mm, LANDMARK_RMS_MAX_MM);
}

/* Rows of one landmark: three, with the left twist about the head's origin. */
static void add_landmark(const struct landmark *mark, struct pose T, double weight, double A[36],
                         double b[6]) {
    struct vec3 p = pose_apply(T, vec3_of(mark->p_ring_mm));
    struct vec3 e = vec3_sub(vec3_of(mark->p_head_mm), p);
    const double rows[3][6] = {
        {1, 0, 0, 0, p.z, -p.y}, {0, 1, 0, -p.z, 0, p.x}, {0, 0, 1, p.y, -p.x, 0}};
    const double residual[3] = {e.x, e.y, e.z};
    for (int r = 0; r < 3; r++)
        for (int i = 0; i < 6; i++) {
            b[i] += weight * rows[r][i] * residual[r];
            for (int j = 0; j < 6; j++) A[6 * i + j] += weight * rows[r][i] * rows[r][j];
        }
}

/* Standard deviation of a landmark's coordinate, from the fit. */
static double landmark_sigma(const struct registration *r) {
    double n = r->landmarks_used;
    double variance = n * r->landmark_rms_mm * r->landmark_rms_mm / (3 * n - 6);
    return fmax(sqrt(variance), LANDMARK_FLOOR_MM);
}

static void tell_landmarks(const struct landmarks *set, struct registration *r) {
    double sum = 0;
    for (uint32_t i = 0; i < set->count; i++) {
        r->landmark_mm[i] =
            vec3_distance(pose_apply(r->T_head_ring, vec3_of(set->list[i].p_ring_mm)),
                          vec3_of(set->list[i].p_head_mm));
        sum += r->landmark_mm[i] * r->landmark_mm[i];
    }
    r->landmark_rms_mm = set->count > 0 ? sqrt(sum / set->count) : 0;
}

enum result register_landmarks(const struct landmarks *set, struct registration *ret_registration,
                               struct error *err) {
    struct registration r = {.landmarks_used = set->count};
    double A[36] = {0}, b[6] = {0};
    if (set->count < LANDMARKS_MIN || set->count > LANDMARKS_MAX)
        return error_set(err, RESULT_REFUSED, "%u landmarks, expected %d to %d", set->count,
                         LANDMARKS_MIN, LANDMARKS_MAX);
    enum result result = judge_spread(set, err);
    if (result != RESULT_OK) return result;
    if (fit(set, all_of(set), false, &r.T_head_ring, &r.landmark_rms_mm) != RESULT_OK)
        return error_set(err, RESULT_SINGULAR, "the landmarks do not determine the registration");
    if (!(r.landmark_rms_mm <= LANDMARK_RMS_MAX_MM)) return explain(set, r.landmark_rms_mm, err);
    tell_landmarks(set, &r);
    double weight = 1 / (landmark_sigma(&r) * landmark_sigma(&r));
    for (uint32_t i = 0; i < set->count; i++)
        add_landmark(&set->list[i], r.T_head_ring, weight, A, b);
    if (linalg_invert_spd(A, 6, r.covariance) != RESULT_OK)
        return error_set(err, RESULT_SINGULAR, "the landmarks do not determine the registration");
    *ret_registration = r;
    return RESULT_OK;
}

/* --- surface --- */

struct surface_fit {
    const struct field_view *field;
    const struct vec3 *p_ring;
    size_t count, step; /* every step-th point */
    double sigma_mm, far_mm;
    double A[36], b[6]; /* in units of the points' own variance */
    double squares, weight;
    size_t used, left_out;
};

/* Normal equations of the field's values at a pose, Huber on sigma, far points left out. */
static void look(struct surface_fit *f, struct pose T) {
    double upper[21] = {0}, huber = HUBER_SIGMAS * f->sigma_mm;
    memset(f->b, 0, sizeof f->b);
    f->squares = f->weight = 0;
    f->used = f->left_out = 0;
    for (size_t i = 0; i < f->count; i += f->step) {
        struct vec3 g, p = pose_apply(T, f->p_ring[i]);
        double d = field_view_sample_gradient(f->field, p, &g), size = fabs(d);
        if (!(size <= f->far_mm)) {
            f->left_out++;
            continue;
        }
        double w = size > huber ? huber / size : 1;
        const double row[6] = {
            g.x, g.y, g.z, p.y * g.z - p.z * g.y, p.z * g.x - p.x * g.z, p.x * g.y - p.y * g.x};
        double *a = upper;
        for (int j = 0; j < 6; j++) {
            double wr = w * row[j];
            f->b[j] -= wr * d;
            for (int k = j; k < 6; k++) *a++ += wr * row[k];
        }
        f->squares += w * d * d;
        f->weight += w;
        f->used++;
    }
    const double *a = upper;
    for (int j = 0; j < 6; j++)
        for (int k = j; k < 6; k++, a++) f->A[6 * j + k] = f->A[6 * k + j] = *a;
}

/* The points' system and the landmarks', each by its variance, into A and b. */
static void join(const struct surface_fit *f, const struct landmarks *set, struct pose T,
                 double landmark_sigma_mm, double A[36], double b[6]) {
    double variance = fmax(f->sigma_mm, SURFACE_FLOOR_MM) * fmax(f->sigma_mm, SURFACE_FLOOR_MM) *
                      POINTS_PER_INDEPENDENT;
    for (int i = 0; i < 36; i++) A[i] = f->A[i] * (double)f->step / variance;
    for (int i = 0; i < 6; i++) b[i] = f->b[i] * (double)f->step / variance;
    for (uint32_t i = 0; i < set->count; i++)
        add_landmark(&set->list[i], T, 1 / (landmark_sigma_mm * landmark_sigma_mm), A, b);
}

static enum result step(const struct surface_fit *f, const struct landmarks *set,
                        double landmark_sigma_mm, struct pose *T, double *ret_size_mm) {
    double A[36], b[6];
    join(f, set, *T, landmark_sigma_mm, A, b);
    if (linalg_cholesky(A, 6) != RESULT_OK) return RESULT_SINGULAR;
    linalg_cholesky_solve(A, 6, b);
    struct twist xi = {{b[0], b[1], b[2]}, {b[3], b[4], b[5]}};
    *T = pose_mul(pose_exp(xi), *T);
    *ret_size_mm = vec3_norm(xi.v) + 100 * vec3_norm(xi.w);
    return pose_is_finite(*T) ? RESULT_OK : RESULT_SINGULAR;
}

static enum result iterate(struct surface_fit *f, const struct landmarks *set,
                           double landmark_sigma_mm, int steps, struct pose *T) {
    double size_mm = INFINITY;
    for (int i = 0; i < steps && size_mm > SETTLED_MM; i++) {
        look(f, *T);
        if (f->used < 10) return RESULT_SINGULAR;
        f->sigma_mm = fmax(sqrt(f->squares / f->weight), SURFACE_FLOOR_MM);
        f->far_mm = fmin(SURFACE_FAR_MM, fmax(6 * f->sigma_mm, 0.3));
        enum result result = step(f, set, landmark_sigma_mm, T, &size_mm);
        if (result != RESULT_OK) return result;
    }
    return RESULT_OK;
}

enum result register_surface(const struct landmarks *set, const struct field_view *field,
                             const struct vec3 *p_ring, size_t count,
                             struct registration *registration, struct error *err) {
    struct registration r = *registration;
    struct surface_fit f = {.field = field,
                            .p_ring = p_ring,
                            .count = count,
                            .sigma_mm = 1,
                            .far_mm = SURFACE_FAR_MM,
                            .step = 1 + count / COARSE_POINTS};
    double sigma_mm = landmark_sigma(&r), A[36], b[6];
    if (count < SURFACE_POINTS_MIN)
        return error_set(err, RESULT_REFUSED, "%zu surface points, at least %d are needed", count,
                         SURFACE_POINTS_MIN);
    enum result result = iterate(&f, set, sigma_mm, COARSE_STEPS, &r.T_head_ring);
    /* One step with all points from a few hundredths of a millimetre off is exact; their scatter
     * and their normal matrix before it are those after it. */
    f.step = 1;
    if (result == RESULT_OK) result = iterate(&f, set, sigma_mm, FINE_STEPS, &r.T_head_ring);
    if (result != RESULT_OK)
        return error_set(err, RESULT_REFUSED,
                         "the surface points are not on the scan's surface: other frame, other "
                         "unit, or another head");
    if ((double)f.left_out > LEFT_OUT_MAX * (double)count)
        return error_set(err, RESULT_REFUSED,
                         "%zu of %zu surface points are more than %.2f mm off the scan: hair, or "
                         "another head",
                         f.left_out, count, f.far_mm);
    join(&f, set, r.T_head_ring, sigma_mm, A, b);
    if (linalg_invert_spd(A, 6, r.covariance) != RESULT_OK)
        return error_set(err, RESULT_SINGULAR, "the points do not determine the registration");
    tell_landmarks(set, &r);
    if (!(r.landmark_rms_mm <= 2 * LANDMARK_RMS_MAX_MM))
        return error_set(err, RESULT_REFUSED,
                         "the surface points pull the landmarks %.2f mm apart: one of the two is "
                         "wrong",
                         r.landmark_rms_mm);
    r.surface_rms_mm = f.sigma_mm;
    r.points_used = f.used;
    r.points_left_out = f.left_out;
    *registration = r;
    return RESULT_OK;
}

enum result register_check_side(const struct field_view *field, const struct tag_ring *ring,
                                const struct registration *registration, struct error *err) {
    for (uint32_t k = 0; k < ring->count; k++) {
        struct pose T = pose_mul(registration->T_head_ring, ring->tags[k].T_ring_tag);
        struct vec3 outward;
        double height_mm = field_view_sample_gradient(field, T.t, &outward);
        double facing = vec3_dot(vec3_unit(outward), pose_rotate(T, vec3_make(0, 0, 1)));
        if (!(height_mm >= -TAG_DEPTH_MAX_MM && height_mm <= TAG_HEIGHT_MAX_MM))
            return error_set(err, RESULT_REFUSED,
                             "tag %d would be %.1f mm %s the skin: wrong landmarks, or another "
                             "ring's file",
                             ring->tags[k].id, fabs(height_mm), height_mm < 0 ? "below" : "above");
        if (!(facing >= TAG_FACING_MIN))
            return error_set(err, RESULT_REFUSED,
                             "tag %d would face into the head: the landmarks are mirrored",
                             ring->tags[k].id);
    }
    return RESULT_OK;
}

double register_error_at(const struct registration *r, struct vec3 p) {
    const double rows[3][6] = {
        {1, 0, 0, 0, p.z, -p.y}, {0, 1, 0, -p.z, 0, p.x}, {0, 0, 1, p.y, -p.x, 0}};
    double trace = 0;
    for (int k = 0; k < 3; k++)
        for (int i = 0; i < 6; i++)
            for (int j = 0; j < 6; j++) trace += rows[k][i] * rows[k][j] * r->covariance[6 * i + j];
    return sqrt(trace);
}
