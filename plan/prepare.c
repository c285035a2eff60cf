#include "plan/prepare.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "plan/decimate.h"
#include "plan/prepare_steps.h"

#define ORIGIN_UP_MM 40.0 /* the anterior commissure above the middle between the ears */
#define HEAD_LEAST_MM 120.0
#define HEAD_MOST_MM 350.0
#define EARS_LEAST_MM 80.0

static const struct {
    double scale;
    const char *name;
} units[] = {{1.0, "mm"}, {1000.0, "m"}, {10.0, "cm"}, {25.4, "inch"}};

static void bounds(const struct mesh *mesh, double low[3], double high[3]) {
    for (int k = 0; k < 3; k++) low[k] = INFINITY, high[k] = -INFINITY;
    for (size_t i = 0; i < mesh->vertex_count; i++)
        for (int k = 0; k < 3; k++) {
            double value = (double)mesh->positions[3 * i + (size_t)k];
            low[k] = fmin(low[k], value);
            high[k] = fmax(high[k], value);
        }
}

/* A head is 120 to 350 mm each way: one unit at most makes the box so. */
static enum result find_scale(const struct mesh *mesh, const struct prepare_setup *setup,
                              struct prepare_report *report, struct error *err) {
    double low[3], high[3], least = INFINITY, most = 0;
    bounds(mesh, low, high);
    for (int k = 0; k < 3; k++) {
        least = fmin(least, high[k] - low[k]);
        most = fmax(most, high[k] - low[k]);
    }
    report->scale = setup->scale;
    report->unit = "as given";
    for (size_t i = 0; !(setup->scale > 0) && i < sizeof units / sizeof *units; i++) {
        if (!(least * units[i].scale >= HEAD_LEAST_MM && most * units[i].scale <= HEAD_MOST_MM))
            continue;
        report->scale = units[i].scale;
        report->unit = units[i].name;
        return RESULT_OK;
    }
    if (report->scale > 0) return RESULT_OK;
    return error_set(
        err, RESULT_RANGE,
        "the scan is %.4g by %.4g at its narrowest and widest: no head in mm, cm, m or "
        "inch; cut it to the head, or give --scale",
        least, most);
}

static void transform(struct mesh *mesh, double scale, struct pose T) {
    for (size_t i = 0; i < mesh->vertex_count; i++) {
        struct vec3 p = pose_apply(T, vec3_scale(mesh_vertex(mesh, (uint32_t)i), scale));
        mesh->positions[3 * i] = (float)p.x;
        mesh->positions[3 * i + 1] = (float)p.y;
        mesh->positions[3 * i + 2] = (float)p.z;
    }
}

/* RAS from three landmarks: x from ear to ear, y towards the nose in their plane, z up. */
static enum result find_axes(const struct prepare_setup *setup, double scale, struct pose *ret_T,
                             struct error *err) {
    *ret_T = pose_identity();
    if (!setup->has_landmarks) return RESULT_OK;
    struct vec3 left = vec3_scale(setup->ear_left, scale);
    struct vec3 right = vec3_scale(setup->ear_right, scale);
    struct vec3 middle = vec3_scale(vec3_add(left, right), 0.5);
    struct vec3 across = vec3_sub(right, left);
    struct vec3 ahead = vec3_sub(vec3_scale(setup->nasion, scale), middle);
    double ears_mm = vec3_norm(across);
    struct vec3 x = vec3_scale(across, 1.0 / fmax(ears_mm, 1e-9));
    ahead = vec3_mad(ahead, -vec3_dot(ahead, x), x);
    if (!(ears_mm >= EARS_LEAST_MM) || !(vec3_norm(ahead) >= 0.3 * EARS_LEAST_MM))
        return error_set(err, RESULT_RANGE,
                         "the landmarks are no head's: the ears stand %.0f mm apart and the nose "
                         "%.0f mm before them",
                         ears_mm, vec3_norm(ahead));
    struct vec3 y = vec3_unit(ahead), z = vec3_cross(x, y);
    struct mat3 R = {{{x.x, x.y, x.z}, {y.x, y.y, y.z}, {z.x, z.y, z.z}}};
    struct vec3 origin = vec3_mad(middle, ORIGIN_UP_MM, z);
    *ret_T = (struct pose){R, vec3_scale(mat3_apply(R, origin), -1.0)};
    return RESULT_OK;
}

static void tell(struct fill_progress progress, double fraction) {
    if (progress.tell) progress.tell(progress.context, fraction);
}

enum result prepare_scan(struct mesh *mesh, const struct prepare_setup *setup,
                         struct fill_progress progress, struct prepare_report *ret_report,
                         struct error *err) {
    struct prepare_report report = {.vertices_before = mesh->vertex_count,
                                    .triangles_before = mesh->triangle_count};
    struct pose T;
    enum result result = find_scale(mesh, setup, &report, err);
    if (result == RESULT_OK) result = find_axes(setup, report.scale, &T, err);
    if (result != RESULT_OK) return result;
    transform(mesh, report.scale, T);
    tell(progress, 0.1);
    if (isfinite(setup->cut_z_mm)) report.cut_triangles = prepare_cut(mesh, setup->cut_z_mm);
    result = prepare_drop_pieces(mesh, &report.pieces_dropped, &report.piece_triangles);
    if (result == RESULT_OK) result = prepare_drop_spikes(mesh, &report.spikes);
    tell(progress, 0.2);
    if (result == RESULT_OK) result = prepare_fill_holes(mesh, setup->hole_mm, &report);
    if (result == RESULT_OK) result = mesh_weld(mesh);
    tell(progress, 0.3);
    if (result == RESULT_OK && setup->smooth_mm > 0)
        result = prepare_smooth(mesh, setup->smooth_mm, &report);
    tell(progress, 0.5);
    if (result == RESULT_OK && setup->vertices && mesh->vertex_count > setup->vertices)
        result =
            mesh_decimate(mesh, setup->vertices, (struct fill_progress){0}, &report.decimate_mm);
    if (result != RESULT_OK) return error_set(err, result, "out of memory");
    tell(progress, 1.0);
    report.vertices_after = mesh->vertex_count;
    report.triangles_after = mesh->triangle_count;
    *ret_report = report;
    return RESULT_OK;
}
