/* The case file's journal: what was intended, what happened, for each dot, over all sessions.
 *
 * One SQLite file a case (WAL, synchronous FULL, STRICT). The table `events` is the journal: rows
 * are only ever added, numbered without gaps, and chained by SHA-256, so a changed or missing row
 * shows. The table `dots` is what the journal says, kept in the same transactions: replaying the
 * events from the start gives the same table (journal_verify()).
 *
 *     intent --> done       the firmware reported the strike executed
 *           `--> doubtful   something broke in between: nobody knows; never struck again by itself
 *           `--> void       the strike was refused or never sent: the dot is pending again
 *
 * A dot with an intent and no outcome when the file is opened becomes doubtful at once. */
#ifndef SMPRIG_CONTROLLER_JOURNAL_JOURNAL_H
#define SMPRIG_CONTROLLER_JOURNAL_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/result.h"
#include "plan/dot.h"

enum dot_fate { FATE_PENDING, FATE_DONE, FATE_SKIPPED, FATE_DOUBTFUL, FATE_COUNT };

enum journal_kind {
    JOURNAL_RUN_START, /* text: what is bound (hashes, versions) */
    JOURNAL_RUN_END,   /* text: why */
    JOURNAL_INTENT,    /* a strike at `dot` may be sent from now on */
    JOURNAL_VOID,      /* the intended strike was never sent */
    JOURNAL_DONE,      /* the firmware reported it executed */
    JOURNAL_DOUBTFUL,  /* it may or may not have been struck */
    JOURNAL_SKIPPED,   /* left out, text: why */
    JOURNAL_REOPENED,  /* an operator decided that a doubtful or skipped dot is pending again */
    JOURNAL_CONFIRMED, /* an operator saw that a doubtful dot was struck */
    JOURNAL_EVENT,     /* anything else worth keeping: trips, holds, prompts */
    JOURNAL_RECORD,    /* text: digest of the record's tables after a change (record_chain.h) */
    JOURNAL_KIND_COUNT
};

#define JOURNAL_NO_DOT UINT32_MAX
#define JOURNAL_TEXT_MAX 192

struct journal_entry {
    enum journal_kind kind;
    uint32_t dot;     /* the dot's id, or JOURNAL_NO_DOT */
    int64_t stamp_ns; /* monotonic; the wall clock is added for people when the row is written */
    char text[JOURNAL_TEXT_MAX];
};

/* Which files a case is bound to; a journal opened with others is refused (hazards 18, 19). */
struct journal_binding {
    const char *scan_sha256, *plan_sha256;
};

struct journal;

const char *dot_fate_name(enum dot_fate fate);
const char *journal_kind_name(enum journal_kind kind);

/* Open the case file, or make it when there is none: every dot of the plan pending. Dangling
 * intents become doubtful. RESULT_REFUSED: bound to another scan or plan. RESULT_FORMAT: damaged;
 * the sentence says what was found, and the file is left as it is. */
MUST_USE enum result journal_open(const char *path, const struct dot_plan *plan,
                                  struct journal_binding binding, struct journal **ret_journal,
                                  struct error *err);
/* Open for reading only (reports): no dangling intent is touched. */
MUST_USE enum result journal_open_to_read(const char *path, struct journal **ret_journal,
                                          struct error *err);
void journal_close(struct journal **journal);

/* Append all entries in one transaction; durable on return. RESULT_REFUSED, and nothing is written,
 * when an entry contradicts a dot's fate (an intent for a dot that is not pending, an outcome
 * without an intent). RESULT_IO: the disk failed; the journal refuses everything from then on,
 * since a failed sync must never be retried. */
MUST_USE enum result journal_append(struct journal *journal, const struct journal_entry *entries,
                                    size_t count, struct error *err);

/* Fate of a dot by its id; FATE_SKIPPED for an id that is not in the case, so that it denies. */
enum dot_fate journal_fate(const struct journal *journal, uint32_t dot);
/* Dots with this fate. */
size_t journal_count(const struct journal *journal, enum dot_fate fate);

/* One event as it stands in the file. */
struct journal_row {
    int64_t number, stamp_ns;
    char wall_time[32]; /* UTC, ISO 8601 */
    struct journal_entry entry;
};
/* Call `each` with every event in order until it returns false. */
MUST_USE enum result journal_each(struct journal *journal,
                                  bool (*each)(void *context, const struct journal_row *row),
                                  void *context, struct error *err);

/* Check the hash chain, that replaying the events gives the dots' table, and that the case's record
 * is what its newest chained digest says. */
MUST_USE enum result journal_verify(struct journal *journal, struct error *err);

#endif
