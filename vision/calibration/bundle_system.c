#include "vision/calibration/bundle_system.h"

#include <string.h>

#define LOCAL_MAX (6 + BUNDLE_INTRINSICS + 6 + 6)
#define HUBER_PX 0.25
#define PINNED 1e15 /* information of a parameter that is not adjusted */
/* Priors are in mm and rad, rows in px: the variance of independent rows ties them. */
#define PRIOR_SCALE (3 * 0.02 * 0.02)

/* The unknowns that one look touches: the view first, then up to three slots. */
struct local {
    uint32_t view, count, slot[3], size[3], slots;
    double A[LOCAL_MAX * LOCAL_MAX], b[LOCAL_MAX], sum[LOCAL_MAX];
    double sum_residual, weight;
};

static void add_slot(struct local *local, uint32_t slot, uint32_t size) {
    if (slot == BUNDLE_FIXED) return;
    local->slot[local->slots] = slot;
    local->size[local->slots++] = size;
    local->count += size;
}

static void open_local(const struct bundle *bundle, const struct bundle_look *look,
                       struct local *local) {
    *local = (struct local){.view = look->view, .count = 6};
    add_slot(local, bundle->intrinsics_slot[look->camera], BUNDLE_INTRINSICS);
    add_slot(local, bundle->camera_slot[look->camera], 6);
    add_slot(local, bundle->tag_slot[look->tag], 6);
}

static void put_twist(double *out, struct vec3 g, struct vec3 arm) {
    struct vec3 m = vec3_cross(arm, g);
    double row[6] = {g.x, g.y, g.z, m.x, m.y, m.z};
    memcpy(out, row, sizeof row);
}

/* Residual of a row and its derivative by the look's unknowns; false: not visible any more. */
static bool differentiate(const struct bundle *bundle, const struct bundle_look *look,
                          const struct bundle_row *row, double *ret_residual,
                          double ret_g[LOCAL_MAX]) {
    const struct camera_model *model = &bundle->cameras.cameras[look->camera].model;
    struct pose T_camera_rig = bundle->T_camera_rig[look->camera];
    struct pose T_rig_ring = bundle->T_rig_ring[look->view];
    struct vec3 p_ring = pose_apply(bundle->ring.tags[look->tag].T_ring_tag, row->p_tag);
    struct vec3 p_rig = pose_apply(T_rig_ring, p_ring), p = pose_apply(T_camera_rig, p_rig);
    struct pixel at;
    struct pixel_jacobian J;
    if (!camera_project_jacobian(model, p, &at, &J)) return false;
    *ret_residual = (row->u - at.u) * row->nu + (row->v - at.v) * row->nv;
    struct vec3 g = vec3_add(vec3_scale(J.du, row->nu), vec3_scale(J.dv, row->nv));
    struct vec3 g_rig = mat3_apply(mat3_transpose(T_camera_rig.R), g);
    uint32_t n = 6;
    put_twist(ret_g, g_rig, p_rig);
    if (bundle->intrinsics_slot[look->camera] != BUNDLE_FIXED) {
        double du[BUNDLE_INTRINSICS], dv[BUNDLE_INTRINSICS];
        bundle_intrinsic_jacobian(model, p, du, dv);
        for (int i = 0; i < BUNDLE_INTRINSICS; i++)
            ret_g[n++] = (bundle->free_intrinsics >> i & 1) ? row->nu * du[i] + row->nv * dv[i] : 0;
    }
    if (bundle->camera_slot[look->camera] != BUNDLE_FIXED) {
        put_twist(ret_g + n, g_rig, p_rig);
        n += 6;
    }
    if (bundle->tag_slot[look->tag] != BUNDLE_FIXED)
        put_twist(ret_g + n, mat3_apply(mat3_transpose(T_rig_ring.R), g_rig),
                  vec3_sub(p_ring, bundle->pivot_ring));
    return true;
}

static void add_to_local(struct local *local, const double *g, double weight, double residual) {
    for (uint32_t i = 0; i < local->count; i++) {
        double wg = weight * g[i];
        local->b[i] += wg * residual;
        local->sum[i] += wg;
        for (uint32_t j = 0; j <= i; j++) local->A[i * LOCAL_MAX + j] += wg * g[j];
    }
    local->sum_residual += weight * residual;
    local->weight += weight;
}

