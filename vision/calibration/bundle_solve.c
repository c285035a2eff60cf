/* A bundle's steps and its covariance. */
#include <stdlib.h>
#include <string.h>

#include "base/linalg.h"
#include "vision/calibration/bundle_system.h"

#define STEPS_MAX 60
#define LAMBDA_FIRST 1e-4
#define LAMBDA_MAX 1e12
#define SETTLED_COST 1e-9 /* relative gain of the last step */
/* Neighbouring edges share pixels and errors; printing and lenses leave something even without
 * noise (as vision/tracker.c). */
#define ROWS_PER_INDEPENDENT 3.0
#define SIGMA_FLOOR_PX 0.02

/* Eliminate the views: Sr = S - sum W^T V^-1 W, br likewise; `factors` keeps V's Cholesky. */
static enum result reduce(const struct bundle *bundle, const struct bundle_system *s, double lambda,
                          double *Sr, double *br, double *factors) {
    size_t n = s->shared;
    double column[6];
    memcpy(Sr, s->S, n * n * sizeof *Sr);
    memcpy(br, s->b, n * sizeof *br);
    for (size_t i = 0; i < n; i++) Sr[i * n + i] *= 1 + lambda;
    for (uint32_t v = 0; v < s->views && !bundle->has_fixed_views; v++) {
        double *L = factors + 36 * (size_t)v;
        const double *W = s->W + 6 * (size_t)v * n, *g = s->g + 6 * (size_t)v;
        memcpy(L, s->V + 36 * (size_t)v, 36 * sizeof *L);
        if (!(L[0] > 0)) continue; /* nothing was seen in this view */
        for (int i = 0; i < 6; i++) L[7 * i] *= 1 + lambda;
        if (linalg_cholesky(L, 6) != RESULT_OK) return RESULT_SINGULAR;
        memcpy(column, g, sizeof column);
        linalg_cholesky_solve(L, 6, column);
        for (size_t i = 0; i < n; i++)
            for (int r = 0; r < 6; r++) br[i] -= W[(size_t)r * n + i] * column[r];
        for (size_t j = 0; j < n; j++) {
            double any = 0;
            for (int r = 0; r < 6; r++) any += fabs(column[r] = W[(size_t)r * n + j]);
            if (any == 0) continue;
            linalg_cholesky_solve(L, 6, column);
            for (size_t i = 0; i < n; i++)
                for (int r = 0; r < 6; r++) Sr[i * n + j] -= W[(size_t)r * n + i] * column[r];
        }
    }
    return RESULT_OK;
}

static struct pose moved(const double *x, struct pose T) {
    struct twist xi = {{x[0], x[1], x[2]}, {x[3], x[4], x[5]}};
    return pose_mul(pose_exp(xi), T);
}

static void move_shared(struct bundle *bundle, const double *x) {
    for (uint32_t c = 0; c < bundle->cameras.count; c++) {
        if (bundle->camera_slot[c] != BUNDLE_FIXED) {
            const double *at = x + bundle->camera_slot[c];
            struct twist xi = {{at[0], at[1], at[2]}, {at[3], at[4], at[5]}};
            bundle->T_camera_rig[c] = pose_mul(bundle->T_camera_rig[c], pose_exp(xi));
        }
        if (bundle->intrinsics_slot[c] == BUNDLE_FIXED) continue;
        struct camera_model *m = &bundle->cameras.cameras[c].model;
        double *const values[BUNDLE_INTRINSICS] = {
            &m->fx_px, &m->fy_px, &m->cx_px, &m->cy_px, &m->k1, &m->k2, &m->p1, &m->p2, &m->k3};
        for (int i = 0; i < BUNDLE_INTRINSICS; i++)
            if (bundle->free_intrinsics >> i & 1)
                *values[i] += x[bundle->intrinsics_slot[c] + (uint32_t)i];
    }
    for (uint32_t k = 0; k < bundle->ring.count; k++) {
        if (bundle->tag_slot[k] == BUNDLE_FIXED) continue;
        struct pose *T = &bundle->ring.tags[k].T_ring_tag;
        T->t = vec3_sub(T->t, bundle->pivot_ring);
        *T = moved(x + bundle->tag_slot[k], *T);
        T->t = vec3_add(T->t, bundle->pivot_ring);
    }
}

