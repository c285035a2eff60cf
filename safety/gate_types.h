/* Plain data that the gate takes and keeps. Included by gate.h. */
#ifndef SMPRIG_SAFETY_GATE_TYPES_H
#define SMPRIG_SAFETY_GATE_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/field_view.h"
#include "base/geom.h"
#include "safety/chain.h"

#define GATE_CAPSULES_MAX 8 /* the tool's envelope */
#define GATE_ZONES_MAX 256
#define GATE_LAYERS_MAX 32

enum gate_fate { GATE_FATE_UNKNOWN, GATE_FATE_PENDING, GATE_FATE_STRUCK, GATE_FATE_EXCLUDED };

struct gate_axis {
    double min, max; /* mm or rad */
    double speed_max, acceleration_max;
};

struct gate_capsule {
    struct vec3 a, b; /* tool frame */
    double radius_mm;
};

/* The rig file's numbers; the compiled ceilings of limits.h cap them. */
struct gate_rig {
    struct chain chain;
    int axis_count;
    struct gate_axis axes[GATE_AXES_MAX];
    double stroke_max_mm, needle_speed_mm_s, needle_acceleration_mm_s2;
    double tip_clearance_mm, body_clearance_mm;
    double tilt_tolerance_rad;
    int capsule_count;
    struct gate_capsule capsules[GATE_CAPSULES_MAX];
};

/* One dot of the armed plan, head frame. */
struct gate_dot {
    uint32_t id;
    float p[3], n[3];
    uint16_t depth_um;
    uint8_t region; /* 0 anterior, 1 temporal, 2 posterior */
    uint8_t zone, layer;
    uint8_t fate; /* enum gate_fate */
};

/* A ball that no dot's place may lie in, its margin included; head frame. */
struct gate_keep_out {
    float p[3], radius_mm;
};

struct gate_dots {
    struct gate_dot *dots; /* sorted by id, ids unique */
    size_t count;
    const struct gate_keep_out *keep_outs;
    size_t keep_out_count;
};

/* The newest pose of the head; the zero value is "none". */
struct gate_pose {
    bool is_trusted; /* tracked, not lost, no flinch */
    int64_t stamp_ns;
    struct pose T_rig_head;
    struct twist velocity; /* rig frame, left twist */
    double innovation_sigma;
    uint32_t tags_used;
};

struct gate_travel {
    bool leads_to_dot;
    uint32_t dot;
    int64_t arrive_ns; /* when the tool should be there: the clearance is checked for that moment */
    double q[GATE_AXES_MAX];
};

struct gate_strike {
    uint32_t dot;
    double stroke_mm, plunge_mm_s;
    double dwell_s; /* must be 0 */
    int64_t contact_ns;
};

/* Room for a cleared command, whose layout only gate.c knows. */
#define GATE_CLEARED_BYTES 128

struct gate {
    bool is_bound;
    struct gate_rig rig;
    const struct field_view *field;
    struct gate_dots dots;
    struct gate_pose pose;
    int64_t jolt_ns;  /* stamp of the newest pose that was not calm; 0: none */
    int64_t lease_ns; /* the daemon's beating vouches until then; 0: it never did */
    uint32_t zone_layers[GATE_ZONES_MAX];  /* struck in this session: a bit a layer */
    bool has_zone_to_rest[GATE_ZONES_MAX]; /* struck in an earlier session, too recently */
    double q_before[GATE_AXES_MAX];        /* q before the travel cleared last */
    double q[GATE_AXES_MAX]; /* where the rig is, or will be when all that was cleared is done */
    bool is_placed;          /* q is known: the rig was at rest since the last loss */
    bool is_at_dot;          /* the last travel leads to `at_dot` */
    uint32_t at_dot;
    uint32_t target_line;             /* of the travel that led, or leads, to q */
    bool is_confirmed;                /* the board has shown that it has it as it was sent */
    uint32_t strike_line, strike_dot; /* in flight; line 0: none */
    uint32_t travel_line;             /* newest travel in flight; 0: none */
    /* No sooner can the newest strike have ended, and the newest travel to a dot have arrived. */
    int64_t strike_end_ns, arrival_ns;
    uint32_t last_line;
    _Alignas(8) unsigned char cleared[GATE_CLEARED_BYTES];
};

#endif
