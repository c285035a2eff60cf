#include "controller/journal/journal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "controller/journal/journal_private.h"
#include "controller/journal/record_chain.h"

static const char *const fate_names[FATE_COUNT] = {
    [FATE_PENDING] = "pending",
    [FATE_DONE] = "done",
    [FATE_SKIPPED] = "skipped",
    [FATE_DOUBTFUL] = "doubtful",
};

static const char *const kind_names[JOURNAL_KIND_COUNT] = {
    [JOURNAL_RUN_START] = "run-start", [JOURNAL_RUN_END] = "run-end",
    [JOURNAL_INTENT] = "intent",       [JOURNAL_VOID] = "void",
    [JOURNAL_DONE] = "done",           [JOURNAL_DOUBTFUL] = "doubtful",
    [JOURNAL_SKIPPED] = "skipped",     [JOURNAL_REOPENED] = "reopened",
    [JOURNAL_CONFIRMED] = "confirmed", [JOURNAL_EVENT] = "event",
    [JOURNAL_RECORD] = "record",
};

const char *dot_fate_name(enum dot_fate fate) {
    return (unsigned)fate < FATE_COUNT ? fate_names[fate] : "unknown";
}

const char *journal_kind_name(enum journal_kind kind) {
    return (unsigned)kind < JOURNAL_KIND_COUNT ? kind_names[kind] : "unknown";
}

static int name_index(const char *const *names, int count, const char *name) {
    for (int i = 0; name && i < count; i++)
        if (strcmp(names[i], name) == 0) return i;
    return -1;
}

int journal_fate_index(const char *name) {
    return name_index(fate_names, FATE_COUNT, name);
}

int journal_kind_index(const char *name) {
    return name_index(kind_names, JOURNAL_KIND_COUNT, name);
}

enum result journal_sql_error(struct journal *journal, enum result code, struct error *err) {
    return error_set(err, code, "case file: %s", sqlite3_errmsg(journal->db));
}

enum result journal_run_sql(struct journal *journal, const char *sql, struct error *err) {
    if (sqlite3_exec(journal->db, sql, NULL, NULL, NULL) == SQLITE_OK) return RESULT_OK;
    return journal_sql_error(journal, RESULT_IO, err);
}

void journal_chain_hash(const char *previous, const struct journal_row *row,
                        char ret_hash[SHA256_HEX_SIZE]) {
    char text[JOURNAL_TEXT_MAX + 256];
    int length =
        snprintf(text, sizeof text, "%s|%lld|%s|%lld|%s|%lu|%s", previous, (long long)row->number,
                 row->wall_time, (long long)row->stamp_ns, journal_kind_name(row->entry.kind),
                 (unsigned long)row->entry.dot, row->entry.text);
    data_sha256(text, (size_t)length, ret_hash);
}

void journal_utc_now(char ret_text[32]) {
    struct timespec now;
    struct tm parts;
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &parts);
    size_t length = strftime(ret_text, 32, "%Y-%m-%dT%H:%M:%S", &parts);
    snprintf(ret_text + length, 32 - length, ".%03ldZ", now.tv_nsec / 1000000);
}

static enum result write_event(struct journal *journal, const struct journal_entry *entry,
                               struct error *err) {
    struct journal_row row = {
        .number = journal->last_number + 1, .stamp_ns = entry->stamp_ns, .entry = *entry};
    char hash[SHA256_HEX_SIZE];
    sqlite3_stmt *insert = journal->insert_event;
    journal_utc_now(row.wall_time);
    journal_chain_hash(journal->last_hash, &row, hash);
    sqlite3_bind_int64(insert, 1, row.number);
    sqlite3_bind_text(insert, 2, row.wall_time, -1, SQLITE_TRANSIENT);
    sqlite3_bind_int64(insert, 3, row.stamp_ns);
    sqlite3_bind_text(insert, 4, journal_kind_name(entry->kind), -1, SQLITE_STATIC);
    if (entry->dot == JOURNAL_NO_DOT)
        sqlite3_bind_null(insert, 5);
    else
        sqlite3_bind_int64(insert, 5, entry->dot);
    sqlite3_bind_text(insert, 6, entry->text, -1, SQLITE_TRANSIENT);
    sqlite3_bind_text(insert, 7, hash, -1, SQLITE_TRANSIENT);
    bool is_written = sqlite3_step(insert) == SQLITE_DONE;
    enum result result = is_written ? RESULT_OK : journal_sql_error(journal, RESULT_IO, err);
    sqlite3_reset(insert);
    if (!is_written) return result;
    journal->last_number = row.number;
    memcpy(journal->last_hash, hash, sizeof hash);
    return RESULT_OK;
}

