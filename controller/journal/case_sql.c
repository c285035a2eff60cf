#include "controller/journal/case_sql.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"

#define CASE_BUSY_MS 2000

enum result case_sql_error(struct case_record *record, struct error *err) {
    return error_set(err, RESULT_IO, "%s: %s", record->path, sqlite3_errmsg(record->db));
}

enum result case_sql_run(struct case_record *record, const char *sql, struct error *err) {
    if (sqlite3_exec(record->db, sql, NULL, NULL, NULL) == SQLITE_OK) return RESULT_OK;
    return case_sql_error(record, err);
}

enum result case_sql_bind(struct case_record *record, struct error *err, const char *sql,
                          const char *types, ...) {
    sqlite3_stmt *statement = NULL;
    bool is_bound = sqlite3_prepare_v2(record->db, sql, -1, &statement, NULL) == SQLITE_OK;
    va_list list;
    va_start(list, types);
    for (int i = 0; is_bound && types[i]; i++)
        is_bound =
            (types[i] == 'i' ? sqlite3_bind_int64(statement, i + 1, va_arg(list, int64_t))
                             : sqlite3_bind_text(statement, i + 1, va_arg(list, const char *), -1,
                                                 SQLITE_TRANSIENT)) == SQLITE_OK;
    va_end(list);
    bool is_done = is_bound && sqlite3_step(statement) == SQLITE_DONE;
    enum result result = is_done ? RESULT_OK : case_sql_error(record, err);
    sqlite3_finalize(statement);
    return result;
}

int64_t case_sql_number(struct case_record *record, const char *sql, int64_t otherwise) {
    sqlite3_stmt *statement = NULL;
    int64_t value = otherwise;
    if (sqlite3_prepare_v2(record->db, sql, -1, &statement, NULL) == SQLITE_OK &&
        sqlite3_step(statement) == SQLITE_ROW && sqlite3_column_type(statement, 0) != SQLITE_NULL)
        value = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return value;
}

bool case_sql_has_table(struct case_record *record, const char *table) {
    sqlite3_stmt *statement = NULL;
    bool has =
        sqlite3_prepare_v2(record->db, "SELECT 1 FROM sqlite_schema WHERE type='table' AND name=?",
                           -1, &statement, NULL) == SQLITE_OK &&
        sqlite3_bind_text(statement, 1, table, -1, SQLITE_STATIC) == SQLITE_OK &&
        sqlite3_step(statement) == SQLITE_ROW;
    sqlite3_finalize(statement);
    return has;
}

enum result case_record_open(const char *path, bool is_writing, struct case_record **ret_record,
                             struct error *err) {
    enum result there = file_check(path, err);
    if (there != RESULT_OK) return there;
    struct case_record *record = calloc(1, sizeof *record);
    if (!record) return error_set(err, RESULT_NO_MEMORY, "%s: out of memory", path);
    snprintf(record->path, sizeof record->path, "%s", path);
    int flags = is_writing ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY;
    enum result result = RESULT_OK;
    if (sqlite3_open_v2(path, &record->db, flags, NULL) != SQLITE_OK)
        result = case_sql_error(record, err);
    if (result == RESULT_OK) {
        sqlite3_busy_timeout(record->db, CASE_BUSY_MS);
        sqlite3_db_config(record->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
        sqlite3_db_config(record->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
        if (!case_sql_has_table(record, "events"))
            result = error_set(err, RESULT_FORMAT, "%s: not a case file", path);
    }
    if (result == RESULT_OK)
        result = case_sql_run(record,
                              is_writing ? "PRAGMA synchronous=FULL;"
                                           "PRAGMA foreign_keys=ON;PRAGMA secure_delete=ON;"
                                         : "PRAGMA query_only=ON;",
                              err);
    if (result == RESULT_OK)
        *ret_record = record;
    else
        case_record_close(&record);
    return result;
}

void case_record_close(struct case_record **record) {
    if (!*record) return;
    sqlite3_close((*record)->db);
    free(*record);
    *record = NULL;
}
