#include "vision/camera_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/text.h"
#include "vision/opencv_shim.h"

#define POSITION_MAX_MM 1e5
#define XML_AS_YAML_MAX 4096
#define QUATERNION_TOLERANCE 1e-3

static enum result pose_from_matrix(struct yaml_item item, struct pose *ret_pose,
                                    struct error *err) {
    double m[16];
    enum result result = yaml_numbers(item, 16, 16, m, NULL, err);
    if (result != RESULT_OK) return result;
    struct pose T = {.t = {m[3], m[7], m[11]}};
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++) T.R.m[i][j] = m[4 * i + j];
    struct mat3 near = mat3_orthonormalise(T.R);
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++)
            if (!(fabs(near.m[i][j] - T.R.m[i][j]) <= QUATERNION_TOLERANCE) ||
                !(mat3_det(T.R) > 0)) {
                return yaml_complain(item, err, RESULT_RANGE,
                                     "the upper left 3x3 is no rotation (mirrored or scaled)");
            }
    T.R = near;
    *ret_pose = T;
    return RESULT_OK;
}

enum result yaml_pose(struct yaml_item item, struct pose *ret_pose, struct error *err) {
    if (yaml_is_list(item) || yaml_exists(yaml_at(item, "data"))) {
        return pose_from_matrix(item, ret_pose, err);
    }
    struct yaml_item t_item = yaml_at(item, "t_mm"), q_item = yaml_at(item, "q_xyzw");
    double t[3], q[4];
    if (!yaml_exists(t_item)) return yaml_complain_missing(item, "t_mm", "[x, y, z]", err);
    if (!yaml_exists(q_item)) return yaml_complain_missing(item, "q_xyzw", "[x, y, z, w]", err);
    enum result result = yaml_numbers(t_item, 3, 3, t, NULL, err);
    if (result == RESULT_OK) result = yaml_numbers(q_item, 4, 4, q, NULL, err);
    if (result != RESULT_OK) return result;
    double norm = sqrt(q[0] * q[0] + q[1] * q[1] + q[2] * q[2] + q[3] * q[3]);
    if (!(fabs(norm - 1) <= QUATERNION_TOLERANCE)) {
        return yaml_complain(q_item, err, RESULT_RANGE,
                             "a quaternion of length %.4f, expected length 1", norm);
    }
    for (int i = 0; i < 3; i++)
        if (!(fabs(t[i]) <= POSITION_MAX_MM)) {
            return yaml_complain(t_item, err, RESULT_RANGE, "%g mm, expected at most %g", t[i],
                                 POSITION_MAX_MM);
        }
    ret_pose->R = mat3_from_quat((struct quat){q[0], q[1], q[2], q[3]});
    ret_pose->t = vec3_make(t[0], t[1], t[2]);
    return RESULT_OK;
}

/* The first of several spellings that exists. */
static struct yaml_item at_any(struct yaml_item map, const char *const *keys) {
    struct yaml_item found = yaml_at(map, keys[0]);
    for (int i = 1; !yaml_exists(found) && keys[i] != NULL; i++) found = yaml_at(map, keys[i]);
    return found;
}

static const char *const width_keys[] = {"image_width", "image_Width", "width", NULL};
static const char *const height_keys[] = {"image_height", "image_Height", "height", NULL};
static const char *const matrix_keys[] = {"camera_matrix", "cameraMatrix", "Camera_Matrix", "K",
                                          NULL};
static const char *const distortion_keys[] = {"distortion_coefficients", "distCoeffs",
                                              "Distortion_Coefficients", "D", NULL};

static enum result read_matrix(struct yaml_item map, struct camera_model *model,
                               struct error *err) {
    struct yaml_item item = at_any(map, matrix_keys);
    double k[9];
    if (!yaml_exists(item)) {
        return yaml_complain_missing(map, "camera_matrix", "a 3x3 matrix {rows, cols, data}", err);
    }
    enum result result = yaml_numbers(item, 9, 9, k, NULL, err);
    if (result != RESULT_OK) return result;
    bool is_pinhole = k[1] == 0 && k[3] == 0 && k[6] == 0 && k[7] == 0 && k[8] == 1;
    if (!is_pinhole) {
        return yaml_complain(item, err, RESULT_RANGE,
                             "not [fx, 0, cx, 0, fy, cy, 0, 0, 1]: skew is not supported");
    }
    if (!(k[0] > 1 && k[0] < 1e6 && k[4] > 1 && k[4] < 1e6)) {
        return yaml_complain(item, err, RESULT_RANGE, "focal lengths %g and %g px, expected 1..1e6",
                             k[0], k[4]);
    }
    if (!(fabs(k[2]) < 2.0 * CAMERA_SIDE_PX_MAX && fabs(k[5]) < 2.0 * CAMERA_SIDE_PX_MAX)) {
        return yaml_complain(item, err, RESULT_RANGE, "principal point %g, %g px is far outside",
                             k[2], k[5]);
    }
    model->fx_px = k[0];
    model->fy_px = k[4];
    model->cx_px = k[2];
    model->cy_px = k[5];
    return RESULT_OK;
}