static enum result write_fate(struct journal *journal, const struct journal_entry *entry,
                              struct error *err) {
    const struct fate_slot *slot = fates_find(&journal->fates, entry->dot);
    if (!slot) return RESULT_OK; /* an entry that is not about a dot */
    sqlite3_stmt *update = journal->update_dot;
    sqlite3_bind_text(update, 1, dot_fate_name(slot->fate), -1, SQLITE_STATIC);
    sqlite3_bind_int(update, 2, slot->has_intent);
    sqlite3_bind_int64(update, 3, slot->dot);
    bool is_written = sqlite3_step(update) == SQLITE_DONE;
    enum result result = is_written ? RESULT_OK : journal_sql_error(journal, RESULT_IO, err);
    sqlite3_reset(update);
    return result;
}

/* The command line may have added to the record meanwhile, and so to the chain: go
 * on from there. */
static enum result follow_others(struct journal *journal, struct error *err) {
    sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v2(journal->db, "PRAGMA data_version", -1, &statement, NULL) != SQLITE_OK ||
        sqlite3_step(statement) != SQLITE_ROW) {
        sqlite3_finalize(statement);
        return journal_sql_error(journal, RESULT_IO, err);
    }
    int64_t version = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    if (version == journal->data_version) return RESULT_OK;
    journal->data_version = version;
    return journal_load_last(journal, err);
}

