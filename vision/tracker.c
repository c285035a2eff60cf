#include "vision/tracker.h"

#include <stdlib.h>
#include <string.h>

#include "base/linalg.h"
#include "vision/edge_measure.h"
#include "vision/edge_model.h"

#define NEAR_MM 0.05         /* a coarse step below this is the last coarse one */
#define THIN_SETTLED_MM 2e-3 /* a thin step below this is the last thin one */
#define SETTLED_MM 2e-3 /* with all points: what is left after such a step is a twentieth of it */
#define HUBER_FIRST_PX 1.0
#define HUBER_PX 0.25
#define REACH_SHARE 0.48      /* of a cell: the next border must stay out of the window */
#define FINE_REACH_PX_MIN 2.5 /* once settled, samples beyond the blur only add noise */
#define FINE_REACH_BLURS 2.2
#define COARSE_STEPS_MAX 2
#define THIN_STEPS_MAX 8
#define SETTLED_LEAVES 0.1
#define RESTLESS_MM 0.005 /* a last step up to this is told in the covariance instead of refused \
                           */
#define SATURATED_WEIGHT 1e-3 /* saturated edges only help where there is nothing else */
#define SIGMA_FLOOR_PX 0.02   /* what calibration and printing leave even without noise */
#define EDGES_MIN 12          /* for seven unknowns */
#define BLEED_MAX_PX 2.0
#define ANSWER_MIN 0.3

struct edge_row {
    double g[6]; /* derivative of the place along the normal by the left twist */
    double offset_px, weight, spread_px;
    bool is_linear;
};

/* What one tag gives in one camera. Each view has an unknown of its own, the bleed: how far its
 * borders lie towards their dark side, because light blooms, or (negative) ink has spread. It is
 * nearly orthogonal to the pose, since borders of both kinds face all ways, so it is taken out by
 * centring the view's rows (its Schur complement). */
struct tag_view {
    double mean_g[6], mean_offset_px;
    uint32_t first_row, row_count, expected;
    double rms_px;
    bool is_used;
};

struct tracker {
    struct camera_set cameras;
    struct pose T_camera_rig[CAMERA_COUNT_MAX];
    struct tracker_settings settings;
    struct edge_model model;
    uint32_t row_count;
    struct edge_row rows[CAMERA_COUNT_MAX * RING_TAGS_MAX * EDGE_POINTS_PER_TAG_MAX / 4];
    struct tag_view views[CAMERA_COUNT_MAX][RING_TAGS_MAX];
    double bleed_px[CAMERA_COUNT_MAX][RING_TAGS_MAX];
};
#define ROWS_MAX (CAMERA_COUNT_MAX * RING_TAGS_MAX * EDGE_POINTS_PER_TAG_MAX / 4)

struct tracker_settings tracker_settings_default(void) {
    return (struct tracker_settings){.facing_cosine_min = 0.35,
                                     .cell_px_min = 3.5,
                                     .contrast_min = 12,
                                     .offset_max_px = 1.5,
                                     .tag_rms_max_px = 0.35,
                                     .tag_share_min = 0.8,
                                     .tags_min = 3,
                                     .points_per_border = 4,
                                     .iterations_max = 12};
}

const char *track_reason_name(enum track_reason reason) {
    static const char *const names[] = {"ok",        "no image",      "too few tags",
                                        "saturated", "not converged", "bad fit"};
    _Static_assert(sizeof names / sizeof names[0] == TRACK_REASON_COUNT, "a name for each reason");
    return (unsigned)reason < TRACK_REASON_COUNT ? names[reason] : "unknown";
}

enum result tracker_create(const struct camera_set *cameras, const struct tag_ring *ring,
                           const struct tracker_settings *settings, struct tracker **ret_tracker,
                           struct error *err) {
    struct tracker *tracker = calloc(1, sizeof *tracker);
    if (tracker == NULL) return error_set(err, RESULT_NO_MEMORY, "tracker: no memory");
    tracker->cameras = *cameras;
    tracker->settings = *settings;
    if (tracker->settings.tags_min > ring->count) tracker->settings.tags_min = ring->count;
    for (uint32_t c = 0; c < cameras->count; c++)
        tracker->T_camera_rig[c] = pose_inverse(cameras->cameras[c].T_rig_camera);
    enum result result = edge_model_make(ring, settings->points_per_border, &tracker->model);
    if (result != RESULT_OK) {
        free(tracker);
        return error_set(err, result, "tracker: the ring has a tag that is not of tag36h11");
    }
    *ret_tracker = tracker;
    return RESULT_OK;
}

