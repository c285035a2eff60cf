/* What the session wants done: requests for the guard and entries for the journal. Two bounded
 * queues in caller's memory; the daemon's loop empties them after each step. */
#ifndef SMPRIG_CONTROLLER_DAEMON_OUTBOX_H
#define SMPRIG_CONTROLLER_DAEMON_OUTBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "controller/guard/protocol.h"
#include "controller/journal/journal.h"

#define OUTBOX_REQUESTS_MAX 256u /* a step makes a few; DOT_FATE at load is sent in slices */
#define OUTBOX_ENTRIES_MAX 256u

struct outbox {
    struct guard_request requests[OUTBOX_REQUESTS_MAX];
    struct journal_entry entries[OUTBOX_ENTRIES_MAX];
    size_t request_first, request_count;
    size_t entry_first, entry_count;
    uint64_t last_sequence; /* of the requests */
    uint64_t last_entry;    /* number of the newest entry; durable ones are reported back by it */
};

/* Room for at least `count` more requests. The session checks it before it begins something. */
bool outbox_has_room(const struct outbox *outbox, size_t count);

/* Queue a request; version and sequence are filled in here. Returns its sequence. */
uint64_t outbox_request(struct outbox *outbox, struct guard_request request);
/* Queue an entry; returns its number, rising by one. Text is cut at JOURNAL_TEXT_MAX. */
uint64_t outbox_entry(struct outbox *outbox, enum journal_kind kind, uint32_t dot, int64_t now_ns,
                      const char *text);

/* Another guard answers: drop what the last one was asked; the first request is HELLO again. */
void outbox_forget_requests(struct outbox *outbox);

bool outbox_take_request(struct outbox *outbox, struct guard_request *ret_request);
bool outbox_take_entry(struct outbox *outbox, struct journal_entry *ret_entry);

#endif
