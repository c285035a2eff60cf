/* The daemon's API: JSON-RPC 2.0 over a unix socket, one object a line (works with socat and jq).
 *
 * Transport and dispatch only; what the methods do stands in a table (api_methods.h). A slow or
 * hostile client cannot slow the session: lines, queues, clients and calls a second are
 * bounded, and a client that does not read what it asked for is dropped. */
#ifndef SMPRIG_CONTROLLER_DAEMON_API_H
#define SMPRIG_CONTROLLER_DAEMON_API_H

#include <jansson.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/result.h"

#define API_CLIENTS_MAX 16
#define API_LINE_MAX 65536u            /* one request */
#define API_OUTPUT_MAX (1024u * 1024u) /* queued for one client */
#define API_CALLS_A_SECOND_MAX 200u

/* JSON-RPC error codes (its section 5.1) and our own. */
enum api_error {
    API_PARSE_ERROR = -32700,
    API_INVALID_REQUEST = -32600,
    API_METHOD_NOT_FOUND = -32601,
    API_INVALID_PARAMS = -32602,
    API_REFUSED = -32000,  /* the session says no; the message says why */
    API_TOO_MANY = -32001, /* rate limit */
};

struct api_call {
    void *context;
    const json_t *params; /* object or NULL */
    int64_t now_ns;
    bool *wants_events; /* set by `subscribe` for this client */
};

/* One row of the API. */
struct api_method {
    const char *name;
    const char *params; /* "dot: integer, why: string" for people; "" when none */
    const char *returns;
    const char *help; /* one sentence */
    /* RESULT_OK and a new reference in *ret_result, or a result with err filled. */
    enum result (*run)(const struct api_call *call, json_t **ret_result, struct error *err);
};

struct api_server;

MUST_USE enum result api_server_create(const char *socket_path, const struct api_method *methods,
                                       void *context, struct api_server **ret_server,
                                       struct error *err);
void api_server_destroy(struct api_server **server);

/* Descriptors to poll: fills up to `size`, returns how many. */
size_t api_server_poll_set(const struct api_server *server, struct pollfd *ret_set, size_t size);
/* Serve what is ready, never blocking. */
void api_server_step(struct api_server *server, int64_t now_ns);
/* A notification to each subscriber: {"jsonrpc":"2.0","method":name,"params":params}. */
void api_server_notify(struct api_server *server, const char *name, const json_t *params);
bool api_server_has_subscribers(const struct api_server *server);

#endif
