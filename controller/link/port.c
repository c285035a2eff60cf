#include "controller/link/port.h"

#include <errno.h>
#include <fcntl.h>
#include <libserialport.h>
#include <limits.h>
#include <linux/serial.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include "controller/link/port_find.h"

#define TCP_CONNECT_MS 3000

/* Exclusive for everybody (TIOCEXCL), and by a lock for the superuser, whom that does not stop. */
static bool keep_exclusive(int fd) {
    return ioctl(fd, TIOCEXCL) == 0 && flock(fd, LOCK_EX | LOCK_NB) == 0;
}

/* HUPCL off: closing must not drop DTR, which resets many boards. */
static void keep_dtr(int fd) {
    struct termios modes;
    if (tcgetattr(fd, &modes) != 0) return;
    modes.c_cflag &= ~(tcflag_t)HUPCL;
    (void)tcsetattr(fd, TCSANOW, &modes);
}

/* USB bridges collect bytes for up to 16 ms unless told not to; drivers without the flag refuse. */
static void ask_low_latency(int fd) {
    struct serial_struct serial;
    if (ioctl(fd, TIOCGSERIAL, &serial) != 0) return;
    serial.flags = (int)((unsigned)serial.flags | ASYNC_LOW_LATENCY);
    (void)ioctl(fd, TIOCSSERIAL, &serial);
}

static enum result open_pty(const char *path, struct port *port, struct error *err) {
    struct termios modes;
    int fd = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return error_set(err, errno == ENOENT ? RESULT_NOT_FOUND : RESULT_IO, "%s: %s", path,
                         errno == EBUSY ? "another program has it open" : strerror(errno));
    if (!keep_exclusive(fd)) {
        close(fd);
        return error_set(err, RESULT_REFUSED, "%s: another program has it open", path);
    }
    if (tcgetattr(fd, &modes) != 0) {
        close(fd);
        return error_set(err, RESULT_IO, "%s: not a serial port: %s", path, strerror(errno));
    }
    cfmakeraw(&modes);
    modes.c_cflag &= ~(tcflag_t)HUPCL;
    (void)tcsetattr(fd, TCSANOW, &modes);
    *port = (struct port){.fd = fd};
    return RESULT_OK;
}

static enum result serial_error(const char *path, struct error *err) {
    char *why = sp_last_error_message();
    enum result result = error_set(err, RESULT_IO, "%s: %s", path, why && *why ? why : "refused");
    sp_free_error_message(why);
    return result;
}

static enum result open_serial(const char *path, int baud, struct port *port, struct error *err) {
    struct sp_port *serial = NULL;
    int fd = -1;
    if (sp_get_port_by_name(path, &serial) != SP_OK)
        return error_set(err, RESULT_NOT_FOUND, "%s: no such serial port", path);
    if (sp_open(serial, SP_MODE_READ_WRITE) != SP_OK) {
        enum result result = serial_error(path, err);
        sp_free_port(serial);
        return result;
    }
    if (sp_set_baudrate(serial, baud) != SP_OK || sp_set_bits(serial, 8) != SP_OK ||
        sp_set_parity(serial, SP_PARITY_NONE) != SP_OK || sp_set_stopbits(serial, 1) != SP_OK ||
        sp_set_flowcontrol(serial, SP_FLOWCONTROL_NONE) != SP_OK ||
        sp_get_port_handle(serial, &fd) != SP_OK) {
        enum result result = serial_error(path, err);
        sp_close(serial);
        sp_free_port(serial);
        return result;
    }
    if (!keep_exclusive(fd)) {
        sp_close(serial);
        sp_free_port(serial);
        return error_set(err, RESULT_REFUSED, "%s: another program has it open", path);
    }
    keep_dtr(fd);
    ask_low_latency(fd);
    (void)sp_flush(serial, SP_BUF_BOTH); /* what came before is nobody's answer */
    *port = (struct port){.fd = fd, .serial = serial};
    return RESULT_OK;
}

/* Connect within a limit: a board that is off must not stop the guard's loop for minutes. */
static bool connect_within(int fd, const struct addrinfo *address) {
    struct pollfd set = {fd, POLLOUT, 0};
    int failure = 0;
    socklen_t size = sizeof failure;
    if (connect(fd, address->ai_addr, address->ai_addrlen) == 0) return true;
    if (errno != EINPROGRESS) return false;
    int ready = poll(&set, 1, TCP_CONNECT_MS);
    if (ready == 0) errno = ETIMEDOUT;
    if (ready <= 0) return false;
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &failure, &size) != 0) return false;
    errno = failure;
    return failure == 0;
}

static enum result open_tcp(const char *name, struct port *port, struct error *err) {
    char host[256];
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found = NULL;
    const char *colon = strrchr(name, ':');
    if (!colon || colon == name || !colon[1] || (size_t)(colon - name) >= sizeof host)
        return error_set(err, RESULT_FORMAT, "tcp:%s: expected tcp:HOST:PORT", name);
    snprintf(host, sizeof host, "%.*s", (int)(colon - name), name);
    int why = getaddrinfo(host, colon + 1, &hints, &found);
    if (why != 0) return error_set(err, RESULT_NOT_FOUND, "tcp:%s: %s", name, gai_strerror(why));
    int fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), one = 1;
    bool is_open = fd >= 0 && connect_within(fd, found);
    int saved = errno;
    freeaddrinfo(found);
    if (!is_open) {
        if (fd >= 0) close(fd);
        return error_set(err, RESULT_IO, "tcp:%s: %s", name, strerror(saved));
    }
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    *port = (struct port){.fd = fd, .is_socket = true};
    return RESULT_OK;
}

enum result port_open(const char *name, int baud, struct port *ret_port, struct error *err) {
    char found[PORT_PATH_MAX], path[PATH_MAX];
    if (strncmp(name, "tcp:", 4) == 0) return open_tcp(name + 4, ret_port, err);
    enum result result = port_find(name, found, sizeof found, err);
    if (result != RESULT_OK) return result;
    if (!realpath(found, path))
        return error_set(err, RESULT_NOT_FOUND, "%s: %s", found, strerror(errno));
    if (strncmp(path, "/dev/pts/", 9) == 0) return open_pty(path, ret_port, err);
    return open_serial(path, baud, ret_port, err);
}

void port_close(struct port *port) {
    /* Where somebody else holds the line as well (a simulated board), a close alone does not end
     * the exclusion, and it would keep ourselves out. */
    if (port->fd >= 0) (void)ioctl(port->fd, TIOCNXCL);
    if (port->serial) {
        sp_close(port->serial);
        sp_free_port(port->serial);
    } else if (port->fd >= 0) {
        close(port->fd);
    }
    *port = (struct port){.fd = -1};
}

enum result port_read(struct port *port, void *buffer, size_t size, size_t *ret_count) {
    ssize_t got = read(port->fd, buffer, size);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        got = 0;
    else if (got <= 0)
        return RESULT_CLOSED;
    *ret_count = (size_t)got;
    return RESULT_OK;
}

enum result port_write(struct port *port, const void *bytes, size_t count, size_t *ret_count) {
    /* A socket whose peer has gone must not end the guard by a signal. */
    ssize_t put = port->is_socket ? send(port->fd, bytes, count, MSG_NOSIGNAL)
                                  : write(port->fd, bytes, count);
    if (put < 0 && (errno == EAGAIN || errno == EINTR))
        put = 0;
    else if (put < 0)
        return RESULT_CLOSED;
    *ret_count = (size_t)put;
    return RESULT_OK;
}
