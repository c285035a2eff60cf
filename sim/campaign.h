/* The campaign: whole sessions under faults on the virtual clock, every invariant checked on every
 * trace. Run number r of a seed is always the same run, whatever ran before it and wherever.
 *
 * The first campaign_grid_size() runs are the systematic part: every row of the fault table at
 * every moment. The others are longer sessions with several faults at random ticks. */
#ifndef SMPRIG_SIM_CAMPAIGN_H
#define SMPRIG_SIM_CAMPAIGN_H

#include <stdio.h>

#include "sim/faults.h"
#include "sim/invariants.h"
#include "sim/stage.h"

#define CAMPAIGN_FAULTS_MAX 64
#define CAMPAIGN_FAILED_MAX 40
#define CAMPAIGN_WAITING_MAX 10

struct campaign_setup {
    const struct stage *stage;
    uint64_t seed;
    size_t dots_a_run; /* of a random run */
    size_t faults;     /* rows of the table, from its begin; 0: all. Rows are added at its end, so
                          that a run of a shorter table can be had again */
};

struct campaign_failed {
    uint64_t run;
    struct violation violation; /* the run's first */
    size_t fault;               /* the newest before it, and when it came */
    enum moment moment;
};

/* A run that did not complete, and what it waits for. */
struct campaign_waiting {
    uint64_t run;
    char reason[240];
};

/* Sums over runs; plain data, so that workers can hand them over. */
struct campaign_result {
    uint64_t runs, dots, done, doubtful, skipped, pending, trips, unfinished;
    uint64_t spared;          /* so long that no more faults came after 900 s */
    uint64_t jumped, touches; /* see struct invariants */
    uint64_t excused[EXCUSE_COUNT][INVARIANT_COUNT + 1];
    int64_t virtual_ns;
    uint64_t injected[CAMPAIGN_FAULTS_MAX];   /* by row of the fault table */
    uint64_t violations[INVARIANT_COUNT + 1]; /* by number */
    uint64_t trips_by_ms[101];                /* from trip to needle out; the last: more */
    uint64_t failed_count;
    struct campaign_failed failed[CAMPAIGN_FAILED_MAX];    /* the first ones */
    struct campaign_waiting waiting[CAMPAIGN_WAITING_MAX]; /* the first of the unfinished */
};

uint64_t campaign_grid_size(const struct campaign_setup *setup);
/* Run number `run` and add to the sums. `trace` (NULL: none) gets a line an event. */
MUST_USE enum result campaign_run(const struct campaign_setup *setup, uint64_t run,
                                  struct campaign_result *sum, FILE *trace, struct error *err);
void campaign_add(struct campaign_result *sum, const struct campaign_result *part);
/* Milliseconds from trip to needle out that `share` (0 to 1) of the trips kept. */
int campaign_trip_ms(const struct campaign_result *sum, double share);

#endif