static void move_views(struct bundle *bundle, const struct bundle_system *s, const double *x,
                       const double *factors) {
    for (uint32_t v = 0; v < s->views && !bundle->has_fixed_views; v++) {
        double y[6];
        const double *W = s->W + 6 * (size_t)v * s->shared;
        if (!(s->V[36 * (size_t)v] > 0)) continue;
        memcpy(y, s->g + 6 * (size_t)v, sizeof y);
        for (int r = 0; r < 6; r++)
            for (uint32_t i = 0; i < s->shared; i++) y[r] -= W[(size_t)r * s->shared + i] * x[i];
        linalg_cholesky_solve(factors + 36 * (size_t)v, 6, y);
        bundle->T_rig_ring[v] = moved(y, bundle->T_rig_ring[v]);
    }
}

/* What a step may have to take back. */
struct backup {
    struct camera_set cameras;
    struct pose T_camera_rig[CAMERA_COUNT_MAX];
    struct tag_ring ring;
    struct pose *T_rig_ring;
};

static void save(const struct bundle *bundle, struct backup *backup) {
    backup->cameras = bundle->cameras;
    backup->ring = bundle->ring;
    memcpy(backup->T_camera_rig, bundle->T_camera_rig, sizeof backup->T_camera_rig);
    memcpy(backup->T_rig_ring, bundle->T_rig_ring, bundle->view_count * sizeof(struct pose));
}

static void restore(struct bundle *bundle, const struct backup *backup) {
    bundle->cameras = backup->cameras;
    bundle->ring = backup->ring;
    memcpy(bundle->T_camera_rig, backup->T_camera_rig, sizeof backup->T_camera_rig);
    memcpy(bundle->T_rig_ring, backup->T_rig_ring, bundle->view_count * sizeof(struct pose));
}

struct solver {
    struct bundle_system s;
    struct backup backup;
    double *Sr, *br, *factors, *residuals;
};

static bool open_solver(const struct bundle *bundle, struct solver *solver) {
    size_t n = bundle->shared_count, views = bundle->view_count;
    struct bundle_system *s = &solver->s;
    *solver = (struct solver){.s = {.shared = bundle->shared_count, .views = bundle->view_count}};
    s->S = calloc(n * n + 1, sizeof(double));
    s->b = calloc(n + 1, sizeof(double));
    s->V = calloc(36 * views + 1, sizeof(double));
    s->g = calloc(6 * views + 1, sizeof(double));
    s->W = calloc(6 * views * n + 1, sizeof(double));
    solver->Sr = calloc(n * n + 1, sizeof(double));
    solver->br = calloc(n + 1, sizeof(double));
    solver->factors = calloc(36 * views + 1, sizeof(double));
    solver->residuals = calloc(bundle->row_count + 1, sizeof(double));
    solver->backup.T_rig_ring = calloc(views + 1, sizeof(struct pose));
    return s->S && s->b && s->V && s->g && s->W && solver->Sr && solver->br && solver->factors &&
           solver->residuals && solver->backup.T_rig_ring;
}

static void close_solver(struct solver *solver) {
    free(solver->s.S);
    free(solver->s.b);
    free(solver->s.V);
    free(solver->s.g);
    free(solver->s.W);
    free(solver->Sr);
    free(solver->br);
    free(solver->factors);
    free(solver->residuals);
    free(solver->backup.T_rig_ring);
}

/* One accepted step; false: none lowers the cost any more. */
static bool take_step(struct bundle *bundle, struct solver *solver, double *lambda, double *gain) {
    struct bundle_system *s = &solver->s;
    double before = s->cost;
    save(bundle, &solver->backup);
    for (; *lambda < LAMBDA_MAX; *lambda *= 10) {
        if (reduce(bundle, s, *lambda, solver->Sr, solver->br, solver->factors) != RESULT_OK)
            continue;
        if (linalg_cholesky(solver->Sr, (int)s->shared) != RESULT_OK) continue;
        linalg_cholesky_solve(solver->Sr, (int)s->shared, solver->br);
        move_shared(bundle, solver->br);
        move_views(bundle, s, solver->br, solver->factors);
        struct bundle_system trial = *s;
        bundle_system_build(bundle, &trial, solver->residuals, false);
        if (trial.cost <= before) {
            *gain = (before - trial.cost) / (before > 0 ? before : 1);
            *lambda = fmax(*lambda / 10, 1e-12);
            bundle_system_build(bundle, s, solver->residuals, true);
            return true;
        }
        restore(bundle, &solver->backup);
    }
    return false;
}

