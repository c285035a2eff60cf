/* How long a session will take: every block of every dot, as the firmware plans them. */
#ifndef SMPRIG_MOTION_SESSION_TIME_H
#define SMPRIG_MOTION_SESSION_TIME_H

#include "base/field_view.h"
#include "motion/rig.h"
#include "plan/dot.h"

struct session_time_setup {
    const struct rig *rig;
    const struct field_view *field; /* of the scan; NULL: every way is straight */
    struct pose T_rig_head;
    const struct dot_plan *plan; /* in the order of striking */
    const struct axes *axes;     /* one a dot: hovering over it */
};

struct session_time {
    double running_s; /* first motion to last retraction, no stops */
    double bound_s;   /* the same, every straight way and stroke from rest to rest, no waiting */
    double travel_s, strikes_s; /* the bound's two parts */
    size_t lifted_count;        /* ways that cannot go straight */
    size_t blocked_count;       /* dots that no clear way leads to; they count as straight */
    uint32_t first_blocked;     /* index of the first of them */
};

/* RESULT_NO_MEMORY alone fails. */
MUST_USE enum result session_time_predict(const struct session_time_setup *setup,
                                          struct session_time *ret_time);

#endif
