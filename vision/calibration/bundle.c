#include "vision/calibration/bundle.h"

#include <stdlib.h>
#include <string.h>

enum result bundle_init(struct bundle *bundle, const struct camera_set *cameras,
                        const struct tag_ring *ring, uint32_t view_count, struct error *err) {
    *bundle = (struct bundle){.cameras = *cameras, .ring = *ring, .view_count = view_count};
    if (view_count > BUNDLE_VIEWS_MAX)
        return error_set(err, RESULT_LIMIT, "%u views, at most %d", view_count, BUNDLE_VIEWS_MAX);
    for (uint32_t c = 0; c < CAMERA_COUNT_MAX; c++) {
        bundle->T_camera_rig[c] =
            c < cameras->count ? pose_inverse(cameras->cameras[c].T_rig_camera) : pose_identity();
        bundle->intrinsics_slot[c] = bundle->camera_slot[c] = BUNDLE_FIXED;
    }
    for (uint32_t k = 0; k < RING_TAGS_MAX; k++) bundle->tag_slot[k] = BUNDLE_FIXED;
    bundle->T_rig_ring = calloc(view_count + 1, sizeof *bundle->T_rig_ring);
    bundle->priors = calloc(view_count + 1, sizeof *bundle->priors);
    if (bundle->T_rig_ring != NULL && bundle->priors != NULL) return RESULT_OK;
    bundle_finish(bundle);
    return error_set(err, RESULT_NO_MEMORY, "no memory for %u views", view_count);
}

void bundle_finish(struct bundle *bundle) {
    free(bundle->T_rig_ring);
    free(bundle->priors);
    free(bundle->looks);
    free(bundle->rows);
    *bundle = (struct bundle){0};
}

void bundle_clear_looks(struct bundle *bundle) {
    bundle->look_count = bundle->row_count = 0;
}

/* Room for one more item. */
static bool grow(void **items, size_t size, size_t count, size_t *capacity) {
    if (count < *capacity) return true;
    size_t wanted = *capacity ? *capacity * 2 : 256;
    void *grown = realloc(*items, wanted * size);
    if (grown == NULL) return false;
    *items = grown;
    *capacity = wanted;
    return true;
}

enum result bundle_add_look(struct bundle *bundle, const struct bundle_look *look) {
    void *items = bundle->looks;
    if (!grow(&items, sizeof *look, bundle->look_count, &bundle->look_capacity))
        return RESULT_NO_MEMORY;
    bundle->looks = items;
    bundle->looks[bundle->look_count] = *look;
    bundle->looks[bundle->look_count].first_row = (uint32_t)bundle->row_count;
    bundle->looks[bundle->look_count++].row_count = 0;
    return RESULT_OK;
}

enum result bundle_add_row(struct bundle *bundle, const struct bundle_row *row) {
    void *items = bundle->rows;
    if (bundle->row_count >= BUNDLE_ROWS_MAX) return RESULT_LIMIT;
    if (!grow(&items, sizeof *row, bundle->row_count, &bundle->row_capacity))
        return RESULT_NO_MEMORY;
    bundle->rows = items;
    bundle->rows[bundle->row_count++] = *row;
    bundle->looks[bundle->look_count - 1].row_count++;
    return RESULT_OK;
}

enum result bundle_add_corner(struct bundle *bundle, struct vec3 p_tag, struct pixel corner) {
    struct bundle_row row = {p_tag, corner.u, corner.v, 1, 0, 1};
    enum result result = bundle_add_row(bundle, &row);
    row.nu = 0;
    row.nv = 1;
    return result == RESULT_OK ? bundle_add_row(bundle, &row) : result;
}

void bundle_drop_look(struct bundle *bundle) {
    bundle->row_count = bundle->looks[--bundle->look_count].first_row;
}

struct pose bundle_T_camera_tag(const struct bundle *bundle, const struct bundle_look *look) {
    struct pose T_rig_tag =
        pose_mul(bundle->T_rig_ring[look->view], bundle->ring.tags[look->tag].T_ring_tag);
    return pose_mul(bundle->T_camera_rig[look->camera], T_rig_tag);
}

void bundle_intrinsic_jacobian(const struct camera_model *m, struct vec3 p,
                               double du[BUNDLE_INTRINSICS], double dv[BUNDLE_INTRINSICS]) {
    double x = p.x / p.z, y = p.y / p.z, r2 = x * x + y * y;
    double top = 1 + r2 * (m->k1 + r2 * (m->k2 + r2 * m->k3));
    double bottom = 1 + r2 * (m->k4 + r2 * (m->k5 + r2 * m->k6)), g = top / bottom;
    double radial = r2 / bottom;
    memset(du, 0, BUNDLE_INTRINSICS * sizeof *du);
    memset(dv, 0, BUNDLE_INTRINSICS * sizeof *dv);
    du[INTRINSIC_FX] = x * g + 2 * m->p1 * x * y + m->p2 * (r2 + 2 * x * x);
    dv[INTRINSIC_FY] = y * g + m->p1 * (r2 + 2 * y * y) + 2 * m->p2 * x * y;
    du[INTRINSIC_CX] = dv[INTRINSIC_CY] = 1;
    static const int powers[] = {INTRINSIC_K1, INTRINSIC_K2, INTRINSIC_K3};
    for (int i = 0; i < 3; i++, radial *= r2) {
        du[powers[i]] = m->fx_px * x * radial;
        dv[powers[i]] = m->fy_px * y * radial;
    }
    du[INTRINSIC_P1] = m->fx_px * 2 * x * y;
    dv[INTRINSIC_P1] = m->fy_px * (r2 + 2 * y * y);
    du[INTRINSIC_P2] = m->fx_px * (r2 + 2 * x * x);
    dv[INTRINSIC_P2] = m->fy_px * 2 * x * y;
}

double bundle_twist_error(const struct bundle_outcome *outcome, uint32_t slot, struct vec3 p) {
    const double rows[3][6] = {
        {1, 0, 0, 0, p.z, -p.y}, {0, 1, 0, -p.z, 0, p.x}, {0, 0, 1, p.y, -p.x, 0}};
    double trace = 0;
    for (int r = 0; r < 3; r++)
        for (uint32_t i = 0; i < 6; i++)
            for (uint32_t j = 0; j < 6; j++)
                trace += rows[r][i] * rows[r][j] *
                         outcome->covariance[(slot + i) * outcome->shared_count + slot + j];
    return sqrt(trace);
}

void bundle_outcome_release(struct bundle_outcome *outcome) {
    free(outcome->covariance);
    *outcome = (struct bundle_outcome){0};
}