/* Take the bleed out (Schur complement of one unknown whose derivative is 1). */
static void centre(struct local *local) {
    if (!(local->weight > 0)) return;
    for (uint32_t i = 0; i < local->count; i++) {
        double share = local->sum[i] / local->weight;
        local->b[i] -= share * local->sum_residual;
        for (uint32_t j = 0; j <= i; j++) local->A[i * LOCAL_MAX + j] -= share * local->sum[j];
    }
}

/* Add a look's block to the whole. */
static void scatter(struct bundle_system *s, const struct local *local) {
    uint32_t index[LOCAL_MAX], n = 6;
    double *V = s->V + 36 * (size_t)local->view, *g = s->g + 6 * (size_t)local->view;
    double *W = s->W + 6 * (size_t)local->view * s->shared;
    for (uint32_t k = 0; k < local->slots; k++)
        for (uint32_t i = 0; i < local->size[k]; i++) index[n++] = local->slot[k] + i;
    for (uint32_t i = 0; i < local->count; i++) {
        if (i < 6)
            g[i] += local->b[i];
        else
            s->b[index[i]] += local->b[i];
        for (uint32_t j = 0; j <= i; j++) {
            double a = local->A[i * LOCAL_MAX + j];
            if (i < 6) {
                V[6 * i + j] += a;
                if (i != j) V[6 * j + i] += a;
            } else if (j < 6) {
                W[(size_t)j * s->shared + index[i]] += a;
            } else {
                s->S[(size_t)index[i] * s->shared + index[j]] += a;
                if (i != j) s->S[(size_t)index[j] * s->shared + index[i]] += a;
            }
        }
    }
}

static double huber_weight(double residual) {
    double size = fabs(residual);
    return size > HUBER_PX ? HUBER_PX / size : 1;
}

static double huber_cost(double residual) {
    double size = fabs(residual);
    return size > HUBER_PX ? HUBER_PX * (2 * size - HUBER_PX) : size * size;
}

/* Mean residual of a look: its bleed. */
static double mean_of(const double *residuals, const struct bundle_row *rows, uint32_t count) {
    double sum = 0, weight = 0;
    for (uint32_t i = 0; i < count; i++) {
        double w = rows[i].weight * huber_weight(residuals[i]);
        sum += w * residuals[i];
        weight += w;
    }
    return weight > 0 ? sum / weight : 0;
}

static void tell_look(struct bundle_look *look, const struct bundle_row *rows,
                      const double *residuals, double bleed) {
    double uu = 1e-9, uv = 0, vv = 1e-9, u = 0, v = 0, squares = 0, weight = 0;
    for (uint32_t i = 0; i < look->row_count; i++) {
        double e = residuals[i] - bleed, w = rows[i].weight;
        uu += w * rows[i].nu * rows[i].nu;
        uv += w * rows[i].nu * rows[i].nv;
        vv += w * rows[i].nv * rows[i].nv;
        u += w * rows[i].nu * e;
        v += w * rows[i].nv * e;
        squares += w * e * e;
        weight += w;
    }
    double det = uu * vv - uv * uv;
    look->shift_u_px = (vv * u - uv * v) / det;
    look->shift_v_px = (uu * v - uv * u) / det;
    look->rms_px = weight > 0 ? sqrt(squares / weight) : 0;
}

static void add_look(struct bundle *bundle, struct bundle_look *look, struct bundle_system *s,
                     double *residuals, bool has_system) {
    struct local local;
    double g[LOCAL_MAX] = {0};
    const struct bundle_row *rows = bundle->rows + look->first_row;
    open_local(bundle, look, &local);
    for (uint32_t i = 0; i < look->row_count; i++)
        if (!differentiate(bundle, look, &rows[i], &residuals[i], g)) residuals[i] = INFINITY;
    double bleed = look->has_bleed ? mean_of(residuals, rows, look->row_count) : 0;
    for (uint32_t i = 0; i < look->row_count; i++) {
        double residual = residuals[i] - bleed, weight = rows[i].weight;
        s->cost += weight * huber_cost(residual);
        weight *= huber_weight(residual);
        s->weight += weight;
        s->squares += weight * residual * residual;
        s->rows++;
        if (!has_system) continue;
        double unused;
        if (differentiate(bundle, look, &rows[i], &unused, g))
            add_to_local(&local, g, weight, residual);
    }
    tell_look(look, rows, residuals, bleed);
    if (!has_system) return;
    if (look->has_bleed) centre(&local);
    scatter(s, &local);
}

