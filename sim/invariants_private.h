/* Between the invariants' own files. */
#ifndef SMPRIG_SIM_INVARIANTS_PRIVATE_H
#define SMPRIG_SIM_INVARIANTS_PRIVATE_H

#include "sim/invariants.h"

void invariants_violate(struct invariants *inv, int number, int64_t at_ns, const char *format, ...)
    PRINTF_LIKE(4, 5);
/* The strike of a line, when it was accepted not long ago; NULL otherwise. */
struct invariant_strike *invariants_strike(struct invariants *inv, uint32_t line);

#endif
