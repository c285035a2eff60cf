#include "vision/calibration/views.h"

#include <stdlib.h>
#include <string.h>

#include "vision/camera_sequence.h"
#include "vision/edge_view.h"

#define CONTRAST_MIN 12 /* as the tracker */
#define CELL_PX_MIN 3.5
#define SHARE_MIN 0.8
#define RMS_MAX_PX 0.35
#define ROWS_MIN 8
#define SATURATED_WEIGHT 1e-3
#define OFFSET_MAX_PX 3.0
#define FIND_DECIMATE 2

enum result views_read(const char *path, struct views *ret_views, struct error *err) {
    struct camera_source *source = NULL;
    struct frame_grouper grouper;
    struct frame_set set;
    struct views views = {0};
    enum result result = camera_sequence_open(path, &source, err);
    if (result != RESULT_OK) return result;
    views.camera_count = source->camera_count;
    views.list = calloc(BUNDLE_VIEWS_MAX, sizeof *views.list);
    frame_grouper_init(&grouper, source);
    if (views.list == NULL) result = error_set(err, RESULT_NO_MEMORY, "%s: no memory", path);
    while (result == RESULT_OK && (result = frame_set_next(&grouper, 0, &set, err)) == RESULT_OK) {
        if (views.count == BUNDLE_VIEWS_MAX) {
            frame_set_release(&set);
            result = error_set(err, RESULT_LIMIT, "%s: more than %d moments; take every second",
                               path, BUNDLE_VIEWS_MAX);
            break;
        }
        struct view_images *view = &views.list[views.count++];
        *view = (struct view_images){.set = set, .stamp_ns = set.stamp_ns};
        for (uint32_t i = 0; i < set.count; i++) {
            const struct camera_frame *frame = &set.frames[i];
            if (frame->status == FRAME_GOOD)
                view->images[frame->camera_index] = frame->image;
            else
                views.unreadable++;
        }
    }
    frame_grouper_finish(&grouper);
    camera_close(&source);
    if (result != RESULT_CLOSED) {
        views_release(&views);
        return result;
    }
    *ret_views = views;
    return RESULT_OK;
}

void views_release(struct views *views) {
    for (uint32_t v = 0; v < views->count; v++) frame_set_release(&views->list[v].set);
    free(views->list);
    *views = (struct views){0};
}

void views_tags_release(struct views_tags *tags) {
    free(tags->sightings);
    free(tags->first);
    *tags = (struct views_tags){0};
}

enum result views_find_tags(const struct views *views, const struct tag_ring *ring,
                            struct views_tags *ret_tags, struct error *err) {
    struct views_tags tags = {0};
    struct tag_finder *finder = NULL;
    uint32_t count = 0, per_view = views->camera_count * RING_TAGS_MAX;
    tags.sightings = calloc((size_t)views->count * per_view + 1, sizeof *tags.sightings);
    tags.first = calloc((size_t)views->count + 1, sizeof *tags.first);
    enum result result = tags.sightings != NULL && tags.first != NULL
                             ? tag_finder_create(ring, FIND_DECIMATE, &finder, err)
                             : error_set(err, RESULT_NO_MEMORY, "no memory for the tags");
    if (result != RESULT_OK) {
        views_tags_release(&tags);
        return result;
    }
    for (uint32_t v = 0; v < views->count; v++) {
        tags.first[v] = count;
        for (uint32_t c = 0; c < views->camera_count; c++) {
            if (views->list[v].images[c].pixels == NULL) continue;
            uint32_t found =
                tag_finder_find(finder, &views->list[v].images[c], (struct tag_window){0},
                                tags.sightings + count, RING_TAGS_MAX);
            for (uint32_t i = 0; i < found; i++) tags.sightings[count + i].camera_index = c;
            count += found;
        }
    }
    tags.first[views->count] = count;
    tag_finder_destroy(&finder);
    *ret_tags = tags;
    return RESULT_OK;
}

