/* Takes away the most crowded points until as many are left as wanted. */
#ifndef SMPRIG_PLAN_ELIMINATE_H
#define SMPRIG_PLAN_ELIMINATE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/geom.h"
#include "base/result.h"

/* Weighted sample elimination (Yuksel 2015, Computer Graphics Forum 34-2): keep `wanted` of the
 * points, so that no two are near; keep[i] tells which. Two points crowd each other when they are
 * nearer than the mean of their reaches, which are 2 r_max of the density that is to be left there:
 * reach = 2 sqrt(1 / (2 sqrt 3 density)). */
MUST_USE enum result eliminate(const struct vec3 *points, const double *reach_mm, size_t count,
                               size_t wanted, bool *keep);

#endif
