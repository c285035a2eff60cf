#include "vision/calibration/board.h"

#include "vision/tag_pattern.h"

#define SIZE_MIN_MM 1.0
#define SIZE_MAX_MM 200.0

/* From one tag to the next: the face with its margin, and a cell. */
static double pitch_of(const struct board_layout *layout) {
    return layout->size_mm / TAG_BLACK_CELLS * (TAG_CELLS + 1);
}

void board_extent(const struct board_layout *layout, double *ret_width_mm, double *ret_height_mm) {
    *ret_width_mm = (layout->columns + 1) * pitch_of(layout);
    *ret_height_mm = (layout->rows + 1) * pitch_of(layout);
}

enum result board_make(const struct board_layout *layout, struct tag_ring *ret_board,
                       struct error *err) {
    struct tag_ring board = {.T_head_ring = pose_identity()};
    int count = layout->columns * layout->rows;
    bool is_sane = layout->columns >= 1 && layout->rows >= 1 && count <= RING_TAGS_MAX &&
                   layout->first_id >= 0 && layout->first_id + count - 1 <= RING_TAG_ID_MAX &&
                   layout->size_mm >= SIZE_MIN_MM && layout->size_mm <= SIZE_MAX_MM;
    if (!is_sane)
        return error_set(err, RESULT_RANGE,
                         "a board of %d x %d tags of %g mm from id %d: expected at most %d tags, "
                         "ids to %d, %g..%g mm",
                         layout->columns, layout->rows, layout->size_mm, layout->first_id,
                         RING_TAGS_MAX, RING_TAG_ID_MAX, SIZE_MIN_MM, SIZE_MAX_MM);
    for (int j = 0; j < layout->rows; j++)
        for (int i = 0; i < layout->columns; i++) {
            struct ring_tag *tag = &board.tags[board.count];
            tag->id = layout->first_id + (int)board.count++;
            tag->size_mm = layout->size_mm;
            tag->T_ring_tag = pose_identity();
            tag->T_ring_tag.t = vec3_make((i - 0.5 * (layout->columns - 1)) * pitch_of(layout),
                                          (0.5 * (layout->rows - 1) - j) * pitch_of(layout), 0);
        }
    *ret_board = board;
    return RESULT_OK;
}
