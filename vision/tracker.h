/* Tracks the ring without detection: from a predicted pose, Gauss-Newton on all borders of all
 * visible tags in all cameras jointly (edge-based model tracking after Harris 1992 and Drummond and
 * Cipolla 2002, with an area locator and six pose parameters shared by all cameras).
 *
 * Left perturbation throughout: T' = exp(twist) * T_rig_head. Pure: no clock, no thread; one
 * instance a thread (it holds scratch memory). */
#ifndef SMPRIG_VISION_TRACKER_H
#define SMPRIG_VISION_TRACKER_H

#include <stdint.h>

#include "base/geom.h"
#include "base/result.h"
#include "vision/camera_file.h"
#include "vision/ring_file.h"

struct tracker_settings {
    double facing_cosine_min; /* of tag normal and view; flatter tags are not used */
    double cell_px_min;       /* smaller cells are not resolved */
    double contrast_min;      /* grey levels */
    double offset_max_px;     /* an edge farther from its prediction is no edge of ours */
    double tag_rms_max_px;    /* a tag that fits worse is dropped (swapped, lifted, half covered) */
    double tag_share_min;     /* of its visible edges that must be found */
    uint32_t tags_min;        /* distinct tags for a pose (fewer when the ring has fewer) */
    uint32_t points_per_border;
    uint32_t iterations_max;
};
struct tracker_settings tracker_settings_default(void);

enum track_reason {
    TRACK_OK,
    TRACK_NO_IMAGE,      /* no readable image of the right size */
    TRACK_TOO_FEW_TAGS,  /* fewer than tags_min tags fit */
    TRACK_SATURATED,     /* the tags are there, but too bright */
    TRACK_NOT_CONVERGED, /* the steps did not settle */
    TRACK_BAD_FIT,       /* settled, but the residual is no sharp image of this ring */
    TRACK_REASON_COUNT
};

struct tracked {
    enum track_reason reason; /* TRACK_OK: the rest is valid */
    struct pose T_rig_head;
    double covariance[36]; /* of the left twist (v, w); row-major */
    double residual_px;    /* weighted rms of the edges */
    double blur_px;        /* standard deviation of the images' blur, mean over the edges */
    double bleed_px;       /* borders lie this far towards their dark side (bloom), or ink bleeds */
    uint32_t tags_used;    /* distinct tags */
    uint32_t cameras_used;
    uint32_t edges_used;
    uint64_t tag_mask; /* bit k: tag k of the ring was used */
};

struct tracker;

/* Copies cameras and ring. RESULT_RANGE, RESULT_NO_MEMORY. */
MUST_USE enum result tracker_create(const struct camera_set *cameras, const struct tag_ring *ring,
                                    const struct tracker_settings *settings,
                                    struct tracker **ret_tracker, struct error *err);
void tracker_destroy(struct tracker **tracker);

/* One image a camera of the set (pixels NULL: that camera has none now); images of another size
 * than the camera's are ignored. T_guess: the predicted pose, within about 0.5 mm and 8 mrad.
 * Always fills *ret_tracked; returns its reason. */
enum track_reason tracker_step(struct tracker *tracker, const struct image images[CAMERA_COUNT_MAX],
                               struct pose T_guess, struct tracked *ret_tracked);

#endif
