/* One whole session as a scenario tells it: its motion, its faults at their moments, an operator;
 * with the truth, a trace and every invariant checked. */
#ifndef SMPRIG_SIM_SIMULATE_H
#define SMPRIG_SIM_SIMULATE_H

#include <stdio.h>

#include "sim/invariants.h"
#include "sim/stage.h"

struct journal_entry;

struct simulate_setup {
    const struct stage *stage;
    const struct dot_plan *plan; /* of the stage, or a window of it */
    uint8_t *fates;              /* by plan index; changed as the session goes */
    uint64_t seed;
    double pose_noise_mm;
    struct record_writer *session_record, *guard_record; /* open ones are written; or NULL */
    FILE *truth, *trace, *poses;                         /* NULL: not wanted */
    void (*on_entry)(void *context, const struct journal_entry *entry); /* NULL: not wanted */
    void (*on_progress)(void *context, size_t done, size_t whole);      /* now and then; or NULL */
    void *context;
};

struct simulate_result {
    bool is_finished;
    char reason[128]; /* why it is not */
    size_t punctures;
    double virtual_s;
    uint64_t holds, faults, jumped, touches;
    struct violation violations[VIOLATIONS_MAX];
    size_t violation_count;
};

/* RESULT_RANGE: a recording ended before the session. */
MUST_USE enum result simulate(const struct simulate_setup *setup,
                              struct simulate_result *ret_result, struct error *err);
/* What case file and truth say together afterwards. */
struct simulate_outcome {
    size_t done, doubtful;
    double placement_max_um; /* NAN: nothing was struck */
};

/* Every key of the scenario's `shows` against what the session did. RESULT_REFUSED with the
 * sentence. */
MUST_USE enum result simulate_shows(const struct scenario *scenario,
                                    const struct simulate_result *result,
                                    const struct simulate_outcome *outcome, struct error *err);

#endif
