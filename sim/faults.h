/* What can go wrong, as a table: one row a way in which a hazard of docs/hazards.md shows itself on
 * the virtual rig. */
#ifndef SMPRIG_SIM_FAULTS_H
#define SMPRIG_SIM_FAULTS_H

#include "sim/invariants.h"
#include "sim/virtual.h"

/* Where the rig must end (docs/hazards.md): R holds and can go on, F latches, N never starts, none:
 * nothing may be noticed, and nothing may go wrong. */
enum fault_safe { FAULT_UNSEEN, FAULT_HOLDS, FAULT_LATCHES, FAULT_NEVER_STARTS };

struct fault {
    int hazard; /* number in docs/hazards.md */
    const char *name;
    enum fault_safe safe;
    void (*inject)(struct virtual_rig *rig, struct rng *rng);
    void (*clear)(struct virtual_rig *rig); /* NULL: it is over by itself */
    int lasts_ms;                           /* at most, until it is cleared */
    enum invariant_excuse excuse;           /* what no controller could keep under it */
};

extern const struct fault faults[];
extern const size_t fault_count;

/* Moments of a session at which a fault can come. */
enum moment {
    MOMENT_ANY,
    MOMENT_CONNECTING,
    MOMENT_LOCKED,
    MOMENT_HOMING,
    MOMENT_IDLE,
    MOMENT_ARMED,
    MOMENT_WAITING,  /* running, nothing in the firmware */
    MOMENT_TRAVEL,   /* on the way to a dot, the strike not yet sent */
    MOMENT_DECIDED,  /* the strike is sent, the needle still retracted */
    MOMENT_PLUNGE,   /* on its way down, not yet at the skin */
    MOMENT_IN_DOWN,  /* in the skin, going down */
    MOMENT_IN_UP,    /* in the skin, going up */
    MOMENT_WITHDRAW, /* out of the skin, not yet retracted */
    MOMENT_HOLDING,
    MOMENT_HELD,
    MOMENT_FAULT,
    MOMENT_PARKING,
    MOMENT_COUNT
};

const char *moment_name(enum moment moment);
/* By name; false when there is none such. */
bool moment_find(const char *name, int *ret_moment);
bool fault_find(const char *name, size_t *ret_row);
bool moment_is_now(const struct virtual_rig *rig, enum moment moment);

#endif
