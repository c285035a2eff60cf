/* The guard's core: a step function. Requests, port bytes, port state and time in; port bytes and
 * events out. The program (smprig_guard.c) owns the descriptors and the clock around it; the
 * whole-system simulation calls the same functions on a virtual clock.
 *
 * It joins link (the board), gate (each command) and supervisor (states and conditions), and it
 * alone decides what is written to the port. */
#ifndef SMPRIG_CONTROLLER_GUARD_GUARD_H
#define SMPRIG_CONTROLLER_GUARD_GUARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/result.h"
#include "controller/guard/protocol.h"

/* What the core needs from its edge. Each is called from within guard_* calls only. */
struct guard_edge {
    void *context;
    /* Open or close the port named at start-up; true when open. */
    bool (*open_port)(void *context);
    void (*close_port)(void *context);
    /* Read a file whole into the guard's start-up arena (no heap), for GUARD_LOAD. NULL on failure. */
    const void *(*read_file)(void *context, const char *path, size_t *ret_size);
};

struct guard; /* one static instance per process; memory from the caller */

size_t guard_size(void);
/* `memory`: guard_size() bytes, 16-aligned, plus arenas the core asks for through guard_edge. */
struct guard *guard_init(void *memory, const struct guard_edge *edge, int64_t now_ns);

void guard_on_daemon(struct guard *guard, bool is_connected, int64_t now_ns);
/* One packet as it came; checked for length, version and kind here. */
void guard_on_request(struct guard *guard, const void *packet, size_t size, int64_t now_ns);
void guard_on_port_bytes(struct guard *guard, const void *bytes, size_t count, int64_t now_ns);
void guard_on_port_closed(struct guard *guard, int64_t now_ns);
void guard_tick(struct guard *guard, int64_t now_ns);
int64_t guard_next_ns(const struct guard *guard);

size_t guard_take_port_bytes(struct guard *guard, void *buffer, size_t size);
bool guard_take_event(struct guard *guard, struct guard_event *ret_event);

#endif
