/* What a program tells the service manager that started it: sd_notify(3)'s protocol, datagrams of
 * "NAME=value" lines to the socket that $NOTIFY_SOCKET names. Without one all of this does nothing.
 *
 * The library's sd_notify() opens a socket for every message, which the guard's system-call filter
 * kills it for, and waits when the manager does not read. This one opens its socket once, before
 * the filter, and never waits: a lost message costs a restart at worst, a late loop more. */
#ifndef SMPRIG_BASE_NOTIFY_H
#define SMPRIG_BASE_NOTIFY_H

#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

struct notifier {
    int fd; /* -1: nobody listens */
    struct sockaddr_un address;
    socklen_t address_size;
    int64_t alive_period_ns; /* a third of the watchdog's limit; 0: no watchdog */
    int64_t alive_due_ns;
};

/* Reads NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID. Call before a sandbox. */
void notify_open(struct notifier *notifier);
void notify_close(struct notifier *notifier);

/* Up and serving; the status is one line for `systemctl status`. */
void notify_ready(struct notifier *notifier, const char *status);
void notify_status(struct notifier *notifier, const char *status);
void notify_reloading(struct notifier *notifier, int64_t now_ns);
void notify_stopping(struct notifier *notifier, const char *status);
/* To be called in every round of the loop; tells the watchdog when it is due. */
void notify_alive(struct notifier *notifier, int64_t now_ns);
/* When notify_alive() must have been called again; INT64_MAX without a watchdog. */
int64_t notify_next_ns(const struct notifier *notifier);

#endif
