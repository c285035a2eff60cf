/* Progress of long work on stderr: a bar with rate and time left on a terminal, else a plain line
 * every tenth. Time is an argument. */
#ifndef SMPRIG_BASE_PROGRESS_H
#define SMPRIG_BASE_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
    const char *what, *unit; /* "dots": for the rate; NULL: percent only */
    bool is_terminal;
    int64_t start_ns, drawn_ns;
    int last_tenth;
};

void progress_begin(struct progress *progress, const char *what, const char *unit, int64_t now_ns);
/* done of total; at most ten redraws a second. */
void progress_update(struct progress *progress, double done, double total, int64_t now_ns);
/* A last line: what, and how long it took. */
void progress_end(struct progress *progress, int64_t now_ns);

#endif
