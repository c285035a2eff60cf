/* The ring as points on black-white borders, in the head frame: what the tracker looks for. */
#ifndef SMPRIG_VISION_EDGE_MODEL_H
#define SMPRIG_VISION_EDGE_MODEL_H

#include <stdint.h>

#include "base/geom.h"
#include "base/result.h"
#include "vision/ring_file.h"

#define EDGE_POINTS_PER_TAG_MAX 512

struct edge_point {
    struct vec3 p_head;      /* on the border */
    struct vec3 along_head;  /* unit, along the border */
    struct vec3 bright_head; /* unit, in the tag's plane, from dark to bright */
};

struct edge_tag {
    int32_t id;
    struct vec3 centre_head, normal_head; /* the normal points out of the printed face */
    double cell_mm;
    double radius_mm; /* of a ball around the black square */
    uint32_t point_count;
    struct edge_point points[EDGE_POINTS_PER_TAG_MAX];
};

struct edge_model {
    uint32_t tag_count;
    struct edge_tag tags[RING_TAGS_MAX];
};

/* points_per_border: 1..4 points evenly spread over each cell side. RESULT_RANGE as
 * tag_patterns_make(). The model is about 2.4 MB: keep it on the heap. */
MUST_USE enum result edge_model_make(const struct tag_ring *ring, uint32_t points_per_border,
                                     struct edge_model *ret_model);

#endif
