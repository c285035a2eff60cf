#include "vision/tracker.h"

#include <stdlib.h>
#include <string.h>

#include "base/linalg.h"
#include "vision/edge_measure.h"
#include "vision/tracker_look.h"

#define NEAR_MM 0.05         /* a coarse step below this is the last coarse one */
#define THIN_SETTLED_MM 2e-3 /* a thin step below this is the last thin one */
#define SETTLED_MM 2e-3      /* with all points; a tenth of such a step is left at most */
#define HUBER_FIRST_PX 1.0
#define HUBER_PX 0.25
#define FINE_REACH_PX_MIN 2.5 /* once settled, samples beyond the blur only add noise */
#define FINE_REACH_BLURS 2.2
#define COARSE_STEPS_MAX 2
#define THIN_STEPS_MAX 8
#define SETTLED_LEAVES 0.1
#define RESTLESS_MM 0.005   /* up to this a last step is told in the covariance, not refused */
#define SIGMA_FLOOR_PX 0.02 /* what calibration and printing leave even without noise */
#define EDGES_MIN 12        /* for seven unknowns */

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
    if (!pose_is_finite(next) || !tracker_update_bleed(tracker, x)) return false;
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
        tracker_look_at_all(tracker, images, estimate.T_rig_head, &look);
        tracker_gate_tags(tracker, estimate.phase == PHASE_FULL);
        tracker_build_system(tracker, &system);
        if (!take_step(tracker, &system, &estimate)) break;
        is_settled = next_phase(&estimate, &system);
    }
    double left_mm = (is_settled ? SETTLED_LEAVES : 1) * estimate.step_mm;
    is_settled = is_settled || (estimate.phase == PHASE_FULL && estimate.step_mm < RESTLESS_MM);
    ret_tracked->T_rig_head = estimate.T_rig_head;
    ret_tracked->blur_px = estimate.blur_px;
    ret_tracked->bleed_px = tracker_mean_bleed(tracker);
    ret_tracked->reason = judge(tracker, &system, is_settled, ret_tracked);
    for (int i = 0; i < 3; i++) ret_tracked->covariance[7 * i] += left_mm * left_mm;
    return ret_tracked->reason;
}
