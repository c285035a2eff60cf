/* Animated PNG (W3C PNG third edition, section 11.3.6): frames that cairo compressed, put behind
 * each other. Viewers that know no animations show the first one. */
#ifndef SMPRIG_CLI_APNG_H
#define SMPRIG_CLI_APNG_H

#include <cairo.h>
#include <stdint.h>

#include "base/file.h"
#include "base/result.h"

struct apng {
    struct file_writer writer;
    uint32_t frames, frame_ms, sequence, added;
};

MUST_USE enum result apng_open(struct apng *apng, const char *path, int frames, int frame_ms,
                               struct error *err);
/* All frames must have the first one's size. */
MUST_USE enum result apng_add(struct apng *apng, cairo_surface_t *frame, struct error *err);
MUST_USE enum result apng_commit(struct apng *apng, struct error *err);
void apng_abandon(struct apng *apng);

#endif