/* --- borders --- */

struct measuring {
    struct bundle *bundle;
    const struct edge_model *model; /* each tag in its own frame */
    struct views_measuring how;
    uint32_t rows, saturated, blurs_count;
    float *blurs; /* one a look */
};

/* One border; false: not there. *expected: it should have been. */
static bool measure_border(struct measuring *m, const struct image *image, struct pose T_camera_tag,
                           const struct edge_tag *tag, const struct edge_point *point,
                           const struct camera_model *camera, struct bundle_row *ret_row,
                           struct edge_found *found, bool *expected) {
    struct edge_view view;
    *expected = false;
    if (!edge_view_predict(camera, T_camera_tag, point, tag->cell_mm, &view) ||
        !(view.cell_px >= CELL_PX_MIN)) {
        return false;
    }
    view.line.contrast_min = CONTRAST_MIN;
    view.line.reach_px = fmin(m->how.reach_px, EDGE_REACH_SHARE * view.cell_px);
    *expected = camera_sees(camera, view.line.at, view.line.reach_px + 2);
    if (!*expected || !edge_measure(image, &view.line, found)) return false;
    double relative = found->contrast / 128;
    double offset = found->offset_px / edge_answer(found->spread_px, found->reach_px);
    if (!(fabs(offset) <= OFFSET_MAX_PX)) return false;
    *ret_row = (struct bundle_row){
        .p_tag = point->p_head,
        .u = view.line.at.u + offset * view.line.nu,
        .v = view.line.at.v + offset * view.line.nv,
        .nu = view.line.nu,
        .nv = view.line.nv,
        .weight = relative * relative * (found->is_linear ? 1 : SATURATED_WEIGHT)};
    return true;
}

/* Scatter of a look's rows about a shift and a bleed of their own: a wrong tag is not flat. */
static double scatter_of(const struct bundle_row *rows, uint32_t count, struct pose T_camera_tag,
                         const struct camera_model *camera) {
    double A[9] = {0}, b[3] = {0}, squares = 0, weight = 0;
    for (uint32_t i = 0; i < count; i++) {
        struct pixel at;
        if (!camera_project(camera, pose_apply(T_camera_tag, rows[i].p_tag), &at)) return INFINITY;
        double e = (rows[i].u - at.u) * rows[i].nu + (rows[i].v - at.v) * rows[i].nv;
        double g[3] = {rows[i].nu, rows[i].nv, 1}, w = rows[i].weight;
        for (int r = 0; r < 3; r++) {
            b[r] += w * g[r] * e;
            for (int k = 0; k < 3; k++) A[3 * r + k] += w * g[r] * g[k];
        }
        squares += w * e * e;
        weight += w;
    }
    struct mat3 M = {{{A[0], A[1], A[2]}, {A[3], A[4], A[5]}, {A[6], A[7], A[8]}}};
    double det = mat3_det(M);
    if (!(det > 1e-9 * weight * weight * weight)) return INFINITY;
    for (int k = 0; k < 3; k++) { /* Cramer */
        struct mat3 N = M;
        for (int r = 0; r < 3; r++) N.m[r][k] = b[r];
        squares -= b[k] * mat3_det(N) / det;
    }
    return sqrt(fmax(squares, 0) / weight);
}

