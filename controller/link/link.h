/* The rig link: one Grbl/grblHAL board as a step function. Bytes, time and cleared commands in;
 * bytes to write and events out. No port, no clock, no heap, no thread: the guard's loop owns the
 * descriptor and calls these; tests and the simulation call the same functions.
 *
 * Never moves anything by itself: it waits for what still moves, wakes the board, and reads who it
 * is. After a banner or a closed port it is not ready until a new handshake, and every line that
 * was in flight is reported as lost. So it is after an answer that was lost or changed on its way;
 * but a board that goes on answering is let come to rest and begun anew by itself, its position
 * kept: the needle must get away from the skin. */
#ifndef SMPRIG_CONTROLLER_LINK_LINK_H
#define SMPRIG_CONTROLLER_LINK_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/result.h"
#include "controller/link/board_settings.h"
#include "motion/rig.h"
#include "safety/gate.h"
#include "safety/service.h"

#define LINK_AXES_MAX 9       /* of a board: XYZABCUVW */
#define LINK_SETTINGS_MAX 400 /* lines of `$$` that are kept */
#define LINK_TEXT_MAX 160

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
    PIN_MOTOR_FAULT = 1 << 5,
};

struct machine_status {
    int64_t stamp_ns; /* when the report's last byte came in */
    int64_t asked_ns; /* when its `?` was written */
    enum machine_state state;
    int substate;              /* Hold:n, Door:n; -1 when none */
    double q[RIG_AXES_MAX];    /* positioning axes in rig order, mm or rad */
    double needle_mm;          /* stroke: 0 retracted, positive into the skin */
    uint32_t line;             /* Ln:, 0 when absent */
    uint32_t confirmed_line;   /* the newest travel that the board has shown to have as sent */
    int planner_free, rx_free; /* Bf:, -1 when absent */
    uint32_t pins;             /* enum machine_pin */
};

enum link_event_kind {
    LINK_EVENT_NONE,
    LINK_EVENT_READY,     /* handshake done */
    LINK_EVENT_STATUS,    /* a new status report: link_status() */
    LINK_EVENT_ACCEPTED,  /* `ok` for line `line`: in the planner, not executed */
    LINK_EVENT_EXECUTED,  /* line `line` has been executed, by Ln/Bf/position evidence */
    LINK_EVENT_ERROR,     /* error:`code` for line `line`; sending stops, the latch is handled */
    LINK_EVENT_ALARM,     /* ALARM:`code` */
    LINK_EVENT_RESET,     /* a banner nobody asked for: everything in flight is lost */
    LINK_EVENT_LOST,      /* line `line` was in flight when the link broke: fate unknown */
    LINK_EVENT_SILENT,    /* no answer within the limit */
    LINK_EVENT_GARBLED,   /* an answer that no Grbl gives, or an answer too many */
    LINK_EVENT_POSITION,  /* reported and commanded position differ beyond the limit, or the board
                             has not done, or never read, what was sent; code: the axis by its
                             place in the rig, -1: not one axis */
    LINK_EVENT_CLOSED,    /* the port has gone */
    LINK_EVENT_PROBE,     /* [PRB:...]: `code` 1 touched, 0 not; position in link_probe() */
    LINK_EVENT_REFUSED,   /* the handshake found a wrong board or settings */
    LINK_EVENT_HOMED,     /* $H answered ok and the modes are set anew */
    LINK_EVENT_SYNCED,    /* after an error: the queue has ended and the latch is cleared */
    LINK_EVENT_FLUSHED,   /* LINK_FLUSH is done: queue empty, position kept, handshake done anew */
    LINK_EVENT_NEEDLE_IN, /* it is done, and the needle stands in: first of all retract it */
    LINK_EVENT_WRITTEN,   /* a setting was answered: `code` 0, or the board's error */
    LINK_EVENT_DONE,      /* a service line (retract, jog, probe) was answered ok */
    LINK_EVENT_KIND_COUNT
};

struct link_event {
    enum link_event_kind kind;
    int64_t stamp_ns;
    uint32_t line;
    int code;
    char text[LINK_TEXT_MAX]; /* one sentence for the operator */
};

/* What the guard may ask of the board beside cleared commands. None of them begins a motion but
 * LINK_HOME, and LINK_RESUME, which goes on with a held one. */
