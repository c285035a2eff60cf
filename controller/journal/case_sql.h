/* Shared by the record's own files: a few lines of SQLite. */
#ifndef SMPRIG_CONTROLLER_JOURNAL_CASE_SQL_H
#define SMPRIG_CONTROLLER_JOURNAL_CASE_SQL_H

#include <sqlite3.h>
#include <stdbool.h>

#include "controller/journal/case_record.h"

struct case_record {
    sqlite3 *db;
    char path[4096];
};

enum result case_sql_error(struct case_record *record, struct error *err);
MUST_USE enum result case_sql_run(struct case_record *record, const char *sql, struct error *err);
/* Run one statement with values: each letter of `types` is one argument, i an int64_t, t a text. */
MUST_USE enum result case_sql_bind(struct case_record *record, struct error *err, const char *sql,
                                   const char *types, ...);
bool case_sql_has_table(struct case_record *record, const char *table);
/* The first column of the first row as a number; `otherwise` when there is none. */
int64_t case_sql_number(struct case_record *record, const char *sql, int64_t otherwise);

#endif
