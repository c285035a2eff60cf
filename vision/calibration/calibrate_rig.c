#include <stdlib.h>
#include <string.h>

#include "base/linalg.h"
#include "vision/calibration/adjust.h"

#define POSES_MIN 6
#define TAGS_MIN 1
#define BORDER_FACING_MIN 0.35
#define TURN_MIN_DEG 8.0 /* of the rig's turns, rms about their second axis */

/* Rotation and translation X of A_i X = X B_i for relative motions A_i (rig side) and B_i (camera
 * side): Park and Martin 1994, "Robot sensor calibration: solving AX = XB on the Euclidean group".
 * R = (M^T M)^-1/2 M^T with M = sum beta alpha^T of the motions' rotation vectors, which is the
 * rotation that fits them; t by least squares. */
struct motions {
    struct mat3 M;     /* sum of beta alpha^T */
    struct mat3 turns; /* sum of alpha alpha^T: how the axes spread */
    uint32_t count;
};

static struct pose relative(struct pose T_0, struct pose T_i) {
    return pose_mul(pose_inverse(T_0), T_i);
}

static void add_motion(struct motions *m, struct vec3 alpha, struct vec3 beta) {
    const double a[3] = {alpha.x, alpha.y, alpha.z}, b[3] = {beta.x, beta.y, beta.z};
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++) {
            m->M.m[i][j] += b[i] * a[j];
            m->turns.m[i][j] += a[i] * a[j];
        }
    m->count++;
}

static enum result judge_turns(const struct motions *m, struct error *err) {
    struct mat3 vectors, turns = m->turns;
    double values[3];
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++) turns.m[i][j] /= m->count;
    linalg_eigen_sym3(turns, values, &vectors);
    double second_deg = sqrt(fmax(values[1], 0)) * DEG_PER_RAD;
    if (second_deg >= TURN_MIN_DEG) return RESULT_OK;
    return error_set(err, RESULT_REFUSED,
                     "degenerate motion: the tool turned by %.1f deg rms about a second axis, at "
                     "least %.0f: tilt it about both axes",
                     second_deg, TURN_MIN_DEG);
}

/* t of (R_A - I) t = R_X t_B - t_A over all motions. */
static enum result translation_of(const struct pose *A, const struct pose *B, uint32_t count,
                                  struct mat3 R_X, struct vec3 *ret_t) {
    double N[9] = {0}, b[3] = {0};
    for (uint32_t i = 0; i < count; i++) {
        struct vec3 d = vec3_sub(mat3_apply(R_X, B[i].t), A[i].t);
        double rhs[3] = {d.x, d.y, d.z}, rows[3][3];
        for (int r = 0; r < 3; r++)
            for (int k = 0; k < 3; k++) rows[r][k] = A[i].R.m[r][k] - (r == k);
        for (int r = 0; r < 3; r++)
            for (int k = 0; k < 3; k++) {
                b[k] += rows[r][k] * rhs[r];
                for (int l = 0; l < 3; l++) N[3 * k + l] += rows[r][k] * rows[r][l];
            }
    }
    if (linalg_cholesky(N, 3) != RESULT_OK) return RESULT_SINGULAR;
    linalg_cholesky_solve(N, 3, b);
    *ret_t = vec3_make(b[0], b[1], b[2]);
    return RESULT_OK;
}

/* T_tool_board from the rig's poses and the board's poses in the cameras' common frame. */
static enum result hand_eye(const struct pose *T_rig_tool, const struct pose *T_cameras_board,
                            uint32_t count, struct pose *ret_T_tool_board, struct error *err) {
    struct motions m = {0};
    struct pose *A = calloc(count + 1, sizeof *A), *B = calloc(count + 1, sizeof *B);
    uint32_t n = 0, first = UINT32_MAX;
    enum result result = A && B ? RESULT_OK : error_set(err, RESULT_NO_MEMORY, "no memory");
    for (uint32_t i = 0; i < count && result == RESULT_OK; i++) {
        if (!pose_is_finite(T_cameras_board[i])) continue;
        if (first == UINT32_MAX) {
            first = i;
            continue;
        }
        /* T_tool0_tooli X = X T_board0_boardi, X = T_tool_board. */
        A[n] = relative(T_rig_tool[first], T_rig_tool[i]);
        B[n] = relative(T_cameras_board[first], T_cameras_board[i]);
        add_motion(&m, mat3_log(A[n].R), mat3_log(B[n].R));
        n++;
    }
    if (result == RESULT_OK && n + 1 < POSES_MIN)
        result = error_set(err, RESULT_REFUSED,
                           "the board was found at %u poses of the rig, at least %d are needed",
                           n + (first != UINT32_MAX), POSES_MIN);
    if (result == RESULT_OK) result = judge_turns(&m, err);
    if (result == RESULT_OK) {
        result = linalg_fit_rotation(m.M, &ret_T_tool_board->R);
        if (result == RESULT_OK)
            result = translation_of(A, B, n, ret_T_tool_board->R, &ret_T_tool_board->t);
        if (result != RESULT_OK)
            error_set(err, result, "degenerate motion: tilt the tool about both axes");
    }
    free(A);
    free(B);
    return result;
}

