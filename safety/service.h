/* Service motions: retract, park, jog and probe, by a technician at the empty rig. Like the gate,
 * the only maker of what the wire takes: link_send_service() accepts nothing but a cleared_service.
 *
 * Pure: no I/O, no clock, no heap. Needs an operator's word that no head is in the rig, for there
 * is neither a scan nor a pose to check against; a retract of the needle alone needs none.
 *
 * With a head in the rig, and his word that he watches it, only two motions are left: jogs so slow
 * and short that a hand is faster, and a blunt probe's touch. */
#ifndef SMPRIG_SAFETY_SERVICE_H
#define SMPRIG_SAFETY_SERVICE_H

#include <stdbool.h>

#include "safety/gate_types.h"

enum service_kind {
    SERVICE_RETRACT,  /* the needle to 0, alone */
    SERVICE_PARK,     /* all positioning axes to a place, needle retracted */
    SERVICE_JOG,      /* one positioning axis by a little; it can be cancelled */
    SERVICE_APPROACH, /* all positioning axes by a little, slowly: to a plate and away from it */
    SERVICE_PROBE,    /* the needle out, slowly, until it touches */
    SERVICE_KIND_COUNT
};

struct service_command {
    enum service_kind kind;
    int axis;                /* JOG: positioning axis in rig order */
    double distance;         /* JOG: mm or rad, signed. PROBE: stroke to go at most, mm */
    double speed;            /* JOG, PROBE: mm/s or rad/s. APPROACH: mm and deg alike, a second */
    double q[GATE_AXES_MAX]; /* PARK, APPROACH: target */
};

/* What the board's newest report says, and the operator. */
struct service_facts {
    bool is_rig_empty;    /* the operator's word: no head in it */
    bool is_head_watched; /* his word: one is, it rests, and his hand is at the emergency stop */
    bool is_homed, is_idle;
    bool is_jogging; /* a jog may follow a jog */
    double needle_mm;
    double q[GATE_AXES_MAX];
};

/* The rig file's numbers. */
struct service_rig {
    int axis_count;
    struct gate_axis axes[GATE_AXES_MAX];
    bool is_rotary[GATE_AXES_MAX];
    double stroke_max_mm;
};

enum service_reason {
    SERVICE_CLEARED,
    SERVICE_NOT_EMPTY,
    SERVICE_HEAD, /* not with a head in the rig */
    SERVICE_NOT_HOMED,
    SERVICE_NOT_IDLE,
    SERVICE_NEEDLE_OUT, /* it must be retracted first */
    SERVICE_NUMBER,
    SERVICE_AXIS_LIMIT,
    SERVICE_TOO_FAST,
    SERVICE_TOO_FAR,
    SERVICE_REASON_COUNT
};
const char *service_reason_text(enum service_reason reason);

/* Opaque; in the caller's memory. */
struct cleared_service;
#define SERVICE_CLEARED_BYTES 128
struct service_clearance {
    _Alignas(8) unsigned char storage[SERVICE_CLEARED_BYTES];
};

/* Clear or refuse. On SERVICE_CLEARED *ret_cleared points into the clearance. */
enum service_reason service_clear(struct service_clearance *clearance,
                                  const struct service_rig *rig, const struct service_facts *facts,
                                  const struct service_command *command,
                                  const struct cleared_service **ret_cleared);

const struct service_command *service_cleared_command(const struct cleared_service *cleared);

#endif
