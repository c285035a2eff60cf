/* Inside the tracker: what one look at the images gives (rows, views), and the normal system of a
 * step. For vision/tracker.c and vision/tracker_look.c alone. */
#ifndef SMPRIG_VISION_TRACKER_LOOK_H
#define SMPRIG_VISION_TRACKER_LOOK_H

#include "vision/edge_measure.h"
#include "vision/edge_model.h"
#include "vision/tracker.h"

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

/* One iteration's view of one camera. */
struct look {
    const struct image *image;
    const struct camera_model *model;
    struct pose T_camera_head, T_camera_rig, T_rig_head;
    double reach_px, huber_px, offset_max_px, bleed_px, blur_px;
    uint32_t first_point, point_step; /* which points of each tag */
    double answers[EDGE_REACHES];     /* edge_answer() by reach, in steps of EDGE_REACH_STEP_PX */
};

struct normal_system {
    double A[36], b[6];
    double cost, weight, spread;
    uint32_t edges, linear_edges;
};

/* Measure all visible tags at T_rig_head: fills rows and views. */
void tracker_look_at_all(struct tracker *tracker, const struct image *images,
                         struct pose T_rig_head, struct look *look);

/* Drop tags that are not what the ring says: too few of their edges, or (with_residual) edges that
 * do not agree. */
void tracker_gate_tags(struct tracker *tracker, bool with_residual);

/* The normal system of the views in use, each centred on its bleed. */
void tracker_build_system(struct tracker *tracker, struct normal_system *ret_system);

/* What the step x leaves of each view's mean is its bleed. False: a bleed that
 * no light explains. */
bool tracker_update_bleed(struct tracker *tracker, const double x[6]);

/* Mean bleed of the views in use, px. */
double tracker_mean_bleed(const struct tracker *tracker);

#endif
