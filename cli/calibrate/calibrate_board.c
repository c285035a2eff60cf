/* smprig calibrate board: a board of tags for the cameras, as its file and as a sheet to print. */
#include <cairo-pdf.h>
#include <stdio.h>
#include <sysexits.h>

#include "base/options.h"
#include "cli/calibrate/calibrate.h"
#include "vision/calibration/board.h"
#include "vision/tag_pattern.h"

#define POINTS_PER_MM (72.0 / 25.4)

static const char usage[] =
    "Usage: smprig calibrate board -o BOARD.yaml [--print BOARD.pdf] [options]\n"
    "A flat board of tag36h11 tags for the steps camera, stereo and rig. Print at 100 %, glue it "
    "onto "
    "glass\n"
    "or aluminium, measure a tag, and say its true side with --size-mm.\n\n"
    "  --columns N   (8)   --rows N      (6)\n"
    "  --size-mm S   (8)   --first-id N  (100)\n";

static void draw_tag(cairo_t *cr, const struct tag_pattern *pattern, const struct ring_tag *tag,
                     double middle_x, double middle_y) {
    double cell = tag->size_mm / TAG_BLACK_CELLS;
    for (int row = 0; row < TAG_CELLS; row++)
        for (int column = 0; column < TAG_CELLS; column++) {
            if (pattern->is_white[row][column]) continue;
            double x = middle_x + tag->T_ring_tag.t.x + (column - TAG_CELLS / 2) * cell;
            double y = middle_y - tag->T_ring_tag.t.y + (row - TAG_CELLS / 2) * cell;
            cairo_rectangle(cr, x, y, cell, cell);
        }
    cairo_fill(cr);
}

static enum result print_sheet(const struct board_layout *layout, const struct tag_ring *board,
                               const char *path, struct error *err) {
    struct tag_pattern patterns[RING_TAGS_MAX];
    int32_t ids[RING_TAGS_MAX];
    double width_mm, height_mm;
    board_extent(layout, &width_mm, &height_mm);
    for (uint32_t k = 0; k < board->count; k++) ids[k] = board->tags[k].id;
    if (tag_patterns_make(ids, board->count, patterns) != RESULT_OK)
        return error_set(err, RESULT_RANGE, "an id that tag36h11 does not have");
    cairo_surface_t *surface =
        cairo_pdf_surface_create(path, width_mm * POINTS_PER_MM, (height_mm + 6) * POINTS_PER_MM);
    cairo_t *cr = cairo_create(surface);
    char text[120];
    cairo_scale(cr, POINTS_PER_MM, POINTS_PER_MM);
    cairo_set_antialias(cr, CAIRO_ANTIALIAS_NONE);
    for (uint32_t k = 0; k < board->count; k++)
        draw_tag(cr, &patterns[k], &board->tags[k], width_mm / 2, height_mm / 2);
    snprintf(text, sizeof text, "tag36h11, %d x %d from id %d, black square %g mm", layout->columns,
             layout->rows, layout->first_id, layout->size_mm);
    cairo_select_font_face(cr, "DejaVu Sans", CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_NORMAL);
    cairo_set_font_size(cr, 3);
    cairo_move_to(cr, 4, height_mm + 3);
    cairo_show_text(cr, text);
    cairo_destroy(cr);
    cairo_surface_finish(surface);
    cairo_status_t status = cairo_surface_status(surface);
    cairo_surface_destroy(surface);
    if (status == CAIRO_STATUS_SUCCESS) return RESULT_OK;
    return error_set(err, RESULT_IO, "%s: %s", path, cairo_status_to_string(status));
}

int calibrate_board(int argc, char **argv) {
    int64_t columns = 8, rows_of_tags = 6, first_id = 100;
    double size_mm = 8;
    const char *output = NULL, *sheet = NULL;
    const struct option_row rows[] = {
        {"output", 'o', .text = &output, .is_needed = true},
        {"print", .text = &sheet},
        {"columns", .integer = &columns, .low = 1, .high = RING_TAG_ID_MAX},
        {"rows", .integer = &rows_of_tags, .low = 1, .high = RING_TAG_ID_MAX},
        {"first-id", .integer = &first_id, .high = RING_TAG_ID_MAX},
        {"size-mm", .number = &size_mm},
    };
    const struct options options = {"smprig calibrate", usage, OPTION_ROWS(rows)};
    struct tag_ring board;
    struct error err = {0};
    int code;
    if (!options_parse(&options, argc, argv, &code)) return code;
    const struct board_layout layout = {(int)columns, (int)rows_of_tags, size_mm, (int)first_id};
    enum result result = board_make(&layout, &board, &err);
    if (result == RESULT_OK) result = tag_ring_write(&board, NULL, output, &err);
    if (result == RESULT_OK && sheet != NULL) result = print_sheet(&layout, &board, sheet, &err);
    return result == RESULT_OK ? EX_OK : calibrate_fail("board", &err);
}
