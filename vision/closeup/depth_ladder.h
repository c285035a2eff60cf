/* Test dots: a ladder of depths at a concealed place, and the depth that gives the wanted diameter
 * on this skin.
 *
 * Diameter grows with depth: first with the needle's taper, then faster as the pigment spreads
 * below the upper dermis. Over a ladder's range a straight line through the rungs' medians
 * describes it well enough to choose a depth, and two things are checked rather than assumed: that
 * it rises, and that no rung lies far from the line. Line by Theil and Sen (Sen 1968): a single bad
 * dot does not move it. */
#ifndef SMPRIG_VISION_CLOSEUP_DEPTH_LADDER_H
#define SMPRIG_VISION_CLOSEUP_DEPTH_LADDER_H

#include <stddef.h>

#include "base/result.h"

#define LADDER_DOTS_MAX 256

struct ladder_dot {
    double depth_um, diameter_um;
};

struct ladder_request {
    double diameter_um;  /* wanted */
    double depth_min_um; /* the rig's and the zone's, never left */
    double depth_max_um;
};

struct ladder_answer {
    double depth_um;       /* proposed, within the ladder's own range */
    double depth_sigma_um; /* of the proposal, from the scatter of the dots */
    double um_per_100um;   /* diameter's growth a 100 um of depth */
    double residual_um;    /* robust scatter of diameters about the line */
};

/* RESULT_SINGULAR: fewer than six dots or three depths, or diameters that do not grow with depth
 * (worn needle, or the dots do not belong together). RESULT_RANGE: the wanted diameter is not
 * between the shallowest and the deepest rung's, or needs a forbidden depth: nothing is
 * extrapolated into skin. The sentence says which and what to do. */
MUST_USE enum result ladder_solve(const struct ladder_dot *dots, size_t count,
                                  const struct ladder_request *request,
                                  struct ladder_answer *ret_answer, struct error *err);

#endif
