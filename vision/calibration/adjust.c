#include "vision/calibration/adjust.h"

#include <stdlib.h>
#include <string.h>

#include "vision/acquire.h"

#define ROUNDS 3
#define REACH_FIRST_PX 6.0
#define REACH_PX 3.5
#define BLUR_MAX_PX 1.5 /* as measured with the wide window of the first round */
#define SATURATED_MAX 0.2
#define DROPPED_MAX 0.2
#define RMS_MAX_PX 0.35

void image_calibration_release(struct image_calibration *calibration) {
    bundle_finish(&calibration->bundle);
    bundle_outcome_release(&calibration->outcome);
}

double image_calibration_view_rms(const struct image_calibration *calibration, uint32_t view,
                                  uint32_t *ret_looks) {
    const struct bundle *bundle = &calibration->bundle;
    double sum = 0;
    uint32_t looks = 0, rows = 0;
    for (size_t i = 0; i < bundle->look_count; i++) {
        const struct bundle_look *look = &bundle->looks[i];
        if (look->view != view) continue;
        sum += look->rms_px * look->rms_px * look->row_count;
        rows += look->row_count;
        looks++;
    }
    if (ret_looks != NULL) *ret_looks = looks;
    return rows > 0 ? sqrt(sum / rows) : 0;
}

double image_calibration_view_tilt(const struct image_calibration *calibration, uint32_t view,
                                   uint32_t camera) {
    const struct bundle *bundle = &calibration->bundle;
    struct pose T = pose_mul(bundle->T_camera_rig[camera], bundle->T_rig_ring[view]);
    struct vec3 normal =
        pose_rotate(pose_mul(T, bundle->ring.tags[0].T_ring_tag), vec3_make(0, 0, 1));
    return vec3_angle(normal, vec3_scale(vec3_unit(pose_apply(T, bundle->pivot_ring)), -1));
}

uint32_t adjust_first_poses(const struct views_tags *tags, struct bundle *bundle,
                            uint32_t tags_min) {
    uint32_t found = 0;
    for (uint32_t v = 0; v < bundle->view_count; v++) {
        struct acquired acquired;
        bool is_found =
            acquire_pose(&bundle->cameras, &bundle->ring, tags->sightings + tags->first[v],
                         tags->first[v + 1] - tags->first[v], tags_min, &acquired) == RESULT_OK;
        bundle->T_rig_ring[v] = is_found ? acquired.T_rig_head : pose_identity();
        if (!is_found) bundle->T_rig_ring[v].t.x = (double)NAN;
        found += is_found;
    }
    return found;
}

enum result adjust_add_corners(const struct views_tags *tags, struct bundle *bundle) {
    enum result result = RESULT_OK;
    bundle_clear_looks(bundle);
    for (uint32_t v = 0; v < bundle->view_count; v++) {
        if (!pose_is_finite(bundle->T_rig_ring[v])) continue;
        for (uint32_t i = tags->first[v]; i < tags->first[v + 1] && result == RESULT_OK; i++) {
            const struct tag_sighting *s = &tags->sightings[i];
            struct bundle_look look = {.view = v, .camera = s->camera_index, .tag = s->tag_index};
            double half = bundle->ring.tags[s->tag_index].size_mm / 2;
            result = bundle_add_look(bundle, &look);
            for (int k = 0; k < 4 && result == RESULT_OK; k++)
                result = bundle_add_corner(
                    bundle,
                    vec3_make(half * tag_corner_signs[k][0], half * tag_corner_signs[k][1], 0),
                    s->corners[k]);
        }
    }
    return result;
}

uint32_t adjust_count_views(const struct bundle *bundle) {
    bool is_seen[BUNDLE_VIEWS_MAX] = {false};
    uint32_t count = 0;
    for (size_t i = 0; i < bundle->look_count; i++) is_seen[bundle->looks[i].view] = true;
    for (uint32_t v = 0; v < bundle->view_count; v++) count += is_seen[v];
    return count;
}

static enum result judge_images(const struct views_quality *q, const struct adjust_limits *limits,
                                uint32_t views_used, struct error *err) {
    if (q->blur_px > BLUR_MAX_PX)
        return error_set(err, RESULT_REFUSED,
                         "the images are blurred (%.1f px, at most %.1f): focus, hold still, or "
                         "expose for less long",
                         q->blur_px, BLUR_MAX_PX);
    if (q->saturated_share > SATURATED_MAX)
        return error_set(err, RESULT_REFUSED,
                         "the images are too bright (%.0f %% of the borders saturated, at most "
                         "%.0f): less light or exposure",
                         100 * q->saturated_share, 100 * SATURATED_MAX);
    if (q->dropped > DROPPED_MAX * q->looks)
        return error_set(err, RESULT_REFUSED,
                         "%u of %u tags are not where the target's file puts them: bent, covered, "
                         "or the file of another target",
                         q->dropped, q->looks);
    if (views_used < limits->views_min)
        return error_set(err, RESULT_REFUSED,
                         "only %u views show enough tags, the %s needs %u: take more", views_used,
                         limits->what, limits->views_min);
    return RESULT_OK;
}

enum result adjust_by_borders(const struct views *views, const struct adjust_limits *limits,
                              struct image_calibration *calibration, struct error *err) {
    enum result result = RESULT_OK;
    for (int round = 0; round < ROUNDS && result == RESULT_OK; round++) {
        struct views_measuring how = {round == 0 ? REACH_FIRST_PX : REACH_PX,
                                      limits->facing_cosine_min, 2};
        double wide_blur_px = calibration->quality.blur_px;
        bundle_outcome_release(&calibration->outcome);
        result = views_measure(views, how, &calibration->bundle, &calibration->quality, err);
        if (round > 0) calibration->quality.blur_px = wide_blur_px;
        calibration->views_used = adjust_count_views(&calibration->bundle);
        if (result == RESULT_OK)
            result = judge_images(&calibration->quality, limits, calibration->views_used, err);
        if (result == RESULT_OK)
            result = bundle_solve(&calibration->bundle, &calibration->outcome, err);
    }
    if (result == RESULT_OK && !(calibration->outcome.rms_px <= RMS_MAX_PX))
        return error_set(err, RESULT_REFUSED,
                         "the borders scatter by %.2f px about the solution, at most %.2f: the "
                         "target or the cameras are not as their files say",
                         calibration->outcome.rms_px, RMS_MAX_PX);
    calibration->error_um = 1e3 * calibration->outcome.pose_error_mm;
    return result;
}