/* The bundle in the rig's frame: the board's tags in the tool's, the views where the rig says. */
static void place_in_rig(struct bundle *bundle, const struct rig_poses *poses,
                         struct pose T_tool_board, const struct tag_ring *board) {
    uint32_t first = 0;
    while (!pose_is_finite(bundle->T_rig_ring[first])) first++;
    /* Cameras' common frame to rig, by the first pose. */
    struct pose T_rig_common = pose_mul(pose_mul(poses->T_rig_tool[first], T_tool_board),
                                        pose_inverse(bundle->T_rig_ring[first]));
    for (uint32_t c = 0; c < bundle->cameras.count; c++)
        bundle->T_camera_rig[c] = pose_mul(bundle->T_camera_rig[c], pose_inverse(T_rig_common));
    for (uint32_t v = 0; v < bundle->view_count; v++) {
        if (!pose_is_finite(bundle->T_rig_ring[v])) continue;
        bundle->T_rig_ring[v] = poses->T_rig_tool[v];
        bundle->priors[v] =
            (struct bundle_prior){poses->T_rig_tool[v], poses->sigma_mm, poses->sigma_rad};
    }
    struct vec3 sum = {0, 0, 0};
    for (uint32_t k = 0; k < board->count; k++) {
        bundle->ring.tags[k].T_ring_tag = pose_mul(T_tool_board, board->tags[k].T_ring_tag);
        bundle->tag_slot[k] = 6;
        sum = vec3_add(sum, bundle->ring.tags[k].T_ring_tag.t);
    }
    bundle->pivot_ring = vec3_scale(sum, 1.0 / board->count);
    for (uint32_t c = 0; c < bundle->cameras.count; c++) bundle->camera_slot[c] = 0;
    bundle->shared_count = 12;
}

/* Rms of what the images say against what the rig reported, at the board. */
static double rig_residual_um(const struct bundle *bundle) {
    double sum = 0;
    uint32_t count = 0;
    for (uint32_t v = 0; v < bundle->view_count; v++) {
        if (!(bundle->priors[v].sigma_mm > 0)) continue;
        struct vec3 p = bundle->pivot_ring;
        sum += vec3_norm2(vec3_sub(pose_apply(bundle->T_rig_ring[v], p),
                                   pose_apply(bundle->priors[v].T_rig_ring, p)));
        count++;
    }
    return count > 0 ? 1e3 * sqrt(sum / count) : 0;
}

static enum result adjust(const struct views *views, struct image_calibration *c,
                          const struct tag_ring *board, const struct rig_poses *poses,
                          struct error *err) {
    static const struct adjust_limits limits = {"rig's calibration", POSES_MIN, TAGS_MIN,
                                                BORDER_FACING_MIN};
    struct views_tags tags = {0};
    struct pose T_tool_board;
    enum result result = views_find_tags(views, board, &tags, err);
    if (result != RESULT_OK) return result;
    (void)adjust_first_poses(&tags, &c->bundle, TAGS_MIN);
    views_tags_release(&tags);
    result = hand_eye(poses->T_rig_tool, c->bundle.T_rig_ring, views->count, &T_tool_board, err);
    if (result != RESULT_OK) return result;
    /* First by the images alone, for exact poses of the board; then against the rig's. */
    result = adjust_by_borders(views, &limits, c, err);
    if (result == RESULT_OK)
        result =
            hand_eye(poses->T_rig_tool, c->bundle.T_rig_ring, views->count, &T_tool_board, err);
    if (result != RESULT_OK) return result;
    place_in_rig(&c->bundle, poses, T_tool_board, board);
    result = adjust_by_borders(views, &limits, c, err);
    if (result != RESULT_OK) return result;
    struct vec3 at = {0, 0, 0}; /* where the work is: the middle of the board's places */
    uint32_t count = 0;
    for (uint32_t v = 0; v < views->count; v++) {
        if (!(c->bundle.priors[v].sigma_mm > 0)) continue;
        at = vec3_add(at, pose_apply(c->bundle.T_rig_ring[v], c->bundle.pivot_ring));
        count++;
    }
    c->error_um = 1e3 * bundle_twist_error(&c->outcome, 0, vec3_scale(at, 1.0 / count));
    c->residual_um = rig_residual_um(&c->bundle);
    return RESULT_OK;
}

enum result calibrate_rig(const struct views *views, const struct camera_set *cameras,
                          const struct tag_ring *board, const struct rig_poses *poses,
                          struct image_calibration *ret_calibration, struct error *err) {
    struct image_calibration c = {0};
    struct tag_ring own = *board;
    if (views->camera_count > cameras->count)
        return error_set(err, RESULT_FORMAT, "images of %u cameras, but the file has %u",
                         views->camera_count, cameras->count);
    own.T_head_ring = pose_identity();
    enum result result = bundle_init(&c.bundle, cameras, &own, views->count, err);
    if (result != RESULT_OK) return result;
    result = adjust(views, &c, &own, poses, err);
    if (result == RESULT_OK)
        *ret_calibration = c;
    else
        image_calibration_release(&c);
    return result;
}
