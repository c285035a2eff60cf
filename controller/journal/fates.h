/* The rule book of fates: which journal entry may follow which state of a dot. Pure; the file, the
 * replay and the tests use the same table. */
#ifndef SMPRIG_CONTROLLER_JOURNAL_FATES_H
#define SMPRIG_CONTROLLER_JOURNAL_FATES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/result.h"
#include "controller/journal/journal.h"

struct fate_slot {
    uint32_t dot;
    uint8_t fate;    /* enum dot_fate */
    bool has_intent; /* an intent without outcome; the fate is still pending then */
};

/* All dots of a case, sorted by id. */
struct fates {
    struct fate_slot *slots; /* owned */
    size_t count;
};

/* Every dot pending. RESULT_INVALID when an id repeats. */
MUST_USE enum result fates_init(struct fates *fates, const uint32_t *ids, size_t count);
void fates_release(struct fates *fates);
struct fate_slot *fates_find(const struct fates *fates, uint32_t dot);
/* Apply one entry. RESULT_REFUSED when the rule book forbids it; nothing is changed then. */
MUST_USE enum result fates_apply(struct fates *fates, const struct journal_entry *entry);

#endif
