/* Between the invariants' own files. */
#ifndef SMPRIG_SIM_INVARIANTS_PRIVATE_H
#define SMPRIG_SIM_INVARIANTS_PRIVATE_H

#include "sim/invariants.h"

void invariants_violate(struct invariants *inv, int number, int64_t at_ns, const char *format, ...)
    PRINTF_LIKE(4, 5);
/* Whether a window is open that excuses it; counts it there. */
bool invariants_excused(struct invariants *inv, int number);
/* Ends the windows that the truth ends. axes_moved: since the truth before, mm or rad. */
void invariants_watch_excuses(struct invariants *inv, const struct truth *truth, double axes_moved);
/* The head has moved by so much in this step and that nobody can predict it. */
void invariants_jump(struct invariants *inv, double way_mm, int64_t at_ns);
/* How far a head may have come, since a pose of that time or since any other moment, from where it
 * was thought to be. */
double invariants_jumped_mm(const struct invariants *inv, int64_t from_ns);
double invariants_thrown_mm(const struct invariants *inv, const struct invariant_strike *strike);
/* The strike of a line, when it was accepted not long ago; NULL otherwise. */
struct invariant_strike *invariants_strike(struct invariants *inv, uint32_t line);

#endif
