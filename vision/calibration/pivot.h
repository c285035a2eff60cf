/* needle: where the tip is on its holder, from poses of the tool at which the tip stood on one
 * fixed point (a dimple, crossed beams) at several tilts.
 *
 *     T_rig_tool(i) tip_tool = reference_rig      for all i
 *
 * is linear in tip and reference (pivot calibration; Yaniv 2015, "Which pivot calibration?", the
 * algebraic two-step family in one least squares system). */
#ifndef SMPRIG_VISION_CALIBRATION_PIVOT_H
#define SMPRIG_VISION_CALIBRATION_PIVOT_H

#include <stdint.h>

#include "base/geom.h"
#include "base/result.h"

#define PIVOT_TOUCHES_MIN 6
#define PIVOT_TOUCHES_MAX 1000

struct pivot {
    struct vec3 tip_tool, reference_rig;
    struct vec3 sigma_tip; /* one sigma of the tip's coordinates, mm */
    double rms_mm;
    double residuals_mm[PIVOT_TOUCHES_MAX];
    uint32_t count;
};

/* RESULT_REFUSED with the reason: too few touches, too little tilt, a touch that is far off. */
MUST_USE enum result pivot_solve(const struct pose *T_rig_tool, uint32_t count,
                                 struct pivot *ret_pivot, struct error *err);

#endif
