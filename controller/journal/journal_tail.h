/* The journal's newest rows, read beside a session that writes it (SQLite's WAL
 * keeps both whole). */
#ifndef SMPRIG_CONTROLLER_JOURNAL_JOURNAL_TAIL_H
#define SMPRIG_CONTROLLER_JOURNAL_JOURNAL_TAIL_H

#include "controller/journal/journal.h"

#define JOURNAL_TAIL_ROWS 200

struct journal_tail {
    const char *path;
    int64_t before;   /* only rows with a lower number; INT64_MAX: the newest */
    bool has_strikes; /* intents and outcomes of dots too, not the rest alone */
};

/* Call `each` with up to JOURNAL_TAIL_ROWS rows, newest first. */
MUST_USE enum result journal_tail_each(const struct journal_tail *tail,
                                       bool (*each)(void *context, const struct journal_row *row),
                                       void *context, struct error *err);

#endif
