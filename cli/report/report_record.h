/* What a case file says beside its dots: sessions with their lots, alarms and who acknowledged
 * them, what was in force when the last run began. */
#ifndef SMPRIG_CLI_REPORT_REPORT_RECORD_H
#define SMPRIG_CLI_REPORT_REPORT_RECORD_H

#include <jansson.h>

#include "controller/journal/journal.h"

#define REPORT_LINES_MAX 200
#define REPORT_LINE_MAX 256

struct report_alarm {
    unsigned number;
    char raised[32], text[JOURNAL_TEXT_MAX];                  /* UTC; priority and what happened */
    char acknowledged[32], acknowledged_by[JOURNAL_TEXT_MAX]; /* "": never */
};

struct report_record {
    json_t *tables;                     /* of the case's record, by name; owned */
    struct report_alarm *alarms;        /* owned; oldest first, REPORT_LINES_MAX at most */
    size_t alarm_count, alarms_dropped; /* dropped: more than that */
    char (*in_force)[REPORT_LINE_MAX];  /* owned */
    size_t in_force_count;
    char first_strike[32], last_strike[32]; /* UTC; "": none */
    size_t runs;
};

MUST_USE enum result report_record_read(const char *case_path, struct report_record *ret_record,
                                        struct error *err);
void report_record_release(struct report_record *record);
/* sessions (with pigments), alarms, in_force, first_strike, last_strike, runs; a new reference. */
json_t *report_record_json(const struct report_record *record);

#endif
