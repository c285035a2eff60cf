/* What an operator enters into the case's record from the page: a screening, or a session with its
 * lots; or asks of it: whether the client is the case's. A thread opens the file, since the disk
 * takes its time and a cartridge is looked for in all the cases beside this one; the caller is
 * answered when the row is durable. One at a time, and nothing is written while the rig is armed.
 */
#ifndef SMPRIG_CONTROLLER_DAEMON_RECORD_ENTRY_H
#define SMPRIG_CONTROLLER_DAEMON_RECORD_ENTRY_H

#include "controller/daemon/api.h"
#include "controller/daemon/daemon.h"
#include "controller/journal/case_record.h"

enum record_entry_kind {
    RECORD_ENTRY_SCREENING,
    RECORD_ENTRY_SESSION,
    RECORD_ENTRY_CONFIRM, /* compares what the client says, writes nothing */
};

/* What is to be written or compared. */
struct record_entry_words {
    enum record_entry_kind kind;
    struct screening screening;
    struct case_session session;
    struct case_client said; /* the identifiers as the client says them */
};

/* Begin; the call is answered later. RESULT_REFUSED: no case, an armed rig, or one is on its way
 * already. */
MUST_USE enum result record_entry_begin(const struct api_call *call,
                                        const struct record_entry_words *words, struct error *err);
/* What `screening` answers of the open case; a new reference (api_screening.c). */
json_t *screening_json(const struct daemon *daemon);
/* Readable when it is done; -1: there is none. */
int record_entry_descriptor(const struct record_entry *entry);
/* If it is done: take the case's new facts, answer who waits. */
void record_entry_take(struct daemon *daemon);
/* Wait for it, for the case is being closed. */
void record_entry_finish(struct daemon *daemon);

#endif
