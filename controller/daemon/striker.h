/* The striker: dot after dot, a travel ahead and each strike just in time. A step function.
 *
 *     firmware   |== strike k ==|===== travel k+1 =====|== strike k+1 ==|
 *     striker     ^ travel k+1 sent            ^ strike k+1 decided, 12 ms before arrival:
 *                   (harmless, may wait)         newest pose, aim within tolerance, intent durable,
 *                                                strike k reported executed
 *
 * At most one strike and one travel are in the firmware. Stopping is not sending: striker_stop()
 * drops the aim, the running strike ends by itself. The guard decides again about each command; a
 * refusal is waited out or, when it will not pass, skips the dot with the reason. */
#ifndef SMPRIG_CONTROLLER_DAEMON_STRIKER_H
#define SMPRIG_CONTROLLER_DAEMON_STRIKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/field_view.h"
#include "controller/daemon/outbox.h"
#include "controller/daemon/striker_pace.h"
#include "motion/rig.h"
#include "motion/travel.h"
#include "plan/dot.h"
#include "vision/head_pose.h"

/* Predicts the head's pose at a moment; false when there is no trustworthy one. */
struct pose_predictor {
    bool (*predict)(void *context, int64_t at_ns, struct pose *ret_T_rig_head);
    void *context;
};

struct striker_setup {
    const struct rig *rig;
    const struct dot_plan *plan;
    uint32_t *order; /* indexes into plan->dots, in the order of striking; the caller's, changed as
                        the head makes it needful (striker_route.h) */
    size_t order_count;
    const struct field_view *field; /* of the scan, head frame; NULL: no lifting */
    struct pose_predictor predictor;
    double surface_zero_mm; /* the skin stands so far outside the scan (`smprig calibrate depth`) */
    double aim_tolerance_mm; /* lateral; beyond it the needle is trimmed before the strike */
    int64_t lead_ns;         /* the strike is decided so long before the needle arrives */
    int64_t latency_ns;      /* from request to first motion of an idle rig */
    int64_t pose_age_max_ns; /* no strike with an older pose (hazard 4) */
};

/* No travel takes longer: what is under way at a stop is over soon (I17). */
#define STRIKER_TRAVEL_S 0.19
/* A needle that waits, or goes far, stands so much farther out than at its hover. */
#define STRIKER_LIFT_MM 6.0

enum aim_stage {
    AIM_NONE,
    AIM_ASKED,      /* travel requested, the guard has not answered */
    AIM_TRAVELLING, /* travel accepted; arrival_ns is known */
    AIM_STRIKING,   /* strike requested, the guard has not answered */
    AIM_LIFTING,    /* waiting took too long: the needle goes out along its axis */
};

/* The dot that the needle goes to. */
struct striker_aim {
    enum aim_stage stage;
    bool is_approach; /* a long way: first to a point well above the dot, without it as its aim */
    uint32_t index;   /* into plan->dots */
    struct axes from; /* where the leg that is asked or travelling begins */
    struct axes legs[TRAVEL_LEGS_MAX];
    size_t leg_count, leg; /* leg: the one that is asked or travelling */
    struct axes piece;     /* as much of it as one travel of STRIKER_TRAVEL_S may do */
    struct axes target;    /* the last leg's end: hover over the dot */
    uint64_t sequence;     /* of the request that waits for an answer */
    uint32_t line;
    bool has_arrived;  /* the firmware reported the leg executed */
    bool is_stopped;   /* while a strike waits for its answer: refused, nothing comes of it */
    bool is_confirmed; /* the board has shown that it has the travel as it was sent */
    int64_t arrival_ns, retry_ns;
    uint64_t intent; /* the journal entry that must be durable; 0: none yet */
    int trims, refusals;
};

/* The intent of a dot that the needle has left for a while (striker_intent.h). */
struct striker_intent {
    uint32_t index;
    uint64_t entry; /* 0: none */
};