enum link_request {
    LINK_HOLD,        /* ! */
    LINK_RESUME,      /* ~ */
    LINK_SOFT_RESET,  /* 0x18: while something moves, the position is lost */
    LINK_FLUSH,       /* hold, stand, then reset in hold: queue empty, position kept */
    LINK_STOP,        /* 0x19 (grblHAL): queue empty at once, no ramp */
    LINK_DOOR,        /* 0x84: as an opened door */
    LINK_JOG_CANCEL,  /* 0x85 */
    LINK_HOME,        /* $H */
    LINK_UNLOCK,      /* $X */
    LINK_OUTPUTS_OFF, /* explicit off commands: a hold leaves outputs as they are */
    LINK_CHECK_MODE,  /* $C: lines are checked and not run; asked again, it ends with a reset */
    LINK_FEED_FULL,   /* overrides: feed 100 %, +10, -10, +1, -1, rapids 100, 50, 25 % */
    LINK_FEED_UP_10,
    LINK_FEED_DOWN_10,
    LINK_FEED_UP_1,
    LINK_FEED_DOWN_1,
    LINK_RAPID_FULL,
    LINK_RAPID_HALF,
    LINK_RAPID_QUARTER,
    LINK_REQUEST_COUNT
};

/* The board as its `$I` tells. */
struct link_board {
    char version[32], firmware[32];
    char axes[LINK_AXES_MAX + 1]; /* letters in the order of its reports */
    int planner_blocks, rx_bytes;
    bool is_grblhal;
};

/* A setting the rig file has a word about. */
struct link_setting {
    struct setting_want want;
    double value;
    bool is_listed, agrees;
};

/* A line of `$$` with a number for its value. */
struct board_setting {
    int number;
    double value;
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

/* Bytes to write to the port, in order: copy up to `size`. */
size_t link_take_output(struct link *link, void *buffer, size_t size);
/* The next event, false when there is none. */
bool link_take_event(struct link *link, struct link_event *ret_event);

/* Queue one cleared command's line; a travel's twice, and machine_status.confirmed_line tells when
 * the board has shown that it has it as it was sent. RESULT_LIMIT when RX counting or the
 * one-strike-one-travel rule leaves no room, RESULT_REFUSED when not ready: nothing
 * is queued then. */
MUST_USE enum result link_send(struct link *link, const struct cleared_command *command,
                               int64_t now_ns);
MUST_USE enum result link_ask(struct link *link, enum link_request request, int64_t now_ns);

/* One cleared service motion: retract, park, jog, probe. Same results; one at a time but jogs,
 * which may follow each other once answered. Its line number is 0. */
MUST_USE enum result link_send_service(struct link *link, const struct cleared_service *command,
                                       int64_t now_ns);
/* `$number=value`, once the handshake has read the settings (ready or refused). The answer comes as
 * LINK_EVENT_WRITTEN. Lines follow each other as the receive buffer has room. */
MUST_USE enum result link_write_setting(struct link *link, int number, double value,
                                        int64_t now_ns);
/* Offsets of all work systems and G92 to zero (`$RST=#`); answered as LINK_EVENT_WRITTEN. */
MUST_USE enum result link_clear_offsets(struct link *link, int64_t now_ns);

enum link_state link_state(const struct link *link);
const struct machine_status *link_status(const struct link *link);
/* From LINK_FLUSH, or from an answer that was lost or changed on its way, to the end of the short
 * handshake. */
bool link_is_flushing(const struct link *link);
/* Ready, and neither flushing nor in an error's latch. */
bool link_takes_lines(const struct link *link);
/* Somebody waits for reports: ask for the next one as soon as while something moves. */
void link_hurry(struct link *link);
/* Lines sent and not yet reported executed. */
int link_in_flight(const struct link *link);
const struct link_board *link_board(const struct link *link);
/* What the rig file wants, with what the board has; valid once the handshake has read it. */
size_t link_settings(const struct link *link, const struct link_setting **ret_settings);
size_t link_all_settings(const struct link *link, const struct board_setting **ret_settings);
/* Largest work offset found, mm or deg: the board's commands are shifted by it. */
double link_work_offset(const struct link *link);
/* Where the newest [PRB:...] says that the needle touched: stroke in mm. */
double link_probed_mm(const struct link *link);

#endif
