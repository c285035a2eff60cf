/* Where no needle may go: a design's keep-outs, and those of every head, as balls. */
#ifndef SMPRIG_PLAN_KEEP_OUT_H
#define SMPRIG_PLAN_KEEP_OUT_H

#include "plan/curve.h"

struct keep_out_list {
    struct keep_out *balls; /* owned */
    size_t count, capacity;
};

/* The design's own keep-outs; and, unless it says `standard_keep_outs: false`, brows, eyes and ears
 * from the landmarks. Lines become rows of balls, closed ones are covered with balls; the margin is
 * in the radius, and every place within it is inside some ball. */
MUST_USE enum result keep_outs_make(const struct curve_ground *ground,
                                    struct keep_out_list *ret_list, struct error *err);
void keep_outs_release(struct keep_out_list *list);

#endif
