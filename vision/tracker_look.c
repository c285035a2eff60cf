#include "vision/tracker_look.h"

#include <string.h>

#include "vision/edge_measure.h"
#include "vision/edge_view.h"

#define SATURATED_WEIGHT 1e-3 /* saturated edges only help where there is nothing else */
#define BLEED_MAX_PX 2.0

/* The same few reaches come by the thousand: what depends on them is reckoned once a look. */
static void reckon_answers(struct look *look) {
    for (int i = 0; i < EDGE_REACHES; i++)
        look->answers[i] = edge_answer(look->blur_px, i * EDGE_REACH_STEP_PX);
}

static double answer_of(const struct look *look, double reach_px) {
    return look->answers[(int)(reach_px / EDGE_REACH_STEP_PX + 0.5)];
}

/* Measure one edge and write its row. False: not visible here, or not found; *expected tells
 * whether it should have been there. */
static bool measure_point(const struct tracker *tracker, const struct look *look,
                          const struct edge_tag *tag, const struct edge_point *point,
                          struct edge_row *ret_row, bool *expected) {
    struct edge_view view;
    struct edge_found found;
    *expected = false;
    if (!edge_view_predict(look->model, look->T_camera_head, point, tag->cell_mm, &view)) {
        return false;
    }
    struct edge_line line = view.line;
    line.contrast_min = tracker->settings.contrast_min;
    struct pixel_jacobian J = view.J;
    if (!(view.cell_px >= tracker->settings.cell_px_min)) return false;
    double cell_reach_px = EDGE_REACH_SHARE * view.cell_px;
    line.reach_px = cell_reach_px < look->reach_px ? cell_reach_px : look->reach_px;
    *expected = camera_sees(look->model, line.at, line.reach_px + 2);
    if (!*expected || !edge_measure(look->image, &line, &found)) return false;
    found.offset_px = found.offset_px / answer_of(look, found.reach_px) + look->bleed_px;
    if (!(fabs(found.offset_px) <= look->offset_max_px)) return false;
    struct vec3 a = vec3_add(vec3_scale(J.du, line.nu), vec3_scale(J.dv, line.nv));
    struct vec3 g = mat3_apply(mat3_transpose(look->T_camera_rig.R), a);
    struct vec3 p_rig = pose_apply(look->T_rig_head, point->p_head);
    struct vec3 m = vec3_cross(p_rig, g);
    double huber =
        fabs(found.offset_px) > look->huber_px ? look->huber_px / fabs(found.offset_px) : 1;
    double relative = found.contrast / 128;
    *ret_row = (struct edge_row){
        .g = {g.x, g.y, g.z, m.x, m.y, m.z},
        .offset_px = found.offset_px,
        .weight = huber * relative * relative * (found.is_linear ? 1 : SATURATED_WEIGHT),
        .spread_px = found.spread_px,
        .is_linear = found.is_linear};
    return true;
}

static void look_at_tag(struct tracker *tracker, const struct look *look, uint32_t k,
                        struct tag_view *view) {
    const struct edge_tag *tag = &tracker->model.tags[k];
    *view = (struct tag_view){.first_row = tracker->row_count, .is_used = true};
    struct vec3 centre = pose_apply(look->T_camera_head, tag->centre_head);
    struct vec3 normal = pose_rotate(look->T_camera_head, tag->normal_head);
    if (!(-vec3_dot(centre, normal) > tracker->settings.facing_cosine_min * vec3_norm(centre))) {
        return;
    }
    double sum = 0, weights = 0;
    for (uint32_t i = look->first_point; i < tag->point_count && tracker->row_count < ROWS_MAX;
         i += look->point_step) {
        bool expected;
        struct edge_row *row = &tracker->rows[tracker->row_count];
        bool is_found = measure_point(tracker, look, tag, &tag->points[i], row, &expected);
        view->expected += expected;
        if (!is_found) continue;
        sum += row->weight * row->offset_px * row->offset_px;
        weights += row->weight;
        tracker->row_count++;
        view->row_count++;
    }
    view->rms_px = weights > 0 ? sqrt(sum / weights) : 0;
}

