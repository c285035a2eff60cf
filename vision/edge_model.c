#include "vision/edge_model.h"

#include <assert.h>

#include "vision/tag_pattern.h"

/* Points keep to the middle of the cell side: near its ends blur mixes in the neighbours. */
#define POINT_SPREAD 0.6

static void add_border(struct edge_tag *tag, struct pose T_head_tag, const struct tag_border *b,
                       uint32_t points) {
    struct vec3 along = {b->to_x - b->from_x, b->to_y - b->from_y, 0};
    struct vec3 bright = {-along.y, along.x, 0}; /* bright on the left of the walk */
    for (uint32_t i = 0; i < points; i++) {
        double s = 0.5 + POINT_SPREAD * ((i + 0.5) / points - 0.5);
        struct vec3 p = {(b->from_x + s * along.x) * tag->cell_mm,
                         (b->from_y + s * along.y) * tag->cell_mm, 0};
        assert(tag->point_count < EDGE_POINTS_PER_TAG_MAX);
        tag->points[tag->point_count++] = (struct edge_point){
            .p_head = pose_apply(T_head_tag, p),
            .along_head = pose_rotate(T_head_tag, along),
            .bright_head = pose_rotate(T_head_tag, bright),
        };
    }
}

enum result edge_model_make(const struct tag_ring *ring, uint32_t points_per_border,
                            struct edge_model *ret_model) {
    struct tag_pattern patterns[RING_TAGS_MAX];
    struct tag_border borders[TAG_BORDERS_MAX];
    int32_t ids[RING_TAGS_MAX];
    if (points_per_border < 1 || points_per_border > 4) return RESULT_RANGE;
    for (uint32_t k = 0; k < ring->count; k++) ids[k] = ring->tags[k].id;
    enum result result = tag_patterns_make(ids, ring->count, patterns);
    if (result != RESULT_OK) return result;
    for (uint32_t k = 0; k < ring->count; k++) {
        struct edge_tag *tag = &ret_model->tags[k];
        struct pose T_head_tag = tag_ring_pose_head(ring, k);
        uint32_t count = tag_pattern_borders(&patterns[k], borders);
        tag->id = ids[k];
        tag->centre_head = T_head_tag.t;
        tag->normal_head = pose_rotate(T_head_tag, vec3_make(0, 0, 1));
        tag->cell_mm = ring->tags[k].size_mm / TAG_BLACK_CELLS;
        tag->radius_mm = ring->tags[k].size_mm * 0.70711;
        tag->point_count = 0;
        for (uint32_t i = 0; i < count; i++)
            add_border(tag, T_head_tag, &borders[i], points_per_border);
    }
    ret_model->tag_count = ring->count;
    return RESULT_OK;
}
