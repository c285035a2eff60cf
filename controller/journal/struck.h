/* When each dot was, or may have been, struck: what the guard needs to let skin
 * rest (hazard 15). */
#ifndef SMPRIG_CONTROLLER_JOURNAL_STRUCK_H
#define SMPRIG_CONTROLLER_JOURNAL_STRUCK_H

#include <stdint.h>

#include "controller/journal/journal.h"

#define STRUCK_NEVER UINT32_MAX

/* Whole hours from each dot's newest intent to now (seconds of the wall clock, UTC), by plan index;
 * STRUCK_NEVER without one. An intent in the future counts as now: a clock that was set back never
 * makes skin older. */
MUST_USE enum result journal_struck_hours(struct journal *journal, const struct dot_plan *plan,
                                          int64_t now_unix_s, uint32_t *ret_hours,
                                          struct error *err);

#endif