/* How far a view's pose is off at the pivot, rms over the views, by the shared unknowns'
 * covariance: the pose that a view gives moves by V^-1 W times their error. */
static double pose_error(const struct bundle *bundle, const struct solver *solver,
                         const double *covariance) {
    const struct bundle_system *s = &solver->s;
    double sum = 0, column[6], *effect[3];
    uint32_t views = 0;
    for (int r = 0; r < 3; r++) effect[r] = solver->Sr + (size_t)r * s->shared;
    if (s->shared < 3 || bundle->has_fixed_views) return 0;
    for (uint32_t v = 0; v < s->views; v++) {
        if (!(s->V[36 * (size_t)v] > 0)) continue;
        struct vec3 p = pose_apply(bundle->T_rig_ring[v], bundle->pivot_ring);
        for (uint32_t i = 0; i < s->shared; i++) {
            for (int r = 0; r < 6; r++)
                column[r] = s->W[(6 * (size_t)v + (size_t)r) * s->shared + i];
            linalg_cholesky_solve(solver->factors + 36 * (size_t)v, 6, column);
            struct twist xi = {{column[0], column[1], column[2]},
                               {column[3], column[4], column[5]}};
            struct vec3 d = twist_at(xi, p);
            effect[0][i] = d.x;
            effect[1][i] = d.y;
            effect[2][i] = d.z;
        }
        for (int r = 0; r < 3; r++)
            for (uint32_t i = 0; i < s->shared; i++)
                for (uint32_t j = 0; j < s->shared; j++)
                    sum += effect[r][i] * covariance[(size_t)i * s->shared + j] * effect[r][j];
        views++;
    }
    return views > 0 ? sqrt(sum / views) : 0;
}

/* Inverse of the reduced system, column by column. */
static enum result covariance_of(const struct bundle *bundle, struct solver *solver,
                                 struct bundle_outcome *outcome) {
    const struct bundle_system *s = &solver->s;
    size_t n = s->shared;
    if (reduce(bundle, s, 0, solver->Sr, solver->br, solver->factors) != RESULT_OK ||
        linalg_cholesky(solver->Sr, (int)n) != RESULT_OK) {
        return RESULT_SINGULAR;
    }
    outcome->covariance = calloc(n * n + 1, sizeof(double));
    if (outcome->covariance == NULL) return RESULT_NO_MEMORY;
    double mean_weight = s->weight / (double)s->rows;
    double variance = fmax(s->squares / s->weight, SIGMA_FLOOR_PX * SIGMA_FLOOR_PX);
    outcome->sigma2 = variance * mean_weight * ROWS_PER_INDEPENDENT;
    for (size_t j = 0; j < n; j++) {
        memset(solver->br, 0, n * sizeof *solver->br);
        solver->br[j] = outcome->sigma2;
        linalg_cholesky_solve(solver->Sr, (int)n, solver->br);
        memcpy(outcome->covariance + j * n, solver->br, n * sizeof *solver->br);
    }
    outcome->pose_error_mm = pose_error(bundle, solver, outcome->covariance);
    return RESULT_OK;
}

enum result bundle_solve(struct bundle *bundle, struct bundle_outcome *ret_outcome,
                         struct error *err) {
    struct solver solver;
    struct bundle_outcome outcome = {.shared_count = bundle->shared_count};
    double lambda = LAMBDA_FIRST, gain = 1;
    enum result result = open_solver(bundle, &solver)
                             ? RESULT_OK
                             : error_set(err, RESULT_NO_MEMORY, "no memory for the adjustment");
    if (result == RESULT_OK) {
        bundle_system_build(bundle, &solver.s, solver.residuals, true);
        while (outcome.steps < STEPS_MAX && gain > SETTLED_COST &&
               take_step(bundle, &solver, &lambda, &gain))
            outcome.steps++;
        result = solver.s.rows > 0 && isfinite(solver.s.cost)
                     ? covariance_of(bundle, &solver, &outcome)
                     : RESULT_SINGULAR;
        if (result != RESULT_OK)
            error_set(err, result, "these views do not determine what is to be calibrated");
    }
    if (result == RESULT_OK) {
        for (uint32_t c = 0; c < bundle->cameras.count; c++)
            bundle->cameras.cameras[c].T_rig_camera = pose_inverse(bundle->T_camera_rig[c]);
        outcome.rms_px = sqrt(solver.s.squares / solver.s.weight);
        outcome.rows = solver.s.rows;
        *ret_outcome = outcome;
    }
    close_solver(&solver);
    return result;
}
