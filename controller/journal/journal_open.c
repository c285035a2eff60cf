/* Opening a case file: make it, or check that it is whole and bound to the same files. */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "controller/journal/journal_loss.h"
#include "controller/journal/journal_private.h"

#define JOURNAL_SCHEMA_VERSION 1
#define JOURNAL_BUSY_MS 2000

static const char schema_sql[] =
    "CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;"
    "CREATE TABLE dots(id INTEGER PRIMARY KEY, fate TEXT NOT NULL, intent INTEGER NOT NULL) STRICT;"
    "CREATE TABLE events(number INTEGER PRIMARY KEY, wall_time TEXT NOT NULL,"
    " stamp_ns INTEGER NOT NULL, kind TEXT NOT NULL, dot INTEGER, text TEXT NOT NULL,"
    " hash TEXT NOT NULL) STRICT;";

static enum result insert_meta(struct journal *journal, const char *key, const char *value,
                               struct error *err) {
    sqlite3_stmt *statement = NULL;
    enum result result = RESULT_OK;
    if (sqlite3_prepare_v2(journal->db, "INSERT INTO meta VALUES(?,?)", -1, &statement, NULL) !=
            SQLITE_OK ||
        sqlite3_bind_text(statement, 1, key, -1, SQLITE_STATIC) != SQLITE_OK ||
        sqlite3_bind_text(statement, 2, value, -1, SQLITE_STATIC) != SQLITE_OK ||
        sqlite3_step(statement) != SQLITE_DONE)
        result = journal_sql_error(journal, RESULT_IO, err);
    sqlite3_finalize(statement);
    return result;
}

static enum result check_meta(struct journal *journal, const char *key, const char *expected,
                              struct error *err) {
    sqlite3_stmt *statement = NULL;
    enum result result = RESULT_OK;
    const char *found = NULL;
    if (sqlite3_prepare_v2(journal->db, "SELECT value FROM meta WHERE key=?", -1, &statement,
                           NULL) != SQLITE_OK ||
        sqlite3_bind_text(statement, 1, key, -1, SQLITE_STATIC) != SQLITE_OK)
        result = journal_sql_error(journal, RESULT_FORMAT, err);
    else if (sqlite3_step(statement) == SQLITE_ROW)
        found = (const char *)sqlite3_column_text(statement, 0);
    if (result == RESULT_OK && !found)
        result = error_set(err, RESULT_FORMAT, "case file: no '%s' in it; is it a case file?", key);
    else if (result == RESULT_OK && strcmp(found, expected) != 0)
        result = error_set(err, RESULT_REFUSED,
                           "case file: bound to another %s (%.12s..., expected %.12s...); use the "
                           "files that the case was made with, or begin a new case",
                           key, found, expected);
    sqlite3_finalize(statement);
    return result;
}

static enum result make_tables(struct journal *journal, const struct dot_plan *plan,
                               struct journal_binding binding, struct error *err) {
    sqlite3_stmt *statement = NULL;
    char version[16];
    snprintf(version, sizeof version, "%d", JOURNAL_SCHEMA_VERSION);
    enum result result = journal_run_sql(journal, "BEGIN IMMEDIATE", err);
    if (result != RESULT_OK) return result;
    result = journal_run_sql(journal, schema_sql, err);
    if (result == RESULT_OK) result = insert_meta(journal, "version", version, err);
    if (result == RESULT_OK) result = insert_meta(journal, "scan", binding.scan_sha256, err);
    if (result == RESULT_OK) result = insert_meta(journal, "plan", binding.plan_sha256, err);
    if (result == RESULT_OK &&
        sqlite3_prepare_v2(journal->db, "INSERT INTO dots VALUES(?,'pending',0)", -1, &statement,
                           NULL) != SQLITE_OK)
        result = journal_sql_error(journal, RESULT_IO, err);
    for (size_t i = 0; result == RESULT_OK && i < plan->dot_count; i++) {
        sqlite3_bind_int64(statement, 1, plan->dots[i].id);
        if (sqlite3_step(statement) != SQLITE_DONE)
            result = journal_sql_error(journal, RESULT_IO, err);
        sqlite3_reset(statement);
    }
    sqlite3_finalize(statement);
    if (result == RESULT_OK) return journal_run_sql(journal, "COMMIT", err);
    sqlite3_exec(journal->db, "ROLLBACK", NULL, NULL, NULL);
    return result;
}

