#include <stdlib.h>

#include "vision/calibration/adjust.h"

#define VIEWS_MIN 10
#define TAGS_MIN 3
#define LOOKS_A_TAG_MIN 8
#define BORDER_FACING_MIN 0.45
#define TURN_MIN_DEG 8.0 /* views must look at the ring from this far apart */
#define MOVED_MAX_MM 5.0 /* a tag farther from its file's place is another ring's */

/* Tags that are seen together hang together: all must, or one half floats against the other. */
static enum result judge_links(const struct bundle *bundle, struct error *err) {
    uint32_t looks[RING_TAGS_MAX] = {0}, group[RING_TAGS_MAX];
    for (uint32_t k = 0; k < bundle->ring.count; k++) group[k] = k;
    for (size_t i = 0; i < bundle->look_count; i++) {
        looks[bundle->looks[i].tag]++;
        if (i == 0 || bundle->looks[i].view != bundle->looks[i - 1].view) continue;
        uint32_t a = group[bundle->looks[i].tag], b = group[bundle->looks[i - 1].tag];
        for (uint32_t k = 0; k < bundle->ring.count; k++)
            if (group[k] == a) group[k] = b;
    }
    for (uint32_t k = 0; k < bundle->ring.count; k++) {
        if (looks[k] < LOOKS_A_TAG_MIN)
            return error_set(err, RESULT_REFUSED,
                             "tag %d was seen only %u times, at least %d: show it more often",
                             bundle->ring.tags[k].id, looks[k], LOOKS_A_TAG_MIN);
        if (group[k] != group[0])
            return error_set(err, RESULT_REFUSED,
                             "tag %d was never seen together with tag %d or its neighbours: take "
                             "views that show both",
                             bundle->ring.tags[k].id, bundle->ring.tags[0].id);
    }
    return RESULT_OK;
}

static enum result judge_turns(const struct bundle *bundle, struct error *err) {
    double widest = 0;
    struct vec3 first = {0, 0, 0};
    for (uint32_t v = 0; v < bundle->view_count; v++) {
        if (!pose_is_finite(bundle->T_rig_ring[v])) continue;
        struct pose T = pose_mul(bundle->T_camera_rig[0], bundle->T_rig_ring[v]);
        /* The line of sight as the ring sees it. */
        struct vec3 sight =
            vec3_unit(mat3_apply(mat3_transpose(T.R), pose_apply(T, bundle->pivot_ring)));
        if (vec3_norm(first) == 0) first = sight;
        widest = fmax(widest, vec3_angle(first, sight));
    }
    if (widest * DEG_PER_RAD >= TURN_MIN_DEG) return RESULT_OK;
    return error_set(err, RESULT_REFUSED,
                     "too little tilt: all views look at the ring from within %.1f deg, at least "
                     "%.0f: turn the ring 20 to 30 deg to all sides",
                     widest * DEG_PER_RAD, TURN_MIN_DEG);
}

static enum result judge_places(const struct bundle *bundle, const struct tag_ring *before,
                                struct error *err) {
    for (uint32_t k = 0; k < before->count; k++) {
        double moved =
            vec3_distance(before->tags[k].T_ring_tag.t, bundle->ring.tags[k].T_ring_tag.t);
        if (!(moved <= MOVED_MAX_MM))
            return error_set(err, RESULT_REFUSED,
                             "tag %d lies %.1f mm from where the file puts it: the file of another "
                             "ring?",
                             before->tags[k].id, moved);
    }
    return RESULT_OK;
}

static enum result adjust(const struct views *views, struct image_calibration *c,
                          const struct tag_ring *ring, struct error *err) {
    static const struct adjust_limits limits = {"ring's calibration", VIEWS_MIN, TAGS_MIN,
                                                BORDER_FACING_MIN};
    struct views_tags tags = {0};
    enum result result = views_find_tags(views, ring, &tags, err);
    if (result != RESULT_OK) return result;
    uint32_t found = adjust_first_poses(&tags, &c->bundle, TAGS_MIN);
    if (found < VIEWS_MIN)
        result = error_set(err, RESULT_REFUSED,
                           "only %u of %u views show %d tags where the ring's file puts them, at "
                           "least %d views are needed",
                           found, views->count, TAGS_MIN, VIEWS_MIN);
    if (result == RESULT_OK) result = judge_turns(&c->bundle, err);
    if (result == RESULT_OK && adjust_add_corners(&tags, &c->bundle) != RESULT_OK)
        result = error_set(err, RESULT_NO_MEMORY, "no memory for the corners");
    if (result == RESULT_OK) result = judge_links(&c->bundle, err);
    if (result == RESULT_OK) result = bundle_solve(&c->bundle, &c->outcome, err);
    if (result == RESULT_OK) result = adjust_by_borders(views, &limits, c, err);
    if (result == RESULT_OK) result = judge_links(&c->bundle, err);
    if (result == RESULT_OK) result = judge_places(&c->bundle, ring, err);
    views_tags_release(&tags);
    return result;
}

enum result calibrate_ring(const struct views *views, const struct camera_set *cameras,
                           const struct tag_ring *ring, struct image_calibration *ret_calibration,
                           struct error *err) {
    struct image_calibration c = {0};
    struct tag_ring own = *ring;
    struct vec3 sum = {0, 0, 0};
    if (views->camera_count > cameras->count)
        return error_set(err, RESULT_FORMAT, "images of %u cameras, but the file has %u",
                         views->camera_count, cameras->count);
    if (ring->count < TAGS_MIN)
        return error_set(err, RESULT_INVALID, "a ring of %u tags: at least %d are needed",
                         ring->count, TAGS_MIN);
    own.T_head_ring = pose_identity();
    enum result result = bundle_init(&c.bundle, cameras, &own, views->count, err);
    if (result != RESULT_OK) return result;
    for (uint32_t k = 0; k < ring->count; k++) {
        c.bundle.tag_slot[k] = 6 * k;
        sum = vec3_add(sum, ring->tags[k].T_ring_tag.t);
    }
    c.bundle.shared_count = 6 * ring->count;
    c.bundle.has_tag_gauge = true;
    c.bundle.pivot_ring = vec3_scale(sum, 1.0 / ring->count);
    result = adjust(views, &c, &own, err);
    c.bundle.ring.T_head_ring = ring->T_head_ring;
    if (result == RESULT_OK)
        *ret_calibration = c;
    else
        image_calibration_release(&c);
    return result;
}
