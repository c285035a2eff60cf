/* The 25 invariants (docs/hazards.md) as checks on what was seen: messages between the programs,
 * the journal's entries, the guard's state, and the truth of the simulated rig. Independent of the
 * code they judge: nothing here asks the gate or the supervisor whether something was right. */
#ifndef SMPRIG_SIM_INVARIANTS_H
#define SMPRIG_SIM_INVARIANTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/geom.h"
#include "controller/guard/protocol.h"
#include "controller/journal/fates.h"
#include "motion/rig.h"
#include "plan/dot.h"
#include "safety/supervisor.h"
#include "sim/skin.h"

#define INVARIANT_COUNT 25
#define INVARIANT_BIT(number) (UINT32_C(1) << (number))
#define VIOLATIONS_MAX 8
#define INVARIANTS_STRIKES 32 /* remembered at once */
#define INVARIANTS_JUMPS 512  /* milliseconds of jumps, remembered at once */

const char *invariant_words(int number); /* 1 to 25 */

/* What no controller can keep, each within a stretch of time that the truth itself ends
 * (invariants_excuse.c). What it excuses is counted apart. */
enum invariant_excuse {
    EXCUSE_NONE,
    EXCUSE_STUCK,    /* drives cut, or board frozen: until the needle is seen retracted */
    EXCUSE_CHANGED,  /* a line changed on its way: until the next strike, or until all stands */
    EXCUSE_SETTINGS, /* a setting changed while the rig runs: until what it planned has run */
    EXCUSE_HELPLESS, /* board or guard gone, or nothing may move: until the rig runs again */
    EXCUSE_COUNT
};
const char *invariant_excuse_words(enum invariant_excuse excuse);

struct invariant_window {
    bool is_open;
    int64_t from_ns, until_ns; /* until: 0, not known yet */
};

struct violation {
    int number;
    int64_t at_ns;
    char text[160];
};

/* One moment of the truth. */
struct truth {
    int64_t at_ns;
    double q[RIG_AXES_MAX]; /* where the positioning axes truly are, mm or rad */
    double stroke_mm;
    bool is_in_skin;
    struct pose T_rig_head, T_rig_tool;
    double lost_mm;   /* the tool is so far from where the board's count has it */
    bool is_slowed;   /* the board's speeds are not full: an override that a changed byte has set */
    bool is_homing;   /* the board runs its homing cycle: its own motions, from no known place */
    double jolt_mm_s; /* peak speed of a motion of the head that nobody can predict; 0: none */
    uint32_t line;    /* that the firmware executes */
    const struct puncture *over; /* a puncture that has just ended; NULL: none */
};

/* The head's own way where the needle is, in all that nobody can predict of it (invariants_jump.c).
 */
struct invariant_jumps {
    double way_mm; /* so far */
    struct {
        int64_t at_ns;
        double way_mm;
    } ends[INVARIANTS_JUMPS]; /* one a millisecond in which it jumps */
    size_t count;             /* ever */
};

/* What is known of one dot, by plan index. */
struct invariant_dot {
    uint8_t punctures, fate;                 /* fate: enum dot_fate, by the durable journal */
    uint32_t line;                           /* of the newest strike that met it */
    bool has_intent, was_executed, was_left; /* left: the head jumped away from its needle */
};

/* A strike that the guard let go out. */
struct invariant_strike {
    uint32_t line;
    size_t dot; /* plan index */
    int64_t sent_ns, pose_ns;
    double lost_mm; /* as in struct truth, when it was sent */
    bool has_begun, is_executed;
};

struct invariants {
    const struct rig *rig;
    const struct dot_plan *plan;
    struct invariant_window windows[EXCUSE_COUNT];
    uint64_t excused[EXCUSE_COUNT][INVARIANT_COUNT + 1]; /* violations in an open window */
    int64_t moved_ns; /* when an axis or the needle was last seen moving, or out */

    struct violation violations[VIOLATIONS_MAX]; /* the first ones */
    size_t violation_count;
    uint64_t excused_count; /* punctures off by no more than a head jumped, after their decision */
    uint64_t touch_count;   /* a head came to a needle that did not strike */

    struct invariant_dot *dots; /* owned */
    struct invariant_index {
        uint32_t id, index;
    } * by_id;             /* owned, sorted */
    struct fates replayed; /* owned: the journal read again */
    struct invariant_strike strikes[INVARIANTS_STRIKES];
    size_t strike_count; /* ever */