void tracker_destroy(struct tracker **tracker) {
    free(*tracker);
    *tracker = NULL;
}

/* The steps' plan: far and thin, near and thin (the middle point of each border), near and full. */
enum phase { PHASE_COARSE, PHASE_THIN, PHASE_FULL };

/* What the iteration improves. */
struct estimate {
    struct pose T_rig_head;
    double blur_px, step_mm;
    enum phase phase;
    uint32_t steps;
};

/* One iteration's view of one camera. */
struct look {
    const struct image *image;
    const struct camera_model *model;
    struct pose T_camera_head, T_camera_rig, T_rig_head;
    double reach_px, huber_px, offset_max_px, bleed_px, blur_px;
    uint32_t first_point, point_step; /* which points of each tag */
};

/* How much of a border's offset the locator answers with: where the blur reaches the ends of the
 * window, the plateaus move with the border. From the Gaussian edge; 1 for a sharp one. */
static double answer(double blur_px, double reach_px) {
    if (!(blur_px > 0.3)) return 1;
    double h = reach_px / blur_px;
    double density = exp(-0.5 * h * h) / sqrt(2 * PI), step = erf(h / sqrt(2));
    return fmax(1 - 2 * h * density / step, ANSWER_MIN);
}

/* Measure one edge and write its row. False: not visible here, or not found; *expected tells
 * whether it should have been there. */
static bool measure_point(const struct tracker *tracker, const struct look *look,
                          const struct edge_tag *tag, const struct edge_point *point,
                          struct edge_row *ret_row, bool *expected) {
    struct pixel_jacobian J;
    struct edge_line line = {.contrast_min = tracker->settings.contrast_min};
    struct vec3 p_camera = pose_apply(look->T_camera_head, point->p_head);
    struct edge_found found;
    *expected = false;
    if (!camera_project_jacobian(look->model, p_camera, &line.at, &J)) return false;
    struct vec3 along = pose_rotate(look->T_camera_head, point->along_head);
    struct vec3 bright = pose_rotate(look->T_camera_head, point->bright_head);
    double tu = vec3_dot(J.du, along), tv = vec3_dot(J.dv, along), length = hypot(tu, tv);
    double bu = vec3_dot(J.du, bright), bv = vec3_dot(J.dv, bright);
    if (!(length > 1e-9)) return false;
    line.nu = -tv / length;
    line.nv = tu / length;
    double cell_px = (bu * line.nu + bv * line.nv) * tag->cell_mm;
    if (cell_px < 0) {
        line.nu = -line.nu;
        line.nv = -line.nv;
        cell_px = -cell_px;
    }
    if (!(cell_px >= tracker->settings.cell_px_min)) return false;
    line.reach_px = fmin(look->reach_px, REACH_SHARE * cell_px);
    *expected = camera_sees(look->model, line.at, line.reach_px + 2);
    if (!*expected || !edge_measure(look->image, &line, &found)) return false;
    found.offset_px = found.offset_px / answer(look->blur_px, found.reach_px) + look->bleed_px;
    if (!(fabs(found.offset_px) <= look->offset_max_px)) return false;
    struct vec3 a = vec3_add(vec3_scale(J.du, line.nu), vec3_scale(J.dv, line.nv));
    struct vec3 g = mat3_apply(mat3_transpose(look->T_camera_rig.R), a);
    struct vec3 p_rig = pose_apply(look->T_rig_head, point->p_head);
    struct vec3 m = vec3_cross(p_rig, g);
    double huber =
        fabs(found.offset_px) > look->huber_px ? look->huber_px / fabs(found.offset_px) : 1;
    double relative = found.contrast / 128;
    *ret_row = (struct edge_row){
        .g = {g.x, g.y, g.z, m.x, m.y, m.z},
        .offset_px = found.offset_px,
        .weight = huber * relative * relative * (found.is_linear ? 1 : SATURATED_WEIGHT),
        .spread_px = found.spread_px,
        .is_linear = found.is_linear};
    return true;
}

