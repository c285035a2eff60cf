/* The case's record under the journal's hash chain: after each change of the record's tables one
 * JOURNAL_RECORD row is added in the same transaction, whose text is the digest of all their rows.
 * A lot, a signature or an answer that is changed, added or taken away afterwards shows, as a
 * changed event does. A wish for deletion is honoured and still verifies: erasing adds
 * a row too. */
#ifndef SMPRIG_CONTROLLER_JOURNAL_RECORD_CHAIN_H
#define SMPRIG_CONTROLLER_JOURNAL_RECORD_CHAIN_H

#include <sqlite3.h>

#include "base/file.h"
#include "base/result.h"

/* Add the row; inside the transaction that changed the tables. */
MUST_USE enum result record_chain_append(sqlite3 *db, struct error *err);
/* RESULT_FORMAT when the tables are not what the newest row says; a case without a
 * record is well. */
MUST_USE enum result record_chain_verify(sqlite3 *db, struct error *err);

#endif
