/* Jerk-limited motions for rigs that take timed segments: third order, time-optimal, from any speed
 * and acceleration to rest, several axes ending together.
 *
 * The fastest way to rest at a place is bang-bang in jerk: at most three arcs of full jerk with
 * holds at the limits of acceleration and speed between (Pontryagin's principle; Kroeger and Wahl
 * 2010, Berscheid and Kroeger 2021 give the same arcs for general end states). Ending at rest has
 * two consequences that make it simple. First, which way to jerk is told by one comparison with
 * where stopping at once would end. Second, no time beyond the shortest is out of reach, since
 * waiting at rest is allowed: so the axes end together after the slowest one's own time
 * (docs/motion.md, "Profiles").
 *
 * All is computed in units of the limits (A/J for time, A^3/J^2 for length), so the choice of mm or
 * m, deg or rad makes no difference. */
#ifndef SMPRIG_MOTION_PROFILE_H
#define SMPRIG_MOTION_PROFILE_H

#include <stddef.h>

#include "base/result.h"

#define PROFILE_ARCS_MAX 12

/* Of one axis, all > 0: unit/s, unit/s^2, unit/s^3. */
struct profile_limits {
    double speed, acceleration, jerk;
};

struct profile_state {
    double x, v, a; /* unit, unit/s, unit/s^2 */
};

/* Arcs of constant jerk, one after the other from `start`; after them the axis rests at `end_x`. */
struct profile {
    struct profile_state start;
    double end_x;
    size_t arc_count;
    double jerk[PROFILE_ARCS_MAX], length_s[PROFILE_ARCS_MAX];
    double duration_s; /* of the arcs */
};

/* The fastest profile from start to rest at end_x. A start outside the limits is first brought back
 * within them with full jerk. RESULT_RANGE: a limit that is not positive, or a
 * number not finite. */
MUST_USE enum result profile_fastest(const struct profile_limits *limits,
                                     const struct profile_state *start, double end_x,
                                     struct profile *ret_profile);

/* `count` axes that come to rest together: in the slowest one's shortest time, the others slowed
 * down to it (an axis that can neither speed up nor cruise slower waits at its end). Arrays of
 * count. */
MUST_USE enum result profile_together(const struct profile_limits *limits,
                                      const struct profile_state *starts, const double *ends,
                                      size_t count, struct profile *ret_profiles);

/* Where the axis is t_s after the start; beyond the end it rests. */
struct profile_state profile_at(const struct profile *profile, double t_s);

#endif
