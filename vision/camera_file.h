/* Calibrated cameras from YAML.
 *
 * Three shapes are read:
 *  - ours: `cameras:` (or a bare list) of ROS camera_info maps, each with `T_rig_camera`;
 *  - one ROS camera_info document (image_width, image_height, camera_name, camera_matrix,
 *    distortion_model, distortion_coefficients, ...; other keys are left alone);
 *  - one OpenCV FileStorage document (`%YAML:1.0`; camera_matrix or cameraMatrix or K,
 *    distortion_coefficients or distCoeffs or D, image_width and image_height), or the same as XML.
 *
 * `T_rig_camera: {t_mm: [x, y, z], q_xyzw: [x, y, z, w]}` maps camera points into the rig frame; a
 * 4x4 matrix (`data:` of 16 numbers, mm) is read too. A document of one camera may leave it out:
 * the rig frame is then the camera's own. Full description: docs/formats.md. */
#ifndef SMPRIG_VISION_CAMERA_FILE_H
#define SMPRIG_VISION_CAMERA_FILE_H

#include "base/result.h"
#include "vision/calibration_record.h"
#include "vision/camera.h"
#include "vision/camera_model.h"
#include "vision/yaml_tree.h"

#define CAMERA_NAME_MAX 32

struct camera_calibration {
    char name[CAMERA_NAME_MAX];
    struct camera_model model;
    struct pose T_rig_camera;
};

/* All cameras of a rig; the position in the list is the camera_index of frames. */
struct camera_set {
    struct camera_calibration cameras[CAMERA_COUNT_MAX];
    uint32_t count;
};

/* RESULT_FORMAT, RESULT_RANGE with `file:line:column: ...`; RESULT_NOT_FOUND, RESULT_IO. */
MUST_USE enum result camera_set_read(const char *path, struct camera_set *ret_set,
                                     struct error *err);
MUST_USE enum result camera_set_parse(const struct yaml_tree *tree, struct camera_set *ret_set,
                                      struct error *err);
/* Write in our shape, whole or not at all, with the records of its calibration (NULL: none). */
MUST_USE enum result camera_set_write(const struct camera_set *set,
                                      const struct calibration_records *records, const char *path,
                                      struct error *err);

/* A pose block: {t_mm, q_xyzw} (the quaternion within 1e-3 of unit length, normalised) or a 4x4
 * matrix. Shared with the ring file. */
MUST_USE enum result yaml_pose(struct yaml_item item, struct pose *ret_pose, struct error *err);

#endif
