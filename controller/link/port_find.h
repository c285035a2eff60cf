/* Which ports there are, and which one a name means. */
#ifndef SMPRIG_CONTROLLER_LINK_PORT_FIND_H
#define SMPRIG_CONTROLLER_LINK_PORT_FIND_H

#include <stdbool.h>
#include <stddef.h>

#include "base/result.h"

#define PORT_LIST_MAX 32
#define PORT_PATH_MAX 256

struct port_info {
    char path[64];
    char by_id[PORT_PATH_MAX]; /* the lasting name under /dev/serial/by-id, "" when there is none */
    char description[96];
    char serial[48];
    bool is_usb;
    int vid, pid; /* of USB */
};

/* The serial ports of this machine, USB ones first. */
size_t port_list(struct port_info ret_ports[PORT_LIST_MAX]);

/* A name as people give it into one that port_open() takes:
 *   usb:2e8a:000a          the one USB port of that vendor and product
 *   usb:2e8a:000a:E66...   that, by its serial number too
 *   auto                   the one USB serial port there is
 *   anything else          itself
 * RESULT_NOT_FOUND, or RESULT_REFUSED when several fit; the sentence lists them. */
MUST_USE enum result port_find(const char *name, char *ret_name, size_t size, struct error *err);

#endif
