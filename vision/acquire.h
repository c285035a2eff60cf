/* Finds the head without a prediction: tags by libapriltag, then one pose for all corners of all
 * cameras. Good to a few tens of micrometres; the tracker goes on from there. */
#ifndef SMPRIG_VISION_ACQUIRE_H
#define SMPRIG_VISION_ACQUIRE_H

#include <stdint.h>

#include "base/geom.h"
#include "base/result.h"
#include "vision/tag_corners.h"

#define ACQUIRE_ERROR_MAX_PX 3.0 /* a tag whose corners miss by more is not where the ring says */

struct acquired {
    struct pose T_rig_head;
    double residual_px; /* rms of the corners used */
    uint32_t tags_used; /* distinct */
    uint32_t sightings; /* found in all cameras, used or not */
};

/* What acquire_disagreeing() checks. */
struct acquire_check {
    uint32_t camera_index;
    struct pose T_rig_head;
};

/* The pose that explains the sightings. Each sighting gives two candidate poses (a small square
 * seen from afar is ambiguous: Schweighofer and Pinz 2006); the candidate that explains most
 * corners of all cameras is refined by robust Gauss-Newton, and tags off by more than
 * ACQUIRE_ERROR_MAX_PX are left out. RESULT_NOT_FOUND: fewer than tags_min distinct tags agree. */
MUST_USE enum result acquire_pose(const struct camera_set *cameras, const struct tag_ring *ring,
                                  const struct tag_sighting *sightings, uint32_t count,
                                  uint32_t tags_min, struct acquired *ret_acquired);

/* Whether a camera contradicts a pose: it sees at least two tags, and most of them are off by more
 * than ACQUIRE_ERROR_MAX_PX. It is then not where its file says. */
bool acquire_disagreeing(const struct camera_set *cameras, const struct tag_ring *ring,
                         const struct tag_sighting *sightings, uint32_t count,
                         struct acquire_check check);

/* The window of a camera's image that holds all tags at a predicted pose, with a margin; the whole
 * image (width 0) where that is unknown. For reacquisition near the last pose. */
struct tag_window acquire_window(const struct camera_calibration *camera,
                                 const struct tag_ring *ring, struct pose T_rig_head,
                                 double margin_mm);

#endif
