/* Small dense linear algebra, row-major, caller's memory: normal equations and covariances. */
#ifndef SMPRIG_BASE_LINALG_H
#define SMPRIG_BASE_LINALG_H

#include "base/geom.h"
#include "base/result.h"

/* Largest n of the functions below that need scratch room. */
#define LINALG_N_MAX 32

/* Cholesky factor of the symmetric positive definite n x n matrix A: A = L L^T, L written over the
 * lower triangle of A (the upper is left as it was). RESULT_SINGULAR when A is not positive
 * definite or holds a NaN; A is then undefined. */
MUST_USE enum result linalg_cholesky(double *A, int n);

/* Solve L L^T x = b in place of b, L from linalg_cholesky. */
void linalg_cholesky_solve(const double *L, int n, double *b);

/* Inverse of a symmetric positive definite n x n matrix, n <= LINALG_N_MAX; ret_inverse may not
 * overlap A. */
MUST_USE enum result linalg_invert_spd(const double *A, int n, double *ret_inverse);

/* Eigen-decomposition of a symmetric 3x3 matrix (cyclic Jacobi). Eigenvalues ascending; column k of
 * ret_vectors belongs to ret_values[k]. */
void linalg_eigen_sym3(struct mat3 A, double ret_values[3], struct mat3 *ret_vectors);

/* The rotation R that maximises trace(R M), M = sum of b a^T: it turns the b onto the a best in the
 * least squares sense (Kabsch 1978; Umeyama 1991). det R = +1 always, also for flat sets.
 * RESULT_SINGULAR: the directions span a line only. */
MUST_USE enum result linalg_fit_rotation(struct mat3 M, struct mat3 *ret_R);

#endif
