/* A text for many pages: made once, counted, sent to each. Room for the WebSocket's frame header
 * stands before it. */
#ifndef SMPRIG_CONSOLE_SHARED_TEXT_H
#define SMPRIG_CONSOLE_SHARED_TEXT_H

#include <jansson.h>
#include <stddef.h>

struct shared_text {
    unsigned references;
    size_t size;
    unsigned char bytes[]; /* LWS_PRE bytes of room, then `size` bytes */
};

/* NULL when out of memory. Both begin with one reference, the caller's. */
struct shared_text *shared_text_make(const void *bytes, size_t size);
struct shared_text *shared_text_of_json(const json_t *json);
struct shared_text *shared_text_take(struct shared_text *text);
/* Give a reference back and forget it; NULL inside is ignored. */
void shared_text_drop(struct shared_text **text);
unsigned char *shared_text_bytes(struct shared_text *text);

#endif
