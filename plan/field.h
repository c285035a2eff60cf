/* The scan's signed distance field, for clearance and registration. */
#ifndef SMPRIG_PLAN_FIELD_H
#define SMPRIG_PLAN_FIELD_H

#include "base/field_view.h"
#include "plan/mesh.h"

#define FIELD_SPACING_MM 1.5
#define FIELD_SAMPLES_MAX 20000000u

struct field {
    struct field_view view;
    float *values; /* owned; view.values */
};

MUST_USE enum result field_of_mesh(const struct mesh *mesh, double spacing_mm,
                                   struct field *ret_field, struct error *err);
/* Read the scan, build its field at FIELD_SPACING_MM. */
MUST_USE enum result field_of_scan(const char *path, struct field *ret_field, struct error *err);
void field_release(struct field *field);

#endif
