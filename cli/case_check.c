/* smprig case check: is the case file whole, and if not, what is lost. */
#include <jansson.h>
#include <stdio.h>

#include "cli/case_args.h"
#include "controller/journal/journal_loss.h"
#include "plan/dot.h"

static void print_words(const struct case_args *args, const struct journal_loss *loss) {
    printf("%s: %s%s\n", args->path, loss->is_whole ? "whole" : "damaged: ", loss->found);
    printf("events      %zu follow from each other, %zu cannot be trusted%s\n", loss->events_whole,
           loss->events_unsure, loss->lacks_events ? ", others are missing" : "");
    printf("dots        %zu pending, %zu done, %zu skipped, %zu doubtful\n",
           loss->known[FATE_PENDING], loss->known[FATE_DONE], loss->known[FATE_SKIPPED],
           loss->known[FATE_DOUBTFUL]);
    printf("not known   %zu\n", loss->unknown_count);
    for (size_t i = 0; i < loss->unknown_count; i++)
        printf("%s%u%s", i % 12 ? " " : "  ", loss->unknown[i],
               i % 12 == 11 || i + 1 == loss->unknown_count ? "\n" : "");
    if (!loss->is_whole)
        puts(
            "Nothing was changed. Keep a copy of it with its -wal beside it. What is not known may "
            "have been\nstruck: look at the skin before any of it is planned again.");
}

static void print_json(const struct journal_loss *loss) {
    json_t *dots = json_object(), *unknown = json_array();
    for (int fate = 0; fate < FATE_COUNT; fate++)
        json_object_set_new(dots, dot_fate_name((enum dot_fate)fate),
                            json_integer((json_int_t)loss->known[fate]));
    for (size_t i = 0; i < loss->unknown_count; i++)
        json_array_append_new(unknown, json_integer(loss->unknown[i]));
    json_t *root = json_pack("{s:b, s:s, s:I, s:I, s:b, s:o, s:o}", "is_whole", loss->is_whole,
                             "found", loss->found, "events_whole", (json_int_t)loss->events_whole,
                             "events_unsure", (json_int_t)loss->events_unsure, "lacks_events",
                             loss->lacks_events, "dots", dots, "unknown", unknown);
    json_dumpf(root, stdout, JSON_INDENT(2));
    putchar('\n');
    json_decref(root);
}

enum result case_check(const struct case_args *args, struct error *err) {
    struct dot_plan plan = {0};
    struct journal_loss loss = {0};
    enum result result = args->plan ? dot_plan_read(args->plan, &plan, err) : RESULT_OK;
    if (result == RESULT_OK)
        result = journal_assess(args->path, args->plan ? &plan : NULL, &loss, err);
    if (result == RESULT_OK && args->is_json) print_json(&loss);
    if (result == RESULT_OK && !args->is_json) print_words(args, &loss);
    if (result == RESULT_OK && !loss.is_whole)
        result = error_set(err, RESULT_FORMAT, "%s is damaged", args->path);
    journal_loss_release(&loss);
    dot_plan_release(&plan);
    return result;
}
