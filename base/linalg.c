#include "base/linalg.h"

#include <string.h>

enum result linalg_cholesky(double *A, int n) {
    for (int j = 0; j < n; j++) {
        double d = A[j * n + j];
        for (int k = 0; k < j; k++) d -= A[j * n + k] * A[j * n + k];
        if (!(d > 0.0) || !isfinite(d)) return RESULT_SINGULAR;
        d = sqrt(d);
        A[j * n + j] = d;
        for (int i = j + 1; i < n; i++) {
            double s = A[i * n + j];
            for (int k = 0; k < j; k++) s -= A[i * n + k] * A[j * n + k];
            A[i * n + j] = s / d;
        }
    }
    return RESULT_OK;
}

void linalg_cholesky_solve(const double *L, int n, double *b) {
    for (int i = 0; i < n; i++) {
        for (int k = 0; k < i; k++) b[i] -= L[i * n + k] * b[k];
        b[i] /= L[i * n + i];
    }
    for (int i = n - 1; i >= 0; i--) {
        for (int k = i + 1; k < n; k++) b[i] -= L[k * n + i] * b[k];
        b[i] /= L[i * n + i];
    }
}

enum result linalg_invert_spd(const double *A, int n, double *ret_inverse) {
    double L[LINALG_N_MAX * LINALG_N_MAX], column[LINALG_N_MAX];
    if (n < 1 || n > LINALG_N_MAX) return RESULT_LIMIT;
    memcpy(L, A, sizeof(double) * (size_t)n * (size_t)n);
    enum result result = linalg_cholesky(L, n);
    if (result != RESULT_OK) return result;
    for (int j = 0; j < n; j++) {
        memset(column, 0, sizeof column);
        column[j] = 1.0;
        linalg_cholesky_solve(L, n, column);
        for (int i = 0; i < n; i++) ret_inverse[i * n + j] = column[i];
    }
    return RESULT_OK;
}

/* One Jacobi rotation that zeroes A[p][q], accumulated in V (Golub and Van Loan, 8.5). */
static void jacobi_rotate(struct mat3 *A, struct mat3 *V, int p, int q) {
    if (A->m[p][q] == 0.0) return;
    double theta = (A->m[q][q] - A->m[p][p]) / (2 * A->m[p][q]);
    double t = (theta < 0 ? -1.0 : 1.0) / (fabs(theta) + sqrt(theta * theta + 1));
    double c = 1 / sqrt(t * t + 1), s = t * c;
    for (int k = 0; k < 3; k++) {
        double kp = A->m[k][p], kq = A->m[k][q];
        A->m[k][p] = c * kp - s * kq;
        A->m[k][q] = s * kp + c * kq;
    }
    for (int k = 0; k < 3; k++) {
        double pk = A->m[p][k], qk = A->m[q][k];
        A->m[p][k] = c * pk - s * qk;
        A->m[q][k] = s * pk + c * qk;
        double vp = V->m[k][p], vq = V->m[k][q];
        V->m[k][p] = c * vp - s * vq;
        V->m[k][q] = s * vp + c * vq;
    }
}

void linalg_eigen_sym3(struct mat3 A, double ret_values[3], struct mat3 *ret_vectors) {
    struct mat3 V = mat3_identity();
    for (int sweep = 0; sweep < 12; sweep++)
        for (int p = 0; p < 2; p++)
            for (int q = p + 1; q < 3; q++) jacobi_rotate(&A, &V, p, q);
    int order[3] = {0, 1, 2};
    for (int i = 0; i < 2; i++)
        for (int j = i + 1; j < 3; j++)
            if (A.m[order[j]][order[j]] < A.m[order[i]][order[i]]) {
                int swap = order[i];
                order[i] = order[j];
                order[j] = swap;
            }
    for (int k = 0; k < 3; k++) {
        ret_values[k] = A.m[order[k]][order[k]];
        for (int i = 0; i < 3; i++) ret_vectors->m[i][k] = V.m[i][order[k]];
    }
}

static struct vec3 column_of(struct mat3 A, int k) {
    return vec3_make(A.m[0][k], A.m[1][k], A.m[2][k]);
}

enum result linalg_fit_rotation(struct mat3 M, struct mat3 *ret_R) {
    struct mat3 V, R = {{{0}}};
    double values[3];
    linalg_eigen_sym3(mat3_mul(mat3_transpose(M), M), values, &V);
    if (!(values[1] > 1e-12 * values[2]) || !(values[2] > 0)) return RESULT_SINGULAR;
    /* The two strong directions decide; the third makes both frames right-handed. */
    struct vec3 v[3], u[3];
    for (int k = 1; k < 3; k++) {
        v[k] = column_of(V, k);
        u[k] = vec3_unit(mat3_apply(M, v[k]));
    }
    v[0] = vec3_cross(v[1], v[2]);
    u[0] = vec3_unit(vec3_cross(u[1], u[2]));
    for (int k = 0; k < 3; k++) {
        const double a[3] = {v[k].x, v[k].y, v[k].z}, b[3] = {u[k].x, u[k].y, u[k].z};
        for (int i = 0; i < 3; i++)
            for (int j = 0; j < 3; j++) R.m[i][j] += a[i] * b[j];
    }
    *ret_R = mat3_orthonormalise(R);
    return RESULT_OK;
}
