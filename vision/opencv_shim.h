/* The one door to OpenCV, which is C++: plain C in, plain C out, no exception crosses. */
#ifndef SMPRIG_VISION_OPENCV_SHIM_H
#define SMPRIG_VISION_OPENCV_SHIM_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#include "base/result.h"
#include "vision/camera.h"

/* Decode an image file to 8-bit grey in a frame of its own memory (PNG, PGM, JPEG, TIFF, ...;
 * colour is converted, 16 bit scaled). RESULT_NOT_FOUND: no such file. RESULT_FORMAT: unreadable,
 * truncated, or larger than CAMERA_SIDE_PX_MAX. */
MUST_USE enum result opencv_read_image(const char *path, struct camera_frame *ret_frame,
                                       struct error *err);

/* Encode 8-bit grey by the file name's extension. RESULT_IO. */
MUST_USE enum result opencv_write_image(const char *path, const struct image *image,
                                        struct error *err);

/* Shrink by a whole factor (area mean) and encode as JPEG, into the caller's `size` bytes.
 * RESULT_LIMIT: it does not fit; RESULT_IO. */
MUST_USE enum result opencv_encode_jpeg(const struct image *image, int shrink, int quality,
                                        uint8_t *ret_bytes, size_t size, size_t *ret_count);

/* cv::solvePnP (iterative) for n points: object n x 3 mm, image n x 2 px, K 9 row-major, distortion
 * 8 (k1 k2 p1 p2 k3 k4 k5 k6). Rotation vector and translation of object to camera. For the bench's
 * comparison only. RESULT_SINGULAR. */
struct opencv_pnp {
    const double *object_mm, *image_px;
    size_t count;
    double K[9], distortion[8];
};
MUST_USE enum result opencv_solve_pnp(const struct opencv_pnp *problem, double ret_rvec[3],
                                      double ret_tvec_mm[3]);

/* A calibration that OpenCV wrote as XML (cv::FileStorage), as the YAML that camera_file.h reads:
 * its width, height, matrix and distortion under whichever of their usual names. RESULT_FORMAT: not
 * such a file; RESULT_LIMIT: it does not fit. */
MUST_USE enum result opencv_calibration_yaml(const char *xml, char *ret_yaml, size_t size);

/* cv::findChessboardCornersSB: all inner corners of a board, row by row, or none
 * (RESULT_NOT_FOUND). ret_corners: 2 * columns * rows numbers. */
struct opencv_chessboard {
    int columns, rows; /* inner corners */
};
MUST_USE enum result opencv_find_chessboard(const struct image *image,
                                            struct opencv_chessboard board, double *ret_corners);

/* cv::calibrateCamera on flat targets (Zhang 2000) with k1, k2, p1, p2: the start for our own
 * adjustment. Points of view i follow those of view i - 1; counts[i] of them each. Poses: rotation
 * vector and translation (mm) of target to camera, three numbers a view each. RESULT_SINGULAR. */
struct opencv_views {
    const double *object_mm, *image_px; /* 3 and 2 numbers a point */
    const uint32_t *counts;
    uint32_t view_count, width_px, height_px;
};
struct opencv_intrinsics {
    double fx, fy, cx, cy, k1, k2, p1, p2, rms_px;
};
MUST_USE enum result opencv_calibrate(const struct opencv_views *views,
                                      struct opencv_intrinsics *ret_intrinsics, double *ret_rvecs,
                                      double *ret_tvecs);

/* Gaussian blur of a width x height plane of floats, sigma in px; in and out may be the same.
 * RESULT_NO_MEMORY. */
struct opencv_plane {
    float *values; /* row-major, no gaps */
    uint32_t width, height;
};
MUST_USE enum result opencv_blur(const struct opencv_plane *in, double sigma_px, float *ret_values);

/* Corners worth following (Shi and Tomasi 1994), strongest first, at least `apart_px` from each
 * other, where mask (of the image's size, no gaps) is not 0. Returns how many, at most capacity. */
struct opencv_corners {
    double quality; /* of the strongest corner's, 0..1 */
    double apart_px;
    uint32_t capacity; /* of ret_xy, in points */
};
uint32_t opencv_find_corners(const struct image *image, const uint8_t *mask,
                             const struct opencv_corners *wanted, float *ret_xy);

/* An image made ready to be followed from, once for many looks: its pyramid with the derivatives.
 * Heap memory of the caller's, for opencv_pyramid_destroy(). RESULT_NO_MEMORY. */
struct opencv_pyramid;
MUST_USE enum result opencv_pyramid_create(const struct image *image, uint32_t window_px,
                                           struct opencv_pyramid **ret_pyramid);
void opencv_pyramid_destroy(struct opencv_pyramid **pyramid);

/* OpenCV works in the calling thread alone, in the whole process from now on: what is small costs
 * more to hand out than to do. */
void opencv_use_one_thread(void);

/* Pyramidal Lucas-Kanade (Bouguet 2000) of `count` points from one image to another of the same
 * size and the same window. to_xy holds guesses at the start and places at the end; is_found[i]
 * says which are good. RESULT_INVALID when OpenCV refuses. */
struct opencv_flow {
    const struct opencv_pyramid *from;
    struct image to;
    const float *from_xy;
    float *to_xy;
    uint8_t *is_found;
    uint32_t count;
    uint32_t window_px;
};
MUST_USE enum result opencv_follow(const struct opencv_flow *flow);

#ifdef __cplusplus
}
#endif

#endif
