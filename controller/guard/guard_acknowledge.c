/* How a latched fault ends: by the operator's acknowledgement alone, once its cause is gone and the
 * needle is out.
 *
 *     asked -> a strike may still run in the board? wait until it is over for sure
 *           -> the board answers? no: look at it (its handshake moves nothing) and wait
 *           -> what still stands is told in a sentence, and the fault stays
 *           -> nothing stands: `off`, the port closed, everything to be shaken and homed anew
 *
 * Many boards reset when their port is opened, and then stand where they are. A strike whose link
 * is gone, or whose board nobody asks any more, takes its needle out by itself: no port is opened,
 * and none closed to be opened anew, before its time is over. */
#include <stdio.h>

#include "controller/guard/guard_private.h"

/* What a fresh handshake may find mended: it hears the board, and frees it from a hold. */
#define LOOK_MENDS (CONDITION_BIT(CONDITION_LINK_UP) | CONDITION_BIT(CONDITION_BOARD_NOT_HELD))

static bool is_looking(const struct guard *guard) {
    enum link_state state = link_state(&guard->link);
    return state == LINK_WAKING || state == LINK_IDENTIFYING;
}

/* Reported lost or not: the board goes on with what it has. */
static bool may_strike_run(const struct guard *guard) {
    return guard->supervisor.state == SAFETY_FAULT && guard->now_ns <= guard->strike_limit_ns;
}

/* What stands first, as the operator reads it. */
static void refuse(struct guard *guard, uint64_t sequence, uint64_t missing) {
    if (missing & CONDITION_BIT(CONDITION_LINK_UP)) {
        guard_refuse(guard, sequence, 0, "The fault stays: %s. %s", guard->why,
                     safety_condition_words(CONDITION_LINK_UP)->remedy);
        return;
    }
    for (unsigned i = 0; i < CONDITION_COUNT; i++) {
        if (!(missing & CONDITION_BIT(i))) continue;
        const struct condition_words *words = safety_condition_words((enum safety_condition)i);
        guard_refuse(guard, sequence, 0, "The fault stays. %s %s", words->lost, words->remedy);
        return;
    }
    guard_refuse(guard, sequence, 0, "there is no fault to acknowledge");
}

static void decide(struct guard *guard) {
    uint64_t missing = 0, sequence = guard->acknowledging;
    guard->acknowledging = 0;
    guard_update(guard);
    enum result result = supervisor_event(&guard->supervisor, EVENT_ACKNOWLEDGE, &missing);
    guard->says_needle_out = false; /* it was said for this one time */
    if (result != RESULT_OK) {
        refuse(guard, sequence, missing);
        return;
    }
    guard_accept(guard, sequence);
    guard_after_change(guard);
    if (guard->is_port_open) guard->edge.close_port(guard->edge.context);
    guard->is_port_open = false;
    guard->is_homed = false;
    guard_lose_lines(guard, "the fault was acknowledged before its line was reported");
}

static void look(struct guard *guard) {
    guard->has_looked = true;
    guard_update(guard);
    bool must_look = guard->supervisor.state == SAFETY_FAULT && !is_looking(guard) &&
                     (~guard->supervisor.conditions & LOOK_MENDS);
    if (must_look && !guard->is_port_open)
        guard->is_port_open = guard->edge.open_port(guard->edge.context);
    if (must_look && guard->is_port_open) link_open(&guard->link, guard->now_ns);
}

void guard_on_acknowledge(struct guard *guard, const struct guard_request *request) {
    guard->acknowledging = request->sequence;
    guard->says_needle_out = request->as.says_needle_out != 0;
    guard->has_looked = false;
    guard_settle_acknowledge(guard);
}

void guard_settle_acknowledge(struct guard *guard) {
    if (!guard->acknowledging || may_strike_run(guard)) return;
    if (!guard->has_looked) look(guard);
    if (guard->acknowledging && !is_looking(guard)) decide(guard);
}
