/* The rig link: one Grbl/grblHAL board as a step function. Bytes, time and cleared commands in;
 * bytes to write and events out. No port, no clock, no heap, no thread: the guard's loop owns the
 * descriptor and calls these; tests and the simulation call the same functions.
 *
 * Never moves anything by itself; after a banner, a lost answer or a closed port it is not ready
 * until a new handshake, and every line that was in flight is reported as lost. */
#ifndef SMPRIG_CONTROLLER_LINK_LINK_H
#define SMPRIG_CONTROLLER_LINK_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/result.h"
#include "motion/rig.h"
#include "safety/gate.h"

enum link_state {
    LINK_DOWN,        /* no port, or the link gave up: `reason` says why; needs link_open */
    LINK_WAKING,      /* waiting for a banner or an answer to the soft reset */
    LINK_IDENTIFYING, /* reading $I and $$ */
    LINK_REFUSED,     /* the board answers, but is not the rig of the file: see differences */
    LINK_READY,       /* handshake whole and settings match; lines may be sent */
    LINK_STATE_COUNT
};

/* Firmware machine states, from `<State...`. */
enum machine_state {
    MACHINE_UNKNOWN,
    MACHINE_IDLE,
    MACHINE_RUN,
    MACHINE_JOG,
    MACHINE_HOLD,
    MACHINE_DOOR,
    MACHINE_HOME,
    MACHINE_ALARM,
    MACHINE_CHECK,
    MACHINE_TOOL,
    MACHINE_SLEEP,
    MACHINE_STATE_COUNT
};

/* Pins of `Pn:`, set = active. */
enum machine_pin {
    PIN_PROBE = 1 << 0,
    PIN_ESTOP = 1 << 1,
    PIN_DOOR = 1 << 2,
    PIN_HOLD = 1 << 3,
    PIN_LIMIT = 1 << 4, /* any of XYZABC */
};

struct machine_status {
    int64_t stamp_ns; /* when the report's last byte came in */
    int64_t asked_ns; /* when its `?` was written */
    enum machine_state state;
    int substate;              /* Hold:n, Door:n; -1 when none */
    double q[RIG_AXES_MAX];    /* positioning axes in rig order, mm or rad */
    double needle_mm;          /* stroke: 0 retracted, positive into the skin */
    uint32_t line;             /* Ln:, 0 when absent */
    int planner_free, rx_free; /* Bf:, -1 when absent */
    uint32_t pins;             /* enum machine_pin */
};

enum link_event_kind {
    LINK_EVENT_NONE,
    LINK_EVENT_READY,    /* handshake done */
    LINK_EVENT_STATUS,   /* a new status report: link_status() */
    LINK_EVENT_ACCEPTED, /* `ok` for line `line`: in the planner, not executed */
    LINK_EVENT_EXECUTED, /* line `line` has been executed, by Ln/Bf/position evidence */
    LINK_EVENT_ERROR,    /* error:`code` for line `line`; sending stops, the latch is handled */
    LINK_EVENT_ALARM,    /* ALARM:`code` */
    LINK_EVENT_RESET,    /* a banner nobody asked for: everything in flight is lost */
    LINK_EVENT_LOST,     /* line `line` was in flight when the link broke: fate unknown */
    LINK_EVENT_SILENT,   /* no answer within the limit */
    LINK_EVENT_GARBLED,  /* an answer that no Grbl gives, or an answer too many */
    LINK_EVENT_POSITION, /* reported and commanded position differ beyond the limit at rest */
    LINK_EVENT_CLOSED,   /* the port has gone */
    LINK_EVENT_PROBE,    /* [PRB:...]: `code` 1 touched, 0 not; position in link_probe() */
    LINK_EVENT_REFUSED,  /* the handshake found a wrong board or settings */
    LINK_EVENT_HOMED,    /* $H answered ok and the board is idle */
    LINK_EVENT_KIND_COUNT
};

struct link_event {
    enum link_event_kind kind;
    int64_t stamp_ns;
    uint32_t line;
    int code;
    char text[128]; /* one sentence for the operator */
};

/* What the guard may ask of the board beside cleared commands. */
enum link_request {
    LINK_HOLD,        /* ! */
    LINK_RESUME,      /* ~ */
    LINK_SOFT_RESET,  /* 0x18 */
    LINK_JOG_CANCEL,  /* 0x85 */
    LINK_HOME,        /* $H */
    LINK_UNLOCK,      /* $X */
    LINK_OUTPUTS_OFF, /* explicit off commands for aux outputs and spindle */
    LINK_REQUEST_COUNT
};

#define LINK_STORAGE_BYTES 65536

/* Opaque state in caller's memory; sized by a static assert in link.c. */
struct link {
    _Alignas(16) unsigned char storage[LINK_STORAGE_BYTES];
};

void link_init(struct link *link, const struct rig *rig);
/* The port is open: start waking the board (soft reset if no banner comes). */
void link_open(struct link *link, int64_t now_ns);
void link_on_closed(struct link *link, int64_t now_ns);
void link_on_bytes(struct link *link, const void *bytes, size_t count, int64_t now_ns);
/* Timeouts and status polling; call at least every link_next_ns(). */
void link_tick(struct link *link, int64_t now_ns);
int64_t link_next_ns(const struct link *link);

/* Bytes to write to the port: copy up to `size`; real-time bytes come first. */
size_t link_take_output(struct link *link, void *buffer, size_t size);
/* The next event, false when there is none. */
bool link_take_event(struct link *link, struct link_event *ret_event);

/* Queue one cleared command's line. RESULT_LIMIT when RX counting or the one-strike-one-travel rule
 * leaves no room, RESULT_REFUSED when not ready: nothing is queued then. */
MUST_USE enum result link_send(struct link *link, const struct cleared_command *command,
                               int64_t now_ns);
MUST_USE enum result link_ask(struct link *link, enum link_request request, int64_t now_ns);

enum link_state link_state(const struct link *link);
const struct machine_status *link_status(const struct link *link);
/* Lines sent and not yet reported executed. */
int link_in_flight(const struct link *link);

#endif