/* A view that the rig knows: its twist from there is small. */
static void add_prior(const struct bundle *bundle, uint32_t view, struct bundle_system *s,
                      double scale) {
    const struct bundle_prior *prior = &bundle->priors[view];
    if (!(prior->sigma_mm > 0)) return;
    struct pose T = pose_mul(bundle->T_rig_ring[view], pose_inverse(prior->T_rig_ring));
    /* About the view's own place: a turn there does not move it. */
    struct vec3 at = bundle->T_rig_ring[view].t;
    struct vec3 w = mat3_log(T.R), d = vec3_sub(at, prior->T_rig_ring.t);
    double residual[6] = {d.x, d.y, d.z, w.x, w.y, w.z};
    double rows[6][6] = {{1, 0, 0, 0, at.z, -at.y}, {0, 1, 0, -at.z, 0, at.x},
                         {0, 0, 1, at.y, -at.x, 0}, {0, 0, 0, 1, 0, 0},
                         {0, 0, 0, 0, 1, 0},        {0, 0, 0, 0, 0, 1}};
    double *V = s->V + 36 * (size_t)view, *g = s->g + 6 * (size_t)view;
    for (int r = 0; r < 6; r++) {
        double sigma = r < 3 ? prior->sigma_mm : prior->sigma_rad;
        double weight = scale / (sigma * sigma);
        s->cost += weight * residual[r] * residual[r];
        for (int i = 0; i < 6; i++) {
            g[i] -= weight * rows[r][i] * residual[r];
            for (int j = 0; j < 6; j++) V[6 * i + j] += weight * rows[r][i] * rows[r][j];
        }
    }
}

void bundle_system_build(struct bundle *bundle, struct bundle_system *s, double *residuals,
                         bool has_system) {
    size_t n = s->shared;
    if (has_system) {
        memset(s->S, 0, n * n * sizeof *s->S);
        memset(s->b, 0, n * sizeof *s->b);
        memset(s->V, 0, 36 * (size_t)s->views * sizeof *s->V);
        memset(s->g, 0, 6 * (size_t)s->views * sizeof *s->g);
        memset(s->W, 0, 6 * (size_t)s->views * n * sizeof *s->W);
    }
    s->cost = s->weight = s->squares = 0;
    s->rows = 0;
    for (size_t i = 0; i < bundle->look_count; i++)
        add_look(bundle, &bundle->looks[i], s, residuals, has_system);
    for (uint32_t v = 0; v < s->views; v++) add_prior(bundle, v, s, PRIOR_SCALE);
    if (!has_system) return;
    for (uint32_t c = 0; c < CAMERA_COUNT_MAX; c++)
        for (uint32_t i = 0; i < BUNDLE_INTRINSICS && bundle->intrinsics_slot[c] != BUNDLE_FIXED;
             i++)
            if (!(bundle->free_intrinsics >> i & 1)) {
                size_t at = bundle->intrinsics_slot[c] + i;
                s->S[at * n + at] += PINNED;
            }
    if (bundle->has_tag_gauge) {
        double stiffness = 0;
        for (size_t i = 0; i < n; i++) stiffness += s->S[i * n + i] / (double)n;
        for (uint32_t k = 0; k < bundle->ring.count; k++)
            for (uint32_t m = 0; m < bundle->ring.count; m++)
                for (uint32_t i = 0; i < 6; i++)
                    if (bundle->tag_slot[k] != BUNDLE_FIXED && bundle->tag_slot[m] != BUNDLE_FIXED)
                        s->S[(bundle->tag_slot[k] + i) * n + bundle->tag_slot[m] + i] += stiffness;
    }
}
