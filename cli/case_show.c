/* smprig case show: the record and the verdict, for people and for programs. */
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cli/case_args.h"
#include "controller/journal/journal.h"

#define HASH_SHOWN 12

static const char *value_of(const struct case_row *row, const char *name) {
    for (int i = 0; i < row->count; i++)
        if (strcmp(row->names[i], name) == 0 && row->values[i]) return row->values[i];
    return "";
}

/* Seconds since 1970 as a day and minute, UTC. */
static const char *when(const char *seconds, char text[24]) {
    long long s = 0;
    struct tm parts;
    if (sscanf(seconds, "%lld", &s) != 1) return "";
    time_t t = (time_t)s;
    gmtime_r(&t, &parts);
    strftime(text, 24, "%Y-%m-%d %H:%M", &parts);
    return text;
}

static void print_client(void *context, const struct case_row *row) {
    char text[24];
    (void)context;
    if (value_of(row, "erased_s")[0])
        printf("client      erased %s\n", when(value_of(row, "erased_s"), text));
    else
        printf("client      %s, born %s\n", value_of(row, "name"), value_of(row, "born"));
    if (value_of(row, "design_sha256")[0])
        printf("design      %.*s\n", HASH_SHOWN, value_of(row, "design_sha256"));
}

static void print_meta(void *context, const struct case_row *row) {
    (void)context;
    if (strcmp(value_of(row, "key"), "version") != 0)
        printf("%-11s %.*s\n", value_of(row, "key"), HASH_SHOWN, value_of(row, "value"));
}

static void print_screening(void *context, const struct case_row *row) {
    char text[24];
    (void)context;
    printf("screening   %s, signed by %s\n", when(value_of(row, "signed_s"), text),
           value_of(row, "signed_by"));
}

static void print_consent(void *context, const struct case_row *row) {
    char text[24];
    (void)context;
    printf("consent     %s, witnessed by %s  %s\n", when(value_of(row, "added_s"), text),
           value_of(row, "witnessed_by"), value_of(row, "file"));
}

static void print_photo(void *context, const struct case_row *row) {
    char text[24];
    (void)context;
    printf("photo       %s  %s  %.*s\n", when(value_of(row, "added_s"), text),
           value_of(row, "file"), HASH_SHOWN, value_of(row, "sha256"));
}

static void print_session(void *context, const struct case_row *row) {
    char text[24];
    (void)context;
    printf("session %-3s %s by %s, needle %s of lot %s\n", value_of(row, "number"),
           when(value_of(row, "opened_s"), text), value_of(row, "operated_by"),
           value_of(row, "cartridge"), value_of(row, "needle_lot"));
}

static void print_pigment(void *context, const struct case_row *row) {
    (void)context;
    printf("  session %s: %s of lot %s\n", value_of(row, "session"), value_of(row, "shade"),
           value_of(row, "lot"));
}

static void print_answer(void *context, const struct case_row *row) {
    (void)context;
    if (strcmp(value_of(row, "answer"), "no") != 0)
        printf("  screening %s: %s: %s\n", value_of(row, "screening"), value_of(row, "question"),
               value_of(row, "answer"));
}

static enum result print_record(struct case_record *record, struct error *err) {
    static const struct {
        const char *table;
        void (*print)(void *context, const struct case_row *row);
    } parts[] = {{"client", print_client},        {"meta", print_meta},
                 {"screenings", print_screening}, {"answers", print_answer},
                 {"consents", print_consent},     {"photos", print_photo},
                 {"sessions", print_session},     {"pigments", print_pigment}};
    enum result result = RESULT_OK;
    for (size_t i = 0; result == RESULT_OK && i < sizeof parts / sizeof *parts; i++)
        result = case_record_each(record, parts[i].table, parts[i].print, NULL, err);
    return result;
}

static void print_json(const struct case_verdict *verdict, const struct case_facts *facts,
                       const struct journal *journal) {
    json_t *dots = json_object(), *spans = json_array();
    for (int fate = 0; fate < FATE_COUNT; fate++)
        json_object_set_new(dots, dot_fate_name((enum dot_fate)fate),
                            json_integer((json_int_t)journal_count(journal, (enum dot_fate)fate)));
    for (size_t i = 0; i < facts->span_count; i++)
        json_array_append_new(spans, json_pack("{s:I, s:I}", "first_s", facts->spans[i].first_s,
                                               "last_s", facts->spans[i].last_s));
    json_t *root =
        json_pack("{s:b, s:s, s:s, s:o, s:o}", "may_be_armed", verdict->reason == CASE_CLEARED,
                  "reason", case_reason_name(verdict->reason), "sentence", verdict->sentence,
                  "dots", dots, "struck", spans);
    json_dumpf(root, stdout, JSON_INDENT(2));
    putchar('\n');
    json_decref(root);
}

enum result case_show(const struct case_args *args, struct error *err) {
    struct case_record *record = NULL;
    struct journal *journal = NULL;
    struct case_facts facts;
    enum result result = case_facts_read(args->path, &facts, err);
    if (result == RESULT_OK) result = case_record_open(args->path, false, &record, err);
    if (result == RESULT_OK) result = journal_open_to_read(args->path, &journal, err);
    if (result == RESULT_OK) {
        struct case_verdict verdict = case_readiness(&facts, (int64_t)time(NULL));
        if (args->is_json) {
            print_json(&verdict, &facts, journal);
        } else {
            result = print_record(record, err);
            printf("dots        %zu pending, %zu done, %zu skipped, %zu doubtful\n",
                   journal_count(journal, FATE_PENDING), journal_count(journal, FATE_DONE),
                   journal_count(journal, FATE_SKIPPED), journal_count(journal, FATE_DOUBTFUL));
            printf("%s%s\n", verdict.reason == CASE_CLEARED ? "may be armed" : "not armed: ",
                   verdict.reason == CASE_CLEARED ? "" : verdict.sentence);
        }
    }
    journal_close(&journal);
    case_record_close(&record);
    return result;
}
