/* The port as a non-blocking descriptor, from three backends:
 *   /dev/...        hardware through libserialport; also usb:VID:PID[:SERIAL] and auto
 * (port_find.h) a pty           a plain descriptor (Debian's libserialport cannot open one)
 *   tcp:HOST:PORT   a network board
 * Symbolic links such as udev names are resolved first. Opened exclusively (TIOCEXCL), hang-up on
 * close off (HUPCL), so that opening and closing does not reset the board more than it must; low
 * latency where the driver can. */
#ifndef SMPRIG_CONTROLLER_LINK_PORT_H
#define SMPRIG_CONTROLLER_LINK_PORT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/result.h"

struct sp_port;

struct port {
    int fd; /* -1: closed; for poll() */
    bool is_socket;
    struct sp_port *serial; /* NULL but for hardware */
};

#define PORT_BAUD_DEFAULT 115200

MUST_USE enum result port_open(const char *name, int baud, struct port *ret_port,
                               struct error *err);
void port_close(struct port *port);
/* RESULT_OK with the count (0: nothing now); RESULT_CLOSED when the port has gone. */
MUST_USE enum result port_read(struct port *port, void *buffer, size_t size, size_t *ret_count);
/* RESULT_OK with how much was taken, maybe less than all; RESULT_CLOSED. */
MUST_USE enum result port_write(struct port *port, const void *bytes, size_t count,
                                size_t *ret_count);

#endif
