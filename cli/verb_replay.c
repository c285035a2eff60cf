/* smprig replay: a recording once more through the present code, and the first decision that comes
 * out otherwise. */
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>

#include "base/clock.h"
#include "base/options.h"
#include "cli/verbs.h"
#include "sim/rerun.h"

#define EXIT_DIFFERS 1
#define EXIT_BAD_RECORDING 2

struct half {
    const char *name, *who;
    bool is_there;
    int64_t zero_ns;
    struct rerun_outcome outcome;
};

static const char usage[] =
    "Usage: smprig replay FOLDER [--rig RIG.yaml] [--json]\n"
    "Runs a recording again through the present code: what came to the session (session.rec)\n"
    "and to the guard (guard.rec) is given to the same step functions at the recorded times,\n"
    "and what they decide is compared with what was decided: each request to the guard, each\n"
    "entry of the journal, each answer to an operator, each verdict and state of the guard,\n"
    "each byte to the board. Shows the first difference with what went before it.\n\n"
    "FOLDER is what `smprigd --record`, `smprig record`, `smprig demo --record` or\n"
    "`smprig sim --record` left: session.rec, guard.rec, rig.yaml, scan.ply, plan.ply\n"
    "(docs/formats.md, docs/sim.md).\n\n"
    "  --rig     what would another rig file (limits, clearances, speeds) have decided first?\n"
    "  --json    the same for programs\n\n"
    "Exit code 0: the same; 1: a difference; 2: the recording is bad or cannot be read.\n";

/* Both halves' times are told from the earlier one's begin. */
static double seconds(const struct half *half, int64_t at_ns) {
    return ns_to_s(at_ns - half->zero_ns);
}

/* The half whose difference came first. */
static const struct half *first_difference(const struct half *halves, size_t count) {
    const struct half *first = NULL;
    for (size_t i = 0; i < count; i++) {
        const struct rerun_outcome *outcome = &halves[i].outcome;
        if (!halves[i].is_there || outcome->is_same) continue;
        if (!first || outcome->difference.at_ns < first->outcome.difference.at_ns)
            first = &halves[i];
    }
    return first;
}

static size_t context_first(const struct rerun_outcome *outcome) {
    return outcome->context_count > RERUN_CONTEXT ? outcome->context_count - RERUN_CONTEXT : 0;
}

static void print_half(const struct half *half) {
    const struct rerun_outcome *outcome = &half->outcome;
    if (!half->is_there) {
        printf("%-8s no %s: not replayed\n", half->who, half->name);
        return;
    }
    printf("%-8s %llu decisions in %llu records, %.1f s: %s\n", half->who,
           (unsigned long long)outcome->decisions, (unsigned long long)outcome->records,
           ns_to_s(outcome->end_ns - outcome->start_ns),
           outcome->is_same ? "the same" : "a difference");
    if (outcome->is_same && !outcome->is_whole) printf("         note: %s\n", outcome->end);
    if (outcome->is_same && outcome->is_whole && outcome->end[0])
        printf("         recorded until: %s\n", outcome->end);
}

static void print_difference(const struct half *half) {
    const struct rerun_outcome *outcome = &half->outcome;
    const struct rerun_difference *difference = &outcome->difference;
    printf("\nfirst difference: the %s, %.6f s, record %llu of %s\n", half->who,
           seconds(half, difference->at_ns), (unsigned long long)difference->record, half->name);
    for (size_t i = context_first(outcome); i < outcome->context_count; i++) {
        const struct rerun_line *line = &outcome->context[i % RERUN_CONTEXT];
        printf("    %11.6f  %s\n", seconds(half, line->at_ns), line->words);
    }
    printf("  recorded:  %s\n  now:       %s\n", difference->recorded, difference->now);
}

static json_t *half_json(const struct half *half) {
    const struct rerun_outcome *outcome = &half->outcome;
    if (!half->is_there) return json_null();
    json_t *context = json_array();
    for (size_t i = context_first(outcome); i < outcome->context_count; i++) {
        const struct rerun_line *line = &outcome->context[i % RERUN_CONTEXT];
        json_array_append_new(context, json_pack("{s:f, s:s}", "t_s", seconds(half, line->at_ns),
                                                 "words", line->words));
    }
    const struct rerun_difference *difference = &outcome->difference;
    json_t *found = outcome->is_same
                        ? json_null()
                        : json_pack("{s:f, s:I, s:s, s:s}", "t_s", seconds(half, difference->at_ns),
                                    "record", (json_int_t)difference->record, "recorded",
                                    difference->recorded, "now", difference->now);
    return json_pack("{s:s, s:s, s:b, s:I, s:I, s:f, s:b, s:s, s:o, s:o}", "recorded_by",
                     outcome->about.program, "made", outcome->about.made, "same", outcome->is_same,
                     "records", (json_int_t)outcome->records, "decisions",
                     (json_int_t)outcome->decisions, "seconds",
                     ns_to_s(outcome->end_ns - outcome->start_ns), "whole", outcome->is_whole,
                     "end", outcome->end, "difference", found, "context", context);
}

static void print_json(const struct half *halves, const struct half *first) {
    json_t *json = json_pack("{s:b, s:o, s:o, s:o}", "same", first == NULL, "first",
                             first ? json_string(first->who) : json_null(), halves[0].who,
                             half_json(&halves[0]), halves[1].who, half_json(&halves[1]));
    json_dumpf(json, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(12));
    putchar('\n');
    json_decref(json);
}

static int replay(const struct rerun_setup *setup, bool wants_json) {
    static struct half halves[] = {{.name = "session.rec", .who = "session"},
                                   {.name = "guard.rec", .who = "guard"}};
    struct error err = {0};
    enum result result = rerun_session(setup, &halves[0].outcome, &err);
    halves[0].is_there = result == RESULT_OK;
    if (result == RESULT_OK) {
        result = rerun_guard(setup, &halves[1].outcome, &err);
        halves[1].is_there = result == RESULT_OK;
        if (result == RESULT_NOT_FOUND) result = RESULT_OK; /* recorded of the daemon alone */
    }
    if (result != RESULT_OK) {
        fprintf(stderr, "smprig replay: %s\n", err.text);
        return EXIT_BAD_RECORDING;
    }
    const struct half *first = first_difference(halves, 2);
    int64_t zero_ns = halves[0].outcome.start_ns;
    if (halves[1].is_there && halves[1].outcome.start_ns < zero_ns)
        zero_ns = halves[1].outcome.start_ns;
    halves[0].zero_ns = halves[1].zero_ns = zero_ns;
    if (wants_json) {
        print_json(halves, first);
    } else {
        printf("%s: recorded by %s%s%s\n", setup->folder, halves[0].outcome.about.program,
               halves[0].outcome.about.made[0] ? ", " : "", halves[0].outcome.about.made);
        print_half(&halves[0]);
        print_half(&halves[1]);
        if (first) print_difference(first);
    }
    return first ? EXIT_DIFFERS : EX_OK;
}

int verb_replay(int argc, char **argv) {
    struct field field = {0};
    struct rerun_setup setup = {.field = &field};
    bool wants_json = false;
    const struct option_row rows[] = {
        {"FOLDER", .is_word = true, .text = &setup.folder, .is_needed = true},
        {"rig", .text = &setup.rig_path},
        {"json", .flag = &wants_json},
    };
    const struct options options = {"smprig", usage, OPTION_ROWS(rows)};
    int code;
    if (!options_parse(&options, argc, argv, &code)) return code;
    code = replay(&setup, wants_json);
    field_release(&field);
    return code;
}
