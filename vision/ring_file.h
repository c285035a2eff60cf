/* The tag ring: which printed tags sit where on the head, from YAML.
 *
 *     family: tag36h11
 *     T_head_ring: {t_mm: [0, 0, 0], q_xyzw: [0, 0, 0, 1]}    # optional: ring frame = head frame
 *     tags:
 *       - {id: 0, size_mm: 10, t_mm: [x, y, z], q_xyzw: [x, y, z, w]}
 *
 * `size_mm` is the side of the black square (8 cells; the tag with its white margin is 10 cells
 * wide). The tag frame: origin at the tag's centre, x right and y up as printed, z out of the
 * printed face; the tag's pose maps it into the ring frame. Full description: docs/formats.md. */
#ifndef SMPRIG_VISION_RING_FILE_H
#define SMPRIG_VISION_RING_FILE_H

#include <stdint.h>

#include "base/geom.h"
#include "base/result.h"
#include "vision/calibration_record.h"
#include "vision/yaml_tree.h"

#define RING_TAGS_MAX 64
#define RING_TAG_ID_MAX 586 /* tag36h11 has 587 codes */

struct ring_tag {
    int32_t id;
    double size_mm; /* side of the black square */
    struct pose T_ring_tag;
};

struct tag_ring {
    struct pose T_head_ring;
    struct ring_tag tags[RING_TAGS_MAX];
    uint32_t count;
};

/* RESULT_FORMAT, RESULT_RANGE, RESULT_LIMIT with `file:line:column: ...`: a repeated id, a tag of a
 * foreign family, no tags, a quaternion that is none. */
MUST_USE enum result tag_ring_read(const char *path, struct tag_ring *ret_ring, struct error *err);
MUST_USE enum result tag_ring_parse(const struct yaml_tree *tree, struct tag_ring *ret_ring,
                                    struct error *err);
/* Write whole or not at all, with the records of its calibration (NULL: none). */
MUST_USE enum result tag_ring_write(const struct tag_ring *ring,
                                    const struct calibration_records *records, const char *path,
                                    struct error *err);

/* Pose of tag k in the head frame. */
struct pose tag_ring_pose_head(const struct tag_ring *ring, uint32_t k);

/* The tags' mean place in the head frame, and how far from it the farthest lies, mm. */
struct ring_span {
    struct vec3 centre_head;
    double radius_mm;
};
struct ring_span tag_ring_span(const struct tag_ring *ring);

#endif
