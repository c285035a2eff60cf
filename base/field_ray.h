/* Where a ray meets the surface of a distance field. */
#ifndef SMPRIG_BASE_FIELD_RAY_H
#define SMPRIG_BASE_FIELD_RAY_H

#include <stdbool.h>

#include "base/field_view.h"

/* From `origin_head` (outside) along the unit direction, at most reach_mm: sphere tracing (Hart
 * 1996), then bisection to 1 um. False, and ret untouched, when it does not meet the surface or
 * begins inside. */
bool field_ray(const struct field_view *field, struct vec3 origin_head, struct vec3 direction_head,
               double reach_mm, struct vec3 *ret_p_head);

#endif
