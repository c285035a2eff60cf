#include "controller/journal/journal_loss.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "controller/journal/journal_private.h"

#define EVENTS_SQL "SELECT number, wall_time, stamp_ns, kind, dot, text, hash FROM events "

/* What is known of one dot while the file is read. */
struct dot_sight {
    bool is_in_doubt; /* an event that is not trusted speaks of it */
    bool is_agreed;   /* the table of dots says what the events say */
};

struct assessment {
    struct journal journal; /* the database, and the fates as the trusted events give them */
    struct dot_sight *sights;
    struct journal_loss *loss;
    char hash[SHA256_HEX_SIZE]; /* of the newest row, as it stands in the file */
    int64_t number;
    bool is_log_lost; /* the newest changes are gone: what looks pending may have been struck */
};

static void find(struct journal_loss *loss, const char *format, ...) PRINTF_LIKE(2, 3);

/* Only the first thing that is wrong is told. */
static void find(struct journal_loss *loss, const char *format, ...) {
    va_list args;
    loss->is_whole = false;
    if (loss->found[0]) return;
    va_start(args, format);
    vsnprintf(loss->found, sizeof loss->found, format, args);
    va_end(args);
}

static void doubt(struct assessment *a, uint32_t dot) {
    struct fate_slot *slot = fates_find(&a->journal.fates, dot);
    if (slot) a->sights[slot - a->journal.fates.slots].is_in_doubt = true;
}

/* An intact row links to the row before it; the row after a changed one links to what stands there,
 * so one change puts one event in doubt and not all that follow. */
static void take_row(struct assessment *a, sqlite3_stmt *statement) {
    struct journal_row row;
    char expected[SHA256_HEX_SIZE];
    const char *stored = (const char *)sqlite3_column_text(statement, 6);
    bool is_read = journal_read_row(statement, &row);
    journal_chain_hash(a->hash, &row, expected);
    bool follows = row.number == a->number + 1;
    bool is_linked = is_read && follows && stored && strcmp(stored, expected) == 0;
    if (!follows) {
        find(a->loss, "events %lld to %lld are missing", (long long)a->number + 1,
             (long long)row.number - 1);
        a->loss->lacks_events = true;
    } else if (!is_linked) {
        find(a->loss, "event %lld was changed", (long long)row.number);
    }
    if (is_linked && fates_apply(&a->journal.fates, &row.entry) != RESULT_OK) {
        find(a->loss, "event %lld contradicts what dot %u was before", (long long)row.number,
             row.entry.dot);
        is_linked = false;
    }
    if (is_linked) {
        a->loss->events_whole++;
    } else {
        a->loss->events_unsure++;
        doubt(a, row.entry.dot);
    }
    a->number = row.number;
    snprintf(a->hash, sizeof a->hash, "%s", stored ? stored : "");
}

/* False when a page could not be read. */
static bool read_rows(struct assessment *a, const char *sql,
                      void (*take)(struct assessment *a, sqlite3_stmt *statement)) {
    sqlite3_stmt *statement = NULL;
    int step = SQLITE_ERROR;
    if (sqlite3_prepare_v2(a->journal.db, sql, -1, &statement, NULL) == SQLITE_OK)
        while ((step = sqlite3_step(statement)) == SQLITE_ROW) take(a, statement);
    if (step != SQLITE_DONE)
        find(a->loss, "a part of it cannot be read: %s", sqlite3_errmsg(a->journal.db));
    sqlite3_finalize(statement);
    return step == SQLITE_DONE;
}

/* Behind a page that cannot be read: the events from the end backward, each a doubt. */
static void take_row_after_gap(struct assessment *a, sqlite3_stmt *statement) {
    struct journal_row row;
    if (!journal_read_row(statement, &row) || row.number <= a->number) return;
    a->loss->events_unsure++;
    doubt(a, row.entry.dot);
}

static void take_table_row(struct assessment *a, sqlite3_stmt *statement) {
    int fate = journal_fate_index((const char *)sqlite3_column_text(statement, 1));
    struct fate_slot *slot =
        fates_find(&a->journal.fates, (uint32_t)sqlite3_column_int64(statement, 0));
    if (!slot) return;
    bool agrees = fate == slot->fate && (sqlite3_column_int(statement, 2) != 0) == slot->has_intent;
    a->sights[slot - a->journal.fates.slots].is_agreed = agrees;
    if (!agrees) find(a->loss, "what it says of dot %u is not what its events say", slot->dot);
}

