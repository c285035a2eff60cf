/* Pictures of a plan: one view, a sheet of times, a turn around the head. */
#ifndef SMPRIG_CLI_PREVIEW_PICTURE_H
#define SMPRIG_CLI_PREVIEW_PICTURE_H

#include <cairo.h>

#include "plan/portrait.h"

#define PREVIEW_DISTANCE_MM 900.0 /* from where one looks at a face */

struct picture_setup {
    struct portrait portrait;
    struct preview_view view;
    int width, height;
    int oversample;
};

/* A view of the whole head, or of one zone of the plan (-1: head), from a direction. */
struct picture_aim {
    double azimuth_rad, elevation_rad; /* 0: front, 90 deg: right; 90 deg: top */
    int zone;
};
struct preview_view picture_view(const struct picture_setup *setup, struct picture_aim aim);

/* Make the head as large as the picture allows (for stills; a turn keeps one scale). */
void picture_fit(const struct picture_setup *setup, struct preview_view *view);

/* A fresh surface; the caller destroys it. */
MUST_USE enum result picture_draw(const struct picture_setup *setup, cairo_surface_t **ret_surface,
                                  struct error *err);
MUST_USE enum result picture_save(cairo_surface_t *surface, const char *path, struct error *err);
/* Before, fresh, healed, and after 2, 4, 6 and 8 years, side by side with captions. */
MUST_USE enum result picture_sheet(const struct picture_setup *setup, const char *path,
                                   struct error *err);
/* An animated PNG that turns once around the head in `frames` pictures, and a still of the first
 * for programs that show no animations (the same file). */
MUST_USE enum result picture_turn(const struct picture_setup *setup, struct picture_aim aim,
                                  int frames, const char *path, struct error *err);

#endif
