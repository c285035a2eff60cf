#include <stdlib.h>
#include <string.h>

#include "base/linalg.h"
#include "vision/calibration/adjust.h"
#include "vision/opencv_shim.h"

#define VIEWS_MIN 8
#define CORNERS_MIN 16    /* of a view, for the start */
#define TILT_MIN_DEG 6.0  /* standard deviation of the board's normals, along both axes */
#define COVERAGE_MIN 0.55 /* of the image's width and height */
#define FOCAL_SIGMA_MAX 2e-3
#define BORDER_FACING_MIN 0.35
#define FLAT_MM 1e-6

/* Corners of all views in one list, as OpenCV wants them. */
struct corner_list {
    double *object_mm, *image_px;
    uint32_t *counts, *views;
    uint32_t view_count, corner_count;
    double *rvecs, *tvecs;
};

static bool allocate(struct corner_list *list, uint32_t views, size_t per_view) {
    size_t corners = views * per_view + 1;
    list->object_mm = calloc(corners, 3 * sizeof(double));
    list->image_px = calloc(corners, 2 * sizeof(double));
    list->counts = calloc(views + 1, sizeof(uint32_t));
    list->views = calloc(views + 1, sizeof(uint32_t));
    list->rvecs = calloc(views + 1, 3 * sizeof(double));
    list->tvecs = calloc(views + 1, 3 * sizeof(double));
    return list->object_mm && list->image_px && list->counts && list->views && list->rvecs &&
           list->tvecs;
}

static void release(struct corner_list *list) {
    free(list->object_mm);
    free(list->image_px);
    free(list->counts);
    free(list->views);
    free(list->rvecs);
    free(list->tvecs);
}

static void put_corner(struct corner_list *list, struct vec3 p, struct pixel q) {
    double *o = list->object_mm + 3 * (size_t)list->corner_count;
    double *i = list->image_px + 2 * (size_t)list->corner_count++;
    o[0] = p.x;
    o[1] = p.y;
    o[2] = p.z;
    i[0] = q.u;
    i[1] = q.v;
}

/* A view with enough corners stays; one with too few is taken away again. */
static void end_view(struct corner_list *list, uint32_t view, uint32_t first) {
    uint32_t count = list->corner_count - first;
    if (count < CORNERS_MIN) {
        list->corner_count = first;
        return;
    }
    list->counts[list->view_count] = count;
    list->views[list->view_count++] = view;
}

static enum result tag_corners_of(const struct views *views, const struct tag_ring *board,
                                  struct corner_list *list, struct error *err) {
    struct views_tags tags;
    enum result result = views_find_tags(views, board, &tags, err);
    if (result != RESULT_OK) return result;
    for (uint32_t v = 0; v < views->count; v++) {
        uint32_t first = list->corner_count;
        for (uint32_t i = tags.first[v]; i < tags.first[v + 1]; i++) {
            const struct ring_tag *tag = &board->tags[tags.sightings[i].tag_index];
            for (int k = 0; k < 4; k++) {
                struct vec3 p = {tag->size_mm / 2 * tag_corner_signs[k][0],
                                 tag->size_mm / 2 * tag_corner_signs[k][1], 0};
                put_corner(list, pose_apply(tag->T_ring_tag, p), tags.sightings[i].corners[k]);
            }
        }
        end_view(list, v, first);
    }
    views_tags_release(&tags);
    return RESULT_OK;
}

static void chess_corners_of(const struct views *views, struct chessboard board,
                             struct corner_list *list) {
    double corners[2 * CHESSBOARD_CORNERS_MAX];
    struct opencv_chessboard size = {(int)board.columns, (int)board.rows};
    for (uint32_t v = 0; v < views->count; v++) {
        uint32_t first = list->corner_count;
        const struct image *image = &views->list[v].images[0];
        if (image->pixels == NULL || opencv_find_chessboard(image, size, corners) != RESULT_OK)
            continue;
        for (uint32_t i = 0; i < board.columns * board.rows; i++) {
            struct vec3 p = {(i % board.columns) * board.square_mm,
                             -(double)(i / board.columns) * board.square_mm, 0};
            put_corner(list, p, (struct pixel){corners[2 * i], corners[2 * i + 1]});
        }
        end_view(list, v, first);
    }
}

