#include "vision/surface/surface_tracker.h"

#include <string.h>

#include "vision/calibration/registration.h"

#define SKIN_FLOOR_MM 0.05 /* skin over skull, scan against patch: does not average out */
#define ERROR_MAX_MM 1.0   /* a surface that holds the pose worse holds nothing */
#define RADIUS_MM 60.0     /* speeds are judged this far from the centre */

void surface_tracker_init(struct surface_tracker *tracker, const struct field_view *field,
                          struct pose T_rig_head, struct vec3 centre_head) {
    struct head_filter_settings settings = head_filter_settings_default();
    settings.centre_head = centre_head;
    settings.radius_mm = RADIUS_MM;
    settings.pose_floor_mm = SKIN_FLOOR_MM;
    *tracker = (struct surface_tracker){.field = field, .T_rig_head = T_rig_head};
    head_filter_init(&tracker->filter, &settings);
}

/* The left twist of the inverse pose: exp(xi) T_head_rig inverts to exp(-Ad xi) T_rig_head
 * (Barfoot, 2nd ed., 8.1.4). Ad of (v, w): v turns and gains t x (R w). */
static void carry_covariance(const double covariance_head[36], struct pose T_rig_head,
                             double ret_covariance[36]) {
    double ad[6][6] = {{0}};
    struct mat3 R = T_rig_head.R;
    struct vec3 t = T_rig_head.t;
    struct mat3 cross =
        mat3_mul((struct mat3){{{0, -t.z, t.y}, {t.z, 0, -t.x}, {-t.y, t.x, 0}}}, R);
    for (int r = 0; r < 3; r++)
        for (int c = 0; c < 3; c++) {
            ad[r][c] = ad[r + 3][c + 3] = R.m[r][c];
            ad[r][c + 3] = cross.m[r][c];
        }
    memset(ret_covariance, 0, 36 * sizeof *ret_covariance);
    for (int i = 0; i < 6; i++)
        for (int j = 0; j < 6; j++)
            for (int k = 0; k < 6; k++)
                for (int l = 0; l < 6; l++)
                    ret_covariance[6 * i + j] += ad[i][k] * covariance_head[6 * k + l] * ad[j][l];
}

static double error_at(const double covariance[36], struct vec3 p) {
    struct registration r = {0};
    memcpy(r.covariance, covariance, sizeof r.covariance);
    return register_error_at(&r, p);
}

double surface_error_at(const struct surface_measurement *m, struct vec3 p_head) {
    double fit_mm = error_at(m->covariance, pose_apply(m->T_rig_head, p_head));
    return hypot(fit_mm, SKIN_FLOOR_MM);
}

static enum result fit(const struct surface_tracker *tracker, const struct vec3 *p_rig,
                       size_t count, struct pose T_rig_head, struct surface_measurement *ret,
                       struct error *err) {
    struct landmarks none = {.count = 0};
    struct registration r = {.T_head_ring = pose_inverse(T_rig_head)};
    enum result result = register_surface(&none, tracker->field, p_rig, count, &r, err);
    if (result != RESULT_OK) return result;
    if (!(r.surface_rms_mm <= SURFACE_RESIDUAL_MAX_MM))
        return error_set(
            err, RESULT_REFUSED,
            "the points lie %.2f mm rms off the scan, at most %.1f: hair, another head, "
            "or a camera that was knocked",
            r.surface_rms_mm, SURFACE_RESIDUAL_MAX_MM);
    struct surface_measurement m = {.T_rig_head = pose_inverse(r.T_head_ring),
                                    .residual_mm = r.surface_rms_mm,
                                    .points_used = r.points_used};
    carry_covariance(r.covariance, m.T_rig_head, m.covariance);
    double error_mm = surface_error_at(&m, tracker->filter.settings.centre_head);
    if (!(error_mm <= ERROR_MAX_MM))
        return error_set(
            err, RESULT_REFUSED,
            "this patch holds the pose to %.1f mm only, at most %.1f: let the camera see "
            "forehead or temples too",
            error_mm, ERROR_MAX_MM);
    *ret = m;
    return RESULT_OK;
}

enum result surface_tracker_step(struct surface_tracker *tracker, const struct vec3 *p_rig,
                                 size_t count, int64_t stamp_ns, struct head_pose *ret_pose,
                                 struct surface_measurement *ret_measurement, struct error *err) {
    struct pose guess = tracker->T_rig_head;
    struct surface_measurement m;
    head_filter_predict_pose(&tracker->filter, stamp_ns, &guess); /* else the start's pose stays */
    enum result result = fit(tracker, p_rig, count, guess, &m, err);
    if (result != RESULT_OK) {
        head_filter_miss(&tracker->filter, stamp_ns, HEAD_REASON_BAD_FIT, ret_pose);
        return result;
    }
    struct head_measurement measurement = {.stamp_ns = stamp_ns, .T_rig_head = m.T_rig_head};
    memcpy(measurement.covariance, m.covariance, sizeof m.covariance);
    result = head_filter_update(&tracker->filter, &measurement, ret_pose);
    if (result != RESULT_OK)
        return error_set(err, result, "the filter refuses this patch: its time is out of order");
    tracker->T_rig_head = m.T_rig_head;
    *ret_measurement = m;
    return RESULT_OK;
}
