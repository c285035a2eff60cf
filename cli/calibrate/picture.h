/* Pictures of residuals: one PNG a step, so that people see what a number hides (cairo). */
#ifndef SMPRIG_CLI_CALIBRATE_PICTURE_H
#define SMPRIG_CLI_CALIBRATE_PICTURE_H

#include <cairo.h>
#include <stdbool.h>

#include "base/result.h"
#include "vision/calibration/image_calibration.h"

#define PICTURE_WIDTH 1240

struct picture {
    cairo_surface_t *surface;
    cairo_t *cairo;
    double width, height;
};

/* A white sheet with a title and a line under it. */
MUST_USE enum result picture_open(struct picture *picture, double height, const char *title,
                                  const char *subtitle, struct error *err);
/* Save as PNG (through a temporary name) and free. */
MUST_USE enum result picture_close(struct picture *picture, const char *path, struct error *err);

void picture_text(struct picture *picture, double x, double y, double size, const char *text);

struct picture_box {
    double x, y, width, height;
};
/* Bars with a zero line, a scale in the unit and a dashed limit (0: none); numbered below. */
struct picture_bars {
    const double *values;
    size_t count;
    const char *caption, *unit;
    double limit;
};
void picture_bars(struct picture *picture, struct picture_box box, const struct picture_bars *bars);

/* From blue (0) to red (1). */
void picture_heat(double share, double ret_rgb[3]);

/* What the looks left: the tags' mean residuals as arrows on each camera's image, and a
 * bar a view. */
MUST_USE enum result picture_of_looks(const struct image_calibration *calibration,
                                      const char *title, const char *path, struct error *err);

#endif
