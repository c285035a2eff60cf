/* A sweep: every combination of what its file lists, each a cell with a number, a folder and a
 * command of its own (docs/sweep.md). */
#ifndef SMPRIG_CLI_SWEEP_FILE_H
#define SMPRIG_CLI_SWEEP_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "base/result.h"

#define SWEEP_PATH_MAX 256
#define SWEEP_AXES 6 /* scenarios, rigs, scans, designs, motions, faults; then the seeds */
#define SWEEP_CELLS_MAX 1000000u
#define SWEEP_ARGUMENTS_MAX 24

struct sweep_choice {
    char file[SWEEP_PATH_MAX]; /* or, of motions, a word */
};

struct sweep_axis {
    struct sweep_choice *choices; /* owned; none: the scenario's own */
    size_t count;
};

struct sweep {
    char name[32];
    struct sweep_axis axes[SWEEP_AXES];
    int64_t first_seed, seed_count, dots;
    size_t cell_count;
};

/* A cell's own choices and its `smprig sim` command. */
struct sweep_cell {
    const char *choices[SWEEP_AXES]; /* "": the scenario's own */
    int64_t seed;
    char seed_text[24], dots_text[24], folder[SWEEP_PATH_MAX + 16];
    const char *argv[SWEEP_ARGUMENTS_MAX]; /* NULL-ended, without --bare */
};

extern const char *const sweep_axis_names[SWEEP_AXES];

MUST_USE enum result sweep_read(const char *path, struct sweep *ret_sweep, struct error *err);
void sweep_release(struct sweep *sweep);
/* Cell number `index` of a sweep kept in `folder`. */
void sweep_cell_at(const struct sweep *sweep, const char *folder, size_t index,
                   struct sweep_cell *ret_cell);

/* sweep_report.c: table to stdout, FOLDER/sweep.csv and FOLDER/sweep.html. */
MUST_USE enum result sweep_report(const struct sweep *sweep, const char *folder, struct error *err);

#endif
