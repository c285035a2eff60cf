/* The daemon's end of the socket to the guard: whole messages, checked, never blocking. */
#ifndef SMPRIG_CONTROLLER_DAEMON_GUARD_CLIENT_H
#define SMPRIG_CONTROLLER_DAEMON_GUARD_CLIENT_H

#include <stdbool.h>

#include "controller/guard/protocol.h"

/* Connect to the guard's socket; waits up to timeout_ms for it to appear. Returns the descriptor in
 * ret_fd (the caller closes it). */
MUST_USE enum result guard_client_connect(const char *socket_path, int timeout_ms, int *ret_fd,
                                          struct error *err);
/* RESULT_LIMIT: the socket is full, try again when it is writable; RESULT_CLOSED: the guard has
 * gone. */
MUST_USE enum result guard_client_send(int fd, const struct guard_request *request);
/* RESULT_NOT_FOUND: nothing there now; RESULT_CLOSED: gone; RESULT_FORMAT: not one
 * of our events. */
MUST_USE enum result guard_client_receive(int fd, struct guard_event *ret_event);

#endif