void tracker_look_at_all(struct tracker *tracker, const struct image *images,
                         struct pose T_rig_head, struct look *look) {
    tracker->row_count = 0;
    reckon_answers(look);
    for (uint32_t c = 0; c < tracker->cameras.count; c++) {
        look->image = &images[c];
        look->model = &tracker->cameras.cameras[c].model;
        look->T_camera_rig = tracker->T_camera_rig[c];
        look->T_rig_head = T_rig_head;
        look->T_camera_head = pose_mul(look->T_camera_rig, T_rig_head);
        for (uint32_t k = 0; k < tracker->model.tag_count; k++) {
            tracker->views[c][k] = (struct tag_view){0};
            look->bleed_px = tracker->bleed_px[c][k];
            if (images[c].pixels != NULL) look_at_tag(tracker, look, k, &tracker->views[c][k]);
        }
    }
}

void tracker_gate_tags(struct tracker *tracker, bool with_residual) {
    for (uint32_t c = 0; c < tracker->cameras.count; c++)
        for (uint32_t k = 0; k < tracker->model.tag_count; k++) {
            struct tag_view *view = &tracker->views[c][k];
            view->is_used = view->row_count >= 8 &&
                            view->row_count >= tracker->settings.tag_share_min * view->expected &&
                            (!with_residual || view->rms_px <= tracker->settings.tag_rms_max_px);
        }
}

static void centre_view(const struct tracker *tracker, struct tag_view *view) {
    double weight = 0, g[6] = {0}, offset = 0;
    for (uint32_t i = 0; i < view->row_count; i++) {
        const struct edge_row *row = &tracker->rows[view->first_row + i];
        weight += row->weight;
        offset += row->weight * row->offset_px;
        for (int j = 0; j < 6; j++) g[j] += row->weight * row->g[j];
    }
    view->mean_offset_px = weight > 0 ? offset / weight : 0;
    for (int j = 0; j < 6; j++) view->mean_g[j] = weight > 0 ? g[j] / weight : 0;
}

static void add_row(struct normal_system *system, const struct tag_view *view,
                    const struct edge_row *row) {
    double g[6], offset_px = row->offset_px - view->mean_offset_px;
    for (int i = 0; i < 6; i++) g[i] = row->g[i] - view->mean_g[i];
    for (int i = 0; i < 6; i++) {
        system->b[i] += row->weight * g[i] * offset_px;
        for (int j = 0; j <= i; j++) system->A[6 * i + j] += row->weight * g[i] * g[j];
    }
    system->cost += row->weight * offset_px * offset_px;
    system->weight += row->weight;
    system->spread += row->weight * row->spread_px;
    system->edges++;
    system->linear_edges += row->is_linear;
}

void tracker_build_system(struct tracker *tracker, struct normal_system *system) {
    memset(system, 0, sizeof *system);
    for (uint32_t c = 0; c < tracker->cameras.count; c++)
        for (uint32_t k = 0; k < tracker->model.tag_count; k++) {
            struct tag_view *view = &tracker->views[c][k];
            if (!view->is_used) continue;
            centre_view(tracker, view);
            for (uint32_t i = 0; i < view->row_count; i++)
                add_row(system, view, &tracker->rows[view->first_row + i]);
        }
    for (int i = 0; i < 6; i++)
        for (int j = 0; j < i; j++) system->A[6 * j + i] = system->A[6 * i + j];
}

bool tracker_update_bleed(struct tracker *tracker, const double x[6]) {
    bool is_sane = true;
    for (uint32_t c = 0; c < tracker->cameras.count; c++)
        for (uint32_t k = 0; k < tracker->model.tag_count; k++) {
            const struct tag_view *view = &tracker->views[c][k];
            double change = -view->mean_offset_px;
            for (int j = 0; j < 6; j++) change += view->mean_g[j] * x[j];
            if (!view->is_used) continue;
            tracker->bleed_px[c][k] += change;
            is_sane = is_sane && fabs(tracker->bleed_px[c][k]) < BLEED_MAX_PX;
        }
    return is_sane;
}

double tracker_mean_bleed(const struct tracker *tracker) {
    double sum = 0;
    uint32_t count = 0;
    for (uint32_t c = 0; c < tracker->cameras.count; c++)
        for (uint32_t k = 0; k < tracker->model.tag_count; k++)
            if (tracker->views[c][k].is_used) {
                sum += tracker->bleed_px[c][k];
                count++;
            }
    return count > 0 ? sum / count : 0;
}
