/* The needle's length from touches of a plate whose place is known (`smprig rig probe needle`). */
#ifndef SMPRIG_VISION_CALIBRATION_SETTER_H
#define SMPRIG_VISION_CALIBRATION_SETTER_H

#include <stdint.h>

#include "base/geom.h"
#include "base/result.h"

#define SETTER_TOUCHES_MIN 6
#define SETTER_TOUCHES_MAX 64

/* A point of the plate, and the unit vector from it up the needle; rig frame, mm. */
struct setter_plate {
    struct vec3 p_rig, up_rig;
};

struct setter_length {
    double longer_mm;  /* than the rig file's needle, which was used for the touches' places */
    double scatter_mm; /* standard deviation of the touches */
    double sigma_mm;   /* of their mean */
    double each_mm[SETTER_TOUCHES_MAX];
    uint32_t count;
};

/* p_rig: where the tip was at each contact by the rig file's needle: a tip that seems to stop above
 * the plate belongs to a longer needle. RESULT_REFUSED with the reason: too few, or a scatter that
 * no plate has (dirt, a bent needle, a loose plate). */
MUST_USE enum result setter_find_length(const struct setter_plate *plate, const struct vec3 *p_rig,
                                        uint32_t count, struct setter_length *ret_length,
                                        struct error *err);

#endif
