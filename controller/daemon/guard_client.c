#include "controller/daemon/guard_client.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"

#define CONNECT_RETRY_MS 20

static void sleep_ms(int ms) {
    nanosleep(&(struct timespec){ms / 1000, (long)(ms % 1000) * 1000000}, NULL);
}

enum result guard_client_connect(const char *socket_path, int timeout_ms, int *ret_fd,
                                 struct error *err) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (text_copy(address.sun_path, sizeof address.sun_path, socket_path) != RESULT_OK)
        return error_set(err, RESULT_LIMIT, "%s: too long for a socket's path", socket_path);
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) return error_set(err, RESULT_IO, "guard socket: %s", strerror(errno));
    for (int waited_ms = 0;; waited_ms += CONNECT_RETRY_MS) {
        if (connect(fd, (struct sockaddr *)&address, sizeof address) == 0) break;
        if (waited_ms >= timeout_ms) {
            int why = errno;
            close(fd);
            return error_set(err, RESULT_NOT_FOUND,
                             "%s: no guard answers there (%s); start smprig-guard first",
                             socket_path, strerror(why));
        }
        sleep_ms(CONNECT_RETRY_MS);
    }
    *ret_fd = fd;
    return RESULT_OK;
}

enum result guard_client_send(int fd, const struct guard_request *request) {
    ssize_t sent = send(fd, request, sizeof *request, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent == (ssize_t)sizeof *request) return RESULT_OK;
    return sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK) ? RESULT_LIMIT : RESULT_CLOSED;
}

enum result guard_client_receive(int fd, struct guard_event *ret_event) {
    struct guard_event event;
    ssize_t got = recv(fd, &event, sizeof event, MSG_DONTWAIT | MSG_TRUNC);
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return RESULT_NOT_FOUND;
    if (got <= 0) return RESULT_CLOSED;
    if ((size_t)got != sizeof event || event.version != GUARD_PROTOCOL_VERSION ||
        event.kind >= GUARD_EVENT_KIND_COUNT)
        return RESULT_FORMAT;
    event.text[sizeof event.text - 1] = '\0';
    *ret_event = event;
    return RESULT_OK;
}
