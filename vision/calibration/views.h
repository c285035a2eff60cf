/* The images that a calibration works on, in memory, and the tags found in them. */
#ifndef SMPRIG_VISION_CALIBRATION_VIEWS_H
#define SMPRIG_VISION_CALIBRATION_VIEWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/result.h"
#include "vision/calibration/bundle.h"
#include "vision/frame_set.h"
#include "vision/tag_corners.h"

struct view_images {
    struct image images[CAMERA_COUNT_MAX]; /* pixels NULL: none of this camera */
    int64_t stamp_ns;
    struct frame_set set; /* owns the pixels */
};

struct views {
    struct view_images *list; /* owned */
    uint32_t count, camera_count;
    uint32_t unreadable; /* images that could not be decoded */
};

/* Read a recorded sequence (docs/formats.md) whole, at most BUNDLE_VIEWS_MAX moments. RESULT_LIMIT,
 * and camera_sequence_open()'s results. */
MUST_USE enum result views_read(const char *path, struct views *ret_views, struct error *err);
void views_release(struct views *views);

/* All tags in all images, by view; owned by the caller (free both). first has count + 1 entries. */
struct views_tags {
    struct tag_sighting *sightings;
    uint32_t *first;
};
MUST_USE enum result views_find_tags(const struct views *views, const struct tag_ring *ring,
                                     struct views_tags *ret_tags, struct error *err);
void views_tags_release(struct views_tags *tags);

/* What measuring the tags' borders told about the images. */
struct views_quality {
    uint32_t looks, dropped; /* tags measured; tags that did not fit their prediction */
    double blur_px;          /* median of the looks' */
    double saturated_share;  /* of the borders */
};

/* Replace the bundle's looks by the borders of all tags that it predicts to be visible, measured in
 * the images at its present poses: `reach_px` far at most, points_per_border 1..4. A tag counts
 * with 80 % of its borders found and 0.35 px of scatter (the tracker's rule). RESULT_NO_MEMORY. */
struct views_measuring {
    double reach_px, facing_cosine_min;
    uint32_t points_per_border;
};
MUST_USE enum result views_measure(const struct views *views, struct views_measuring how,
                                   struct bundle *bundle, struct views_quality *ret_quality,
                                   struct error *err);

#endif
