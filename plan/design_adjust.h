/* What a slider changes of a design, to look at it: not written back to its file. */
#ifndef SMPRIG_PLAN_DESIGN_ADJUST_H
#define SMPRIG_PLAN_DESIGN_ADJUST_H

#include "plan/design.h"

struct design_adjust {
    double density_percent; /* of each zone's density; 100: as it is */
    double hairline_mm;     /* added to the front hairline's height */
    double shade_percent;   /* of each pigment's darkness; 100: as it is */
};

#define DESIGN_ADJUST_NONE ((struct design_adjust){100, 0, 100})

/* RESULT_RANGE outside 25 to 200 % and 30 mm; RESULT_REFUSED for a hairline or shades that the
 * design has not. */
MUST_USE enum result design_adjust(struct design *design, const struct design_adjust *adjust,
                                   struct error *err);

#endif
