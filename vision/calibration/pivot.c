#include "vision/calibration/pivot.h"

#include <string.h>

#include "base/linalg.h"

#define TILT_MIN_DEG 5.0 /* rms about the weaker of two axes */
#define OUTLIER_MM 0.15  /* and three times the rms of the others */
#define SIGMA_FLOOR_MM 5e-3

/* Normal equations of [R -I] [tip; reference] = -t. */
static enum result solve(const struct pose *T, uint32_t count, struct pivot *p,
                         double inverse[36]) {
    double A[36] = {0}, b[6] = {0};
    for (uint32_t i = 0; i < count; i++) {
        const double t[3] = {T[i].t.x, T[i].t.y, T[i].t.z};
        for (int r = 0; r < 3; r++) {
            double row[6] = {T[i].R.m[r][0], T[i].R.m[r][1], T[i].R.m[r][2], 0, 0, 0};
            row[3 + r] = -1;
            for (int j = 0; j < 6; j++) {
                b[j] -= row[j] * t[r];
                for (int k = 0; k < 6; k++) A[6 * j + k] += row[j] * row[k];
            }
        }
    }
    if (linalg_invert_spd(A, 6, inverse) != RESULT_OK || linalg_cholesky(A, 6) != RESULT_OK)
        return RESULT_SINGULAR;
    linalg_cholesky_solve(A, 6, b);
    p->tip_tool = vec3_make(b[0], b[1], b[2]);
    p->reference_rig = vec3_make(b[3], b[4], b[5]);
    return RESULT_OK;
}

/* How far the tool leant, about the weaker of the two axes across the needle, rms in degrees. */
static double tilt_spread_deg(const struct pose *T, uint32_t count) {
    struct vec3 mean = {0, 0, 0};
    struct mat3 scatter = {{{0}}}, vectors;
    double values[3];
    for (uint32_t i = 0; i < count; i++)
        mean = vec3_add(mean, pose_rotate(T[i], vec3_make(0, 0, 1.0 / count)));
    for (uint32_t i = 0; i < count; i++) {
        struct vec3 d = vec3_sub(pose_rotate(T[i], vec3_make(0, 0, 1)), mean);
        const double e[3] = {d.x, d.y, d.z};
        for (int j = 0; j < 3; j++)
            for (int k = 0; k < 3; k++) scatter.m[j][k] += e[j] * e[k] / count;
    }
    linalg_eigen_sym3(scatter, values, &vectors);
    return sqrt(fmax(values[1], 0)) * DEG_PER_RAD;
}

enum result pivot_solve(const struct pose *T, uint32_t count, struct pivot *ret_pivot,
                        struct error *err) {
    struct pivot p = {.count = count};
    double inverse[36], sum = 0;
    uint32_t worst = 0;
    if (count < PIVOT_TOUCHES_MIN || count > PIVOT_TOUCHES_MAX)
        return error_set(err, RESULT_REFUSED, "%u touches, expected %d to %d", count,
                         PIVOT_TOUCHES_MIN, PIVOT_TOUCHES_MAX);
    double tilt_deg = tilt_spread_deg(T, count);
    if (!(tilt_deg >= TILT_MIN_DEG))
        return error_set(err, RESULT_REFUSED,
                         "too little tilt: the needle leant by %.1f deg rms about one of its axes, "
                         "at least %.0f about both: touch the reference from all sides",
                         tilt_deg, TILT_MIN_DEG);
    if (solve(T, count, &p, inverse) != RESULT_OK)
        return error_set(err, RESULT_SINGULAR, "these touches do not determine the tip");
    for (uint32_t i = 0; i < count; i++) {
        p.residuals_mm[i] = vec3_distance(pose_apply(T[i], p.tip_tool), p.reference_rig);
        sum += p.residuals_mm[i] * p.residuals_mm[i];
        if (p.residuals_mm[i] > p.residuals_mm[worst]) worst = i;
    }
    if (!isfinite(sum)) return error_set(err, RESULT_INVALID, "a pose is not finite");
    p.rms_mm = sqrt(sum / count);
    double rest = sqrt((sum - p.residuals_mm[worst] * p.residuals_mm[worst]) / (count - 1));
    if (p.residuals_mm[worst] > OUTLIER_MM && p.residuals_mm[worst] > 3 * rest)
        return error_set(err, RESULT_REFUSED,
                         "touch %u is %.2f mm off, the others %.3f mm: leave it out or touch again",
                         worst + 1, p.residuals_mm[worst], rest);
    double sigma2 = fmax(sum / (3.0 * count - 6), SIGMA_FLOOR_MM * SIGMA_FLOOR_MM);
    p.sigma_tip =
        vec3_make(sqrt(sigma2 * inverse[0]), sqrt(sigma2 * inverse[7]), sqrt(sigma2 * inverse[14]));
    *ret_pivot = p;
    return RESULT_OK;
}
