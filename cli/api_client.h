/* A client of the daemon's API for the command line: one call at a time, or a stream of states. */
#ifndef SMPRIG_CLI_API_CLIENT_H
#define SMPRIG_CLI_API_CLIENT_H

#include <jansson.h>

#include "base/result.h"

#define API_SOCKET "/run/smprig/api.sock"      /* of the installed daemon */
#define API_CLIENT_BUFFER (4u * 1024u * 1024u) /* the longest answer */

struct api_client_connection {
    int fd; /* -1: closed */
    char *buffer;
    size_t length;
    int last_id;
};

/* Connect; waits up to timeout_ms for the socket to appear. */
MUST_USE enum result api_client_open(const char *socket_path, int timeout_ms,
                                     struct api_client_connection *ret_connection,
                                     struct error *err);
void api_client_close(struct api_client_connection *connection);

/* Call a method and wait for its answer; a new reference. An error answer becomes RESULT_REFUSED
 * with the daemon's words. */
MUST_USE enum result api_client_call(struct api_client_connection *connection, const char *method,
                                     json_t *params, json_t **ret_result, struct error *err);
/* The next line, a notification or an answer; a new reference. RESULT_TIMEOUT, RESULT_CLOSED. */
MUST_USE enum result api_client_next(struct api_client_connection *connection, int timeout_ms,
                                     json_t **ret_message, struct error *err);

#endif
