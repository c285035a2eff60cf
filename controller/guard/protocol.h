/* Daemon and guard talk in fixed-size, versioned messages over a SOCK_SEQPACKET unix socket: one
 * packet, one message. Length, version and kind are checked before anything else is read; a message
 * that fails a check is answered with GUARD_EVENT_BAD_MESSAGE and has no other effect.
 *
 * The daemon asks, the guard decides: every motion passes the gate, and a refusal
 * names its reason. */
#ifndef SMPRIG_CONTROLLER_GUARD_PROTOCOL_H
#define SMPRIG_CONTROLLER_GUARD_PROTOCOL_H

#include <stdint.h>

#include "base/file.h"
#include "controller/link/link.h"
#include "motion/rig.h"
#include "vision/head_pose.h"

#define GUARD_PROTOCOL_VERSION 3u
#define GUARD_HEARTBEAT_PERIOD_MS \
    20 /* sent by the daemon's session loop, never by a helper thread */
#define GUARD_HEARTBEAT_LIMIT_MS 95 /* silence beyond this is "daemon gone", seen within 100 ms */
#define GUARD_REPORT_PERIOD_MS 20   /* of the guard's own state: silence is "guard gone" alike */
/* What the daemon vouches for lapses so long after it last said so. */
#define GUARD_INPUTS_PERIOD_MS 100
#define GUARD_INPUTS_LIMIT_MS 500
/* A jog goes on only while the same request keeps coming; the page renews it ten times a second. */
#define GUARD_JOG_RENEW_MS 250
#define GUARD_PATH_MAX 512
#define GUARD_TEXT_MAX 256
#define GUARD_WHY_MAX 192
#define GUARD_NO_DOT UINT32_MAX

enum guard_request_kind {
    GUARD_HELLO = 1, /* first message; carries the version */
    GUARD_LOAD,      /* bind rig, scan and plan files by hash; only while not armed */
    GUARD_CONNECT,   /* open the port and shake hands */
    GUARD_HOME,
    GUARD_ARM, /* after this, rig, scan and plan are immutable */
    GUARD_DISARM,
    GUARD_START, /* allow motion */
    GUARD_HOLD,  /* let the running strike end, then send nothing more */
    GUARD_RESUME,
    GUARD_ABORT, /* hold, then flush and disarm */
    /* A fault whose cause is gone. The board is looked at first if need be, so the answer may come
     * some seconds later; a newer one takes an older one's place. */
    GUARD_ACKNOWLEDGE,
    GUARD_POSE, /* each new head pose */
    GUARD_TRAVEL,
    GUARD_STRIKE,
    GUARD_HEARTBEAT,
    GUARD_INPUTS,   /* conditions that the operator or the daemon vouches for */
    GUARD_DOT_FATE, /* at load: dots that are not pending (done, doubtful, skipped) */
    GUARD_SERVICE,  /* a technician's motion at the empty, homed, disarmed rig */
    GUARD_SERVICE_STOP,
    GUARD_DOCTOR, /* tell the board's settings beside the rig file's */
    GUARD_REQUEST_KIND_COUNT
};

/* Conditions the daemon vouches for (the guard derives all others itself). */
enum guard_input {
    GUARD_INPUT_DEADMAN_HELD = 1 << 0,
    GUARD_INPUT_CLIENT_PRESENT = 1 << 1,
    GUARD_INPUT_CALIBRATED = 1 << 2,
    GUARD_INPUT_REGISTERED = 1 << 3,
    GUARD_INPUT_CASE_CLEARED = 1 << 4, /* screening, identity, intervals */
    GUARD_INPUT_JOURNAL_HEALTHY = 1 << 5,
    GUARD_INPUT_PIGMENT_READY = 1 << 6,
    GUARD_INPUT_NEEDLE_READY = 1 << 7,
};

struct guard_load {
    char rig_path[GUARD_PATH_MAX], scan_path[GUARD_PATH_MAX], plan_path[GUARD_PATH_MAX];
    char rig_sha256[SHA256_HEX_SIZE], scan_sha256[SHA256_HEX_SIZE], plan_sha256[SHA256_HEX_SIZE];
};

struct guard_travel {
    uint32_t dot; /* the dot that this travel leads to, or GUARD_NO_DOT (park, wipe, cup) */
    struct axes target;
    int64_t arrive_ns; /* when the tool should be there */
};