static enum result load_dots(struct journal *journal, struct error *err) {
    enum result result = RESULT_OK;
    uint32_t *ids = NULL;
    size_t count = 0, filled = 0;
    sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v2(journal->db, "SELECT count(*) FROM dots", -1, &statement, NULL) !=
            SQLITE_OK ||
        sqlite3_step(statement) != SQLITE_ROW) {
        result = journal_sql_error(journal, RESULT_FORMAT, err);
        goto out;
    }
    count = (size_t)sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    statement = NULL;
    ids = calloc(count + 1, sizeof *ids);
    if (!ids) {
        result = error_set(err, RESULT_NO_MEMORY, "case file: out of memory");
        goto out;
    }
    if (sqlite3_prepare_v2(journal->db, "SELECT id, fate, intent FROM dots ORDER BY id", -1,
                           &statement, NULL) != SQLITE_OK) {
        result = journal_sql_error(journal, RESULT_FORMAT, err);
        goto out;
    }
    while (filled < count && sqlite3_step(statement) == SQLITE_ROW)
        ids[filled++] = (uint32_t)sqlite3_column_int64(statement, 0);
    result = fates_init(&journal->fates, ids, filled);
    if (result != RESULT_OK) {
        error_set(err, result, "case file: its list of dots is damaged");
        goto out;
    }
    sqlite3_reset(statement);
    for (size_t i = 0; i < filled && sqlite3_step(statement) == SQLITE_ROW; i++) {
        int fate = journal_fate_index((const char *)sqlite3_column_text(statement, 1));
        if (fate < 0) {
            result = error_set(err, RESULT_FORMAT, "case file: dot %u has an unknown fate", ids[i]);
            goto out;
        }
        journal->fates.slots[i].fate = (uint8_t)fate;
        journal->fates.slots[i].has_intent = sqlite3_column_int(statement, 2) != 0;
    }
out:
    sqlite3_finalize(statement);
    free(ids);
    return result;
}

enum result journal_load_last(struct journal *journal, struct error *err) {
    sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v2(journal->db,
                           "SELECT number, hash FROM events ORDER BY number DESC LIMIT 1", -1,
                           &statement, NULL) != SQLITE_OK)
        return journal_sql_error(journal, RESULT_FORMAT, err);
    if (sqlite3_step(statement) == SQLITE_ROW) {
        const char *hash = (const char *)sqlite3_column_text(statement, 1);
        journal->last_number = sqlite3_column_int64(statement, 0);
        snprintf(journal->last_hash, sizeof journal->last_hash, "%s", hash ? hash : "");
    }
    sqlite3_finalize(statement);
    return RESULT_OK;
}

/* A crash between intent and outcome: nobody knows whether the needle went in (I12). */
static enum result doubt_dangling_intents(struct journal *journal, struct error *err) {
    for (size_t i = 0; i < journal->fates.count; i++) {
        if (!journal->fates.slots[i].has_intent) continue;
        struct journal_entry entry = {
            .kind = JOURNAL_DOUBTFUL,
            .dot = journal->fates.slots[i].dot,
            .text = "the program ended between the intent and the firmware's word"};
        enum result result = journal_append(journal, &entry, 1, err);
        if (result != RESULT_OK) return result;
    }
    return RESULT_OK;
}

