/* The supervisor: which state the rig is in, what must hold there, and what happens when it stops
 * holding. Pure data and pure functions; the zero value denies.
 *
 * Conditions are named bits that say the good thing. A state lists what it needs; a needed
 * condition that is lost trips: class R holds (resumable), class F latches a fault. The first cause
 * is kept. */
#ifndef SMPRIG_SAFETY_SUPERVISOR_H
#define SMPRIG_SAFETY_SUPERVISOR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/result.h"

enum safety_state {
    SAFETY_OFF,        /* no port */
    SAFETY_CONNECTING, /* shaking hands with the board */
    SAFETY_LOCKED,     /* connected, not homed: no motion */
    SAFETY_HOMING,
    SAFETY_IDLE,       /* homed, not armed */
    SAFETY_ARMED,      /* bound to scan and plan, not started */
    SAFETY_RUNNING,    /* travels and strikes may pass the gate */
    SAFETY_HOLDING,    /* the running strike ends; nothing more is sent */
    SAFETY_HELD,       /* needle out, at rest, resumable */
    SAFETY_RETRACTING, /* the needle was found in: axial, outward, alone */
    SAFETY_FAULT,      /* latched */
    SAFETY_STATE_COUNT
};

enum safety_condition {
    CONDITION_LINK_UP,        /* the board answers and nothing is lost */
    CONDITION_SETTINGS_MATCH, /* the board is the rig of the file */
    CONDITION_HOMED,
    CONDITION_ESTOP_CLOSED,
    CONDITION_DOOR_CLOSED,
    CONDITION_BOARD_NOT_HELD,     /* no feed hold but ours, and we never send one */
    CONDITION_POSITION_AGREES,    /* reported and commanded */
    CONDITION_NEEDLE_OUT_IN_TIME, /* a strike ends within its time */
    CONDITION_NEEDLE_NOT_WAITING, /* over a dot for long: the head breathes towards it */
    CONDITION_NEEDLE_SAFE,        /* seen out, or a running strike takes it out by itself */
    CONDITION_DAEMON_ALIVE,       /* socket open, heartbeat fresh, progress rising */
    CONDITION_GUARD_PROMPT,       /* the guard itself was run in time */
    CONDITION_FILES_BOUND,        /* rig, scan and plan loaded, hashes right */
    CONDITION_CALIBRATED,
    CONDITION_REGISTERED,
    CONDITION_CASE_CLEARED,
    CONDITION_POSE_FRESH,   /* younger than the limit to go on at all */
    CONDITION_HEAD_SLOW,    /* below the trip speed */
    CONDITION_HEAD_TRUSTED, /* not lost, innovation within the gate, enough tags */
    CONDITION_DEADMAN_HELD,
    CONDITION_CLIENT_PRESENT,
    CONDITION_JOURNAL_HEALTHY,
    CONDITION_PIGMENT_READY,
    CONDITION_NEEDLE_READY,
    CONDITION_COUNT
};

#define CONDITION_BIT(condition) (UINT64_C(1) << (condition))

enum safety_event {
    EVENT_CONNECT,   /* asked */
    EVENT_CONNECTED, /* handshake done */
    EVENT_HOME,      /* asked */
    EVENT_HOMED,
    EVENT_ARM,
    EVENT_DISARM,
    EVENT_START,
    EVENT_HOLD,
    EVENT_RESUME,
    EVENT_ABORT,
    EVENT_ACKNOWLEDGE,
    EVENT_AT_REST,   /* needle out, nothing in flight */
    EVENT_NEEDLE_IN, /* at rest with the needle in */
    EVENT_COUNT
};

struct supervisor {
    enum safety_state state;
    uint64_t conditions; /* that hold now */
    uint64_t
        first_cause; /* the condition that tripped, 0: none since the last acknowledge or start */
    int64_t tripped_ns;
};

/* Name, and what the operator reads: what goes on, what is safe now, what to do next. */
struct state_words {
    const char *name, *meaning, *safe, *next;
};
const struct state_words *safety_state_words(enum safety_state state);
const char *safety_state_name(enum safety_state state);
const char *safety_event_name(enum safety_event event);
/* Name, and what the operator reads when it is lost: what happened, what is safe now,
 * what to do. */
struct condition_words {
    const char *name, *lost, *safe, *remedy;
};
const struct condition_words *safety_condition_words(enum safety_condition condition);

/* Bits that a state needs. */
uint64_t safety_needs(enum safety_state state);
/* Whether losing the condition latches a fault (else it holds). */
bool safety_latches(enum safety_condition condition);

/* All zero: off, nothing holds. */
void supervisor_init(struct supervisor *supervisor);
/* New conditions: trips as the tables say. True when the state changed. */
bool supervisor_update(struct supervisor *supervisor, uint64_t conditions, int64_t now_ns);
/* An event: RESULT_REFUSED when the table has no such transition here, or the next state's needs do
 * not hold; *ret_missing (may be NULL) then gets the missing bits. */
MUST_USE enum result supervisor_event(struct supervisor *supervisor, enum safety_event event,
                                      uint64_t *ret_missing);
bool supervisor_allows_motion(const struct supervisor *supervisor);

#endif