/* Ids of the plan, or else of all that the file still names; sorted and single by fates_init. */
static enum result list_dots(struct assessment *a, const struct dot_plan *plan, struct error *err) {
    size_t count = 0, room = plan ? plan->dot_count : 0;
    sqlite3_stmt *statement = NULL;
    uint32_t *ids = calloc(room + 1, sizeof *ids);
    for (; ids && plan && count < plan->dot_count; count++) ids[count] = plan->dots[count].id;
    if (!plan && sqlite3_prepare_v2(a->journal.db,
                                    "SELECT id FROM dots UNION SELECT dot FROM events "
                                    "WHERE dot IS NOT NULL ORDER BY 1",
                                    -1, &statement, NULL) == SQLITE_OK)
        while (ids && sqlite3_step(statement) == SQLITE_ROW) {
            uint32_t *grown = ids;
            if (count == room) grown = realloc(ids, (room = 2 * room + 64) * sizeof *ids);
            if (!grown) free(ids);
            ids = grown;
            if (ids) ids[count++] = (uint32_t)sqlite3_column_int64(statement, 0);
        }
    sqlite3_finalize(statement);
    enum result result = ids ? fates_init(&a->journal.fates, ids, count) : RESULT_NO_MEMORY;
    a->sights = calloc(count + 1, sizeof *a->sights);
    free(ids);
    if (result != RESULT_OK || !a->sights)
        return error_set(err, RESULT_NO_MEMORY, "case file: no room for its list of dots");
    return RESULT_OK;
}

static void check_pages(struct assessment *a) {
    sqlite3_stmt *statement = NULL;
    const char *word = NULL, *line;
    if (sqlite3_prepare_v2(a->journal.db, "PRAGMA quick_check(1)", -1, &statement, NULL) ==
            SQLITE_OK &&
        sqlite3_step(statement) == SQLITE_ROW)
        word = (const char *)sqlite3_column_text(statement, 0);
    if (!word && sqlite3_extended_errcode(a->journal.db) == SQLITE_READONLY_ROLLBACK)
        find(a->loss,
             "a change of it was cut off half-way: open the case with the programs, which "
             "take it back by the -journal beside it, then check again");
    if (!word) word = sqlite3_errmsg(a->journal.db);
    line = strrchr(word, '\n'); /* the line above it is a heading */
    if (strcmp(word, "ok") != 0)
        find(a->loss, "its pages are damaged: %.120s", line ? line + 1 : word);
    sqlite3_finalize(statement);
}

static enum result sum_up(struct assessment *a, struct error *err) {
    const struct fates *fates = &a->journal.fates;
    struct journal_loss *loss = a->loss;
    loss->unknown = calloc(fates->count + 1, sizeof *loss->unknown);
    if (!loss->unknown) return error_set(err, RESULT_NO_MEMORY, "case file: out of memory");
    for (size_t i = 0; i < fates->count; i++) {
        const struct fate_slot *slot = &fates->slots[i];
        bool may_be_later = a->is_log_lost && slot->fate == FATE_PENDING;
        bool is_told = a->sights[i].is_agreed && !a->sights[i].is_in_doubt;
        if (!a->sights[i].is_agreed) find(loss, "dot %u is missing in it", slot->dot);
        if (is_told && !slot->has_intent && !may_be_later)
            loss->known[slot->fate]++;
        else
            loss->unknown[loss->unknown_count++] = slot->dot;
    }
    return RESULT_OK;
}

static enum result assess(struct assessment *a, const char *path, const struct dot_plan *plan,
                          struct error *err) {
    if (sqlite3_open_v2(path, &a->journal.db, SQLITE_OPEN_READONLY, NULL) != SQLITE_OK)
        return error_set(err, RESULT_IO, "%s: %s", path, sqlite3_errmsg(a->journal.db));
    enum result result = list_dots(a, plan, err);
    if (result != RESULT_OK) return result;
    check_pages(a);
    if (!read_rows(a, EVENTS_SQL "ORDER BY number", take_row)) {
        a->loss->lacks_events = true;
        (void)read_rows(a, EVENTS_SQL "ORDER BY number DESC", take_row_after_gap);
    }
    a->is_log_lost = journal_log_is_lost(path);
    if (a->is_log_lost) {
        find(a->loss, "its log holds changes that cannot be read");
        a->loss->lacks_events = true;
    }
    (void)read_rows(a, "SELECT id, fate, intent FROM dots", take_table_row);
    return sum_up(a, err);
}

enum result journal_assess(const char *path, const struct dot_plan *plan,
                           struct journal_loss *ret_loss, struct error *err) {
    struct journal_loss loss = {.is_whole = true};
    struct assessment a = {.loss = &loss};
    if (access(path, R_OK) != 0)
        return error_set(err, RESULT_NOT_FOUND, "%s: %s", path, strerror(errno));
    enum result result = assess(&a, path, plan, err);
    sqlite3_close(a.journal.db);
    fates_release(&a.journal.fates);
    free(a.sights);
    if (result == RESULT_OK)
        *ret_loss = loss;
    else
        journal_loss_release(&loss);
    return result;
}

void journal_loss_release(struct journal_loss *loss) {
    free(loss->unknown);
    *loss = (struct journal_loss){0};
}
