/* Which way hair grows: away from the whorl, turning around it, straight forward over the top and
 * down the sides, as on most heads. */
#ifndef SMPRIG_PLAN_HAIR_H
#define SMPRIG_PLAN_HAIR_H

#include "plan/chart.h"
#include "plan/design.h"

/* Unit direction along the skin at q. */
struct vec3 hair_direction(const struct chart *chart, const struct design_hair *hair,
                           struct map_point q);
/* The outward axis of a needle that leans with the hair by hair->lean_deg. */
struct vec3 hair_axis(const struct chart *chart, const struct design_hair *hair,
                      struct map_point q);

#endif
