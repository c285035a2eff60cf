/* A pinhole camera with the distortion of ROS `plumb_bob` (k1, k2, p1, p2, k3) and
 * `rational_polynomial` (k4, k5, k6 in the denominator); OpenCV's formulas and pixel convention:
 *
 *     x = X/Z, y = Y/Z, r2 = x^2 + y^2
 *     g = (1 + k1 r2 + k2 r2^2 + k3 r2^3) / (1 + k4 r2 + k5 r2^2 + k6 r2^3)
 *     xd = x g + 2 p1 x y + p2 (r2 + 2 x^2)      u = fx xd + cx
 *     yd = y g + p1 (r2 + 2 y^2) + 2 p2 x y      v = fy yd + cy
 *
 * (Brown 1966; OpenCV calib3d.) Camera frame: x right, y down, z forward, mm. */
#ifndef SMPRIG_VISION_CAMERA_MODEL_H
#define SMPRIG_VISION_CAMERA_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/geom.h"

struct pixel {
    double u, v; /* px, centre of the top left pixel is (0, 0) */
};

struct camera_model {
    uint32_t width_px, height_px;
    double fx_px, fy_px, cx_px, cy_px;
    double k1, k2, k3, k4, k5, k6;
    double p1, p2;
};

/* Derivative of a pixel by the point in the camera frame, px/mm: rows u, v. */
struct pixel_jacobian {
    struct vec3 du, dv;
};

/* Project a point of the camera frame. False (and ret untouched) behind the camera, or where the
 * distortion polynomial folds back, so that a point far outside never lands inside the image. */
bool camera_project(const struct camera_model *model, struct vec3 p_camera,
                    struct pixel *ret_pixel);

/* The same with the analytic derivative. */
bool camera_project_jacobian(const struct camera_model *model, struct vec3 p_camera,
                             struct pixel *ret_pixel, struct pixel_jacobian *ret_jacobian);

/* The ray of a pixel: (x, y, 1) in the camera frame, not normalised. Newton on the distortion;
 * false when it does not converge to 1e-10 px. */
bool camera_unproject(const struct camera_model *model, struct pixel pixel, struct vec3 *ret_ray);

/* Whether the pixel is inside the image and at least margin_px away from its border. */
bool camera_sees(const struct camera_model *model, struct pixel pixel, double margin_px);

#endif
