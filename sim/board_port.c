#include "sim/board_port.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include "base/text.h"

#define PIECE 4096

static enum result open_pty(struct board_port *port, struct error *err) {
    struct termios modes;
    port->fd = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (port->fd < 0 || grantpt(port->fd) != 0 || unlockpt(port->fd) != 0)
        return error_set(err, RESULT_IO, "pty: %s", strerror(errno));
    port->slave_fd = open(ptsname(port->fd), O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (port->slave_fd < 0 || tcgetattr(port->slave_fd, &modes) != 0)
        return error_set(err, RESULT_IO, "pty: %s", strerror(errno));
    cfmakeraw(&modes);
    tcsetattr(port->slave_fd, TCSANOW, &modes);
    unlink(port->link);
    if (symlink(ptsname(port->fd), port->link) != 0)
        return error_set(err, RESULT_IO, "%s: %s", port->link, strerror(errno));
    if (port->moods.kind == MOOD_RESETS_ON_OPEN) { /* an opening shows only when nobody has it */
        close(port->slave_fd);
        port->slave_fd = -1;
    }
    return RESULT_OK;
}

static enum result open_tcp(struct board_port *port, const char *number, struct error *err) {
    int64_t tcp_port = 0;
    int one = 1;
    if (text_to_int64(number, 1, 65535, &tcp_port) != RESULT_OK)
        return error_set(err, RESULT_FORMAT, "tcp:%s: expected tcp:PORT", number);
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)tcp_port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    port->listen_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (port->listen_fd < 0 ||
        setsockopt(port->listen_fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) != 0 ||
        bind(port->listen_fd, (struct sockaddr *)&address, sizeof address) != 0 ||
        listen(port->listen_fd, 1) != 0)
        return error_set(err, RESULT_IO, "tcp:%s: %s", number, strerror(errno));
    return RESULT_OK;
}

enum result board_port_open(struct board_port *port, const char *name, const struct moods *moods,
                            struct error *err) {
    *port = (struct board_port){.fd = -1, .slave_fd = -1, .listen_fd = -1, .moods = *moods};
    if (strncmp(name, "tcp:", 4) == 0) return open_tcp(port, name + 4, err);
    if (text_copy(port->link, sizeof port->link, name) != RESULT_OK)
        return error_set(err, RESULT_LIMIT, "%.60s...: too long for a port's link", name);
    return open_pty(port, err);
}

static void close_one(int *fd) {
    if (*fd >= 0) close(*fd);
    *fd = -1;
}

void board_port_close(struct board_port *port) {
    close_one(&port->fd);
    close_one(&port->slave_fd);
    close_one(&port->listen_fd);
    if (port->link[0]) unlink(port->link);
}

int board_port_descriptor(const struct board_port *port) {
    return port->fd >= 0 ? port->fd : port->listen_fd;
}

/* One peer at a time; another is turned away, as an exclusive port does. */
static void accept_peer(struct board_port *port, struct world *world) {
    int one = 1, fd = accept4(port->listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0) return;
    if (port->fd >= 0) {
        close(fd);
        return;
    }
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    port->fd = fd;
    if (port->moods.kind == MOOD_RESETS_ON_OPEN) firmware_power_up(&world->firmware);
}

/* A pty whose slave nobody holds reads EIO: what comes after it was opened. */
static void note_opening(struct board_port *port, struct world *world, bool is_open) {
    if (port->moods.kind != MOOD_RESETS_ON_OPEN || port->listen_fd >= 0) return;
    if (is_open && !port->moods.is_spent) firmware_power_up(&world->firmware);
    port->moods.is_spent = is_open;
}

static void unplug(struct board_port *port) {
    port->is_gone = true;
    close_one(&port->fd);
    close_one(&port->slave_fd);
    close_one(&port->listen_fd);
}

static void put(struct board_port *port, const unsigned char *bytes, size_t count) {
    for (size_t done = 0; done < count && port->fd >= 0;) {
        ssize_t n = port->listen_fd >= 0 ? send(port->fd, bytes + done, count - done, MSG_NOSIGNAL)
                                         : write(port->fd, bytes + done, count - done);
        if (n <= 0) break; /* nobody reads: a real board's bytes are lost as well */
        done += (size_t)n;
    }
}

void board_port_exchange(struct board_port *port, struct world *world, int64_t now_ns) {
    unsigned char in[PIECE], said[PIECE], out[2 * PIECE + 64];
    if (moods_is_gone(&port->moods, now_ns) && !port->is_gone) unplug(port);
    if (port->listen_fd >= 0) accept_peer(port, world);
    ssize_t got = port->fd >= 0 ? read(port->fd, in, sizeof in) : -1;
    if (port->fd >= 0) note_opening(port, world, got >= 0 || errno == EAGAIN);
    if (got == 0 && port->listen_fd >= 0) close_one(&port->fd); /* the peer has gone */
    if (got > 0) {
        moods_to_board(&port->moods, in, (size_t)got, now_ns);
        world_on_bytes(world, in, (size_t)got, now_ns);
    } else {
        world_step(world, now_ns);
    }
    size_t count = firmware_take_output(&world->firmware, said, sizeof said);
    put(port, out, moods_to_host(&port->moods, said, count, now_ns, out, sizeof out));
    if (port->moods.wants_restart) {
        port->moods.wants_restart = false;
        firmware_power_up(&world->firmware);
    }
}
