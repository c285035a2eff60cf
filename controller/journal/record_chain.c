#include "controller/journal/record_chain.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controller/journal/journal_private.h"

static const char *const tables[] = {"client", "screenings", "answers", "consents",
                                     "photos", "sessions",   "pigments"};

static enum result fail(sqlite3 *db, struct error *err) {
    return error_set(err, RESULT_FORMAT, "case file: %s", sqlite3_errmsg(db));
}

/* digest := SHA-256 over the digest so far and the words, a length before each of them. */
static enum result add_row(sqlite3_stmt *statement, const char *table, char digest[SHA256_HEX_SIZE],
                           struct error *err) {
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    if (!stream) return error_set(err, RESULT_NO_MEMORY, "case file: out of memory");
    fprintf(stream, "%s|%s", digest, table);
    for (int i = 0; i < sqlite3_column_count(statement); i++) {
        const char *value = (const char *)sqlite3_column_text(statement, i);
        if (value)
            fprintf(stream, "|%d:%s", sqlite3_column_bytes(statement, i), value);
        else
            fputs("|null", stream);
    }
    bool is_whole = fclose(stream) == 0;
    if (is_whole) data_sha256(text, size, digest);
    free(text);
    return is_whole ? RESULT_OK : error_set(err, RESULT_NO_MEMORY, "case file: out of memory");
}

static bool has_table(sqlite3 *db, const char *table) {
    return sqlite3_table_column_metadata(db, NULL, table, NULL, NULL, NULL, NULL, NULL, NULL) ==
           SQLITE_OK;
}

static enum result add_table(sqlite3 *db, const char *table, char digest[SHA256_HEX_SIZE],
                             struct error *err) {
    char sql[64];
    sqlite3_stmt *statement = NULL;
    if (!has_table(db, table)) return RESULT_OK;
    snprintf(sql, sizeof sql, "SELECT * FROM %s ORDER BY 1, 2", table);
    if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK) return fail(db, err);
    enum result result = RESULT_OK;
    int step = SQLITE_DONE;
    while (result == RESULT_OK && (step = sqlite3_step(statement)) == SQLITE_ROW)
        result = add_row(statement, table, digest, err);
    if (result == RESULT_OK && step != SQLITE_DONE) result = fail(db, err);
    sqlite3_finalize(statement);
    return result;
}

static enum result digest_of(sqlite3 *db, char ret_digest[SHA256_HEX_SIZE], struct error *err) {
    char digest[SHA256_HEX_SIZE] = "";
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        enum result result = add_table(db, tables[i], digest, err);
        if (result != RESULT_OK) return result;
    }
    memcpy(ret_digest, digest, SHA256_HEX_SIZE);
    return RESULT_OK;
}

/* The newest event's number and hash; 0 and "" when there is none yet. */
static enum result find_last(sqlite3 *db, int64_t *ret_number, char ret_hash[SHA256_HEX_SIZE],
                             struct error *err) {
    sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v2(db, "SELECT number, hash FROM events ORDER BY number DESC LIMIT 1", -1,
                           &statement, NULL) != SQLITE_OK)
        return fail(db, err);
    *ret_number = 0;
    ret_hash[0] = '\0';
    if (sqlite3_step(statement) == SQLITE_ROW) {
        *ret_number = sqlite3_column_int64(statement, 0);
        snprintf(ret_hash, SHA256_HEX_SIZE, "%s", sqlite3_column_text(statement, 1));
    }
    sqlite3_finalize(statement);
    return RESULT_OK;
}

static enum result insert(sqlite3 *db, const struct journal_row *row, const char *hash,
                          struct error *err) {
    sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v2(db, "INSERT INTO events VALUES(?,?,0,?,NULL,?,?)", -1, &statement,
                           NULL) != SQLITE_OK)
        return fail(db, err);
    sqlite3_bind_int64(statement, 1, row->number);
    sqlite3_bind_text(statement, 2, row->wall_time, -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 3, journal_kind_name(row->entry.kind), -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 4, row->entry.text, -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 5, hash, -1, SQLITE_STATIC);
    enum result result = sqlite3_step(statement) == SQLITE_DONE ? RESULT_OK : fail(db, err);
    sqlite3_finalize(statement);
    return result;
}

enum result record_chain_append(sqlite3 *db, struct error *err) {
    struct journal_row row = {.entry = {.kind = JOURNAL_RECORD, .dot = JOURNAL_NO_DOT}};
    char last_hash[SHA256_HEX_SIZE], hash[SHA256_HEX_SIZE];
    enum result result = find_last(db, &row.number, last_hash, err);
    if (result == RESULT_OK) result = digest_of(db, row.entry.text, err);
    if (result != RESULT_OK) return result;
    row.number++;
    journal_utc_now(row.wall_time);
    journal_chain_hash(last_hash, &row, hash);
    return insert(db, &row, hash, err);
}

enum result record_chain_verify(sqlite3 *db, struct error *err) {
    char digest[SHA256_HEX_SIZE];
    sqlite3_stmt *statement = NULL;
    enum result result = digest_of(db, digest, err);
    if (result != RESULT_OK) return result;
    if (sqlite3_prepare_v2(
            db, "SELECT text FROM events WHERE kind='record' ORDER BY number DESC LIMIT 1", -1,
            &statement, NULL) != SQLITE_OK)
        return fail(db, err);
    bool has_row = sqlite3_step(statement) == SQLITE_ROW;
    const char *told = has_row ? (const char *)sqlite3_column_text(statement, 0) : "";
    bool agrees = told && strcmp(told, digest) == 0;
    sqlite3_finalize(statement);
    if (agrees) return RESULT_OK;
    return error_set(err, RESULT_FORMAT,
                     "case file: the record (client, screening, sessions, lots) is not what its "
                     "newest chained digest says: a row was changed, added or taken away");
}
