/* Shared by the journal's own files: the open case file and the chain of its events. */
#ifndef SMPRIG_CONTROLLER_JOURNAL_JOURNAL_PRIVATE_H
#define SMPRIG_CONTROLLER_JOURNAL_JOURNAL_PRIVATE_H

#include <sqlite3.h>
#include <stdbool.h>

#include "base/file.h"
#include "controller/journal/fates.h"
#include "controller/journal/journal.h"

struct journal {
    sqlite3 *db;
    sqlite3_stmt *insert_event, *update_dot;
    struct fates fates;
    int64_t last_number;
    int64_t data_version; /* SQLite's: changes when another connection has written */
    char last_hash[SHA256_HEX_SIZE];
    bool is_healthy; /* false for good after a failed write */
};

/* Index of the fate or kind with this name, or -1. */
int journal_fate_index(const char *name);
int journal_kind_index(const char *name);

/* A row of number, wall_time, stamp_ns, kind, dot, text; false when its kind is unknown. */
bool journal_read_row(sqlite3_stmt *statement, struct journal_row *ret_row);
/* The row's link in the chain: SHA-256 over the previous hash and the row's fields. */
void journal_chain_hash(const char *previous, const struct journal_row *row,
                        char ret_hash[SHA256_HEX_SIZE]);
/* Whether the log beside the case file holds durable changes that SQLite cannot read. */
bool journal_log_is_lost(const char *path);
void journal_utc_now(char ret_text[32]);
/* The newest event's number and hash, from the file. */
MUST_USE enum result journal_load_last(struct journal *journal, struct error *err);
/* Put SQLite's own words into err. */
enum result journal_sql_error(struct journal *journal, enum result code, struct error *err);
MUST_USE enum result journal_run_sql(struct journal *journal, const char *sql, struct error *err);

#endif
