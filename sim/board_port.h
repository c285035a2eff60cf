/* The simulated board's side of its wire: a pty or a TCP port, with a mood in between. */
#ifndef SMPRIG_SIM_BOARD_PORT_H
#define SMPRIG_SIM_BOARD_PORT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/result.h"
#include "sim/moods.h"
#include "sim/world.h"

struct board_port {
    int fd;        /* the pty's master end or the connected peer; -1: nobody there */
    int slave_fd;  /* kept open, so that a pty survives a host that closes it */
    int listen_fd; /* TCP; -1: a pty */
    char link[256];
    struct moods moods;
    bool is_gone; /* unplugged */
};

/* `name`: tcp:PORT listens on the loopback, anything else is the path of a symbolic link that is
 * made to a fresh pty. */
MUST_USE enum result board_port_open(struct board_port *port, const char *name,
                                     const struct moods *moods, struct error *err);
void board_port_close(struct board_port *port);
/* What to poll: the descriptor that wakes the loop, -1 for none. */
int board_port_descriptor(const struct board_port *port);
/* Take what came, let time pass, give what the board says. */
void board_port_exchange(struct board_port *port, struct world *world, int64_t now_ns);

#endif