static enum result open_database(struct journal *journal, const char *path, int flags,
                                 struct error *err) {
    if (sqlite3_open_v2(path, &journal->db, flags, NULL) != SQLITE_OK)
        return error_set(err, RESULT_IO, "%s: %s", path, sqlite3_errmsg(journal->db));
    sqlite3_busy_timeout(journal->db, JOURNAL_BUSY_MS);
    sqlite3_db_config(journal->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(journal->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    return RESULT_OK;
}

static enum result prepare_statements(struct journal *journal, struct error *err) {
    if (sqlite3_prepare_v2(journal->db, "INSERT INTO events VALUES(?,?,?,?,?,?,?)", -1,
                           &journal->insert_event, NULL) != SQLITE_OK ||
        sqlite3_prepare_v2(journal->db, "UPDATE dots SET fate=?, intent=? WHERE id=?", -1,
                           &journal->update_dot, NULL) != SQLITE_OK)
        return journal_sql_error(journal, RESULT_FORMAT, err);
    return RESULT_OK;
}

/* A log that outlived its case file would be replayed into the new one. */
static enum result refuse_orphans(const char *path, struct error *err) {
    char log[PATH_MAX];
    if (snprintf(log, sizeof log, "%s-wal", path) >= (int)sizeof log)
        return error_set(err, RESULT_LIMIT, "%s: the path is too long", path);
    if (access(log, F_OK) != 0) return RESULT_OK;
    return error_set(err, RESULT_REFUSED,
                     "%s stands there without its case file: bring the file back, or move it away",
                     log);
}

static enum result sync_folder(const char *path, struct error *err) {
    char folder[PATH_MAX];
    snprintf(folder, sizeof folder, "%s", path); /* fits: refuse_orphans() has seen */
    int fd = open(dirname(folder), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool is_synced = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0) close(fd);
    return is_synced ? RESULT_OK : error_set(err, RESULT_IO, "%s: %s", path, strerror(errno));
}

/* What a making that was killed has left. */
static enum result clear_making(const char *making, struct error *err) {
    static const char *const ends[] = {"", "-wal", "-shm"};
    char name[PATH_MAX];
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        snprintf(name, sizeof name, "%.*s%s", PATH_MAX - 8, making, ends[i]);
        if (unlink(name) != 0 && errno != ENOENT)
            return error_set(err, RESULT_IO, "%s: %s", name, strerror(errno));
    }
    return RESULT_OK;
}

/* Made whole under another name, then renamed: a crash in between leaves no half a case. It is born
 * with a write-ahead log: changing to one later goes through a rollback journal, and a kill in that
 * moment leaves a file that cannot be read without being written to. */
static enum result make_case(const char *path, const struct dot_plan *plan,
                             struct journal_binding binding, struct error *err) {
    char making[PATH_MAX];
    struct journal journal = {.is_healthy = true};
    enum result result = refuse_orphans(path, err);
    if (result != RESULT_OK) return result;
    if (snprintf(making, sizeof making, "%s.making", path) >= (int)sizeof making)
        return error_set(err, RESULT_LIMIT, "%s: the path is too long", path);
    result = clear_making(making, err);
    if (result != RESULT_OK) return result;
    result = open_database(&journal, making, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, err);
    /* No file beside it, not even the log once it is closed: what is renamed is all there is. */
    if (result == RESULT_OK)
        result =
            journal_run_sql(&journal, "PRAGMA journal_mode=MEMORY; PRAGMA synchronous=FULL;", err);
    if (result == RESULT_OK) result = make_tables(&journal, plan, binding, err);
    if (result == RESULT_OK) result = journal_run_sql(&journal, "PRAGMA journal_mode=WAL;", err);
    if (sqlite3_close(journal.db) != SQLITE_OK && result == RESULT_OK)
        result = error_set(err, RESULT_IO, "%s: cannot be closed", making);
    if (result == RESULT_OK && rename(making, path) != 0)
        result = error_set(err, RESULT_IO, "%s: %s", path, strerror(errno));
    if (result == RESULT_OK) return sync_folder(path, err);
    (void)clear_making(making, NULL);
    return result;
}

/* A file without a write-ahead log (of another program, or an old one) that was killed in the
 * middle of a transaction: SQLite takes it back when somebody reads who may write. */
static enum result roll_back(const char *path, struct error *err) {
    struct journal journal = {0};
    char name[PATH_MAX];
    if (snprintf(name, sizeof name, "%s-journal", path) >= (int)sizeof name)
        return error_set(err, RESULT_LIMIT, "%s: the path is too long", path);
    if (access(name, F_OK) != 0) return RESULT_OK;
    enum result result = open_database(&journal, path, SQLITE_OPEN_READWRITE, err);
    if (result == RESULT_OK)
        result = journal_run_sql(&journal, "SELECT count(*) FROM sqlite_schema", err);
    sqlite3_close(journal.db);
    return result;
}

static enum result refuse_damaged(const char *path, const struct dot_plan *plan,
                                  struct error *err) {
    struct journal_loss loss;
    enum result result = journal_assess(path, plan, &loss, err);
    if (result != RESULT_OK) return result;
    if (!loss.is_whole)
        result = error_set(err, RESULT_FORMAT,
                           "%s is damaged: %s. Of %zu dots nobody knows the fate. It is left as it "
                           "is; 'smprig case check' lists what is lost",
                           path, loss.found, loss.unknown_count);
    journal_loss_release(&loss);
    return result;
}

/* Bound to these files, and whole; by reading alone, so that a damaged file is not written to, not
 * even by SQLite's own tidying. */
static enum result check_unwritten(const char *path, const struct dot_plan *plan,
                                   struct journal_binding binding, struct error *err) {
    struct journal reader = {0};
    enum result bound = roll_back(path, err);
    if (bound != RESULT_OK) return bound;
    bound = open_database(&reader, path, SQLITE_OPEN_READONLY, err);
    if (bound == RESULT_OK) bound = check_meta(&reader, "scan", binding.scan_sha256, err);
    if (bound == RESULT_OK) bound = check_meta(&reader, "plan", binding.plan_sha256, err);
    sqlite3_close(reader.db);
    if (bound == RESULT_REFUSED) return bound;
    struct error damage = {0};
    enum result whole = refuse_damaged(path, plan, &damage);
    if (whole == RESULT_OK) return bound;
    if (err) *err = damage;
    return whole;
}

enum result journal_open(const char *path, const struct dot_plan *plan,
                         struct journal_binding binding, struct journal **ret_journal,
                         struct error *err) {
    if (access(path, F_OK) != 0) {
        enum result made = make_case(path, plan, binding, err);
        if (made != RESULT_OK) return made;
    }
    struct journal *journal = calloc(1, sizeof *journal);
    if (!journal) return error_set(err, RESULT_NO_MEMORY, "%s: out of memory", path);
    journal->is_healthy = true;
    enum result result = check_unwritten(path, plan, binding, err);
    if (result == RESULT_OK) result = open_database(journal, path, SQLITE_OPEN_READWRITE, err);
    if (result == RESULT_OK)
        result = journal_run_sql(journal, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;", err);
    if (result == RESULT_OK) result = load_dots(journal, err);
    if (result == RESULT_OK) result = journal_load_last(journal, err);
    if (result == RESULT_OK) result = prepare_statements(journal, err);
    if (result == RESULT_OK) result = doubt_dangling_intents(journal, err);
    if (result != RESULT_OK) {
        journal_close(&journal);
        return result;
    }
    *ret_journal = journal;
    return RESULT_OK;
}

enum result journal_open_to_read(const char *path, struct journal **ret_journal,
                                 struct error *err) {
    enum result result = file_check(path, err);
    if (result != RESULT_OK) return result;
    struct journal *journal = calloc(1, sizeof *journal);
    if (!journal) return error_set(err, RESULT_NO_MEMORY, "%s: out of memory", path);
    result = open_database(journal, path, SQLITE_OPEN_READONLY, err);
    if (result == RESULT_OK) result = load_dots(journal, err);
    if (result == RESULT_OK) result = journal_load_last(journal, err);
    if (result != RESULT_OK) {
        struct error why = err ? *err : (struct error){0};
        journal_close(&journal);
        return error_set(err, result, "%s: %.200s", path, why.text);
    }
    *ret_journal = journal;
    return RESULT_OK;
}

void journal_close(struct journal **journal) {
    if (!*journal) return;
    sqlite3_finalize((*journal)->insert_event);
    sqlite3_finalize((*journal)->update_dot);
    sqlite3_close((*journal)->db);
    fates_release(&(*journal)->fates);
    free(*journal);
    *journal = NULL;
}