enum result journal_append(struct journal *journal, const struct journal_entry *entries,
                           size_t count, struct error *err) {
    if (!journal->is_healthy || !journal->insert_event)
        return error_set(err, RESULT_IO, "case file: closed for writing after an earlier failure");
    enum result result = journal_run_sql(journal, "BEGIN IMMEDIATE", err);
    if (result == RESULT_OK) result = follow_others(journal, err);
    for (size_t i = 0; result == RESULT_OK && i < count; i++) {
        result = fates_apply(&journal->fates, &entries[i]);
        if (result != RESULT_OK)
            error_set(err, result, "case file: '%s' contradicts the fate of dot %u",
                      journal_kind_name(entries[i].kind), entries[i].dot);
        if (result == RESULT_OK) result = write_event(journal, &entries[i], err);
        if (result == RESULT_OK) result = write_fate(journal, &entries[i], err);
    }
    if (result == RESULT_OK) result = journal_run_sql(journal, "COMMIT", err);
    if (result == RESULT_OK) return RESULT_OK;
    /* The table in memory and the disk may differ now: nothing more is trusted. */
    sqlite3_exec(journal->db, "ROLLBACK", NULL, NULL, NULL);
    /* After a failed sync the kernel may have dropped what it could not write, and a second sync
     * would say that all is well: nothing is written or synced again, not even on closing. */
    sqlite3_db_config(journal->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    journal->is_healthy = false;
    return result;
}

enum dot_fate journal_fate(const struct journal *journal, uint32_t dot) {
    const struct fate_slot *slot = fates_find(&journal->fates, dot);
    return slot ? (enum dot_fate)slot->fate : FATE_SKIPPED;
}

size_t journal_count(const struct journal *journal, enum dot_fate fate) {
    size_t count = 0;
    for (size_t i = 0; i < journal->fates.count; i++)
        count += journal->fates.slots[i].fate == (uint8_t)fate;
    return count;
}

static void copy_text(char *to, size_t size, sqlite3_stmt *statement, int column) {
    const char *text = (const char *)sqlite3_column_text(statement, column);
    snprintf(to, size, "%s", text ? text : "");
}

bool journal_read_row(sqlite3_stmt *statement, struct journal_row *ret_row) {
    struct journal_row row = {.number = sqlite3_column_int64(statement, 0),
                              .stamp_ns = sqlite3_column_int64(statement, 2)};
    int kind = journal_kind_index((const char *)sqlite3_column_text(statement, 3));
    row.entry.kind = kind < 0 ? JOURNAL_EVENT : (enum journal_kind)kind;
    row.entry.stamp_ns = row.stamp_ns;
    row.entry.dot = sqlite3_column_type(statement, 4) == SQLITE_NULL
                        ? JOURNAL_NO_DOT
                        : (uint32_t)sqlite3_column_int64(statement, 4);
    copy_text(row.wall_time, sizeof row.wall_time, statement, 1);
    copy_text(row.entry.text, sizeof row.entry.text, statement, 5);
    *ret_row = row;
    return kind >= 0;
}

enum result journal_each(struct journal *journal,
                         bool (*each)(void *context, const struct journal_row *row), void *context,
                         struct error *err) {
    sqlite3_stmt *statement = NULL;
    enum result result = RESULT_OK;
    int step = SQLITE_DONE;
    if (sqlite3_prepare_v2(journal->db,
                           "SELECT number, wall_time, stamp_ns, kind, dot, text FROM events ORDER "
                           "BY number",
                           -1, &statement, NULL) != SQLITE_OK)
        return journal_sql_error(journal, RESULT_FORMAT, err);
    while ((step = sqlite3_step(statement)) == SQLITE_ROW) {
        struct journal_row row;
        if (!journal_read_row(statement, &row)) {
            result = error_set(err, RESULT_FORMAT, "case file: event %lld is of an unknown kind",
                               (long long)row.number);
            break;
        }
        if (!each(context, &row)) break;
    }
    if (result == RESULT_OK && step != SQLITE_DONE && step != SQLITE_ROW)
        result = journal_sql_error(journal, RESULT_FORMAT, err);
    sqlite3_finalize(statement);
    return result;
}

struct verification {
    struct fates fates;
    int64_t next_number;
    char hash[SHA256_HEX_SIZE];
    sqlite3_stmt *read_hash;
    enum result result;
    struct error *err;
};

static bool verify_row(void *context, const struct journal_row *row) {
    struct verification *check = context;
    char expected[SHA256_HEX_SIZE];
    journal_chain_hash(check->hash, row, expected);
    sqlite3_bind_int64(check->read_hash, 1, row->number);
    const char *found = sqlite3_step(check->read_hash) == SQLITE_ROW
                            ? (const char *)sqlite3_column_text(check->read_hash, 0)
                            : "";
    bool is_linked = found && strcmp(found, expected) == 0 && row->number == check->next_number;
    sqlite3_reset(check->read_hash);
    memcpy(check->hash, expected, sizeof expected);
    check->next_number++;
    if (!is_linked)
        check->result = error_set(check->err, RESULT_FORMAT,
                                  "case file: event %lld does not follow from the one before it: a "
                                  "row was changed, added or taken away",
                                  (long long)row->number);
    else if (fates_apply(&check->fates, &row->entry) != RESULT_OK)
        check->result = error_set(check->err, RESULT_FORMAT,
                                  "case file: event %lld contradicts the fate of dot %u",
                                  (long long)row->number, row->entry.dot);
    return check->result == RESULT_OK;
}

static bool same_fates(const struct fates *a, const struct fates *b) {
    for (size_t i = 0; i < a->count; i++)
        if (a->slots[i].fate != b->slots[i].fate ||
            a->slots[i].has_intent != b->slots[i].has_intent)
            return false;
    return true;
}

enum result journal_verify(struct journal *journal, struct error *err) {
    struct verification check = {.next_number = 1, .err = err};
    const size_t count = journal->fates.count;
    uint32_t *ids = calloc(count + 1, sizeof *ids);
    if (!ids) return error_set(err, RESULT_NO_MEMORY, "case file: out of memory");
    for (size_t i = 0; i < count; i++) ids[i] = journal->fates.slots[i].dot;
    enum result result = fates_init(&check.fates, ids, count);
    free(ids);
    if (result != RESULT_OK) return error_set(err, result, "case file: its dots are damaged");
    if (sqlite3_prepare_v2(journal->db, "SELECT hash FROM events WHERE number=?", -1,
                           &check.read_hash, NULL) != SQLITE_OK)
        result = journal_sql_error(journal, RESULT_FORMAT, err);
    if (result == RESULT_OK) result = journal_each(journal, verify_row, &check, err);
    if (result == RESULT_OK) result = check.result;
    if (result == RESULT_OK && !same_fates(&check.fates, &journal->fates))
        result = error_set(err, RESULT_FORMAT,
                           "case file: its table of dots is not what its events say");
    if (result == RESULT_OK) result = record_chain_verify(journal->db, err);
    sqlite3_finalize(check.read_hash);
    fates_release(&check.fates);
    return result;
}
