/* Pores, moles and freckles of a simulated skin: places on the scan around the tag ring. */
#ifndef SMPRIG_SIM_SKIN_MARKS_H
#define SMPRIG_SIM_SKIN_MARKS_H

#include "base/field_view.h"
#include "base/rng.h"
#include "sim/render.h"
#include "vision/ring_file.h"

/* Up to `capacity` marks within the ring and 20 mm around it, 0.15 to 0.4 mm wide, 10 to 45 grey
 * levels dark. Returns how many were placed. */
size_t skin_marks_make(const struct field_view *field, const struct tag_ring *ring, struct rng *rng,
                       struct render_mark *ret_marks, size_t capacity);

#endif