static enum result read_distortion(struct yaml_item map, struct camera_model *model,
                                   struct error *err) {
    struct yaml_item name_item = yaml_at(map, "distortion_model"),
                     item = at_any(map, distortion_keys);
    const char *name = yaml_text(name_item);
    double d[14] = {0};
    size_t count = 0;
    if (name != NULL && strcmp(name, "plumb_bob") != 0 &&
        strcmp(name, "rational_polynomial") != 0 && strcmp(name, "none") != 0) {
        return yaml_complain(name_item, err, RESULT_RANGE,
                             "distortion model `%s`, expected plumb_bob or rational_polynomial",
                             name);
    }
    if (!yaml_exists(item)) {
        return yaml_complain_missing(map, "distortion_coefficients", "k1, k2, p1, p2, k3", err);
    }
    enum result result = yaml_numbers(item, 0, 14, d, &count, err);
    if (result != RESULT_OK) return result;
    bool is_known =
        count == 0 || count == 4 || count == 5 || count == 8 || count == 12 || count == 14;
    for (size_t i = 8; i < count; i++) is_known = is_known && d[i] == 0;
    for (size_t i = 0; i < count; i++) is_known = is_known && fabs(d[i]) < 1e4;
    if (!is_known) {
        return yaml_complain(item, err, RESULT_RANGE,
                             "%zu coefficients, expected 4, 5 or 8 (k1 k2 p1 p2 k3 k4 k5 k6) below "
                             "1e4; thin prism and tilt are not supported",
                             count);
    }
    model->k1 = d[0];
    model->k2 = d[1];
    model->p1 = d[2];
    model->p2 = d[3];
    model->k3 = d[4];
    model->k4 = d[5];
    model->k5 = d[6];
    model->k6 = d[7];
    return RESULT_OK;
}

static enum result read_size(struct yaml_item map, struct camera_model *model, struct error *err) {
    struct yaml_item width = at_any(map, width_keys), height = at_any(map, height_keys);
    int64_t w = 0, h = 0;
    if (!yaml_exists(width)) return yaml_complain_missing(map, "image_width", "pixels", err);
    if (!yaml_exists(height)) return yaml_complain_missing(map, "image_height", "pixels", err);
    enum result result = yaml_integer(width, 16, CAMERA_SIDE_PX_MAX, &w, err);
    if (result == RESULT_OK) result = yaml_integer(height, 16, CAMERA_SIDE_PX_MAX, &h, err);
    if (result != RESULT_OK) return result;
    model->width_px = (uint32_t)w;
    model->height_px = (uint32_t)h;
    return RESULT_OK;
}

static enum result read_camera(struct yaml_item map, bool is_alone,
                               struct camera_calibration *ret_camera, struct error *err) {
    struct camera_calibration camera = {.T_rig_camera = pose_identity()};
    struct yaml_item pose_item = yaml_at(map, "T_rig_camera");
    struct yaml_item inverse_item = yaml_at(map, "T_camera_rig");
    const char *name = yaml_text(yaml_at(map, "camera_name"));
    if (!yaml_is_map(map)) {
        return yaml_complain(map, err, RESULT_FORMAT, "expected a map of camera_info keys");
    }
    if (name != NULL && text_copy(camera.name, sizeof camera.name, name) != RESULT_OK) {
        return yaml_complain(yaml_at(map, "camera_name"), err, RESULT_LIMIT,
                             "a name of at most %d letters was expected", CAMERA_NAME_MAX - 1);
    }
    enum result result = read_size(map, &camera.model, err);
    if (result == RESULT_OK) result = read_matrix(map, &camera.model, err);
    if (result == RESULT_OK) result = read_distortion(map, &camera.model, err);
    if (result != RESULT_OK) return result;
    if (yaml_exists(pose_item)) {
        result = yaml_pose(pose_item, &camera.T_rig_camera, err);
    } else if (yaml_exists(inverse_item)) {
        result = yaml_pose(inverse_item, &camera.T_rig_camera, err);
        camera.T_rig_camera = pose_inverse(camera.T_rig_camera);
    } else if (!is_alone) {
        result = yaml_complain_missing(map, "T_rig_camera", "{t_mm: [..], q_xyzw: [..]}", err);
    }
    if (result == RESULT_OK) *ret_camera = camera;
    return result;
}

