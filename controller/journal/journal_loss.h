/* What a damaged case file has lost: which of its events can be trusted, and of which dots nobody
 * knows the fate any more. Only reads; the file, whole or damaged, stays as it is. */
#ifndef SMPRIG_CONTROLLER_JOURNAL_JOURNAL_LOSS_H
#define SMPRIG_CONTROLLER_JOURNAL_JOURNAL_LOSS_H

#include "controller/journal/journal.h"

#define JOURNAL_FOUND_MAX 192

struct journal_loss {
    bool is_whole;
    char found[JOURNAL_FOUND_MAX]; /* the first thing that is wrong, in a sentence; "" when whole */
    size_t events_whole;           /* each follows from the one before it */
    size_t events_unsure;          /* there, but changed, or after a gap */
    bool lacks_events;             /* events are missing, or could not be read */
    size_t known[FATE_COUNT];      /* dots whose fate is known */
    uint32_t *unknown;             /* owned: ids of the others, ascending; as good as doubtful */
    size_t unknown_count;
};

/* A dot's fate counts as known when the events that can be trusted and the table of dots say the
 * same of it, no event that is not trusted speaks of it, and no intent of it is left open. plan:
 * names the dots that the damaged table may have lost; NULL: the table and the events alone name
 * them. RESULT_IO, RESULT_NOT_FOUND: cannot be read at all. */
MUST_USE enum result journal_assess(const char *path, const struct dot_plan *plan,
                                    struct journal_loss *ret_loss, struct error *err);
void journal_loss_release(struct journal_loss *loss);

#endif