static void look_at_tag(struct tracker *tracker, const struct look *look, uint32_t k,
                        struct tag_view *view) {
    const struct edge_tag *tag = &tracker->model.tags[k];
    *view = (struct tag_view){.first_row = tracker->row_count, .is_used = true};
    struct vec3 centre = pose_apply(look->T_camera_head, tag->centre_head);
    struct vec3 normal = pose_rotate(look->T_camera_head, tag->normal_head);
    if (!(-vec3_dot(centre, normal) > tracker->settings.facing_cosine_min * vec3_norm(centre))) {
        return;
    }
    double sum = 0, weights = 0;
    for (uint32_t i = look->first_point; i < tag->point_count && tracker->row_count < ROWS_MAX;
         i += look->point_step) {
        bool expected;
        struct edge_row *row = &tracker->rows[tracker->row_count];
        bool is_found = measure_point(tracker, look, tag, &tag->points[i], row, &expected);
        view->expected += expected;
        if (!is_found) continue;
        sum += row->weight * row->offset_px * row->offset_px;
        weights += row->weight;
        tracker->row_count++;
        view->row_count++;
    }
    view->rms_px = weights > 0 ? sqrt(sum / weights) : 0;
}

static void look_at_all(struct tracker *tracker, const struct image *images, struct pose T_rig_head,
                        struct look *look) {
    tracker->row_count = 0;
    for (uint32_t c = 0; c < tracker->cameras.count; c++) {
        look->image = &images[c];
        look->model = &tracker->cameras.cameras[c].model;
        look->T_camera_rig = tracker->T_camera_rig[c];
        look->T_rig_head = T_rig_head;
        look->T_camera_head = pose_mul(look->T_camera_rig, T_rig_head);
        for (uint32_t k = 0; k < tracker->model.tag_count; k++) {
            tracker->views[c][k] = (struct tag_view){0};
            look->bleed_px = tracker->bleed_px[c][k];
            if (images[c].pixels != NULL) look_at_tag(tracker, look, k, &tracker->views[c][k]);
        }
    }
}

/* Drop tags that are not what the ring says: too few of their edges, or edges that do not agree. */
static void gate_tags(struct tracker *tracker, bool with_residual) {
    for (uint32_t c = 0; c < tracker->cameras.count; c++)
        for (uint32_t k = 0; k < tracker->model.tag_count; k++) {
            struct tag_view *view = &tracker->views[c][k];
            view->is_used = view->row_count >= 8 &&
                            view->row_count >= tracker->settings.tag_share_min * view->expected &&
                            (!with_residual || view->rms_px <= tracker->settings.tag_rms_max_px);
        }
}

struct normal_system {
    double A[36], b[6];
    double cost, weight, spread;
    uint32_t edges, linear_edges;
};

static void centre_view(const struct tracker *tracker, struct tag_view *view) {
    double weight = 0, g[6] = {0}, offset = 0;
    for (uint32_t i = 0; i < view->row_count; i++) {
        const struct edge_row *row = &tracker->rows[view->first_row + i];
        weight += row->weight;
        offset += row->weight * row->offset_px;
        for (int j = 0; j < 6; j++) g[j] += row->weight * row->g[j];
    }
    view->mean_offset_px = weight > 0 ? offset / weight : 0;
    for (int j = 0; j < 6; j++) view->mean_g[j] = weight > 0 ? g[j] / weight : 0;
}

static void add_row(struct normal_system *system, const struct tag_view *view,
                    const struct edge_row *row) {
    double g[6], offset_px = row->offset_px - view->mean_offset_px;
    for (int i = 0; i < 6; i++) g[i] = row->g[i] - view->mean_g[i];
    for (int i = 0; i < 6; i++) {
        system->b[i] += row->weight * g[i] * offset_px;
        for (int j = 0; j <= i; j++) system->A[6 * i + j] += row->weight * g[i] * g[j];
    }
    system->cost += row->weight * offset_px * offset_px;
    system->weight += row->weight;
    system->spread += row->weight * row->spread_px;
    system->edges++;
    system->linear_edges += row->is_linear;
}

static void build_system(struct tracker *tracker, struct normal_system *system) {
    memset(system, 0, sizeof *system);
    for (uint32_t c = 0; c < tracker->cameras.count; c++)
        for (uint32_t k = 0; k < tracker->model.tag_count; k++) {
            struct tag_view *view = &tracker->views[c][k];
            if (!view->is_used) continue;
            centre_view(tracker, view);
            for (uint32_t i = 0; i < view->row_count; i++)
                add_row(system, view, &tracker->rows[view->first_row + i]);
        }
    for (int i = 0; i < 6; i++)
        for (int j = 0; j < i; j++) system->A[6 * j + i] = system->A[6 * i + j];
}