    /* messages */
    uint64_t last_sequence, last_pose_sequence;
    uint32_t last_line, wire_line; /* accepted; seen on the wire */
    uint32_t inputs;
    int64_t pose_ns, heartbeat_ns, progress_ns, homed_ns, faulted_ns, acknowledged_ns, run_asked_ns;
    uint64_t progress;
    int strikes_in_firmware, travels_in_firmware;
    uint64_t travel_sequence;                  /* of the newest travel that was asked */
    struct guard_travel travel, travel_before; /* asked; accepted */
    uint32_t dot_travel_line;                  /* the newest travel that leads to a dot */
    char wire[96];                             /* the line that is on its way to the board */
    size_t wire_length;

    /* state */
    enum safety_state state;
    int64_t left_running_ns, tripped_ns; /* 0: not */
    bool was_stuck;                      /* so since the drives were cut or the board froze */
    int64_t told_ns, recorded_ns; /* the newest alarm in words; the newest event in the journal */
    int64_t unrecorded_ns;        /* the trip whose record is still looked for; 0: none */
    bool has_daemon, had_daemon;  /* now; when the rig left running */
    struct keep_out lesion;       /* no strike is let go there; radius 0: none */
    uint64_t plan_sum;            /* of the guard's dots when it was armed */

    /* truth */
    struct truth before;
    bool has_before, is_late_reported;
    double v_before[RIG_AXES_MAX], dt_before_s;
    struct invariant_jumps jumps;
    int64_t line_from_ns; /* the firmware executes the present line since then */
    struct truth at_entry;
    struct truth at_stroke; /* at the entry, or when a needle in the skin left its sleeve again */
    int64_t homing_cut_ns;  /* when the board last ended its homing, or was cut short in it */
    double jumped_mm;       /* before the entry */
    double drag_mm;         /* since then, while the needle was out of its sleeve */
    int64_t stroke_ns;      /* the longest that it was out of its sleeve since the entry, at once */
    int64_t out_after_trip_ns; /* when the needle was last in the skin after the newest trip */
    uint32_t trips_by_ms[101]; /* from trip to needle out, whole ms, the last: 100 and more */
};

MUST_USE enum result invariants_create(const struct rig *rig, const struct dot_plan *plan,
                                       struct invariants **ret_invariants);
void invariants_destroy(struct invariants **invariants);

void invariants_on_request(struct invariants *inv, const struct guard_request *request,
                           int64_t now_ns);
void invariants_on_event(struct invariants *inv, const struct guard_event *event, int64_t now_ns);
void invariants_on_entry(struct invariants *inv, const struct journal_entry *entry, int64_t now_ns);
void invariants_on_bytes_to_board(struct invariants *inv, const unsigned char *bytes, size_t count,
                                  int64_t now_ns);
void invariants_on_truth(struct invariants *inv, const struct truth *truth);
void invariants_on_supervisor(struct invariants *inv, const struct supervisor *supervisor,
                              int64_t now_ns);
/* A fault of the given kind is there from now on, or its cause is over. */
void invariants_excuse(struct invariants *inv, enum invariant_excuse excuse, int64_t now_ns);
/* A hand has moved axes of a rig that stands: that way is nobody's else. */
void invariants_on_hand(struct invariants *inv);
void invariants_excuse_ends(struct invariants *inv, enum invariant_excuse excuse, int64_t now_ns);
/* A program began or ended: its sequences and what it had in the firmware start afresh. */
/* A place that no strike may be let go at, head frame; radius 0: none. */
void invariants_on_lesion(struct invariants *inv, const struct keep_out *lesion);
void invariants_on_daemon(struct invariants *inv, bool is_there);
void invariants_on_guard(struct invariants *inv);
/* The guard's own copy of the plan, whenever it is armed and while it is. */
void invariants_on_guard_plan(struct invariants *inv, uint64_t sum, int64_t now_ns);

/* At the end: the fates that the session believes, and why it is where it is. */
struct invariants_end {
    const uint8_t *fates;
    uint64_t refused_entries;       /* that the rule book did not take */
    bool is_finished, is_caught_up; /* caught up: everything that was noted is durable */
    const char *reason;             /* why it waits, when it is not finished */
    int64_t now_ns;
};
void invariants_on_end(struct invariants *inv, const struct invariants_end *end);

#endif