/* OpenCV's calibration of the corners into the bundle: intrinsics and views' poses. */
static enum result start(const struct corner_list *list, struct image_calibration *c,
                         struct error *err) {
    struct camera_model *m = &c->bundle.cameras.cameras[0].model;
    const struct opencv_views views = {list->object_mm,  list->image_px, list->counts,
                                       list->view_count, m->width_px,    m->height_px};
    struct opencv_intrinsics k;
    if (opencv_calibrate(&views, &k, list->rvecs, list->tvecs) != RESULT_OK)
        return error_set(err, RESULT_SINGULAR,
                         "these views do not determine the camera: tilt the board more");
    m->fx_px = k.fx;
    m->fy_px = k.fy;
    m->cx_px = k.cx;
    m->cy_px = k.cy;
    m->k1 = k.k1;
    m->k2 = k.k2;
    m->p1 = k.p1;
    m->p2 = k.p2;
    for (uint32_t v = 0; v < c->bundle.view_count; v++) c->bundle.T_rig_ring[v].t.x = (double)NAN;
    for (uint32_t i = 0; i < list->view_count; i++) {
        const double *r = list->rvecs + 3 * (size_t)i, *t = list->tvecs + 3 * (size_t)i;
        c->bundle.T_rig_ring[list->views[i]] =
            (struct pose){mat3_exp(vec3_make(r[0], r[1], r[2])), vec3_make(t[0], t[1], t[2])};
    }
    return RESULT_OK;
}

/* The normals of the board in the camera's frame must lean both ways: else focal length and
 * distance are one (Sturm and Maybank 1999). */
static enum result judge_tilt(const struct image_calibration *c, struct error *err) {
    struct mat3 scatter = {0}, vectors;
    struct vec3 mean = {0, 0, 0};
    uint32_t views = 0;
    double values[3];
    for (int pass = 0; pass < 2; pass++)
        for (uint32_t v = 0; v < c->bundle.view_count; v++) {
            if (!pose_is_finite(c->bundle.T_rig_ring[v])) continue;
            struct vec3 n = pose_rotate(c->bundle.T_rig_ring[v], vec3_make(0, 0, 1));
            if (pass == 0) {
                mean = vec3_add(mean, n);
                views++;
                continue;
            }
            struct vec3 d = vec3_sub(n, vec3_scale(mean, 1.0 / views));
            double e[3] = {d.x, d.y, d.z};
            for (int i = 0; i < 3; i++)
                for (int j = 0; j < 3; j++) scatter.m[i][j] += e[i] * e[j] / views;
        }
    linalg_eigen_sym3(scatter, values, &vectors);
    double least_deg = sqrt(fmax(values[1], 0)) * DEG_PER_RAD; /* the middle one: the second way */
    if (least_deg >= TILT_MIN_DEG) return RESULT_OK;
    return error_set(err, RESULT_REFUSED,
                     "too little tilt: the board leans by %.1f deg about one of its axes (rms), "
                     "at least %.0f about both: turn it 15 to 40 deg to all four sides",
                     least_deg, TILT_MIN_DEG);
}

static enum result judge_coverage(const struct corner_list *list, const struct camera_model *m,
                                  struct error *err) {
    double low[2] = {INFINITY, INFINITY}, high[2] = {-INFINITY, -INFINITY};
    for (uint32_t i = 0; i < list->corner_count; i++)
        for (int k = 0; k < 2; k++) {
            low[k] = fmin(low[k], list->image_px[2 * i + (uint32_t)k]);
            high[k] = fmax(high[k], list->image_px[2 * i + (uint32_t)k]);
        }
    double wide = (high[0] - low[0]) / m->width_px, high_share = (high[1] - low[1]) / m->height_px;
    if (wide >= COVERAGE_MIN && high_share >= COVERAGE_MIN) return RESULT_OK;
    return error_set(
        err, RESULT_REFUSED,
        "the board was seen on %.0f %% of the image's width and %.0f %% of its height, "
        "at least %.0f: bring it into the corners too",
        100 * wide, 100 * high_share, 100 * COVERAGE_MIN);
}

static enum result judge_result(const struct image_calibration *c, struct error *err) {
    const struct camera_model *m = &c->bundle.cameras.cameras[0].model;
    double sigma = sqrt(c->outcome.covariance[0]) / m->fx_px;
    if (sigma <= FOCAL_SIGMA_MAX) return RESULT_OK;
    return error_set(err, RESULT_REFUSED,
                     "the focal length is only known to %.2f %%, at most %.2f: more views, more "
                     "tilt, different distances",
                     100 * sigma, 100 * FOCAL_SIGMA_MAX);
}

static enum result check_board(const struct tag_ring *board, struct error *err) {
    for (uint32_t k = 0; k < board->count; k++) {
        struct pose T = board->tags[k].T_ring_tag;
        if (!(fabs(T.t.z) < FLAT_MM) || !(T.R.m[2][2] > 1 - 1e-9))
            return error_set(err, RESULT_INVALID,
                             "tag %d of the board is not in its plane z = 0: the camera's board "
                             "must be flat",
                             board->tags[k].id);
    }
    return RESULT_OK;
}

