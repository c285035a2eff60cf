#include "controller/journal/fates.h"

#include <stdlib.h>

/* What an entry needs and what it leaves. Entries that are not about a dot are not listed. */
struct rule {
    bool is_about_a_dot;
    bool needs_intent;
    unsigned allowed_fates; /* bit per enum dot_fate */
    uint8_t leaves;
    bool leaves_intent;
};

#define FATE_BIT(fate) (1u << (fate))

static const struct rule rules[] = {
    [JOURNAL_INTENT] = {true, false, FATE_BIT(FATE_PENDING), FATE_PENDING, true},
    [JOURNAL_VOID] = {true, true, FATE_BIT(FATE_PENDING), FATE_PENDING, false},
    [JOURNAL_DONE] = {true, true, FATE_BIT(FATE_PENDING), FATE_DONE, false},
    [JOURNAL_DOUBTFUL] = {true, true, FATE_BIT(FATE_PENDING), FATE_DOUBTFUL, false},
    [JOURNAL_SKIPPED] = {true, false, FATE_BIT(FATE_PENDING), FATE_SKIPPED, false},
    [JOURNAL_REOPENED] = {true, false, FATE_BIT(FATE_DOUBTFUL) | FATE_BIT(FATE_SKIPPED),
                          FATE_PENDING, false},
    [JOURNAL_CONFIRMED] = {true, false, FATE_BIT(FATE_DOUBTFUL), FATE_DONE, false},
    [JOURNAL_EVENT] = {false, false, 0, 0, false},
    [JOURNAL_RECORD] = {false, false, 0, 0, false},
};
_Static_assert(sizeof rules / sizeof *rules == JOURNAL_KIND_COUNT, "a rule for each kind");

static int compare_slots(const void *a, const void *b) {
    const struct fate_slot *x = a, *y = b;
    return (x->dot > y->dot) - (x->dot < y->dot);
}

enum result fates_init(struct fates *fates, const uint32_t *ids, size_t count) {
    struct fate_slot *slots = calloc(count ? count : 1, sizeof *slots);
    if (!slots) return RESULT_NO_MEMORY;
    for (size_t i = 0; i < count; i++) slots[i].dot = ids[i];
    qsort(slots, count, sizeof *slots, compare_slots);
    for (size_t i = 1; i < count; i++)
        if (slots[i].dot == slots[i - 1].dot) {
            free(slots);
            return RESULT_INVALID;
        }
    *fates = (struct fates){slots, count};
    return RESULT_OK;
}

void fates_release(struct fates *fates) {
    free(fates->slots);
    *fates = (struct fates){0};
}

struct fate_slot *fates_find(const struct fates *fates, uint32_t dot) {
    struct fate_slot key = {.dot = dot};
    if (!fates->count) return NULL;
    return bsearch(&key, fates->slots, fates->count, sizeof key, compare_slots);
}

enum result fates_apply(struct fates *fates, const struct journal_entry *entry) {
    if ((unsigned)entry->kind >= JOURNAL_KIND_COUNT) return RESULT_REFUSED;
    const struct rule *rule = &rules[entry->kind];
    if (!rule->is_about_a_dot) return RESULT_OK;
    struct fate_slot *slot = fates_find(fates, entry->dot);
    if (!slot || slot->has_intent != rule->needs_intent ||
        !(rule->allowed_fates & FATE_BIT(slot->fate)))
        return RESULT_REFUSED;
    slot->fate = rule->leaves;
    slot->has_intent = rule->leaves_intent;
    return RESULT_OK;
}
