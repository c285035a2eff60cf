/* The thread that writes the journal, so that a slow disk delays strikes but never the heartbeat.
 *
 * The loop posts entries; the thread appends whatever has gathered in one transaction and tells the
 * loop, through a descriptor it can poll, how far the disk is. */
#ifndef SMPRIG_CONTROLLER_DAEMON_JOURNAL_WRITER_H
#define SMPRIG_CONTROLLER_DAEMON_JOURNAL_WRITER_H

#include <stdbool.h>
#include <stdint.h>

#include "controller/journal/journal.h"

#define JOURNAL_WRITER_QUEUE_MAX 1024u

struct journal_writer;

/* Takes the journal for its own until journal_writer_destroy(). */
MUST_USE enum result journal_writer_create(struct journal *journal,
                                           struct journal_writer **ret_writer, struct error *err);
/* Write what is queued, end the thread. The journal is the caller's again. */
void journal_writer_destroy(struct journal_writer **writer);

/* Queue one entry; RESULT_LIMIT when the queue is full: nothing is queued then,
 * hold the session. */
MUST_USE enum result journal_writer_post(struct journal_writer *writer,
                                         const struct journal_entry *entry);

/* Readable when there is news. */
int journal_writer_descriptor(const struct journal_writer *writer);

struct journal_writer_news {
    uint64_t durable; /* entries on the disk since the start, counted from 1 */
    bool is_healthy;  /* false for good once a write failed */
    char why[JOURNAL_TEXT_MAX];
};
void journal_writer_read(struct journal_writer *writer, struct journal_writer_news *ret_news);

#endif
