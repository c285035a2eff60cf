#include "base/notify.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"

#define MESSAGE_MAX 512
#define WATCHDOG_US_MAX INT64_C(3600000000)
/* Messages within the watchdog's limit: one may be lost, one late. */
#define ALIVE_A_LIMIT 3

static int64_t watchdog_period_ns(void) {
    const char *limit = getenv("WATCHDOG_USEC"), *pid = getenv("WATCHDOG_PID");
    int64_t limit_us = 0, meant = 0;
    if (!limit || text_to_int64(limit, 1, WATCHDOG_US_MAX, &limit_us) != RESULT_OK) return 0;
    if (pid && (text_to_int64(pid, 1, INT32_MAX, &meant) != RESULT_OK || meant != getpid()))
        return 0;
    return limit_us * NS_PER_US / ALIVE_A_LIMIT;
}

/* A path, or an abstract name written with '@' first. */
static bool take_address(struct notifier *notifier, const char *name) {
    notifier->address = (struct sockaddr_un){.sun_family = AF_UNIX};
    char *path = notifier->address.sun_path;
    if ((name[0] != '/' && name[0] != '@') ||
        text_copy(path, sizeof notifier->address.sun_path, name) != RESULT_OK)
        return false;
    if (name[0] == '@') path[0] = '\0';
    notifier->address_size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name));
    return true;
}

void notify_open(struct notifier *notifier) {
    const char *name = getenv("NOTIFY_SOCKET");
    *notifier = (struct notifier){.fd = -1};
    if (!name || !take_address(notifier, name)) return;
    notifier->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (notifier->fd >= 0) notifier->alive_period_ns = watchdog_period_ns();
}

void notify_close(struct notifier *notifier) {
    if (notifier->fd >= 0) close(notifier->fd);
    notifier->fd = -1;
}

static void tell(struct notifier *notifier, const char *message) {
    if (notifier->fd < 0) return;
    (void)sendto(notifier->fd, message, strlen(message), MSG_NOSIGNAL | MSG_DONTWAIT,
                 (const struct sockaddr *)&notifier->address, notifier->address_size);
}

static void tell_with_status(struct notifier *notifier, const char *head, const char *status) {
    char message[MESSAGE_MAX];
    snprintf(message, sizeof message, "%sSTATUS=%s", head, status);
    tell(notifier, message);
}

void notify_ready(struct notifier *notifier, const char *status) {
    tell_with_status(notifier, "READY=1\n", status);
}

void notify_status(struct notifier *notifier, const char *status) {
    tell_with_status(notifier, "", status);
}

void notify_reloading(struct notifier *notifier, int64_t now_ns) {
    char message[MESSAGE_MAX];
    snprintf(message, sizeof message, "RELOADING=1\nMONOTONIC_USEC=%lld",
             (long long)(now_ns / NS_PER_US));
    tell(notifier, message);
}

void notify_stopping(struct notifier *notifier, const char *status) {
    tell_with_status(notifier, "STOPPING=1\n", status);
}

void notify_alive(struct notifier *notifier, int64_t now_ns) {
    if (notifier->alive_period_ns == 0 || now_ns < notifier->alive_due_ns) return;
    notifier->alive_due_ns = now_ns + notifier->alive_period_ns;
    tell(notifier, "WATCHDOG=1");
}

int64_t notify_next_ns(const struct notifier *notifier) {
    return notifier->alive_period_ns == 0 ? INT64_MAX : notifier->alive_due_ns;
}
