/* What a registration leaves, drawn on the head: blue little, red much. */
#ifndef SMPRIG_CLI_CALIBRATE_REGISTER_PICTURE_H
#define SMPRIG_CLI_CALIBRATE_REGISTER_PICTURE_H

#include "plan/mesh.h"
#include "vision/calibration/registration.h"

/* Places whose expected error is of interest, with their normals. */
struct register_places {
    struct vec3 *p_head, *n_head; /* owned */
    double *error_mm;             /* owned; register_error_at() each */
    size_t count;
    const char *what; /* "dots of the plan" */
};
void register_places_release(struct register_places *places);

struct register_drawing {
    const struct mesh *scan;
    const struct landmarks *landmarks;
    const struct registration *registration;
    const struct register_places *places;
    struct vec3 towards_viewer; /* unit, head frame */
};
MUST_USE enum result register_picture(const struct register_drawing *drawing, const char *path,
                                      struct error *err);

#endif
