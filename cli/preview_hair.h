/* The client's own hair in the preview: short strokes that lie as hair grows. */
#ifndef SMPRIG_CLI_PREVIEW_HAIR_H
#define SMPRIG_CLI_PREVIEW_HAIR_H

#include "plan/portrait.h"

#define PREVIEW_HAIR_MOST_MM 40.0

struct preview_hair {
    struct portrait_hair_node *nodes; /* owned */
    size_t count;
};

/* Grow each hair of the CSV to a length and hand them to the portrait (whose mesh and plan stand
 * already); `hair` must outlive it. The hair's colour is that of the plan's darkest shade. */
MUST_USE enum result preview_hair_grow(const char *csv, double length_mm, struct portrait *portrait,
                                       struct preview_hair *hair, struct error *err);
void preview_hair_release(struct preview_hair *hair);

#endif
