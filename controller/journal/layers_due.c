#include "controller/journal/layers_due.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WAITS "waits for session "

struct slot {
    uint32_t dot;
    uint8_t layer;
    bool is_waiting; /* its newest note says so */
};

struct search {
    struct slot *slots; /* sorted by dot */
    size_t count;
};

static int compare_slots(const void *a, const void *b) {
    const struct slot *x = a, *y = b;
    return (x->dot > y->dot) - (x->dot < y->dot);
}

static bool take_note(void *context, const struct journal_row *row) {
    struct search *search = context;
    struct slot key = {.dot = row->entry.dot};
    if (row->entry.kind != JOURNAL_SKIPPED) return true;
    struct slot *slot = bsearch(&key, search->slots, search->count, sizeof key, compare_slots);
    if (slot) slot->is_waiting = strncmp(row->entry.text, WAITS, sizeof WAITS - 1) == 0;
    return true;
}

static bool may_be_struck(const struct journal *journal, const struct slot *slot) {
    enum dot_fate fate = journal_fate(journal, slot->dot);
    return fate == FATE_PENDING || (fate == FATE_SKIPPED && slot->is_waiting);
}

static int first_layer_left(const struct journal *journal, const struct search *search) {
    int layer = -1;
    for (size_t i = 0; i < search->count; i++)
        if (may_be_struck(journal, &search->slots[i]) &&
            (layer < 0 || search->slots[i].layer < layer))
            layer = search->slots[i].layer;
    return layer;
}

/* Dots of later layers are noted as waiting in `search` too. */
static enum result write_changes(struct journal *journal, struct search *search, int layer,
                                 struct error *err) {
    struct journal_entry *entries = calloc(search->count + 1, sizeof *entries);
    size_t count = 0;
    if (!entries) return error_set(err, RESULT_NO_MEMORY, "case file: out of memory");
    for (size_t i = 0; i < search->count; i++) {
        struct slot *slot = &search->slots[i];
        enum dot_fate fate = journal_fate(journal, slot->dot);
        if (!may_be_struck(journal, slot)) continue;
        struct journal_entry entry = {.dot = slot->dot};
        if (slot->layer > layer && fate == FATE_PENDING) {
            entry.kind = JOURNAL_SKIPPED;
            snprintf(entry.text, sizeof entry.text, WAITS "%d", slot->layer + 1);
            entries[count++] = entry;
            slot->is_waiting = true;
        } else if (slot->layer <= layer && fate == FATE_SKIPPED) {
            entry.kind = JOURNAL_REOPENED;
            snprintf(entry.text, sizeof entry.text, "session %d: it is its turn", layer + 1);
            entries[count++] = entry;
        }
    }
    enum result result = count ? journal_append(journal, entries, count, err) : RESULT_OK;
    free(entries);
    return result;
}

static struct layers_due sum_up(const struct journal *journal, const struct search *search,
                                int layer) {
    struct layers_due due = {.layer = (uint8_t)layer,
                             .due = journal_count(journal, FATE_PENDING),
                             .done = journal_count(journal, FATE_DONE),
                             .doubtful = journal_count(journal, FATE_DOUBTFUL)};
    for (size_t i = 0; i < search->count; i++)
        due.waiting += search->slots[i].layer > layer && may_be_struck(journal, &search->slots[i]);
    due.skipped = journal_count(journal, FATE_SKIPPED) - due.waiting;
    return due;
}

/* Every dot with its newest note; search->slots is the caller's to free. */
static enum result begin_search(struct journal *journal, const struct dot_plan *plan,
                                struct search *search, struct error *err) {
    *search = (struct search){calloc(plan->dot_count + 1, sizeof(struct slot)), plan->dot_count};
    if (!search->slots) return error_set(err, RESULT_NO_MEMORY, "case file: out of memory");
    for (size_t i = 0; i < plan->dot_count; i++)
        search->slots[i] = (struct slot){plan->dots[i].id, plan->dots[i].layer, false};
    qsort(search->slots, search->count, sizeof *search->slots, compare_slots);
    return journal_each(journal, take_note, search, err);
}

enum result journal_waiting(struct journal *journal, const struct dot_plan *plan,
                            uint8_t *ret_is_waiting, struct error *err) {
    struct search search = {0};
    enum result result = begin_search(journal, plan, &search, err);
    for (size_t i = 0; result == RESULT_OK && i < plan->dot_count; i++) {
        struct slot key = {.dot = plan->dots[i].id};
        const struct slot *slot =
            bsearch(&key, search.slots, search.count, sizeof key, compare_slots);
        ret_is_waiting[i] =
            slot && slot->is_waiting && journal_fate(journal, key.dot) == FATE_SKIPPED;
    }
    free(search.slots);
    return result;
}

enum result journal_make_due(struct journal *journal, const struct dot_plan *plan, int layer,
                             struct layers_due *ret_due, struct error *err) {
    struct search search = {0};
    enum result result = begin_search(journal, plan, &search, err);
    if (result == RESULT_OK && layer < 0) layer = first_layer_left(journal, &search);
    if (result == RESULT_OK && layer < 0)
        result = error_set(err, RESULT_NOT_FOUND, "no dot is left for another session");
    if (result == RESULT_OK) result = write_changes(journal, &search, layer, err);
    if (result == RESULT_OK) *ret_due = sum_up(journal, &search, layer);
    free(search.slots);
    return result;
}
