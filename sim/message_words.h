/* Messages in words, one line each, for traces and for what a replay shows. */
#ifndef SMPRIG_SIM_MESSAGE_WORDS_H
#define SMPRIG_SIM_MESSAGE_WORDS_H

#include <stddef.h>
#include <stdint.h>

#include "controller/guard/protocol.h"
#include "controller/journal/journal.h"

#define MESSAGE_WORDS_MAX 400

/* "#12 strike dot 7, stroke 1.732 mm, contact in 14.2 ms"; now_ns: when it was made. */
void guard_request_words(const struct guard_request *request, int64_t now_ns, char *ret_words,
                         size_t size);
/* "refuses #12: too late for this aim" */
void guard_event_words(const struct guard_event *event, char *ret_words, size_t size);
/* "done dot 7" */
void journal_entry_words(const struct journal_entry *entry, char *ret_words, size_t size);
/* Bytes of the wire, what does not print as \n, \r or \x18; cut where they do not fit. */
void wire_words(const unsigned char *bytes, size_t count, char *ret_words, size_t size);

#endif