/* What the step x leaves of each view's mean is its bleed. */
static bool update_bleed(struct tracker *tracker, const double x[6]) {
    bool is_sane = true;
    for (uint32_t c = 0; c < tracker->cameras.count; c++)
        for (uint32_t k = 0; k < tracker->model.tag_count; k++) {
            const struct tag_view *view = &tracker->views[c][k];
            double change = -view->mean_offset_px;
            for (int j = 0; j < 6; j++) change += view->mean_g[j] * x[j];
            if (!view->is_used) continue;
            tracker->bleed_px[c][k] += change;
            is_sane = is_sane && fabs(tracker->bleed_px[c][k]) < BLEED_MAX_PX;
        }
    return is_sane;
}

/* Mean bleed of the views used. */
static double mean_bleed(const struct tracker *tracker) {
    double sum = 0;
    uint32_t count = 0;
    for (uint32_t c = 0; c < tracker->cameras.count; c++)
        for (uint32_t k = 0; k < tracker->model.tag_count; k++)
            if (tracker->views[c][k].is_used) {
                sum += tracker->bleed_px[c][k];
                count++;
            }
    return count > 0 ? sum / count : 0;
}

static uint32_t count_tags(const struct tracker *tracker, struct tracked *tracked) {
    tracked->tag_mask = 0;
    tracked->cameras_used = 0;
    for (uint32_t c = 0; c < tracker->cameras.count; c++) {
        bool is_camera_used = false;
        for (uint32_t k = 0; k < tracker->model.tag_count; k++)
            if (tracker->views[c][k].is_used) {
                tracked->tag_mask |= UINT64_C(1) << k;
                is_camera_used = true;
            }
        tracked->cameras_used += is_camera_used;
    }
    tracked->tags_used = (uint32_t)__builtin_popcountll(tracked->tag_mask);
    return tracked->tags_used;
}

/* Covariance: the edges' own scatter on the inverse of the normal matrix. Neighbouring edges share
 * pixels and errors, so the scatter is floored and the count of edges is not trusted fully. */
#define EDGES_PER_INDEPENDENT 3.0

static enum result finish(const struct normal_system *system, struct tracked *tracked) {
    double inverse[36];
    enum result result = linalg_invert_spd(system->A, 6, inverse);
    if (result != RESULT_OK) return result;
    double sigma2 = system->cost / system->weight;
    double mean_weight = system->weight / system->edges;
    tracked->residual_px = sqrt(sigma2);
    sigma2 = fmax(sigma2, SIGMA_FLOOR_PX * SIGMA_FLOOR_PX) * mean_weight * EDGES_PER_INDEPENDENT;
    for (int i = 0; i < 6; i++)
        for (int j = 0; j < 6; j++) tracked->covariance[6 * i + j] = inverse[6 * i + j] * sigma2;
    tracked->edges_used = system->edges;
    return RESULT_OK;
}

/* Size of a step as the displacement of the ring, mm. */
static double step_size(const struct tracker *tracker, struct pose T, struct twist step) {
    struct vec3 p = pose_apply(T, tracker->model.tags[0].centre_head);
    return vec3_norm(twist_at(step, p)) + vec3_norm(step.w) * 50;
}

static enum track_reason judge(const struct tracker *tracker, const struct normal_system *system,
                               bool is_settled, struct tracked *tracked) {
    if (count_tags(tracker, tracked) < tracker->settings.tags_min || system->edges < EDGES_MIN) {
        return TRACK_TOO_FEW_TAGS;
    }
    if (!is_settled) return TRACK_NOT_CONVERGED;
    if (finish(system, tracked) != RESULT_OK) return TRACK_BAD_FIT;
    if (system->linear_edges == 0 && tracked->residual_px > 0.2) return TRACK_SATURATED;
    return tracked->residual_px <= tracker->settings.tag_rms_max_px ? TRACK_OK : TRACK_BAD_FIT;
}

static bool has_image(const struct tracker *tracker, const struct image *given,
                      struct image *images) {
    bool is_any = false;
    for (uint32_t c = 0; c < tracker->cameras.count; c++) {
        const struct camera_model *model = &tracker->cameras.cameras[c].model;
        bool fits = given[c].pixels != NULL && given[c].width == model->width_px &&
                    given[c].height == model->height_px;
        images[c] = fits ? given[c] : (struct image){0};
        is_any = is_any || fits;
    }
    return is_any;
}

