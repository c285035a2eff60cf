/* Reading the record: facts for readiness, rows for an export. */
#include <stdio.h>
#include <string.h>

#include "controller/journal/case_neighbours.h"
#include "controller/journal/case_sql.h"

#define CASE_COLUMNS_MAX 16

static void take_answer(struct screening *screening, const char *question, const char *answer) {
    int q = screening_question_of(question), a = screening_answer_of(answer);
    if (q >= 0 && a >= 0) screening->answers[q] = (uint8_t)a;
}

static enum result read_screening(struct case_record *record, struct case_facts *facts,
                                  struct error *err) {
    sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v2(record->db,
                           "SELECT signed_s, signed_by, question, answer FROM screenings LEFT JOIN "
                           "answers ON screening=number WHERE number=(SELECT max(number) FROM "
                           "screenings)",
                           -1, &statement, NULL) != SQLITE_OK)
        return case_sql_error(record, err);
    int step;
    while ((step = sqlite3_step(statement)) == SQLITE_ROW) {
        facts->has_screening = true;
        facts->screening.signed_s = sqlite3_column_int64(statement, 0);
        snprintf(facts->screening.signed_by, sizeof facts->screening.signed_by, "%s",
                 (const char *)sqlite3_column_text(statement, 1));
        take_answer(&facts->screening, (const char *)sqlite3_column_text(statement, 2),
                    (const char *)sqlite3_column_text(statement, 3));
    }
    enum result result = step == SQLITE_DONE ? RESULT_OK : case_sql_error(record, err);
    sqlite3_finalize(statement);
    return result;
}

static enum result read_session(struct case_record *record, const char *path,
                                struct case_facts *facts, struct error *err) {
    sqlite3_stmt *statement = NULL;
    char elsewhere[4096];
    if (sqlite3_prepare_v2(record->db,
                           "SELECT opened_s, cartridge, is_identified FROM sessions ORDER BY "
                           "number DESC LIMIT 1",
                           -1, &statement, NULL) != SQLITE_OK)
        return case_sql_error(record, err);
    if (sqlite3_step(statement) == SQLITE_ROW) {
        facts->has_session = true;
        facts->session_opened_s = sqlite3_column_int64(statement, 0);
        facts->is_session_identified = sqlite3_column_int(statement, 2) == 1;
        facts->is_cartridge_fresh = !case_cartridge_elsewhere(
            path, (const char *)sqlite3_column_text(statement, 1), elsewhere, sizeof elsewhere);
    }
    sqlite3_finalize(statement);
    return RESULT_OK;
}

/* Every intent counts: the needle may have gone in. */
static enum result read_strikes(struct case_record *record, struct case_facts *facts,
                                struct error *err) {
    sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v2(record->db,
                           "SELECT unixepoch(wall_time) FROM events WHERE kind='intent' ORDER BY "
                           "number",
                           -1, &statement, NULL) != SQLITE_OK)
        return case_sql_error(record, err);
    int step;
    enum result result = RESULT_OK;
    while (result == RESULT_OK && (step = sqlite3_step(statement)) == SQLITE_ROW) {
        if (sqlite3_column_type(statement, 0) == SQLITE_NULL)
            result =
                error_set(err, RESULT_FORMAT, "%s: an event's time cannot be read", record->path);
        else
            case_facts_add_strike(facts, sqlite3_column_int64(statement, 0));
    }
    if (result == RESULT_OK && step != SQLITE_DONE) result = case_sql_error(record, err);
    sqlite3_finalize(statement);
    return result;
}

enum result case_facts_read(const char *path, struct case_facts *ret_facts, struct error *err) {
    struct case_record *record = NULL;
    struct case_facts facts = {0};
    enum result result = case_record_open(path, false, &record, err);
    if (result != RESULT_OK) return result;
    facts.has_record = case_sql_has_table(record, "client") &&
                       case_sql_number(record, "SELECT count(*) FROM client", 0) == 1;
    if (facts.has_record) {
        facts.is_kept = case_sql_number(record, "SELECT erased_s FROM client", 0) == 0;
        facts.has_identifiers =
            case_sql_number(record,
                            "SELECT coalesce(name,'')<>'' AND coalesce(born,'')<>'' FROM client",
                            0) == 1;
        facts.has_consent =
            case_sql_number(record, "SELECT count(*) FROM consents WHERE sha256<>''", 0) > 0;
        result = read_screening(record, &facts, err);
        if (result == RESULT_OK) result = read_session(record, path, &facts, err);
    }
    if (result == RESULT_OK) result = read_strikes(record, &facts, err);
    case_record_close(&record);
    if (result == RESULT_OK) *ret_facts = facts;
    return result;
}

enum result case_record_each(struct case_record *record, const char *table,
                             void (*each)(void *context, const struct case_row *row), void *context,
                             struct error *err) {
    const char *names[CASE_COLUMNS_MAX], *values[CASE_COLUMNS_MAX];
    bool is_number[CASE_COLUMNS_MAX];
    char sql[96];
    sqlite3_stmt *statement = NULL;
    if (!case_sql_has_table(record, table)) return RESULT_OK;
    snprintf(sql, sizeof sql, "SELECT * FROM \"%.32s\" ORDER BY 1", table);
    if (sqlite3_prepare_v2(record->db, sql, -1, &statement, NULL) != SQLITE_OK)
        return case_sql_error(record, err);
    int step;
    while ((step = sqlite3_step(statement)) == SQLITE_ROW) {
        struct case_row row = {sqlite3_column_count(statement), names, values, is_number};
        if (row.count > CASE_COLUMNS_MAX) row.count = CASE_COLUMNS_MAX;
        for (int i = 0; i < row.count; i++) {
            names[i] = sqlite3_column_name(statement, i);
            is_number[i] = sqlite3_column_type(statement, i) == SQLITE_INTEGER;
            values[i] = (const char *)sqlite3_column_text(statement, i);
        }
        each(context, &row);
    }
    enum result result = step == SQLITE_DONE ? RESULT_OK : case_sql_error(record, err);
    sqlite3_finalize(statement);
    return result;
}