static enum result measure_tag(struct measuring *m, const struct views *views,
                               const struct bundle_look *where, struct views_quality *quality) {
    struct bundle *bundle = m->bundle;
    const struct image *image = &views->list[where->view].images[where->camera];
    const struct camera_model *camera = &bundle->cameras.cameras[where->camera].model;
    const struct edge_tag *tag = &m->model->tags[where->tag];
    struct pose T = bundle_T_camera_tag(bundle, where);
    struct vec3 normal = pose_rotate(T, vec3_make(0, 0, 1));
    uint32_t expected = 0, saturated = 0;
    double blur = 0;
    if (!(-vec3_dot(normal, T.t) > m->how.facing_cosine_min * vec3_norm(T.t))) return RESULT_OK;
    enum result result = bundle_add_look(bundle, where);
    for (uint32_t i = 0; i < tag->point_count && result == RESULT_OK; i++) {
        struct bundle_row row;
        struct edge_found found;
        bool is_expected;
        bool is_found =
            measure_border(m, image, T, tag, &tag->points[i], camera, &row, &found, &is_expected);
        expected += is_expected;
        if (!is_found) continue;
        saturated += !found.is_linear;
        blur += found.spread_px;
        result = bundle_add_row(bundle, &row);
    }
    if (result != RESULT_OK) return result;
    const struct bundle_look *look = &bundle->looks[bundle->look_count - 1];
    if (expected == 0) {
        bundle_drop_look(bundle);
        return RESULT_OK;
    }
    quality->looks++;
    m->rows += look->row_count;
    m->saturated += saturated;
    if (look->row_count > 0) m->blurs[m->blurs_count++] = (float)(blur / look->row_count);
    bool is_good =
        look->row_count >= ROWS_MIN && look->row_count >= SHARE_MIN * expected &&
        scatter_of(bundle->rows + look->first_row, look->row_count, T, camera) <= RMS_MAX_PX;
    if (is_good) return RESULT_OK;
    quality->dropped++;
    bundle_drop_look(bundle);
    return RESULT_OK;
}

static int compare_floats(const void *a, const void *b) {
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

static enum result measure_all(struct measuring *m, const struct views *views,
                               struct views_quality *quality) {
    struct bundle *bundle = m->bundle;
    for (uint32_t v = 0; v < views->count; v++) {
        if (!pose_is_finite(bundle->T_rig_ring[v])) continue; /* never found */
        for (uint32_t c = 0; c < bundle->cameras.count; c++) {
            const struct camera_model *camera = &bundle->cameras.cameras[c].model;
            const struct image *image = &views->list[v].images[c];
            if (image->pixels == NULL || image->width != camera->width_px ||
                image->height != camera->height_px) {
                continue;
            }
            for (uint32_t k = 0; k < bundle->ring.count; k++) {
                struct bundle_look look = {.view = v, .camera = c, .tag = k, .has_bleed = true};
                enum result result = measure_tag(m, views, &look, quality);
                if (result != RESULT_OK) return result;
            }
        }
    }
    return RESULT_OK;
}

enum result views_measure(const struct views *views, struct views_measuring how,
                          struct bundle *bundle, struct views_quality *ret_quality,
                          struct error *err) {
    struct edge_model *model = calloc(1, sizeof *model);
    struct tag_ring own = bundle->ring;
    struct views_quality quality = {0};
    struct measuring m = {.bundle = bundle, .model = model, .how = how};
    m.blurs = calloc((size_t)views->count * bundle->cameras.count * own.count + 1, sizeof(float));
    own.T_head_ring = pose_identity();
    for (uint32_t k = 0; k < own.count; k++) own.tags[k].T_ring_tag = pose_identity();
    enum result result = model != NULL && m.blurs != NULL
                             ? edge_model_make(&own, how.points_per_border, model)
                             : RESULT_NO_MEMORY;
    bundle_clear_looks(bundle);
    if (result == RESULT_OK) result = measure_all(&m, views, &quality);
    if (result == RESULT_OK) {
        qsort(m.blurs, m.blurs_count, sizeof *m.blurs, compare_floats);
        quality.blur_px = m.blurs_count > 0 ? (double)m.blurs[m.blurs_count / 2] : 0;
        quality.saturated_share = m.rows > 0 ? (double)m.saturated / m.rows : 0;
        *ret_quality = quality;
    } else {
        error_set(err, result, "the tags' borders: %s", result_name(result));
    }
    free(m.blurs);
    free(model);
    return result;
}
