/* A flat board of tags for the cameras: what `smprig calibrate board` prints and the steps look at.
 * It is a ring file like any other, with its tags in the plane z = 0. */
#ifndef SMPRIG_VISION_CALIBRATION_BOARD_H
#define SMPRIG_VISION_CALIBRATION_BOARD_H

#include "base/result.h"
#include "vision/ring_file.h"

struct board_layout {
    int columns, rows;
    double size_mm; /* side of a black square; the faces with their margins lie one cell apart */
    int first_id;   /* other than the ring's ids, so that nothing is mistaken */
};
/* Tags row by row from the top left, centred. RESULT_RANGE: more tags than a ring may have, ids
 * that the family does not have, sizes out of range. */
MUST_USE enum result board_make(const struct board_layout *layout, struct tag_ring *ret_board,
                                struct error *err);
/* Side of the whole sheet along x and y, mm, with a margin. */
void board_extent(const struct board_layout *layout, double *ret_width_mm, double *ret_height_mm);

#endif
