/* Which dots a session strikes, from what earlier ones really placed: the dots of later layers wait
 * as skipped, with a note, and are opened again when it is their turn. Dots done stay done,
 * doubtful ones are left for the operator, dots skipped for other reasons stay skipped. */
#ifndef SMPRIG_CONTROLLER_JOURNAL_LAYERS_DUE_H
#define SMPRIG_CONTROLLER_JOURNAL_LAYERS_DUE_H

#include "controller/journal/journal.h"

struct layers_due {
    uint8_t layer;  /* 0-based: the session's */
    size_t due;     /* pending now: to be struck; dots of earlier layers left over are among them */
    size_t waiting; /* of later layers */
    size_t done, doubtful, skipped;
};

/* Make `layer` and those before it due, all later ones wait; layer < 0: the first one that has a
 * dot left. In one transaction. RESULT_NOT_FOUND: no dot is left. */
MUST_USE enum result journal_make_due(struct journal *journal, const struct dot_plan *plan,
                                      int layer, struct layers_due *ret_due, struct error *err);
/* By plan index: 1 for each dot that is skipped only because it waits for a later session. */
MUST_USE enum result journal_waiting(struct journal *journal, const struct dot_plan *plan,
                                     uint8_t *ret_is_waiting, struct error *err);

#endif
