#include "controller/journal/struck.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define HOUR_S 3600

struct id_index {
    uint32_t id, index;
};

struct search {
    struct id_index *ids; /* sorted by id */
    size_t count;
    int64_t now_unix_s;
    uint32_t *hours;
    bool is_whole;
};

static int compare_ids(const void *a, const void *b) {
    const struct id_index *x = a, *y = b;
    return (x->id > y->id) - (x->id < y->id);
}

static bool take_row(void *context, const struct journal_row *row) {
    struct search *search = context;
    struct tm parts = {0};
    struct id_index key = {.id = row->entry.dot};
    if (row->entry.kind != JOURNAL_INTENT) return true;
    search->is_whole = strptime(row->wall_time, "%Y-%m-%dT%H:%M:%S", &parts) != NULL;
    if (!search->is_whole) return false;
    const struct id_index *found =
        bsearch(&key, search->ids, search->count, sizeof key, compare_ids);
    int64_t age_s = search->now_unix_s - (int64_t)timegm(&parts);
    if (found) search->hours[found->index] = age_s < 0 ? 0 : (uint32_t)(age_s / HOUR_S);
    return true;
}

enum result journal_struck_hours(struct journal *journal, const struct dot_plan *plan,
                                 int64_t now_unix_s, uint32_t *ret_hours, struct error *err) {
    struct search search = {.count = plan->dot_count, .now_unix_s = now_unix_s, .hours = ret_hours};
    search.ids = calloc(plan->dot_count + 1, sizeof *search.ids);
    if (!search.ids) return error_set(err, RESULT_NO_MEMORY, "case file: out of memory");
    for (size_t i = 0; i < plan->dot_count; i++) {
        search.ids[i] = (struct id_index){plan->dots[i].id, (uint32_t)i};
        ret_hours[i] = STRUCK_NEVER;
    }
    qsort(search.ids, search.count, sizeof *search.ids, compare_ids);
    search.is_whole = true;
    enum result result = journal_each(journal, take_row, &search, err);
    if (result == RESULT_OK && !search.is_whole)
        result = error_set(err, RESULT_FORMAT, "case file: an event's time cannot be read");
    free(search.ids);
    return result;
}
