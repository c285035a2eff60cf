#include "vision/tag_pattern.h"

#include <apriltag/apriltag.h>
#include <apriltag/common/image_u8.h>
#include <apriltag/tag36h11.h>

static enum result fill(apriltag_family_t *family, int32_t id, struct tag_pattern *ret_pattern) {
    if (id < 0 || (uint32_t)id >= family->ncodes || family->total_width != TAG_CELLS) {
        return RESULT_RANGE;
    }
    image_u8_t *face = apriltag_to_image(family, id);
    if (face == NULL) return RESULT_NO_MEMORY;
    for (int row = 0; row < TAG_CELLS; row++)
        for (int column = 0; column < TAG_CELLS; column++)
            ret_pattern->is_white[row][column] = face->buf[row * face->stride + column] > 127;
    image_u8_destroy(face);
    return RESULT_OK;
}

enum result tag_patterns_make(const int32_t *ids, uint32_t count,
                              struct tag_pattern *ret_patterns) {
    apriltag_family_t *family = tag36h11_create();
    enum result result = family != NULL ? RESULT_OK : RESULT_NO_MEMORY;
    for (uint32_t k = 0; k < count && result == RESULT_OK; k++)
        result = fill(family, ids[k], &ret_patterns[k]);
    if (family != NULL) tag36h11_destroy(family);
    return result;
}

uint32_t tag_pattern_borders(const struct tag_pattern *pattern,
                             struct tag_border ret_borders[TAG_BORDERS_MAX]) {
    const double half = TAG_CELLS / 2.0;
    uint32_t count = 0;
    for (int row = 0; row < TAG_CELLS; row++)
        for (int column = 0; column < TAG_CELLS; column++) {
            bool here = pattern->is_white[row][column];
            double x = column - half, y = half - row; /* the cell's top left corner */
            if (column + 1 < TAG_CELLS && pattern->is_white[row][column + 1] != here) {
                /* The border on the right; bright on the left of the walk: up when
                 * here is white. */
                ret_borders[count++] = here ? (struct tag_border){x + 1, y - 1, x + 1, y}
                                            : (struct tag_border){x + 1, y, x + 1, y - 1};
            }
            if (row + 1 < TAG_CELLS && pattern->is_white[row + 1][column] != here) {
                /* The border below; here is above it, on the left of a walk to the right. */
                ret_borders[count++] = here ? (struct tag_border){x, y - 1, x + 1, y - 1}
                                            : (struct tag_border){x + 1, y - 1, x, y - 1};
            }
        }
    return count;
}
