/* The gate: the only maker of a cleared command, and wire_encode() takes nothing else. A way around
 * the gate does not compile.
 *
 * Pure: no I/O, no clock, no heap, no thread. What it knows of the world is told to it (poses,
 * status reports, dots' fates); what it allows is decided here alone. The zero value of everything
 * denies. */
#ifndef SMPRIG_SAFETY_GATE_H
#define SMPRIG_SAFETY_GATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/field_view.h"
#include "base/geom.h"
#include "safety/gate_types.h"

enum cleared_kind {
    CLEARED_TRAVEL,
    CLEARED_STRIKE,
    CLEARED_WITHDRAW, /* the needle alone, to retracted */
    CLEARED_KIND_COUNT
};

/* Opaque; lives inside the gate, valid until the next call that clears something. */
struct cleared_command;

enum cleared_kind cleared_kind(const struct cleared_command *command);
/* Line number for the N word, 1..99,999,998, rising with each cleared command: by one, after a
 * travel by two, for it is sent twice and the second time under the number between. */
uint32_t cleared_line(const struct cleared_command *command);
/* Travel: target of positioning axis i, mm or rad, in the rig file's order. */
double cleared_axis(const struct cleared_command *command, int axis);
/* Strike: needle travel from retracted, mm, > 0. */
double cleared_stroke_mm(const struct cleared_command *command);
/* Strike: plunge speed, mm/s. */
double cleared_plunge_mm_s(const struct cleared_command *command);

/* Why a command was refused. */
enum gate_reason {
    GATE_CLEARED,
    GATE_NOT_BOUND,        /* no rig, scan or plan: the zero gate refuses everything */
    GATE_NUMBER,           /* NaN, infinite or absurd */
    GATE_AXIS_LIMIT,       /* a target outside an axis's travel */
    GATE_NEEDLE_IN,        /* lateral motion while the needle is, or may be, in */
    GATE_STRIKE_IN_FLIGHT, /* one strike at a time */
    GATE_TRAVEL_IN_FLIGHT, /* one travel beyond the strike at most */
    GATE_NO_POSE,
    GATE_POSE_OLD,
    GATE_HEAD_UNSURE, /* lost, flinch, few tags or a jump */
    GATE_HEAD_FAST,
    GATE_CLEARANCE, /* the tool would come too near to the head */
    GATE_DOT_UNKNOWN,
    GATE_DOT_NOT_PENDING,
    GATE_NOT_AT_DOT, /* the travel before did not lead to this dot */
    GATE_AIM,        /* the tip would miss the dot */
    GATE_TILT,       /* the needle leans too far from the dot's normal */
    GATE_DEPTH,      /* deeper than the region's ceiling, or not the planned depth */
    GATE_STROKE,     /* longer than the needle may go, or too slow, or with a dwell */
    GATE_PITCH,      /* too near to a dot struck before */
    GATE_CONTACT,    /* the expected contact is not just in time */
    GATE_LINES_USED_UP,
    GATE_LEASE,         /* the daemon's last beat is too old */
    GATE_KEEP_OUT,      /* the dot lies where no needle may go */
    GATE_PASSES,        /* too many layers over this zone in one session */
    GATE_REST,          /* the zone was struck in an earlier session and has not rested */
    GATE_HEAD_JOLTED,   /* a pose of the last moments was not where it was expected */
    GATE_NOT_CONFIRMED, /* the board has not yet shown where the travel leads it */
    GATE_REASON_COUNT
};
/* A clause for people: "the head moves too fast". */
const char *gate_reason_text(enum gate_reason reason);

/* Bind an all-zero gate to a rig, a field and dots, all of which stay the caller's and must not
 * change while bound. Anything missing or outside the compiled ceilings leaves the gate denying. */
void gate_bind(struct gate *gate, const struct gate_rig *rig, const struct field_view *field,
               struct gate_dots dots);

/* What the world says. A jolt is remembered beyond its own pose: see LIMIT_CALM_MS. */
void gate_on_pose(struct gate *gate, const struct gate_pose *pose);
/* Where the rig stands, needle retracted, nothing in flight: after homing and at rest. */
void gate_on_rest(struct gate *gate, const double q[GATE_AXES_MAX]);
/* The line has been executed, as the firmware reports; a strike's dot counts as struck. */
void gate_on_executed(struct gate *gate, uint32_t line);
/* The board has shown that it has the travel of this line as it was sent, or stands at its end. */
void gate_on_confirmed(struct gate *gate, uint32_t line);
/* The command cleared last was not sent after all: the gate stands as before it (a strike's dot
 * stays excluded until the case is bound anew: a doubt is settled towards not striking). */
void gate_on_unsent(struct gate *gate);
/* The board lost its lines: what was in flight is unknown; the needle counts as in until rest. */
void gate_on_lost(struct gate *gate);
/* The daemon lives and works: until then its commands are taken. */
void gate_on_lease(struct gate *gate, int64_t until_ns);
/* From the journal: a dot that is not to be struck, and one that was, or may have been, struck so
 * many hours ago (0: in this session). Unknown ids are ignored. */
void gate_exclude(struct gate *gate, uint32_t dot);
void gate_on_struck(struct gate *gate, uint32_t dot, uint32_t hours_ago);

/* Clear or refuse. A travel that leads straight back along the needle needs no pose and no
 * clearance. On GATE_CLEARED *ret_command is set; otherwise it is untouched and nothing changed. */
enum gate_reason gate_clear_travel(struct gate *gate, const struct gate_travel *travel,
                                   int64_t now_ns, const struct cleared_command **ret_command);
enum gate_reason gate_clear_strike(struct gate *gate, const struct gate_strike *strike,
                                   int64_t now_ns, const struct cleared_command **ret_command);

/* The first motion after a stop: straight out along the needle, to q. Needs no pose and no
 * clearance, since it only leads away from the skin; needs a known place and nothing in flight.
 * GATE_CLEARANCE when it leads anywhere else. */
enum gate_reason gate_clear_retreat(struct gate *gate, const double q[GATE_AXES_MAX],
                                    const struct cleared_command **ret_command);

/* The needle alone straight out to retracted: where it was found in, the first motion and the only
 * one. Needs nothing but that no line is in flight. */
enum gate_reason gate_clear_withdraw(struct gate *gate, const struct cleared_command **ret_command);

/* The head's speed at a point of the rig frame, mm/s, by the newest pose; infinite without one. */
double gate_head_speed_mm_s(const struct gate *gate, struct vec3 p_rig);

#endif
