/* smprig case next and touch-up: what the next session strikes, from what was really placed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/text.h"
#include "cli/case_args.h"
#include "controller/journal/layers_due.h"
#include "controller/journal/struck.h"
#include "plan/fade.h"

#define HOURS_A_YEAR 8766.0
/* A dot is judged when it has healed: four weeks. */
#define HEALED_H (28 * 24)
#define LIST_BYTES_MAX (4u << 20)
/* Touch-up dots that have lost this much of their healed opacity. */
#define FADED_SHARE 0.6

static enum result open_bound(const struct case_args *args, struct dot_plan *plan,
                              struct journal **journal, struct error *err) {
    char plan_sha256[SHA256_HEX_SIZE];
    if (!args->plan) return error_set(err, RESULT_INVALID, "--plan is needed: the case's plan");
    struct case_record *record = NULL; /* journal_open() would make a case that is not there */
    enum result result = case_record_open(args->path, false, &record, err);
    case_record_close(&record);
    if (result == RESULT_OK) result = dot_plan_read(args->plan, plan, err);
    if (result == RESULT_OK) result = file_sha256(args->plan, plan_sha256, err);
    if (result != RESULT_OK) return result;
    struct journal_binding binding = {plan->scan_sha256, plan_sha256};
    return journal_open(args->path, plan, binding, journal, err);
}

enum result case_next(const struct case_args *args, struct error *err) {
    struct dot_plan plan = {0};
    struct journal *journal = NULL;
    struct layers_due due;
    int64_t session = 0;
    enum result result = RESULT_OK;
    if (args->session) result = text_to_int64(args->session, 1, 6, &session);
    if (result != RESULT_OK)
        return error_set(err, result, "--session %s: a number from 1 to 6", args->session);
    result = open_bound(args, &plan, &journal, err);
    if (result == RESULT_OK) result = journal_make_due(journal, &plan, (int)session - 1, &due, err);
    if (result == RESULT_OK) {
        printf(
            "session %d: %zu dots to strike, %zu wait for later sessions\n"
            "kept as placed: %zu done; left out: %zu; for the operator to look at: %zu "
            "doubtful\n",
            due.layer + 1, due.due, due.waiting, due.done, due.skipped, due.doubtful);
    }
    journal_close(&journal);
    dot_plan_release(&plan);
    return result;
}

/* The opacity that is left of the healed dot's. */
static double share_left(const struct dot *dot, double years) {
    struct fade_look healed = fade_look_at((struct fade_time){FADE_HEALED, 0}, dot->depth_um);
    struct fade_look now = fade_look_at((struct fade_time){FADE_HEALED, years}, dot->depth_um);
    return healed.opacity > 0 ? now.opacity / healed.opacity : 0;
}

/* Ids, one a line; each must be a dot of the plan. chosen[] by plan index. */
static enum result read_list(const char *path, const struct dot_plan *plan, bool *chosen,
                             struct error *err) {
    char *data = NULL;
    size_t size = 0, line = 0;
    enum result result = file_read(path, LIST_BYTES_MAX, &data, &size, err);
    for (char *rest = data, *word; result == RESULT_OK && (word = strsep(&rest, "\n"));) {
        int64_t id;
        bool is_known = false;
        line++;
        if (word[0] == '\0') continue;
        if (text_to_int64(word, 0, UINT32_MAX, &id) != RESULT_OK) {
            result =
                error_set(err, RESULT_FORMAT, "%s:%zu: '%.40s' is no dot's id", path, line, word);
            break;
        }
        for (size_t i = 0; i < plan->dot_count; i++)
            if (plan->dots[i].id == (uint32_t)id) is_known = chosen[i] = true;
        if (!is_known)
            result = error_set(err, RESULT_NOT_FOUND, "%s:%zu: dot %lld is not in the plan", path,
                               line, (long long)id);
    }
    free(data);
    return result;
}

/* Keep in `plan` the dots to strike again, all in one layer. */
static enum result choose(const struct case_args *args, struct journal *journal,
                          struct dot_plan *plan, struct error *err) {
    uint32_t *hours = calloc(plan->dot_count + 1, sizeof *hours);
    bool *chosen = calloc(plan->dot_count + 1, sizeof *chosen);
    size_t kept = 0;
    enum result result =
        hours && chosen ? RESULT_OK : error_set(err, RESULT_NO_MEMORY, "no memory");
    if (result == RESULT_OK)
        result = journal_struck_hours(journal, plan, (int64_t)time(NULL), hours, err);
    if (result == RESULT_OK && args->dots) result = read_list(args->dots, plan, chosen, err);
    for (size_t i = 0; result == RESULT_OK && i < plan->dot_count; i++) {
        struct dot dot = plan->dots[i];
        bool is_done = journal_fate(journal, dot.id) == FATE_DONE && hours[i] != STRUCK_NEVER;
        if (!args->dots)
            chosen[i] = is_done && hours[i] >= HEALED_H &&
                        share_left(&dot, (hours[i] - HEALED_H) / HOURS_A_YEAR) < FADED_SHARE;
        if (!chosen[i]) continue;
        if (!is_done || hours[i] < HEALED_H)
            result = error_set(err, RESULT_REFUSED,
                               "dot %u is %s: only healed dots, four weeks "
                               "old, are struck again",
                               dot.id, is_done ? "too fresh" : "not done");
        dot.layer = 0;
        plan->dots[kept++] = dot;
    }
    plan->dot_count = kept;
    plan->stop_count = 0; /* they belong to the old order */
    if (result == RESULT_OK && kept == 0)
        result = error_set(err, RESULT_NOT_FOUND, "no dot has faded enough to be struck again");
    free(hours);
    free(chosen);
    return result;
}

enum result case_touch_up(const struct case_args *args, struct error *err) {
    struct dot_plan plan = {0};
    struct journal *journal = NULL;
    if (!args->output)
        return error_set(err, RESULT_INVALID, "-o is needed: the plan of the touch-up");
    enum result result = open_bound(args, &plan, &journal, err);
    if (result == RESULT_OK) result = choose(args, journal, &plan, err);
    if (result == RESULT_OK) result = dot_plan_write(&plan, args->output, err);
    if (result == RESULT_OK)
        printf("%s: %zu dots to strike again; order it and make a new case of it\n", args->output,
               plan.dot_count);
    journal_close(&journal);
    dot_plan_release(&plan);
    return result;
}
