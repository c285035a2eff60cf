#include "cli/report/report_record.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controller/journal/case_record.h"
#include "controller/journal/case_row_json.h"

/* How smprigd words its notes (controller/daemon/in_force.h). */
#define IN_FORCE_WORD "in force: "
#define ALARM_WORD "alarm "
#define ACKNOWLEDGED " acknowledged by "

static void copy(char *to, size_t size, const char *from) {
    snprintf(to, size, "%s", from);
}

static void take_acknowledged(struct report_record *record, unsigned number, const char *who,
                              const char *time) {
    for (size_t i = record->alarm_count; i-- > 0;) {
        struct report_alarm *alarm = &record->alarms[i];
        if (alarm->number != number || alarm->acknowledged[0]) continue;
        copy(alarm->acknowledged, sizeof alarm->acknowledged, time);
        copy(alarm->acknowledged_by, sizeof alarm->acknowledged_by, who);
        return;
    }
}

static void take_alarm(struct report_record *record, const struct journal_row *row) {
    unsigned number = 0;
    int length = 0;
    if (sscanf(row->entry.text, ALARM_WORD "%u %n", &number, &length) != 1 || length == 0) return;
    const char *who = strstr(row->entry.text, ACKNOWLEDGED);
    if (who) {
        take_acknowledged(record, number, who + sizeof ACKNOWLEDGED - 1, row->wall_time);
    } else if (record->alarm_count == REPORT_LINES_MAX) {
        record->alarms_dropped++;
    } else {
        struct report_alarm *alarm = &record->alarms[record->alarm_count++];
        alarm->number = number;
        copy(alarm->raised, sizeof alarm->raised, row->wall_time);
        copy(alarm->text, sizeof alarm->text, row->entry.text + length);
    }
}

static void take_strike(struct report_record *record, const char *time) {
    if (!record->first_strike[0]) copy(record->first_strike, sizeof record->first_strike, time);
    copy(record->last_strike, sizeof record->last_strike, time);
}

static bool take_row(void *context, const struct journal_row *row) {
    struct report_record *record = context;
    const char *text = row->entry.text;
    if (row->entry.kind == JOURNAL_RUN_START) {
        record->runs++;
        record->in_force_count = 0; /* the newest run's stands */
    }
    if (row->entry.kind == JOURNAL_DONE) take_strike(record, row->wall_time);
    if (row->entry.kind != JOURNAL_EVENT) return true;
    if (strncmp(text, ALARM_WORD, sizeof ALARM_WORD - 1) == 0) take_alarm(record, row);
    if (strncmp(text, IN_FORCE_WORD, sizeof IN_FORCE_WORD - 1) == 0 &&
        record->in_force_count < REPORT_LINES_MAX)
        copy(record->in_force[record->in_force_count++], REPORT_LINE_MAX,
             text + sizeof IN_FORCE_WORD - 1);
    return true;
}

static enum result read_journal(const char *case_path, struct report_record *record,
                                struct error *err) {
    struct journal *journal = NULL;
    enum result result = journal_open_to_read(case_path, &journal, err);
    if (result != RESULT_OK) return result;
    result = journal_each(journal, take_row, record, err);
    journal_close(&journal);
    return result;
}

static enum result read_tables(const char *case_path, struct report_record *record,
                               struct error *err) {
    static const char *const names[] = {"client", "screenings", "consents", "sessions", "pigments"};
    struct case_record *file = NULL;
    enum result result = case_record_open(case_path, false, &file, err);
    if (result != RESULT_OK) return result;
    record->tables = json_object();
    for (size_t i = 0; i < sizeof names / sizeof *names && result == RESULT_OK; i++) {
        json_t *rows = json_array();
        result = case_record_each(file, names[i], case_row_append_json, rows, err);
        json_object_set_new(record->tables, names[i], rows);
    }
    case_record_close(&file);
    return result;
}

enum result report_record_read(const char *case_path, struct report_record *ret_record,
                               struct error *err) {
    struct report_record record = {.alarms = calloc(REPORT_LINES_MAX, sizeof *record.alarms),
                                   .in_force = calloc(REPORT_LINES_MAX, sizeof *record.in_force)};
    enum result result = record.alarms && record.in_force
                             ? RESULT_OK
                             : error_set(err, RESULT_NO_MEMORY, "out of memory");
    if (result == RESULT_OK) result = read_journal(case_path, &record, err);
    if (result == RESULT_OK) result = read_tables(case_path, &record, err);
    if (result == RESULT_OK)
        *ret_record = record;
    else
        report_record_release(&record);
    return result;
}

void report_record_release(struct report_record *record) {
    json_decref(record->tables);
    free(record->alarms);
    free(record->in_force);
    *record = (struct report_record){0};
}

static json_t *alarms_json(const struct report_record *record) {
    json_t *list = json_array();
    for (size_t i = 0; i < record->alarm_count; i++) {
        const struct report_alarm *a = &record->alarms[i];
        bool is_seen = a->acknowledged[0] != '\0';
        json_array_append_new(
            list, json_pack("{s:i, s:s, s:s, s:o, s:o}", "number", (int)a->number, "raised",
                            a->raised, "text", a->text, "acknowledged",
                            is_seen ? json_string(a->acknowledged) : json_null(), "acknowledged_by",
                            is_seen ? json_string(a->acknowledged_by) : json_null()));
    }
    return list;
}

json_t *report_record_json(const struct report_record *record) {
    json_t *in_force = json_array();
    for (size_t i = 0; i < record->in_force_count; i++)
        json_array_append_new(in_force, json_string(record->in_force[i]));
    json_t *json = json_pack("{s:o, s:I, s:o, s:s, s:s, s:I}", "alarms", alarms_json(record),
                             "alarms_dropped", (json_int_t)record->alarms_dropped, "in_force",
                             in_force, "first_strike", record->first_strike, "last_strike",
                             record->last_strike, "runs", (json_int_t)record->runs);
    json_object_set(json, "record", record->tables);
    return json;
}
