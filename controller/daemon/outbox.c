#include "controller/daemon/outbox.h"

#include <assert.h>
#include <stdio.h>

bool outbox_has_room(const struct outbox *outbox, size_t count) {
    return outbox->request_count + count <= OUTBOX_REQUESTS_MAX &&
           outbox->entry_count + count <= OUTBOX_ENTRIES_MAX;
}

uint64_t outbox_request(struct outbox *outbox, struct guard_request request) {
    assert(outbox->request_count < OUTBOX_REQUESTS_MAX);
    request.version = GUARD_PROTOCOL_VERSION;
    request.sequence = ++outbox->last_sequence;
    size_t slot = (outbox->request_first + outbox->request_count++) % OUTBOX_REQUESTS_MAX;
    outbox->requests[slot] = request;
    return request.sequence;
}

uint64_t outbox_entry(struct outbox *outbox, enum journal_kind kind, uint32_t dot, int64_t now_ns,
                      const char *text) {
    assert(outbox->entry_count < OUTBOX_ENTRIES_MAX);
    size_t slot = (outbox->entry_first + outbox->entry_count++) % OUTBOX_ENTRIES_MAX;
    struct journal_entry *entry = &outbox->entries[slot];
    *entry = (struct journal_entry){.kind = kind, .dot = dot, .stamp_ns = now_ns};
    snprintf(entry->text, sizeof entry->text, "%s", text);
    return ++outbox->last_entry;
}

void outbox_forget_requests(struct outbox *outbox) {
    outbox->request_first = outbox->request_count = 0;
    outbox->last_sequence = 0;
}

bool outbox_take_request(struct outbox *outbox, struct guard_request *ret_request) {
    if (outbox->request_count == 0) return false;
    *ret_request = outbox->requests[outbox->request_first];
    outbox->request_first = (outbox->request_first + 1) % OUTBOX_REQUESTS_MAX;
    outbox->request_count--;
    return true;
}

bool outbox_take_entry(struct outbox *outbox, struct journal_entry *ret_entry) {
    if (outbox->entry_count == 0) return false;
    *ret_entry = outbox->entries[outbox->entry_first];
    outbox->entry_first = (outbox->entry_first + 1) % OUTBOX_ENTRIES_MAX;
    outbox->entry_count--;
    return true;
}