/* A camera of the images' size, nothing else known. */
static enum result first_camera(const struct views *views, const char *name,
                                struct camera_set *ret_set, struct error *err) {
    struct camera_set set = {.count = 1};
    for (uint32_t v = 0; v < views->count; v++) {
        const struct image *image = &views->list[v].images[0];
        struct camera_model *m = &set.cameras[0].model;
        if (image->pixels == NULL) continue;
        if (m->width_px != 0 && (m->width_px != image->width || m->height_px != image->height))
            return error_set(err, RESULT_FORMAT, "images of different sizes: %ux%u and %ux%u",
                             m->width_px, m->height_px, image->width, image->height);
        *m = (struct camera_model){.width_px = image->width, .height_px = image->height};
    }
    if (set.cameras[0].model.width_px == 0 || views->camera_count != 1)
        return error_set(err, RESULT_FORMAT, "expected readable images of one camera (index 0)");
    memcpy(set.cameras[0].name, name, sizeof set.cameras[0].name);
    set.cameras[0].T_rig_camera = pose_identity();
    *ret_set = set;
    return RESULT_OK;
}

/* The chessboard's corners as the bundle's rows: they are as exact as they will get. */
static enum result solve_chessboard(const struct corner_list *list, struct image_calibration *c,
                                    struct error *err) {
    enum result result = RESULT_OK;
    uint32_t at = 0;
    for (uint32_t i = 0; i < list->view_count && result == RESULT_OK; i++) {
        struct bundle_look look = {.view = list->views[i]};
        result = bundle_add_look(&c->bundle, &look);
        for (uint32_t k = 0; k < list->counts[i] && result == RESULT_OK; k++, at++) {
            const double *o = list->object_mm + 3 * (size_t)at,
                         *q = list->image_px + 2 * (size_t)at;
            result = bundle_add_corner(&c->bundle, vec3_make(o[0], o[1], o[2]),
                                       (struct pixel){q[0], q[1]});
        }
    }
    if (result != RESULT_OK) return error_set(err, result, "no memory for the corners");
    c->views_used = c->quality.looks = list->view_count;
    result = bundle_solve(&c->bundle, &c->outcome, err);
    if (result == RESULT_OK) c->error_um = 1e3 * c->outcome.pose_error_mm;
    return result;
}

static enum result calibrate(const struct views *views, const struct intrinsics_options *options,
                             struct corner_list *list, struct image_calibration *c,
                             struct error *err) {
    static const struct adjust_limits limits = {"camera's calibration", VIEWS_MIN, 4,
                                                BORDER_FACING_MIN};
    enum result result = RESULT_OK;
    if (options->board != NULL)
        result = tag_corners_of(views, options->board, list, err);
    else
        chess_corners_of(views, options->chessboard, list);
    if (result != RESULT_OK) return result;
    if (list->view_count < VIEWS_MIN)
        return error_set(err, RESULT_REFUSED,
                         "the board was found in %u of %u views, at least %d are needed%s",
                         list->view_count, views->count, VIEWS_MIN,
                         views->unreadable ? " (some images are unreadable)" : "");
    result = judge_coverage(list, &c->bundle.cameras.cameras[0].model, err);
    if (result == RESULT_OK) result = start(list, c, err);
    if (result == RESULT_OK) result = judge_tilt(c, err);
    if (result == RESULT_OK)
        result = options->board != NULL ? adjust_by_borders(views, &limits, c, err)
                                        : solve_chessboard(list, c, err);
    return result == RESULT_OK ? judge_result(c, err) : result;
}

enum result calibrate_intrinsics(const struct views *views,
                                 const struct intrinsics_options *options,
                                 struct image_calibration *ret_calibration, struct error *err) {
    struct image_calibration c = {0};
    struct camera_set cameras;
    struct corner_list list = {0};
    struct tag_ring board = {.count = 1, .T_head_ring = pose_identity()};
    size_t per_view = CHESSBOARD_CORNERS_MAX;
    board.tags[0].T_ring_tag = pose_identity(); /* a chessboard is one tag without a face */
    if (options->board != NULL) {
        board = *options->board;
        per_view = 4 * RING_TAGS_MAX;
    }
    enum result result = check_board(&board, err);
    if (result == RESULT_OK) result = first_camera(views, options->name, &cameras, err);
    if (result == RESULT_OK) result = bundle_init(&c.bundle, &cameras, &board, views->count, err);
    if (result != RESULT_OK) return result;
    c.bundle.intrinsics_slot[0] = 0;
    c.bundle.shared_count = BUNDLE_INTRINSICS;
    c.bundle.free_intrinsics = (1u << BUNDLE_INTRINSICS) - 1u;
    if (!options->has_k3) c.bundle.free_intrinsics &= ~(1u << INTRINSIC_K3);
    struct vec3 sum = {0, 0, 0};
    for (uint32_t k = 0; k < board.count; k++) sum = vec3_add(sum, board.tags[k].T_ring_tag.t);
    c.bundle.pivot_ring = vec3_scale(sum, 1.0 / board.count);
    result = allocate(&list, views->count, per_view)
                 ? calibrate(views, options, &list, &c, err)
                 : error_set(err, RESULT_NO_MEMORY, "no memory for the corners");
    release(&list);
    if (result == RESULT_OK)
        *ret_calibration = c;
    else
        image_calibration_release(&c);
    return result;
}
