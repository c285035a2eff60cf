#include "vision/ring_file.h"

#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "vision/camera_file.h"

#define TAG_SIZE_MIN_MM 0.5
#define TAG_SIZE_MAX_MM 500.0

struct pose tag_ring_pose_head(const struct tag_ring *ring, uint32_t k) {
    return pose_mul(ring->T_head_ring, ring->tags[k].T_ring_tag);
}

static enum result read_tag(struct yaml_item map, struct yaml_item shared_size,
                            struct ring_tag *ret_tag, struct error *err) {
    struct ring_tag tag = {0};
    int64_t id = 0;
    struct yaml_item size = yaml_at(map, "size_mm");
    struct yaml_item pose_item = yaml_at(map, "T_ring_tag");
    if (!yaml_is_map(map)) {
        return yaml_complain(map, err, RESULT_FORMAT, "expected {id, size_mm, t_mm, q_xyzw}");
    }
    if (!yaml_exists(yaml_at(map, "id"))) {
        return yaml_complain_missing(map, "id", "the tag's number", err);
    }
    enum result result = yaml_integer(yaml_at(map, "id"), 0, RING_TAG_ID_MAX, &id, err);
    if (result != RESULT_OK) return result;
    if (!yaml_exists(size)) size = shared_size;
    if (!yaml_exists(size)) {
        return yaml_complain_missing(map, "size_mm", "the side of the black square", err);
    }
    result = yaml_number(size, TAG_SIZE_MIN_MM, TAG_SIZE_MAX_MM, &tag.size_mm, err);
    if (result == RESULT_OK) {
        result = yaml_pose(yaml_exists(pose_item) ? pose_item : map, &tag.T_ring_tag, err);
    }
    if (result != RESULT_OK) return result;
    tag.id = (int32_t)id;
    *ret_tag = tag;
    return RESULT_OK;
}

static enum result read_header(struct yaml_item root, struct tag_ring *ring, struct error *err) {
    struct yaml_item family = yaml_at(root, "family"), pose_item = yaml_at(root, "T_head_ring");
    const char *name = yaml_text(family);
    if (yaml_exists(family) && (name == NULL || strcmp(name, "tag36h11") != 0)) {
        return yaml_complain(family, err, RESULT_RANGE, "tag family `%s`, expected tag36h11",
                             name != NULL ? name : "not a scalar");
    }
    ring->T_head_ring = pose_identity();
    return yaml_exists(pose_item) ? yaml_pose(pose_item, &ring->T_head_ring, err) : RESULT_OK;
}

enum result tag_ring_parse(const struct yaml_tree *tree, struct tag_ring *ret_ring,
                           struct error *err) {
    struct yaml_item root = yaml_root(tree), list = yaml_at(root, "tags");
    struct tag_ring ring = {0};
    enum result result = read_header(root, &ring, err);
    if (result != RESULT_OK) return result;
    if (!yaml_is_list(list)) {
        return yaml_complain(root, err, RESULT_FORMAT, "`tags` is missing, expected a list");
    }
    if (yaml_count(list) == 0 || yaml_count(list) > RING_TAGS_MAX) {
        return yaml_complain(list, err, RESULT_LIMIT, "%zu tags, expected 1..%d", yaml_count(list),
                             RING_TAGS_MAX);
    }
    for (size_t i = 0; i < yaml_count(list); i++) {
        struct ring_tag *tag = &ring.tags[ring.count];
        result = read_tag(yaml_nth(list, i), yaml_at(root, "size_mm"), tag, err);
        if (result != RESULT_OK) return result;
        for (uint32_t k = 0; k < ring.count; k++)
            if (ring.tags[k].id == tag->id) {
                return yaml_complain(yaml_nth(list, i), err, RESULT_RANGE,
                                     "tag id %d is repeated, expected each id once", tag->id);
            }
        ring.count++;
    }
    *ret_ring = ring;
    return RESULT_OK;
}

enum result tag_ring_read(const char *path, struct tag_ring *ret_ring, struct error *err) {
    struct yaml_tree tree;
    enum result result = yaml_tree_read(path, &tree, err);
    if (result != RESULT_OK) return result;
    result = tag_ring_parse(&tree, ret_ring, err);
    yaml_tree_release(&tree);
    return result;
}

struct ring_span tag_ring_span(const struct tag_ring *ring) {
    struct ring_span span = {{0, 0, 0}, 0};
    for (uint32_t k = 0; k < ring->count; k++)
        span.centre_head =
            vec3_mad(span.centre_head, 1.0 / ring->count, tag_ring_pose_head(ring, k).t);
    for (uint32_t k = 0; k < ring->count; k++)
        span.radius_mm =
            fmax(span.radius_mm, vec3_distance(span.centre_head, tag_ring_pose_head(ring, k).t));
    return span;
}

static void write_pose(FILE *out, struct pose T) {
    struct quat q = quat_from_mat3(T.R);
    fprintf(out, "t_mm: [%.17g, %.17g, %.17g], q_xyzw: [%.17g, %.17g, %.17g, %.17g]", T.t.x, T.t.y,
            T.t.z, q.x, q.y, q.z, q.w);
}

enum result tag_ring_write(const struct tag_ring *ring, const struct calibration_records *records,
                           const char *path, struct error *err) {
    struct file_writer writer;
    enum result result = file_writer_open(&writer, path, err);
    if (result != RESULT_OK) return result;
    FILE *out = writer.stream;
    fprintf(out,
            "# Tag ring: size_mm is the side of the black square; tag frame x right and y up as "
            "printed,\n# z out of the printed face. docs/formats.md.\nfamily: tag36h11\n"
            "T_head_ring: {");
    write_pose(out, ring->T_head_ring);
    fprintf(out, "}\ntags:\n");
    for (uint32_t k = 0; k < ring->count; k++) {
        fprintf(out, "  - {id: %d, size_mm: %.17g, ", ring->tags[k].id, ring->tags[k].size_mm);
        write_pose(out, ring->tags[k].T_ring_tag);
        fprintf(out, "}\n");
    }
    calibration_records_write(out, records);
    return file_writer_commit(&writer, err);
}
