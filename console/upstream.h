/* The console's one connection to the daemon's API: calls out, answers and notifications in, never
 * blocking. Transport only; the descriptor is the server loop's to watch. */
#ifndef SMPRIG_CONSOLE_UPSTREAM_H
#define SMPRIG_CONSOLE_UPSTREAM_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/result.h"

#define UPSTREAM_LINE_MAX (4u << 20)
#define UPSTREAM_OUTPUT_MAX (1u << 20)
#define UPSTREAM_PENDING_MAX 256

/* What an answer is for: the owner's own words, handed back with it. */
struct upstream_note {
    int kind;
    uint64_t page;
    int64_t sequence;
    char what[160]; /* for the record */
};

struct upstream_handler {
    void *context;
    /* error: NULL, or the error object; result: NULL then */
    void (*on_answer)(void *context, const struct upstream_note *note, json_t *result,
                      json_t *error);
    void (*on_notification)(void *context, const char *method, json_t *params);
    /* A camera's picture: most of all bytes, handed on as the line it came in, unread. */
    void (*on_picture)(void *context, size_t camera, const char *line, size_t length);
};

struct upstream;

MUST_USE enum result upstream_create(const char *socket_path,
                                     const struct upstream_handler *handler,
                                     struct upstream **ret_upstream, struct error *err);
void upstream_destroy(struct upstream **upstream);

/* Try to connect when it is not; true when it is now. */
bool upstream_connect(struct upstream *upstream);
bool upstream_is_up(const struct upstream *upstream);
int upstream_descriptor(const struct upstream *upstream);
bool upstream_wants_write(const struct upstream *upstream);
/* Read and hand out all lines that are there. False when the daemon has gone: it is closed then,
 * and every call that waited has been answered with an error. */
bool upstream_on_readable(struct upstream *upstream);
bool upstream_on_writable(struct upstream *upstream);
void upstream_close(struct upstream *upstream);

/* Queue a call; `params` and `as` may be NULL, references stay the caller's. RESULT_CLOSED: not
 * connected; RESULT_LIMIT: too many calls wait. */
MUST_USE enum result upstream_call(struct upstream *upstream, const char *method, json_t *params,
                                   json_t *as, const struct upstream_note *note);

#endif
