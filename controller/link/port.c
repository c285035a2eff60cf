#include "controller/link/port.h"

#include <errno.h>
#include <fcntl.h>
#include <libserialport.h>
#include <limits.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

/* HUPCL off: closing must not drop DTR, which resets many boards. */
static void keep_dtr(int fd) {
    struct termios modes;
    if (tcgetattr(fd, &modes) != 0) return;
    modes.c_cflag &= ~(tcflag_t)HUPCL;
    (void)tcsetattr(fd, TCSANOW, &modes);
}

static enum result open_pty(const char *path, struct port *port, struct error *err) {
    struct termios modes;
    int fd = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return error_set(err, errno == ENOENT ? RESULT_NOT_FOUND : RESULT_IO, "%s: %s", path,
                         errno == EBUSY ? "another program has it open" : strerror(errno));
    if (ioctl(fd, TIOCEXCL) != 0 || tcgetattr(fd, &modes) != 0) {
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
    (void)ioctl(fd, TIOCEXCL);
    keep_dtr(fd);
    *port = (struct port){.fd = fd, .serial = serial};
    return RESULT_OK;
}

static enum result open_tcp(const char *name, struct port *port, struct error *err) {
    char host[256];
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found = NULL;
    const char *colon = strrchr(name, ':');
    if (!colon || (size_t)(colon - name) >= sizeof host)
        return error_set(err, RESULT_FORMAT, "tcp:%s: expected tcp:HOST:PORT", name);
    snprintf(host, sizeof host, "%.*s", (int)(colon - name), name);
    int why = getaddrinfo(host, colon + 1, &hints, &found);
    if (why != 0) return error_set(err, RESULT_NOT_FOUND, "tcp:%s: %s", name, gai_strerror(why));
    int fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;
    bool is_open = fd >= 0 && connect(fd, found->ai_addr, found->ai_addrlen) == 0;
    int saved = errno;
    freeaddrinfo(found);
    if (!is_open) {
        if (fd >= 0) close(fd);
        return error_set(err, RESULT_IO, "tcp:%s: %s", name, strerror(saved));
    }
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    (void)fcntl(fd, F_SETFL, O_NONBLOCK);
    *port = (struct port){.fd = fd};
    return RESULT_OK;
}

enum result port_open(const char *name, int baud, struct port *ret_port, struct error *err) {
    char path[PATH_MAX];
    if (strncmp(name, "tcp:", 4) == 0) return open_tcp(name + 4, ret_port, err);
    if (!realpath(name, path))
        return error_set(err, RESULT_NOT_FOUND, "%s: %s", name, strerror(errno));
    if (strncmp(path, "/dev/pts/", 9) == 0) return open_pty(path, ret_port, err);
    return open_serial(path, baud, ret_port, err);
}

void port_close(struct port *port) {
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
    ssize_t put = write(port->fd, bytes, count);
    if (put < 0 && (errno == EAGAIN || errno == EINTR))
        put = 0;
    else if (put < 0)
        return RESULT_CLOSED;
    *ret_count = (size_t)put;
    return RESULT_OK;
}
