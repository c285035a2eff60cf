/* The guard's half of a recording: its news, what its edge answered, and what it said
 * (controller/record/record.h). All of these do nothing while the writer is closed or NULL. */
#ifndef SMPRIG_CONTROLLER_GUARD_GUARD_RECORD_H
#define SMPRIG_CONTROLLER_GUARD_GUARD_RECORD_H

#include "controller/guard/guard_news.h"
#include "controller/record/record.h"

#define GUARD_RECORD_FILE "guard.rec"
#define GUARD_RECORD_BYTES_MAX 4096u /* of the port, at once */

/* What news that was read points to. */
struct guard_news_memory {
    struct guard_request request;
    unsigned char bytes[GUARD_RECORD_BYTES_MAX];
};
void codec_guard_news(struct codec *codec, struct guard_news *news,
                      struct guard_news_memory *memory);

void guard_record_begin(struct record_writer *writer, int64_t now_ns);
void guard_record_news(struct record_writer *writer, const struct guard_news *news);
void guard_record_port_opened(struct record_writer *writer, int64_t now_ns, bool is_open);
void guard_record_loaded(struct record_writer *writer, int64_t now_ns, enum result result,
                         const struct error *err);
void guard_record_event(struct record_writer *writer, int64_t now_ns,
                        const struct guard_event *event);
void guard_record_bytes(struct record_writer *writer, int64_t now_ns, const void *bytes,
                        size_t count);

#endif
