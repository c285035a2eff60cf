/* Bundle adjustment for all calibrations by images: camera, stereo, ring, rig (Triggs et al. 2000,
 * "Bundle adjustment: a modern synthesis").
 *
 *     p_tag --tag--> p_ring --view--> p_rig --camera--> p_camera --intrinsics--> pixel
 *
 * One look is one tag in one camera in one view; its rows say how far a border (or corner) of the
 * tag lies from its prediction along a direction in the image. What is unknown is told by slots:
 * each camera's intrinsics, each camera's pose, each tag's pose is either fixed or lies at an index
 * of the shared parameters; several may share one slot and then move together. Views' poses are
 * eliminated (Schur complement), so a step costs little with hundreds of views.
 *
 * Perturbations are left twists (base/geom.h): of T_rig_ring for a view, of T_ring_tag for a tag
 * (about `pivot_ring`), and of the rig side for a camera, T_camera_rig' = T_camera_rig exp(xi). */
#ifndef SMPRIG_VISION_CALIBRATION_BUNDLE_H
#define SMPRIG_VISION_CALIBRATION_BUNDLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/geom.h"
#include "base/result.h"
#include "vision/camera_file.h"
#include "vision/ring_file.h"

#define BUNDLE_VIEWS_MAX 256
#define BUNDLE_ROWS_MAX 4000000u
#define BUNDLE_FIXED UINT32_MAX

/* Order of a camera's intrinsics in its slot. */
enum bundle_intrinsic {
    INTRINSIC_FX,
    INTRINSIC_FY,
    INTRINSIC_CX,
    INTRINSIC_CY,
    INTRINSIC_K1,
    INTRINSIC_K2,
    INTRINSIC_P1,
    INTRINSIC_P2,
    INTRINSIC_K3,
    BUNDLE_INTRINSICS
};

struct bundle_row {
    struct vec3 p_tag;
    double u, v;   /* measured: a point of the border, or the corner */
    double nu, nv; /* the residual is measured along this unit direction */
    double weight;
};

struct bundle_look {
    uint32_t view, camera, tag;
    uint32_t first_row, row_count;
    bool has_bleed;                /* one more unknown: all rows off by the same (tracker_look.h) */
    double rms_px;                 /* after the solution */
    double shift_u_px, shift_v_px; /* mean residual as a vector, for pictures */
};

/* What is known of a view's pose beforehand: where the rig says it is. sigma 0: nothing. */
struct bundle_prior {
    struct pose T_rig_ring;
    double sigma_mm, sigma_rad;
};

struct bundle {
    struct camera_set cameras;
    struct pose T_camera_rig[CAMERA_COUNT_MAX]; /* what is adjusted; cameras' own follow */
    struct tag_ring ring;
    struct vec3 pivot_ring;
    struct pose *T_rig_ring; /* owned, one a view */
    struct bundle_prior *priors;
    uint32_t view_count;
    struct bundle_look *looks;
    size_t look_count, look_capacity;
    struct bundle_row *rows;
    size_t row_count, row_capacity;
    uint32_t intrinsics_slot[CAMERA_COUNT_MAX], camera_slot[CAMERA_COUNT_MAX];
    uint32_t tag_slot[RING_TAGS_MAX];
    uint32_t shared_count;
    uint32_t free_intrinsics; /* bit i: enum bundle_intrinsic i is adjusted */
    bool has_tag_gauge;       /* tags move freely as a whole: hold their mean twist at zero */
    bool has_fixed_views;     /* views' poses are not adjusted */
};

struct bundle_outcome {
    double rms_px;        /* weighted, of all rows */
    double sigma2;        /* what the shared covariance was scaled with */
    double *covariance;   /* owned, shared_count x shared_count */
    double pose_error_mm; /* rms: what the shared unknowns leave in a view's pose at the pivot */
    uint32_t shared_count, steps;
    size_t rows;
};

/* Everything fixed, no views' poses known yet. */
MUST_USE enum result bundle_init(struct bundle *bundle, const struct camera_set *cameras,
                                 const struct tag_ring *ring, uint32_t view_count,
                                 struct error *err);
void bundle_finish(struct bundle *bundle);

/* Forget all looks. */
void bundle_clear_looks(struct bundle *bundle);
/* Begin a look; the rows that follow are its. RESULT_NO_MEMORY, RESULT_LIMIT. */
MUST_USE enum result bundle_add_look(struct bundle *bundle, const struct bundle_look *look);
MUST_USE enum result bundle_add_row(struct bundle *bundle, const struct bundle_row *row);
/* A corner: two rows. */
MUST_USE enum result bundle_add_corner(struct bundle *bundle, struct vec3 p_tag,
                                       struct pixel corner);
/* Take the last look away again, with its rows. */
void bundle_drop_look(struct bundle *bundle);

/* Pose of a tag in a camera in a view, as it stands now. */
struct pose bundle_T_camera_tag(const struct bundle *bundle, const struct bundle_look *look);

/* Levenberg-Marquardt with Huber weights until the steps settle. Fills looks' residuals and the
 * outcome (release it). RESULT_SINGULAR: the looks do not determine the unknowns. */
MUST_USE enum result bundle_solve(struct bundle *bundle, struct bundle_outcome *ret_outcome,
                                  struct error *err);
void bundle_outcome_release(struct bundle_outcome *outcome);

/* Standard deviation of a point's place by the covariance of one slot of six (a left twist), mm:
 * the root of the trace. */
double bundle_twist_error(const struct bundle_outcome *outcome, uint32_t slot, struct vec3 p);

/* Derivative of a pixel by the camera's intrinsics at a point of the camera frame. */
void bundle_intrinsic_jacobian(const struct camera_model *model, struct vec3 p_camera,
                               double ret_du[BUNDLE_INTRINSICS], double ret_dv[BUNDLE_INTRINSICS]);

#endif
