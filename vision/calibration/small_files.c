#include "vision/calibration/small_files.h"

#include <string.h>

#include "base/text.h"
#include "vision/camera_file.h"
#include "vision/yaml_tree.h"

#define TIP_MAX_MM 50.0
#define ZERO_MAX_UM 5000.0

static enum result parse_hash(struct yaml_item root, const char *key, char ret_hex[SHA256_HEX_SIZE],
                              struct error *err) {
    struct yaml_item item = yaml_at(root, key);
    const char *text = yaml_text(item);
    if (!yaml_exists(item)) return yaml_complain_missing(root, key, "64 hex digits", err);
    if (text == NULL || strlen(text) != SHA256_HEX_SIZE - 1 ||
        strspn(text, "0123456789abcdef") != SHA256_HEX_SIZE - 1) {
        return yaml_complain(item, err, RESULT_FORMAT, "`%s` is not 64 lower-case hex digits", key);
    }
    return text_copy(ret_hex, SHA256_HEX_SIZE, text);
}

static enum result parse_needle(const struct yaml_tree *tree, void *out, struct error *err) {
    struct needle_file *file = out;
    struct yaml_item root = yaml_root(tree), item = yaml_at(root, "tip_tool_mm");
    double tip[3];
    if (!yaml_exists(item)) return yaml_complain_missing(root, "tip_tool_mm", "[x, y, z]", err);
    enum result result = yaml_numbers(item, 3, 3, tip, NULL, err);
    if (result != RESULT_OK) return result;
    for (int i = 0; i < 3; i++)
        if (!(fabs(tip[i]) <= TIP_MAX_MM)) {
            return yaml_complain(item, err, RESULT_RANGE, "%g mm, expected at most %g", tip[i],
                                 TIP_MAX_MM);
        }
    file->tip_tool = vec3_make(tip[0], tip[1], tip[2]);
    if (yaml_exists(yaml_at(root, "rig_sha256"))) {
        result = parse_hash(root, "rig_sha256", file->rig_sha256, err);
        if (result != RESULT_OK) return result;
    }
    return calibration_records_parse(tree, &file->records, err);
}

static enum result parse_depth(const struct yaml_tree *tree, void *out, struct error *err) {
    struct depth_file *file = out;
    struct yaml_item root = yaml_root(tree), item = yaml_at(root, "surface_zero_um");
    if (!yaml_exists(item)) return yaml_complain_missing(root, "surface_zero_um", "a number", err);
    enum result result = yaml_number(item, -ZERO_MAX_UM, ZERO_MAX_UM, &file->surface_zero_um, err);
    return result == RESULT_OK ? calibration_records_parse(tree, &file->records, err) : result;
}

static enum result parse_registration(const struct yaml_tree *tree, void *out, struct error *err) {
    struct registration_file *file = out;
    struct yaml_item root = yaml_root(tree), item = yaml_at(root, "T_head_ring");
    if (!yaml_exists(item)) return yaml_complain_missing(root, "T_head_ring", "a pose", err);
    enum result result = yaml_pose(item, &file->T_head_ring, err);
    if (result == RESULT_OK) result = parse_hash(root, "scan_sha256", file->scan_sha256, err);
    if (result == RESULT_OK) result = parse_hash(root, "ring_sha256", file->ring_sha256, err);
    return result == RESULT_OK ? calibration_records_parse(tree, &file->records, err) : result;
}

static enum result read_with(const char *path,
                             enum result (*parse)(const struct yaml_tree *, void *, struct error *),
                             void *out, struct error *err) {
    struct yaml_tree tree;
    enum result result = yaml_tree_read(path, &tree, err);
    if (result != RESULT_OK) return result;
    result = parse(&tree, out, err);
    yaml_tree_release(&tree);
    return result;
}

enum result needle_file_read(const char *path, struct needle_file *ret_file, struct error *err) {
    struct needle_file file = {0};
    enum result result = read_with(path, parse_needle, &file, err);
    if (result == RESULT_OK) *ret_file = file;
    return result;
}

enum result depth_file_read(const char *path, struct depth_file *ret_file, struct error *err) {
    struct depth_file file = {0};
    enum result result = read_with(path, parse_depth, &file, err);
    if (result == RESULT_OK) *ret_file = file;
    return result;
}

enum result registration_file_read(const char *path, struct registration_file *ret_file,
                                   struct error *err) {
    struct registration_file file = {0};
    enum result result = read_with(path, parse_registration, &file, err);
    if (result == RESULT_OK) *ret_file = file;
    return result;
}

enum result needle_file_write(const struct needle_file *file, const char *path, struct error *err) {
    struct file_writer writer;
    enum result result = file_writer_open(&writer, path, err);
    if (result != RESULT_OK) return result;
    fprintf(writer.stream,
            "# The needle's tip in the tool frame of the rig's file (mm; zero: where that file "
            "says).\ntip_tool_mm: [%.6f, %.6f, %.6f]\n",
            file->tip_tool.x, file->tip_tool.y, file->tip_tool.z);
    if (file->rig_sha256[0]) fprintf(writer.stream, "rig_sha256: '%s'\n", file->rig_sha256);
    calibration_records_write(writer.stream, &file->records);
    return file_writer_commit(&writer, err);
}

enum result depth_file_write(const struct depth_file *file, const char *path, struct error *err) {
    struct file_writer writer;
    enum result result = file_writer_open(&writer, path, err);
    if (result != RESULT_OK) return result;
    fprintf(writer.stream,
            "# So far outside the scan's surface the probe meets the skin (negative: below it).\n"
            "surface_zero_um: %.3f\n",
            file->surface_zero_um);
    calibration_records_write(writer.stream, &file->records);
    return file_writer_commit(&writer, err);
}

enum result registration_file_write(const struct registration_file *file, const char *path,
                                    struct error *err) {
    struct file_writer writer;
    struct vec3 t = file->T_head_ring.t;
    struct quat q = quat_from_mat3(file->T_head_ring.R);
    enum result result = file_writer_open(&writer, path, err);
    if (result != RESULT_OK) return result;
    fprintf(writer.stream,
            "# How the ring stands to the scan: T_head_ring maps ring points into the scan's frame "
            "(mm).\n"
            "T_head_ring: {t_mm: [%.17g, %.17g, %.17g], q_xyzw: [%.17g, %.17g, %.17g, %.17g]}\n"
            "scan_sha256: '%s'\nring_sha256: '%s'\n",
            t.x, t.y, t.z, q.x, q.y, q.z, q.w, file->scan_sha256, file->ring_sha256);
    calibration_records_write(writer.stream, &file->records);
    return file_writer_commit(&writer, err);
}
