/* Eyes on a virtual session: everything that passes goes to the invariants and to the trace. */
#ifndef SMPRIG_SIM_OBSERVER_H
#define SMPRIG_SIM_OBSERVER_H

#include <stdio.h>

#include "sim/invariants.h"
#include "sim/trace.h"
#include "sim/virtual.h"

struct observer {
    struct virtual_rig *rig; /* set by the owner once it is there */
    struct invariants *inv;
    struct trace trace;
    size_t punctures;
    uint64_t changes; /* bytes to the board that were changed or lost on their way */
    enum safety_state state;
    uint64_t holds, faults; /* entered so often */
    bool goes_round;        /* at the end: it neither completes nor stands and waits */
    FILE *poses;            /* the head as the tracker gave it, TUM, s and mm; NULL: not wanted */
    /* Told of each durable journal entry; NULL: nobody wants to know. */
    void (*on_entry)(void *context, const struct journal_entry *entry);
    void *context;
};

/* For virtual_setup.watch; the observer must outlive the rig. */
struct virtual_watch observer_watch(struct observer *observer);
/* After each step: the guard's state. */
void observer_look(struct observer *observer);
/* A fault with such an excuse begins, or is over. A line that changes on its way is seen by
 * observer_look() when it does. */
void observer_on_fault(struct observer *observer, enum invariant_excuse excuse, bool begins);
/* At the end; true when the session is finished, else *ret_reason says what it waits for. */
bool observer_judge_end(struct observer *observer, const char **ret_reason);

#endif
