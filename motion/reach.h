/* Which dots the rig can strike with the head as it is, why not the others, and how to turn the
 * head so that few positions reach them. */
#ifndef SMPRIG_MOTION_REACH_H
#define SMPRIG_MOTION_REACH_H

#include "base/field_view.h"
#include "motion/kinematics.h"
#include "plan/dot.h"

/* A head breathes and drifts: every axis keeps so much to the ends of its travel. */
#define REACH_MARGIN_MM 3.0
#define REACH_MARGIN_RAD (1.0 * RAD_PER_DEG)

enum reach_case {
    REACH_CASE_FREE,     /* struck along its normal */
    REACH_CASE_TILTED,   /* struck within tilt_tolerance of its normal */
    REACH_CASE_TRAVEL,   /* a linear axis, or the arm, ends before */
    REACH_CASE_TILT,     /* steeper than the needle tilts */
    REACH_CASE_SINGULAR, /* the needle would lie along an axis that must turn it */
    REACH_CASE_TOUCHES,  /* the tool would come too near to the head elsewhere */
    REACH_CASE_COUNT
};
const char *reach_case_name(enum reach_case reach); /* a word: "tilt" */
const char *reach_case_text(enum reach_case reach); /* a clause: "steeper than the needle tilts" */
bool reach_case_allows(enum reach_case reach);

struct reach_scene {
    const struct rig *rig;
    const struct field_view *field; /* NULL: the tool is not held against the head */
};

/* With the head at T_rig_head. ret_axes hovers over the dot when the case allows a strike, and is
 * untouched otherwise. */
enum reach_case reach_dot(const struct reach_scene *scene, struct pose T_rig_head,
                          const struct dot *dot, struct axes *ret_axes);

/* Axes with the tip height_mm out of a place on the skin along the needle, on the way from `near`:
 * along the normal, or tilted as reach_dot() allows. No margins: the head is where it is. */
enum reach reach_over(const struct rig *rig, struct vec3 p_skin_rig, struct vec3 n_rig,
                      double height_mm, const struct axes *near, struct axes *ret_axes);

/* How the head is moved from its nominal pose: tipped on the headrest, turned with the chair, then
 * shifted. Angles about the rig's axes through the head's origin. */
struct reach_turn {
    double tip_rad;  /* about x: back is positive (the face rises) */
    double lean_rad; /* about y: to the head's right is positive, seen with the face towards +y */
    double turn_rad; /* about z: to the left is positive, seen from above */
    struct vec3 shift_rig_mm;
};

#define REACH_POSITIONS_MAX 8

struct reach_position {
    struct reach_turn turn;
    struct pose T_rig_head;
    size_t reached_count; /* dots that this position reaches */
    size_t own_count;     /* of them, those that no earlier one reaches */
};

struct reach_plan {
    size_t dot_count, reached_count; /* reached: from any position */
    size_t position_count;
    struct reach_position positions[REACH_POSITIONS_MAX];
    uint8_t *nominal;     /* owned, by dot: enum reach_case with the head as it is */
    uint8_t *position_of; /* owned, by dot: the first position that reaches it; UINT8_MAX: none */
};

struct reach_progress {
    void (*tell)(void *context, double fraction); /* may be NULL */
    void *context;
};

/* Greedy set cover (Chvatal 1979: within ln n of the fewest) over some hundred turns of chair and
 * headrest, each shifted to where the rig works; the pose as it is comes first among near equals.
 * RESULT_INVALID: no dots. */
MUST_USE enum result reach_plan_make(const struct reach_scene *scene, struct pose T_rig_head,
                                     const struct dot_plan *plan, struct reach_progress progress,
                                     struct reach_plan *ret_plan);
void reach_plan_release(struct reach_plan *plan);

#endif
