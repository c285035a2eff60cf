#include "controller/daemon/prompt_past.h"

#include <string.h>
#include <time.h>

struct search {
    const struct dot_plan *plan;
    int64_t opened_s;
    struct prompt_past past;
    uint32_t newest_struck;      /* its id */
    uint32_t stops_since_struck; /* that the session has opened */
    bool is_since_opened;        /* a clock that is set back later makes nothing older */
    bool is_whole;
};

enum prompt_kind prompt_of_stop(enum plan_stop_kind kind) {
    static const enum prompt_kind kinds[PLAN_STOP_KIND_COUNT] = {
        [PLAN_STOP_LOOK] = PROMPT_WIPE,
        [PLAN_STOP_LOAD] = PROMPT_PIGMENT,
        [PLAN_STOP_NEEDLE] = PROMPT_NEEDLE};
    return kinds[kind];
}

static void take_strike(struct search *search, uint32_t dot) {
    for (enum prompt_kind kind = 0; kind < PROMPT_KIND_COUNT; kind++)
        if (kind != PROMPT_BREAK) search->past.used[kind]++;
    search->past.has_begun = true;
    search->newest_struck = dot;
    search->stops_since_struck = 0;
}

/* As session_answer() and the opening of a plan's stop write them. */
static void take_event(struct search *search, const char *text) {
    struct prompt_past *past = &search->past;
    for (enum prompt_kind kind = 0; kind < PROMPT_KIND_COUNT; kind++) {
        size_t length = strlen(prompt_name(kind));
        if (strncmp(text, prompt_name(kind), length) != 0 ||
            strncmp(text + length, PROMPT_ANSWERED, strlen(PROMPT_ANSWERED)) != 0)
            continue;
        past->used[kind] = 0;
        past->is_open[kind] = false;
        past->answered[kind]++;
        return;
    }
    for (size_t i = 0; i < search->plan->stop_count; i++) {
        const struct plan_stop *stop = &search->plan->stops[i];
        if (strcmp(text, stop->text) != 0) continue;
        past->is_open[prompt_of_stop(stop->kind)] = true;
        search->stops_since_struck++;
        return;
    }
}

static bool take_row(void *context, const struct journal_row *row) {
    struct search *search = context;
    struct tm parts = {0};
    search->is_whole = strptime(row->wall_time, "%Y-%m-%dT%H:%M:%S", &parts) != NULL;
    if (!search->is_whole) return false;
    search->is_since_opened |= (int64_t)timegm(&parts) >= search->opened_s;
    if (!search->is_since_opened) return true;
    if (row->entry.kind == JOURNAL_DONE || row->entry.kind == JOURNAL_DOUBTFUL)
        take_strike(search, row->entry.dot);
    else if (row->entry.kind == JOURNAL_EVENT)
        take_event(search, row->entry.text);
    return true;
}

/* Those before the newest dot that was struck, and those that were opened since. */
static uint32_t stops_passed(const struct search *search) {
    const struct dot_plan *plan = search->plan;
    size_t index = 0, passed = 0;
    while (index < plan->dot_count && plan->dots[index].id != search->newest_struck) index++;
    while (passed < plan->stop_count && plan->stops[passed].before <= index) passed++;
    passed += search->stops_since_struck;
    return (uint32_t)(passed < plan->stop_count ? passed : plan->stop_count);
}

enum result prompt_past_read(struct journal *journal, const struct dot_plan *plan, int64_t opened_s,
                             struct prompt_past *ret_past, struct error *err) {
    struct search search = {.plan = plan, .opened_s = opened_s, .is_whole = true};
    enum result result = journal_each(journal, take_row, &search, err);
    if (result == RESULT_OK && !search.is_whole)
        result = error_set(err, RESULT_FORMAT, "case file: an event's time cannot be read");
    if (result != RESULT_OK) return result;
    if (search.past.has_begun) search.past.stops_passed = stops_passed(&search);
    *ret_past = search.past;
    return RESULT_OK;
}
