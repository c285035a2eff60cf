/* depth: where the skin really is against the scan, from touches of a probe. */
#ifndef SMPRIG_VISION_CALIBRATION_SURFACE_ZERO_H
#define SMPRIG_VISION_CALIBRATION_SURFACE_ZERO_H

#include <stdint.h>

#include "base/field_view.h"
#include "base/geom.h"
#include "base/result.h"

#define ZERO_TOUCHES_MIN 5
#define ZERO_TOUCHES_MAX 1000

struct surface_zero {
    double zero_mm;    /* mean distance outside the scan's surface */
    double scatter_mm; /* standard deviation about it */
    double sigma_mm;   /* of the mean */
    double distances_mm[ZERO_TOUCHES_MAX];
    uint32_t count;
};

/* Touches in the head frame. RESULT_REFUSED with the reason: too few, all in one place, a touch far
 * from the others, the skin nowhere near the scan. */
MUST_USE enum result surface_zero_find(const struct field_view *field, const struct vec3 *p_head,
                                       uint32_t count, struct surface_zero *ret_zero,
                                       struct error *err);

#endif
