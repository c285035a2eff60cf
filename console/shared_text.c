#include "console/shared_text.h"

#include <libwebsockets.h>
#include <stdlib.h>
#include <string.h>

struct shared_text *shared_text_make(const void *bytes, size_t size) {
    struct shared_text *text = malloc(sizeof *text + LWS_PRE + size);
    if (!text) return NULL;
    text->references = 1;
    text->size = size;
    if (bytes) memcpy(text->bytes + LWS_PRE, bytes, size);
    return text;
}

struct shared_text *shared_text_of_json(const json_t *json) {
    const size_t flags = JSON_COMPACT | JSON_REAL_PRECISION(8);
    size_t size = json_dumpb(json, NULL, 0, flags);
    struct shared_text *text = size ? shared_text_make(NULL, size) : NULL;
    if (text) json_dumpb(json, (char *)shared_text_bytes(text), size, flags);
    return text;
}

struct shared_text *shared_text_take(struct shared_text *text) {
    if (text) text->references++;
    return text;
}

void shared_text_drop(struct shared_text **text) {
    if (*text && --(*text)->references == 0) free(*text);
    *text = NULL;
}

unsigned char *shared_text_bytes(struct shared_text *text) {
    return text->bytes + LWS_PRE;
}
