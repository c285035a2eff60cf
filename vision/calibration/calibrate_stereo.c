#include "vision/acquire.h"
#include "vision/calibration/adjust.h"

#define VIEWS_MIN 6
#define TAGS_MIN 3
#define BORDER_FACING_MIN 0.35
#define DEPTH_RANGE_MIN 0.03 /* of the distance, or else tilt */
#define TILT_MIN_DEG 4.0

/* Pose of camera c against camera 0 from the views that both give: mean of the twists about the
 * first one, without what is far from it. */
static enum result first_relative(const struct views_tags *tags, struct bundle *bundle, uint32_t c,
                                  struct error *err) {
    struct pose T_first = pose_identity();
    struct twist sum = {0};
    uint32_t count = 0;
    for (uint32_t v = 0; v < bundle->view_count; v++) {
        struct acquired one[2];
        bool is_seen = true;
        for (uint32_t i = 0; i < 2; i++) {
            struct camera_set alone = {.count = bundle->cameras.count};
            struct tag_sighting own[RING_TAGS_MAX];
            uint32_t found = 0, camera = i == 0 ? 0 : c;
            for (uint32_t k = 0; k < alone.count; k++) {
                alone.cameras[k] = bundle->cameras.cameras[k];
                alone.cameras[k].T_rig_camera = pose_identity();
            }
            for (uint32_t s = tags->first[v]; s < tags->first[v + 1]; s++)
                if (tags->sightings[s].camera_index == camera) own[found++] = tags->sightings[s];
            is_seen = is_seen && acquire_pose(&alone, &bundle->ring, own, found, TAGS_MIN,
                                              &one[i]) == RESULT_OK;
        }
        if (!is_seen) continue;
        struct pose T_c_0 = pose_mul(one[1].T_rig_head, pose_inverse(one[0].T_rig_head));
        if (count == 0) T_first = T_c_0;
        struct twist d = pose_log(pose_mul(T_c_0, pose_inverse(T_first)));
        sum.v = vec3_add(sum.v, d.v);
        sum.w = vec3_add(sum.w, d.w);
        count++;
    }
    if (count < VIEWS_MIN)
        return error_set(err, RESULT_REFUSED,
                         "only %u views show the board in camera %s and in %s, at least %d are "
                         "needed",
                         count, bundle->cameras.cameras[0].name, bundle->cameras.cameras[c].name,
                         VIEWS_MIN);
    struct twist mean = {vec3_scale(sum.v, 1.0 / count), vec3_scale(sum.w, 1.0 / count)};
    struct pose T_c_0 = pose_mul(pose_exp(mean), T_first);
    bundle->T_camera_rig[c] = pose_mul(T_c_0, bundle->T_camera_rig[0]);
    bundle->cameras.cameras[c].T_rig_camera = pose_inverse(bundle->T_camera_rig[c]);
    return RESULT_OK;
}

/* A board that is always in the same plane tells little about how the cameras are turned. */
static enum result judge_variety(const struct bundle *bundle, struct error *err) {
    struct vec3 first = {0, 0, 0};
    double widest = 0, nearest = INFINITY, farthest = 0;
    for (uint32_t v = 0; v < bundle->view_count; v++) {
        if (!pose_is_finite(bundle->T_rig_ring[v])) continue;
        struct pose T = pose_mul(bundle->T_camera_rig[0], bundle->T_rig_ring[v]);
        struct vec3 normal = pose_rotate(T, vec3_make(0, 0, 1));
        if (vec3_norm(first) == 0) first = normal;
        widest = fmax(widest, vec3_angle(first, normal));
        nearest = fmin(nearest, T.t.z);
        farthest = fmax(farthest, T.t.z);
    }
    if (widest * DEG_PER_RAD >= TILT_MIN_DEG || (farthest - nearest) / nearest >= DEPTH_RANGE_MIN)
        return RESULT_OK;
    return error_set(err, RESULT_REFUSED,
                     "all views are of one plane (tilts within %.1f deg, distances within %.1f "
                     "mm): tilt the board and change its distance",
                     widest * DEG_PER_RAD, farthest - nearest);
}

enum result calibrate_stereo(const struct views *views, const struct camera_set *cameras,
                             const struct tag_ring *board,
                             struct image_calibration *ret_calibration, struct error *err) {
    static const struct adjust_limits limits = {"stereo calibration", VIEWS_MIN, TAGS_MIN,
                                                BORDER_FACING_MIN};
    struct image_calibration c = {0};
    struct views_tags tags = {0};
    if (cameras->count < 2)
        return error_set(err, RESULT_INVALID, "stereo needs at least two cameras in the file");
    if (views->camera_count != cameras->count)
        return error_set(err, RESULT_FORMAT, "images of %u cameras, but the file has %u",
                         views->camera_count, cameras->count);
    enum result result = bundle_init(&c.bundle, cameras, board, views->count, err);
    if (result != RESULT_OK) return result;
    struct vec3 sum = {0, 0, 0};
    for (uint32_t k = 0; k < board->count; k++) sum = vec3_add(sum, board->tags[k].T_ring_tag.t);
    c.bundle.pivot_ring = vec3_scale(sum, 1.0 / board->count);
    result = views_find_tags(views, board, &tags, err);
    for (uint32_t i = 1; i < cameras->count && result == RESULT_OK; i++) {
        result = first_relative(&tags, &c.bundle, i, err);
        c.bundle.camera_slot[i] = c.bundle.shared_count;
        c.bundle.shared_count += 6;
    }
    if (result == RESULT_OK) {
        (void)adjust_first_poses(&tags, &c.bundle, TAGS_MIN);
        result = judge_variety(&c.bundle, err);
    }
    if (result == RESULT_OK) result = adjust_by_borders(views, &limits, &c, err);
    views_tags_release(&tags);
    if (result == RESULT_OK)
        *ret_calibration = c;
    else
        image_calibration_release(&c);
    return result;
}