enum result camera_set_parse(const struct yaml_tree *tree, struct camera_set *ret_set,
                             struct error *err) {
    struct yaml_item root = yaml_root(tree), list = yaml_at(root, "cameras");
    struct camera_set set = {0};
    if (yaml_is_list(root)) list = root;
    bool is_alone = !yaml_exists(list);
    size_t count = is_alone ? 1 : yaml_count(list);
    if (count == 0 || count > CAMERA_COUNT_MAX) {
        return yaml_complain(list, err, RESULT_LIMIT, "%zu cameras, expected 1..%d", count,
                             CAMERA_COUNT_MAX);
    }
    for (size_t i = 0; i < count; i++) {
        struct yaml_item item = is_alone ? root : yaml_nth(list, i);
        enum result result = read_camera(item, count == 1, &set.cameras[i], err);
        if (result != RESULT_OK) return result;
        if (set.cameras[i].name[0] == '\0') {
            snprintf(set.cameras[i].name, CAMERA_NAME_MAX, "camera%zu", i);
        }
        set.count++;
    }
    *ret_set = set;
    return RESULT_OK;
}

/* OpenCV's XML becomes YAML first; anything else is YAML. */
static enum result read_tree(const char *path, struct yaml_tree *ret_tree, struct error *err) {
    char *text = NULL, yaml[XML_AS_YAML_MAX];
    size_t size = 0;
    enum result result = file_read(path, YAML_TREE_BYTES_MAX, &text, &size, err);
    if (result != RESULT_OK) return result;
    if (strncmp(text, "<?xml", 5) != 0) {
        result = yaml_tree_parse(path, text, size, ret_tree, err);
    } else if (opencv_calibration_yaml(text, yaml, sizeof yaml) != RESULT_OK) {
        result = error_set(err, RESULT_FORMAT,
                           "%s: XML, but not OpenCV's: expected image_width, image_height, "
                           "camera_matrix, distortion_coefficients",
                           path);
    } else {
        result = yaml_tree_parse(path, yaml, strlen(yaml), ret_tree, err);
    }
    free(text);
    return result;
}

enum result camera_set_read(const char *path, struct camera_set *ret_set, struct error *err) {
    struct yaml_tree tree;
    enum result result = read_tree(path, &tree, err);
    if (result != RESULT_OK) return result;
    result = camera_set_parse(&tree, ret_set, err);
    yaml_tree_release(&tree);
    return result;
}

static void write_camera(FILE *out, const struct camera_calibration *camera) {
    const struct camera_model *m = &camera->model;
    struct quat q = quat_from_mat3(camera->T_rig_camera.R);
    struct vec3 t = camera->T_rig_camera.t;
    bool is_rational = m->k4 != 0 || m->k5 != 0 || m->k6 != 0;
    fprintf(out, "  - image_width: %u\n    image_height: %u\n    camera_name: %s\n", m->width_px,
            m->height_px, camera->name);
    fprintf(out,
            "    camera_matrix: {rows: 3, cols: 3, data: [%.17g, 0, %.17g, 0, %.17g, %.17g, 0, 0, "
            "1]}\n",
            m->fx_px, m->cx_px, m->fy_px, m->cy_px);
    fprintf(out, "    distortion_model: %s\n", is_rational ? "rational_polynomial" : "plumb_bob");
    fprintf(out,
            "    distortion_coefficients: {rows: 1, cols: %d, data: [%.17g, %.17g, %.17g, "
            "%.17g, %.17g",
            is_rational ? 8 : 5, m->k1, m->k2, m->p1, m->p2, m->k3);
    if (is_rational) fprintf(out, ", %.17g, %.17g, %.17g", m->k4, m->k5, m->k6);
    fprintf(out, "]}\n    T_rig_camera:\n      t_mm: [%.17g, %.17g, %.17g]\n", t.x, t.y, t.z);
    fprintf(out, "      q_xyzw: [%.17g, %.17g, %.17g, %.17g]\n", q.x, q.y, q.z, q.w);
}

enum result camera_set_write(const struct camera_set *set,
                             const struct calibration_records *records, const char *path,
                             struct error *err) {
    struct file_writer writer;
    enum result result = file_writer_open(&writer, path, err);
    if (result != RESULT_OK) return result;
    fprintf(
        writer.stream,
        "# Cameras of the rig: ROS camera_info keys; T_rig_camera maps camera points (x right, y "
        "down,\n# z forward, mm) into the rig frame. docs/formats.md.\ncameras:\n");
    for (uint32_t i = 0; i < set->count; i++) write_camera(writer.stream, &set->cameras[i]);
    calibration_records_write(writer.stream, records);
    return file_writer_commit(&writer, err);
}
