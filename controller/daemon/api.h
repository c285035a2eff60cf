/* The daemon's API: JSON-RPC 2.0 over a unix socket, one object a line (works with socat and jq).
 *
 * Three pieces, none of which knows a session: the table's row (struct api_method), the dispatcher
 * that checks a line against the table (api_dispatch.c), and the server that carries lines
 * (api.c). What the methods do stands in api_methods.c; docs/api.md is made from it.
 *
 * A slow or hostile client cannot slow the session: lines, depth, queues, clients and calls a
 * second are bounded, and a client that does not read what it asked for is dropped. */
#ifndef SMPRIG_CONTROLLER_DAEMON_API_H
#define SMPRIG_CONTROLLER_DAEMON_API_H

#include <jansson.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/result.h"
#include "controller/daemon/api_role.h"

#define API_CLIENTS_MAX 16
#define API_LINE_MAX 65536u            /* one request */
#define API_DEPTH_MAX 8                /* brackets within brackets of a request */
#define API_OUTPUT_MAX (2048u * 1024u) /* queued for one client */
#define API_CALLS_A_SECOND_MAX 400u
#define API_NAME_MAX 48

/* JSON-RPC error codes (its section 5.1) and our own. */
enum api_error {
    API_PARSE_ERROR = -32700,
    API_INVALID_REQUEST = -32600,
    API_METHOD_NOT_FOUND = -32601,
    API_INVALID_PARAMS = -32602,
    API_REFUSED = -32000,   /* the session says no; the message says why */
    API_TOO_MANY = -32001,  /* rate limit */
    API_FORBIDDEN = -32002, /* the role may not, or another is in command */
};

/* What a client can subscribe to; bits. */
enum api_topic {
    API_TOPIC_STATE = 1 << 0,
    API_TOPIC_DOTS = 1 << 1,
    API_TOPIC_LOG = 1 << 2,
    API_TOPIC_CAMERA = 1 << 3,
};

/* Who asks. A unix socket's peer is known by its credentials (SO_PEERCRED); one that is trusted to
 * (the console) may name another in a request's `as`. */
struct api_caller {
    char name[API_NAME_MAX];
    enum api_role role;
    uint64_t channel; /* one page, one login: tells two of the same name apart; 0: local */
};

/* Who waits for an answer that comes later; taken by api_answer_later(). */
struct api_waiter {
    uint64_t peer; /* the connection's number, never used twice */
    json_t *id;    /* the request's; NULL: it was a notification, nobody waits */
    bool is_taken;
};

struct api_call {
    void *context;
    const struct api_caller *caller;
    const json_t *params; /* object or NULL; already checked against the row */
    int64_t now_ns;
    uint32_t *topics;          /* of this client: what it is subscribed to */
    struct api_waiter *waiter; /* of api_answer_later() */
};

/* A parameter's value; NULL and 0 when it is not given. */
const char *api_text(const struct api_call *call, const char *name);
double api_number(const struct api_call *call, const char *name);

enum api_type { API_BOOL, API_INTEGER, API_NUMBER, API_STRING, API_INTEGERS, API_TEXTS };

#define API_TEXT_MAX 95 /* bytes of a name and of a text in API_TEXTS, an object of texts */

struct api_param {
    const char *name; /* NULL ends a list */
    enum api_type type;
    bool is_required;
    double min, max; /* of the number, the string's bytes, or how many in the list or object */
    const char *help;
};

enum api_flag {
    API_COMMANDS = 1 << 0, /* only who is in command may, when somebody is */
    API_AUDITED = 1 << 1,  /* kept in the journal with the caller's name */
    API_PRIVATE = 1 << 2,  /* and without its parameters: they tell of the client */
};

/* One row of the API. */
struct api_method {
    const char *name; /* NULL ends the table */
    enum api_role role;
    uint32_t flags;
    const struct api_param *params; /* NULL: none */
    const char *returns;
    const char *help; /* one sentence */
    /* RESULT_OK and a new reference in *ret_result (NULL: null), or a result with err filled. */
    enum result (*run)(const struct api_call *call, json_t **ret_result, struct error *err);
};

/* What the dispatcher asks and tells the owner of the context. */
struct api_policy {
    /* Whether the caller may command now; the sentence says who is in command. */
    enum result (*may_command)(void *context, const struct api_caller *caller, struct error *err);
    /* An audited call, and how it ended. */
    void (*audit)(void *context, const struct api_caller *caller, const char *method,
                  const json_t *params, const char *outcome);
};

struct api_table {
    const struct api_method *methods;
    const struct api_policy *policy;
    void *context;
};

/* --- api_dispatch.c: one line in, one answer out --- */

struct api_peer {
    struct api_caller caller;  /* by credentials */
    bool may_speak_for_others; /* `as` is believed */
    uint32_t topics;           /* enum api_topic */
    uint64_t number;           /* of the connection */
    int64_t second_ns;         /* begin of the second that `calls` counts */
    unsigned calls;
};

/* Answer the request of `length` bytes; a new reference, NULL for a notification (no id) or when
 * the method answers later. */
json_t *api_dispatch(const struct api_table *table, struct api_peer *peer, const char *line,
                     size_t length, int64_t now_ns);

/* For a method whose answer takes a thread's time: nothing is answered when it returns RESULT_OK,
 * and api_server_answer() must be called for the waiter. Auditing is then the method's too. */
struct api_waiter api_answer_later(const struct api_call *call);
/* The answer for a waiter: `value` (stolen; NULL: null), or the refusal when err is not NULL. NULL
 * when nobody waits. */
json_t *api_late_answer(const struct api_waiter *waiter, json_t *value, const struct error *err);

/* The row by its name, NULL when there is none. */
const struct api_method *api_find(const struct api_method *methods, const char *name);
/* For people: "string, up to 64 bytes". */
void api_describe_param(const struct api_param *param, char *ret_text, size_t size);

/* --- api.c: the unix socket --- */

struct api_server;

struct api_server_setup {
    const char *socket_path;
    struct api_table table;
    uid_t console_uid; /* a peer that may name others beside root and our own user */
};

MUST_USE enum result api_server_create(const struct api_server_setup *setup,
                                       struct api_server **ret_server, struct error *err);
void api_server_destroy(struct api_server **server);

/* Descriptors to poll: fills up to `size`, returns how many; API_POLL_MAX at most. */
#define API_POLL_MAX (1 + API_CLIENTS_MAX)
size_t api_server_poll_set(const struct api_server *server, struct pollfd *ret_set, size_t size);
/* Serve what that set says is ready, never blocking. */
void api_server_step(struct api_server *server, const struct pollfd *set, size_t count,
                     int64_t now_ns);
/* A notification to each subscriber of the topic:
 * {"jsonrpc":"2.0","method":name,"params":params}. A camera's picture is left out for a client
 * that has not yet read the last ones; everything else it must read, or is dropped. */
void api_server_notify(struct api_server *server, enum api_topic topic, const char *name,
                       const json_t *params);
/* Answer a waiter, unless it has gone; ends the waiter and takes `value`. */
void api_server_answer(struct api_server *server, struct api_waiter *waiter, json_t *value,
                       const struct error *err);
bool api_server_has_subscribers(const struct api_server *server, enum api_topic topic);

#endif
