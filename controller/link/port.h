/* The port as a non-blocking descriptor, from three backends:
 *   /dev/...        hardware through libserialport (symlinks such as udev names are resolved first)
 *   a pty           a plain descriptor (Debian's libserialport cannot open one)
 *   tcp:HOST:PORT   a network board
 * Opened exclusively (TIOCEXCL), hang-up on close off (HUPCL), so that opening and closing does not
 * reset the board more than it must. */
#ifndef SMPRIG_CONTROLLER_LINK_PORT_H
#define SMPRIG_CONTROLLER_LINK_PORT_H

#include <stddef.h>

#include "base/result.h"

struct sp_port;

struct port {
    int fd;                 /* -1: closed; for poll() */
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
