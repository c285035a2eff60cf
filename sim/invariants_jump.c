/* A head that jumps after a strike was decided cannot be followed by anybody (hazard 2). How far it
 * jumped is known here, and no strike is excused by more than that. */
#include "base/clock.h"
#include "sim/invariants_private.h"

/* The filter predicts so far ahead (docs/sim.md, the kinematic bound): what it saw of the jump in
 * as long before the pose it may carry on, or not have believed yet. */
#define PREDICTED_NS (60 * NS_PER_MS)

void invariants_jump(struct invariants *inv, double way_mm, int64_t at_ns) {
    struct invariant_jumps *jumps = &inv->jumps;
    jumps->way_mm += way_mm;
    bool is_same_ms =
        jumps->count &&
        jumps->ends[(jumps->count - 1) % INVARIANTS_JUMPS].at_ns / NS_PER_MS == at_ns / NS_PER_MS;
    if (!is_same_ms) jumps->count++;
    size_t slot = (jumps->count - 1) % INVARIANTS_JUMPS;
    jumps->ends[slot].at_ns = at_ns;
    jumps->ends[slot].way_mm = jumps->way_mm;
}

double invariants_jumped_mm(const struct invariants *inv, int64_t from_ns) {
    const struct invariant_jumps *jumps = &inv->jumps;
    size_t kept = jumps->count < INVARIANTS_JUMPS ? jumps->count : INVARIANTS_JUMPS;
    double oldest_mm = jumps->count > kept ? jumps->way_mm : 0;
    for (size_t i = 0; i < kept; i++) {
        size_t slot = (jumps->count - 1 - i) % INVARIANTS_JUMPS;
        if (jumps->ends[slot].at_ns <= from_ns) return jumps->way_mm - jumps->ends[slot].way_mm;
        if (jumps->count > kept) oldest_mm = jumps->ends[slot].way_mm;
    }
    return jumps->way_mm - oldest_mm;
}

double invariants_thrown_mm(const struct invariants *inv, const struct invariant_strike *strike) {
    if (invariants_jumped_mm(inv, strike->pose_ns) <= 0) return 0;
    return invariants_jumped_mm(inv, strike->pose_ns - PREDICTED_NS);
}
