/* The four calibrations by images. Each takes recorded views of a target whose tags are known (a
 * board, the ring, the board on the rig's tool), refuses a bad set with the reason, and gives the
 * adjusted bundle with its covariance. docs/calibration.md tells what each needs. */
#ifndef SMPRIG_VISION_CALIBRATION_IMAGE_CALIBRATION_H
#define SMPRIG_VISION_CALIBRATION_IMAGE_CALIBRATION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/result.h"
#include "vision/calibration/bundle.h"
#include "vision/calibration/views.h"

struct image_calibration {
    struct bundle bundle; /* adjusted: cameras, ring, views' poses; its looks with residuals */
    struct bundle_outcome outcome;
    struct views_quality quality;
    uint32_t views_used;
    double error_um;    /* expected at the target's middle, one sigma */
    double residual_um; /* rig: rms of the rig's poses against the images; else 0 */
};
void image_calibration_release(struct image_calibration *calibration);

/* Rms of a view's looks, px; their number in *ret_looks (may be NULL). */
double image_calibration_view_rms(const struct image_calibration *calibration, uint32_t view,
                                  uint32_t *ret_looks);
/* Angle between a view's target and the line of sight of a camera, rad. */
double image_calibration_view_tilt(const struct image_calibration *calibration, uint32_t view,
                                   uint32_t camera);

/* A chessboard instead of tags. columns 0: none. */
struct chessboard {
    uint32_t columns, rows; /* inner corners */
    double square_mm;
};
#define CHESSBOARD_CORNERS_MAX 1024

/* camera: intrinsics of the one camera in the views, from a flat board of tags (a ring file; parts
 * of it are enough in each view) or a chessboard (seen whole). Adjusts fx, fy, cx, cy, k1, k2, p1,
 * p2, and k3 when asked. The views' camera_index must be 0 throughout. */
struct intrinsics_options {
    const struct tag_ring *board; /* NULL: the chessboard */
    struct chessboard chessboard;
    bool has_k3;
    char name[CAMERA_NAME_MAX];
};
MUST_USE enum result calibrate_intrinsics(const struct views *views,
                                          const struct intrinsics_options *options,
                                          struct image_calibration *ret_calibration,
                                          struct error *err);

/* stereo: poses of the cameras after the first, whose own stays as it is. Intrinsics stay. */
MUST_USE enum result calibrate_stereo(const struct views *views, const struct camera_set *cameras,
                                      const struct tag_ring *board,
                                      struct image_calibration *ret_calibration, struct error *err);

/* ring: place of each tag on its ring. The ring as a whole is held where its file puts it (the mean
 * of the tags' twists is zero), so scan and registration stay near. */
MUST_USE enum result calibrate_ring(const struct views *views, const struct camera_set *cameras,
                                    const struct tag_ring *ring,
                                    struct image_calibration *ret_calibration, struct error *err);

/* rig: all cameras as one body against the rig, from a board on the tool at poses that the rig
 * reports (T_rig_tool, one a view). Park and Martin 1994 for the start, then an adjustment in which
 * the reported poses are uncertain too. */
struct rig_poses {
    const struct pose *T_rig_tool;
    double sigma_mm, sigma_rad; /* how exact the rig is */
};
MUST_USE enum result calibrate_rig(const struct views *views, const struct camera_set *cameras,
                                   const struct tag_ring *board, const struct rig_poses *poses,
                                   struct image_calibration *ret_calibration, struct error *err);

#endif
