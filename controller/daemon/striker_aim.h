/* Where the needle must go for a dot on a moving head, and how far off it is. Joins the plan, the
 * predicted pose and the rig; used by the striker alone. */
#ifndef SMPRIG_CONTROLLER_DAEMON_STRIKER_AIM_H
#define SMPRIG_CONTROLLER_DAEMON_STRIKER_AIM_H

#include "controller/daemon/striker.h"

/* How the needle stands to its dot at the moment of contact. */
struct aim_miss {
    double lateral_mm;  /* tip to dot, in the skin's tangent plane, along the needle's axis */
    double stroke_mm;   /* needle travel that reaches the dot's depth from here */
    bool allows_stroke; /* stroke within the needle's travel, tip in front of the skin */
    int64_t contact_ns; /* when the tip meets the skin */
};

/* Fill legs, leg_count and target of aim for aim->index, for a motion that begins at start_ns from
 * striker->at. RESULT_NOT_FOUND: no trustworthy pose; RESULT_RANGE: out of the rig's reach;
 * RESULT_REFUSED: no way there keeps clear of the head. */
MUST_USE enum result aim_plan(const struct striker *striker, struct striker_aim *aim,
                              int64_t start_ns);

/* The miss of the aim's target for a strike whose line begins at start_ns. */
MUST_USE enum result aim_measure(const struct striker *striker, const struct striker_aim *aim,
                                 int64_t start_ns, struct aim_miss *ret_miss);

/* The target of striker->at moved height_mm out along the needle. RESULT_RANGE: the rig ends
 * before. */
MUST_USE enum result aim_lift(const struct striker *striker, double height_mm,
                              struct axes *ret_target);

/* As much of the present leg, from aim->from on, as one travel may do; and whether that ends it. */
struct axes aim_piece(const struct striker *striker, const struct striker_aim *aim);
bool aim_is_whole_leg(const struct striker_aim *aim);
/* Of the piece that is next or running, from striker->at as it was before it. */
int64_t aim_leg_duration_ns(const struct striker *striker, const struct striker_aim *aim);
/* What is left of it where the rig stands at q. */
int64_t aim_leg_left_ns(const struct striker *striker, const struct striker_aim *aim,
                        const double q[RIG_AXES_MAX]);
int64_t aim_strike_duration_ns(const struct striker *striker, const struct striker_aim *aim);

#endif