struct guard_strike {
    uint32_t dot;
    double stroke_mm, plunge_mm_s;
    double dwell_s;     /* must be 0: no board makes one that is short enough */
    int64_t contact_ns; /* when the tip is expected at the skin */
};

/* As the journal numbers its fates (controller/journal/journal.h). */
enum guard_fate { GUARD_DOT_DONE = 1, GUARD_DOT_SKIPPED, GUARD_DOT_DOUBTFUL };

struct guard_dot_fate {
    uint32_t dot;
    uint32_t fate;      /* enum guard_fate; another number counts as done */
    uint32_t hours_ago; /* done, doubtful: since it was, or may have been, struck */
};

/* One motion of safety/service.h. A park's target and all limits are the guard's own. */
struct guard_service {
    uint32_t kind;         /* enum service_kind */
    uint32_t is_rig_empty; /* boolean: the technician's word */
    int32_t axis;          /* JOG: in rig order */
    int32_t direction;     /* JOG: -1 or 1 */
    uint32_t renews;       /* JOG, boolean: goes on with one under way, never begins one */
    double speed;          /* JOG: mm/s or rad/s; PROBE: mm/s */
    double distance_mm;    /* PROBE: stroke at most */
};

/* A setting that the rig file has a word about; the event's text says why. */
struct guard_setting {
    char name[48]; /* what it is for, with its unit */
    int32_t number;
    uint32_t rule, level; /* enum setting_rule, enum setting_level */
    uint32_t is_listed, agrees;
    double board, wanted;
    char axis; /* '\0': of no axis */
};

struct guard_request {
    uint32_t version, kind; /* kind: enum guard_request_kind */
    uint64_t sequence;      /* rises by one with each request of a connection */
    union {
        struct guard_load load;
        struct head_pose pose;
        struct guard_travel travel;
        struct guard_strike strike;
        struct guard_dot_fate dot_fate;
        struct guard_service service;
        uint32_t inputs; /* GUARD_INPUTS: enum guard_input */
        /* GUARD_ACKNOWLEDGE: boolean, the operator's word: looked at the needle, it is out. It
         * counts where nothing else tells, and never against a sensor that says in. */
        uint32_t says_needle_out;
        uint64_t
            progress; /* GUARD_HEARTBEAT: counts the session's own steps: a hung stage stops it */
    } as;
};

enum guard_event_kind {
    GUARD_EVENT_HELLO = 1,
    GUARD_EVENT_STATE,    /* on each change, and every GUARD_REPORT_PERIOD_MS */
    GUARD_EVENT_MACHINE,  /* each firmware status report */
    GUARD_EVENT_ACCEPTED, /* request `sequence` was cleared and sent as line `line` */
    GUARD_EVENT_REFUSED,  /* request `sequence` was refused: `reason`, `text` */
    GUARD_EVENT_EXECUTED, /* line `line` (dot) has been executed, as the firmware reports */
    GUARD_EVENT_LOST,     /* line `line` was in flight when the link or the run broke: doubtful */
    GUARD_EVENT_BAD_MESSAGE,
    GUARD_EVENT_SERVICE_DONE, /* the service motion of `sequence` has ended; reason 0: as asked */
    GUARD_EVENT_SETTING,      /* one of the doctor's rows; the ACCEPTED that follows ends them */
    GUARD_EVENT_KIND_COUNT
};

struct guard_state_report {
    uint32_t state;       /* enum safety_state (safety/supervisor.h) */
    uint64_t conditions;  /* bits that hold now */
    uint64_t first_cause; /* the condition bit whose loss tripped, 0 when none */
    int64_t tripped_ns;
    uint32_t allows_travel, allows_strike; /* booleans, fixed width */
};

struct guard_event {
    uint32_t version, kind; /* kind: enum guard_event_kind */
    uint64_t sequence;      /* the request it answers, or 0 */
    int64_t stamp_ns;
    uint32_t dot, line;
    uint32_t command; /* ACCEPTED, EXECUTED, LOST: enum cleared_kind */
    uint32_t reason;  /* REFUSED: enum gate_reason (safety/gate.h) or supervisor's */
    struct guard_state_report state;
    struct machine_status machine;
    struct guard_setting setting;
    double probed_mm;          /* SERVICE_DONE of a probe: stroke at which it touched; NaN: never */
    char text[GUARD_TEXT_MAX]; /* one sentence */
};

#endif