/* The strike that the firmware has. */
struct striker_strike {
    bool is_running;
    bool has_begun; /* the travel before it was reported executed: room for the next travel */
    uint32_t index, line, travel_line;
    int64_t end_ns, duration_ns; /* when it should be over; from begin to end */
    double needle_mm;            /* newest that the board told of it */
};

/* What decides which dot is next (striker_route.h). */
struct striker_route {
    struct vec3 centre_head; /* of the plan */
    bool has_average;
    int64_t average_ns;
    struct pose T_average; /* T_rig_head over the last breaths */
    struct pose T_first;   /* the first one of the session */
    struct pose T_ordered; /* the average when the order was made */
    int tries;             /* of dots without a clear way, when no other is left */
    size_t put_off;        /* dots at the order's end that were out of reach */
    size_t renewals;       /* how often what was left has been planned anew */
};

struct striker {
    struct striker_setup setup;
    struct striker_route route;
    bool is_lifted;               /* the needle waits away from the skin */
    bool is_paused;               /* what is begun is ended, no new dot is begun */
    int64_t answer_ns, prompt_ns; /* how long the newest report took; when one last came in time */
    struct striker_pace pace;
    struct striker_aim aim;
    struct striker_intent kept;
    struct striker_strike strike;
    struct axes at;        /* where the rig stands, or will when all that was sent is done */
    size_t next;           /* position in the order */
    uint8_t *fates;        /* by plan index, enum dot_fate; caller's memory */
    uint64_t durable;      /* newest journal entry that is on the disk */
    struct head_pose head; /* newest */
    int64_t jolt_ns; /* stamp of the newest pose that was not where it was expected; 0: none */
    size_t done_count, skipped_count, doubtful_count;
    const char *waiting_for; /* why no strike is sent right now; NULL when nothing is in the way */
};

/* Its tuning (aim_tolerance_mm to pose_age_max_ns, for cameras of 30 Hz and more);
 * the rest zero. */
struct striker_setup striker_setup_default(void);
/* `fates`: plan->dot_count values, kept by the caller, changed as dots are struck. */
void striker_init(struct striker *striker, const struct striker_setup *setup, uint8_t *fates);
/* The rig's position when nothing is in flight: after homing, after a stop. */
void striker_set_position(struct striker *striker, struct axes at);

void striker_on_pose(struct striker *striker, const struct head_pose *head);
void striker_on_durable(struct striker *striker, uint64_t entry);
/* ACCEPTED, REFUSED, EXECUTED, LOST and MACHINE events. */
void striker_on_event(struct striker *striker, const struct guard_event *event,
                      struct outbox *outbox, int64_t now_ns);
/* Send what is due. Call while running, at least every millisecond or at striker_next_ns(). */
void striker_tick(struct striker *striker, struct outbox *outbox, int64_t now_ns);
/* Drop the aim (its intent is voided); what runs in the firmware ends by itself. */
void striker_stop(struct striker *striker, struct outbox *outbox, int64_t now_ns);
/* The guard has gone: the running strike, if any, is doubtful and the aim is dropped. */
void striker_lose(struct striker *striker, const char *why, struct outbox *outbox, int64_t now_ns);
/* Leave out a pending dot, for the named reason; no effect on any other. */
void striker_skip(struct striker *striker, uint32_t index, const char *why, struct outbox *outbox,
                  int64_t now_ns);

/* An operator's word on a doubtful dot; no effect on any other. */
void striker_decide(struct striker *striker, uint32_t index, enum dot_fate fate, const char *note,
                    struct outbox *outbox, int64_t now_ns);

/* All dots have a fate and nothing is in flight. */
bool striker_is_finished(const struct striker *striker);
bool striker_is_idle(const struct striker *striker);
/* Index into the plan's dots of the next one that is to be struck; dot_count: none is left. */
size_t striker_next_dot(const struct striker *striker);
size_t striker_pending_count(const struct striker *striker);
int64_t striker_next_ns(const struct striker *striker, int64_t now_ns);

#endif
