#include "controller/journal/journal_tail.h"

#include "controller/journal/journal_private.h"

#define BUSY_MS 20

static const char sql[] =
    "SELECT number, wall_time, stamp_ns, kind, dot, text FROM events WHERE number < ?1 AND (?2 OR "
    "kind NOT IN ('intent', 'void', 'done')) ORDER BY number DESC LIMIT ?3";

static enum result read_rows(sqlite3_stmt *statement,
                             bool (*each)(void *context, const struct journal_row *row),
                             void *context, struct error *err) {
    enum result result = RESULT_OK;
    int step = SQLITE_DONE;
    while (result == RESULT_OK && (step = sqlite3_step(statement)) == SQLITE_ROW) {
        struct journal_row row;
        if (!journal_read_row(statement, &row))
            result = error_set(err, RESULT_FORMAT, "case file: an event of an unknown kind");
        else if (!each(context, &row))
            return RESULT_OK;
    }
    if (result == RESULT_OK && step != SQLITE_DONE)
        result = error_set(err, RESULT_IO, "case file: %s",
                           sqlite3_errmsg(sqlite3_db_handle(statement)));
    return result;
}

enum result journal_tail_each(const struct journal_tail *tail,
                              bool (*each)(void *context, const struct journal_row *row),
                              void *context, struct error *err) {
    sqlite3 *db = NULL;
    sqlite3_stmt *statement = NULL;
    enum result result = RESULT_OK;
    if (sqlite3_open_v2(tail->path, &db, SQLITE_OPEN_READONLY, NULL) != SQLITE_OK ||
        sqlite3_busy_timeout(db, BUSY_MS) != SQLITE_OK ||
        sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK)
        result = error_set(err, RESULT_IO, "%s: %s", tail->path, sqlite3_errmsg(db));
    if (result == RESULT_OK) {
        sqlite3_bind_int64(statement, 1, tail->before);
        sqlite3_bind_int(statement, 2, tail->has_strikes);
        sqlite3_bind_int(statement, 3, JOURNAL_TAIL_ROWS);
        result = read_rows(statement, each, context, err);
    }
    sqlite3_finalize(statement);
    sqlite3_close(db);
    return result;
}
