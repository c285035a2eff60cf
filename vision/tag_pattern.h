/* The printed face of a tag36h11: ten by ten cells, the white margin included, the code from
 * libapriltag. Row 0 is the top as printed. */
#ifndef SMPRIG_VISION_TAG_PATTERN_H
#define SMPRIG_VISION_TAG_PATTERN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/geom.h"
#include "base/result.h"

#define TAG_CELLS 10      /* cells a side with the white margin */
#define TAG_BLACK_CELLS 8 /* cells a side of the black square, `size_mm` */
#define TAG_BORDERS_MAX (2 * TAG_CELLS * (TAG_CELLS - 1))

struct tag_pattern {
    bool is_white[TAG_CELLS][TAG_CELLS]; /* row, column */
};

/* One straight border between a black and a white cell, in cell units of the tag frame (x right, y
 * up, origin at the centre). Walking from `from` to `to`, the bright cell is on the left. */
struct tag_border {
    double from_x, from_y, to_x, to_y;
};

/* Patterns of several ids at once (the code table is built once). RESULT_RANGE: an id that
 * tag36h11 does not have; RESULT_NO_MEMORY. */
MUST_USE enum result tag_patterns_make(const int32_t *ids, uint32_t count,
                                       struct tag_pattern *ret_patterns);

/* All black-white borders, one a cell side; the margin's own outer border is none. */
uint32_t tag_pattern_borders(const struct tag_pattern *pattern,
                             struct tag_border ret_borders[TAG_BORDERS_MAX]);

#endif
