#include "vision/camera_model.h"

#include <stddef.h>

#define DEPTH_MIN_MM 1.0
#define UNPROJECT_STEPS_MAX 30
#define UNPROJECT_TOLERANCE_PX 1e-10

/* Distorted normalised coordinates and their 2x2 derivative by (x, y). */
struct distorted {
    double x, y;
    double xx, xy, yx, yy; /* d(xd)/dx, d(xd)/dy, d(yd)/dx, d(yd)/dy */
};

static struct distorted distort(const struct camera_model *m, double x, double y) {
    double r2 = x * x + y * y;
    double top = 1 + r2 * (m->k1 + r2 * (m->k2 + r2 * m->k3));
    double bottom = 1 + r2 * (m->k4 + r2 * (m->k5 + r2 * m->k6));
    double dtop = m->k1 + r2 * (2 * m->k2 + r2 * 3 * m->k3);
    double dbottom = m->k4 + r2 * (2 * m->k5 + r2 * 3 * m->k6);
    double inverse = 1 / bottom, g = top * inverse;
    double dg = (dtop - g * dbottom) * inverse; /* by r2 */
    struct distorted d;
    d.x = x * g + 2 * m->p1 * x * y + m->p2 * (r2 + 2 * x * x);
    d.y = y * g + m->p1 * (r2 + 2 * y * y) + 2 * m->p2 * x * y;
    d.xx = g + 2 * x * x * dg + 2 * m->p1 * y + 6 * m->p2 * x;
    d.xy = 2 * x * y * dg + 2 * m->p1 * x + 2 * m->p2 * y;
    d.yx = d.xy;
    d.yy = g + 2 * y * y * dg + 6 * m->p1 * y + 2 * m->p2 * x;
    return d;
}

/* The map is one to one where its Jacobian has positive determinant and trace: the branch that
 * contains the axis. */
static bool keeps_orientation(const struct distorted *d) {
    return d->xx * d->yy - d->xy * d->yx > 0.05 && d->xx + d->yy > 0;
}

bool camera_project_jacobian(const struct camera_model *model, struct vec3 p_camera,
                             struct pixel *ret_pixel, struct pixel_jacobian *ret_jacobian) {
    if (!(p_camera.z >= DEPTH_MIN_MM)) return false;
    double inverse_z = 1 / p_camera.z, x = p_camera.x * inverse_z, y = p_camera.y * inverse_z;
    struct distorted d = distort(model, x, y);
    if (!keeps_orientation(&d)) return false;
    ret_pixel->u = model->fx_px * d.x + model->cx_px;
    ret_pixel->v = model->fy_px * d.y + model->cy_px;
    if (ret_jacobian == NULL) return true;
    double a = model->fx_px * inverse_z, b = model->fy_px * inverse_z;
    ret_jacobian->du = vec3_make(a * d.xx, a * d.xy, -a * (d.xx * x + d.xy * y));
    ret_jacobian->dv = vec3_make(b * d.yx, b * d.yy, -b * (d.yx * x + d.yy * y));
    return true;
}

bool camera_project(const struct camera_model *model, struct vec3 p_camera,
                    struct pixel *ret_pixel) {
    return camera_project_jacobian(model, p_camera, ret_pixel, NULL);
}

bool camera_unproject(const struct camera_model *model, struct pixel pixel, struct vec3 *ret_ray) {
    double xd = (pixel.u - model->cx_px) / model->fx_px;
    double yd = (pixel.v - model->cy_px) / model->fy_px;
    double x = xd, y = yd, focal_px = fmax(fabs(model->fx_px), fabs(model->fy_px));
    for (int step = 0; step < UNPROJECT_STEPS_MAX; step++) {
        struct distorted d = distort(model, x, y);
        if (!keeps_orientation(&d)) return false;
        double ex = xd - d.x, ey = yd - d.y, det = d.xx * d.yy - d.xy * d.yx;
        if (fabs(ex) + fabs(ey) < UNPROJECT_TOLERANCE_PX / focal_px) {
            *ret_ray = vec3_make(x, y, 1);
            return true;
        }
        x += (d.yy * ex - d.xy * ey) / det;
        y += (d.xx * ey - d.yx * ex) / det;
    }
    return false;
}

bool camera_sees(const struct camera_model *model, struct pixel pixel, double margin_px) {
    return pixel.u >= margin_px && pixel.v >= margin_px &&
           pixel.u <= (double)model->width_px - 1 - margin_px &&
           pixel.v <= (double)model->height_px - 1 - margin_px;
}