static struct look plan_look(const struct tracker *tracker, const struct estimate *estimate) {
    uint32_t points = tracker->settings.points_per_border;
    bool is_coarse = estimate->phase == PHASE_COARSE, is_full = estimate->phase == PHASE_FULL;
    double reach_px = fmax(FINE_REACH_BLURS * estimate->blur_px + 1, FINE_REACH_PX_MIN);
    return (struct look){
        .reach_px = is_coarse ? EDGE_REACH_PX_MAX : reach_px,
        .huber_px = estimate->steps == 0 ? HUBER_FIRST_PX : HUBER_PX,
        .offset_max_px = is_coarse ? EDGE_REACH_PX_MAX : tracker->settings.offset_max_px,
        .blur_px = estimate->blur_px,
        .first_point = is_full ? 0 : points / 2,
        .point_step = is_full ? 1 : points,
    };
}

/* After a step: the next phase; true when all is done. */
static bool next_phase(struct estimate *estimate, const struct normal_system *system) {
    switch (estimate->phase) {
        case PHASE_COARSE:
            estimate->blur_px = system->spread / system->weight;
            if (estimate->step_mm < NEAR_MM || estimate->steps >= COARSE_STEPS_MAX) {
                estimate->phase = PHASE_THIN;
            }
            return false;
        case PHASE_THIN:
            if (estimate->step_mm < THIN_SETTLED_MM || estimate->steps >= THIN_STEPS_MAX) {
                estimate->phase = PHASE_FULL;
            }
            return false;
        case PHASE_FULL:
            return estimate->step_mm < SETTLED_MM;
    }
    return false;
}

/* One Gauss-Newton step from T; false when the edges do not determine one. */
static bool take_step(struct tracker *tracker, const struct normal_system *system,
                      struct estimate *estimate) {
    double L[36], x[6];
    memcpy(L, system->A, sizeof L);
    memcpy(x, system->b, sizeof x);
    if (system->edges < EDGES_MIN || linalg_cholesky(L, 6) != RESULT_OK) {
        return false;
    }
    linalg_cholesky_solve(L, 6, x);
    struct twist step = {{x[0], x[1], x[2]}, {x[3], x[4], x[5]}};
    struct pose next = pose_mul(pose_exp(step), estimate->T_rig_head);
    if (!pose_is_finite(next) || !update_bleed(tracker, x)) return false;
    estimate->step_mm = step_size(tracker, estimate->T_rig_head, step);
    estimate->steps++;
    estimate->T_rig_head = next;
    return true;
}

enum track_reason tracker_step(struct tracker *tracker, const struct image given[CAMERA_COUNT_MAX],
                               struct pose T_guess, struct tracked *ret_tracked) {
    struct image images[CAMERA_COUNT_MAX] = {0};
    struct normal_system system = {0};
    struct estimate estimate = {.T_rig_head = T_guess};
    bool is_settled = false;
    *ret_tracked = (struct tracked){.reason = TRACK_NO_IMAGE, .T_rig_head = T_guess};
    if (!has_image(tracker, given, images)) return TRACK_NO_IMAGE;
    memset(tracker->bleed_px, 0, sizeof tracker->bleed_px);
    while (estimate.steps < tracker->settings.iterations_max && !is_settled) {
        struct look look = plan_look(tracker, &estimate);
        look_at_all(tracker, images, estimate.T_rig_head, &look);
        gate_tags(tracker, estimate.phase == PHASE_FULL);
        build_system(tracker, &system);
        if (!take_step(tracker, &system, &estimate)) break;
        is_settled = next_phase(&estimate, &system);
    }
    double left_mm = (is_settled ? SETTLED_LEAVES : 1) * estimate.step_mm;
    is_settled = is_settled || (estimate.phase == PHASE_FULL && estimate.step_mm < RESTLESS_MM);
    ret_tracked->T_rig_head = estimate.T_rig_head;
    ret_tracked->blur_px = estimate.blur_px;
    ret_tracked->bleed_px = mean_bleed(tracker);
    ret_tracked->reason = judge(tracker, &system, is_settled, ret_tracked);
    for (int i = 0; i < 3; i++) ret_tracked->covariance[7 * i] += left_mm * left_mm;
    return ret_tracked->reason;
}
