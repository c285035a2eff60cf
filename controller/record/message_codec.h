/* The messages between daemon and guard, and entries of the journal, as a recording keeps them:
 * each field once, in the order written here, for writing, reading and comparing (base/codec.h).
 * A change here is a new RECORD_VERSION. */
#ifndef SMPRIG_CONTROLLER_RECORD_MESSAGE_CODEC_H
#define SMPRIG_CONTROLLER_RECORD_MESSAGE_CODEC_H

#include "base/codec.h"
#include "controller/guard/protocol.h"
#include "controller/journal/journal.h"
#include "vision/filter.h"

/* All that a message can take, and a comfortable rest. */
#define MESSAGE_BYTES_MAX 4096u

void codec_guard_load(struct codec *codec, struct guard_load *load);
void codec_guard_service(struct codec *codec, struct guard_service *service);
void codec_guard_request(struct codec *codec, struct guard_request *request);
void codec_guard_event(struct codec *codec, struct guard_event *event);
void codec_journal_entry(struct codec *codec, struct journal_entry *entry);
void codec_head_look(struct codec *codec, struct head_look *look);

#endif
