/* The guard's core: a step function. Requests, port bytes, port state and time in; port bytes and
 * events out. The program (main_smprig_guard.c) owns the descriptors and the clock around it; the
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
#include "safety/gate.h"
#include "safety/sensors.h"
#include "safety/service.h"
#include "safety/supervisor.h"

/* What GUARD_LOAD found, ready to bind: memory of the edge, unchanged while armed. */
struct guard_case {
    struct rig rig;
    struct field_view field;
    struct gate_dots dots;
};

/* What the core needs from its edge; called from within guard_* calls only. */
struct guard_edge {
    void *context;
    /* Open or close the port named at start-up; true when open. */
    bool (*open_port)(void *context);
    void (*close_port)(void *context);
    /* Read rig, scan and plan, check their hashes, build the field. */
    enum result (*load)(void *context, const struct guard_load *load, struct guard_case *ret_case,
                        struct error *err);
};

#define GUARD_EVENTS_MAX 256

/* A technician's motion under way (guard_service.c). */
struct guard_service_run {
    struct service_clearance clearance;
    struct guard_service asked;
    uint64_t sequence; /* of the request that began it */
    bool is_running, is_sent, is_ending;
    bool needs_unlock;                /* a probe's alarm locked the board */
    int idle_reports;                 /* in a row since it was sent */
    int64_t renewed_ns, piece_end_ns; /* JOG */
    double probed_mm;
    char why[GUARD_WHY_MAX]; /* it ends otherwise than asked; "": as asked */
};

struct guard {
    struct guard_edge edge;
    struct link link;
    struct gate gate;
    struct supervisor supervisor;
    struct guard_case loaded;
    bool is_loaded, has_daemon, has_hello, is_port_open, is_aborting;
    uint64_t last_request;  /* sequence numbers only rise */
    uint64_t last_progress; /* of the heartbeat */
    int64_t heartbeat_ns;   /* when progress last rose */
    int64_t now_ns, ticked_ns, report_ns;
    uint32_t inputs; /* enum guard_input, as the daemon said at inputs_ns */
    int64_t inputs_ns;
    struct sensor_levels levels; /* newest, of the guard's own inputs */
    struct sensors sensors;
    struct gate_pose pose;
    bool is_homed, has_position_fault, has_link_fault, has_settings_fault, is_strike_overdue;
    int off_axis;       /* with has_position_fault: which, by its place in the rig; -1: not one */
    int64_t stopped_ns; /* until when it was not stopped */
    int64_t arrived_ns; /* when the newest travel was reported executed */
    bool has_retreated, has_withdrawn, has_reset, has_cut; /* since the rig last ran */
    int ways_lost;                                         /* of the guard's own, since then */
    double reported_q[GATE_AXES_MAX];                      /* of the newest report, asked at ... */
    int64_t reported_ns;
    bool is_place_sure;     /* the two newest reports say the same place, at rest */
    bool is_own_travel;     /* travel_line is the way out, or the needle's */
    bool is_prompt;         /* the guard itself was run in time */
    uint64_t acknowledging; /* the request that waits for strike and board; 0: none */
    bool says_needle_out;   /* the operator's word in it */
    bool has_looked;        /* at the board, for it */
    uint32_t strike_line, strike_dot, travel_line, travel_dot; /* in flight; 0: none */
    int64_t strike_limit_ns;                                   /* a strike must be over by then */
    struct guard_service_run service;
    char why[GUARD_WHY_MAX]; /* the trip in words */
    struct guard_event events[GUARD_EVENTS_MAX];
    size_t event_first, event_count;
};

void guard_init(struct guard *guard, const struct guard_edge *edge, int64_t now_ns);

void guard_on_daemon(struct guard *guard, bool is_connected, int64_t now_ns);
/* One packet as it came; checked for length, version, kind and order here. */
void guard_on_request(struct guard *guard, const void *packet, size_t size, int64_t now_ns);
void guard_on_port_bytes(struct guard *guard, const void *bytes, size_t count, int64_t now_ns);
void guard_on_port_closed(struct guard *guard, int64_t now_ns);
/* Levels of the switches that are wired to the guard's machine; the zero value has none. */
void guard_on_sensors(struct guard *guard, struct sensor_levels levels);
void guard_tick(struct guard *guard, int64_t now_ns);
int64_t guard_next_ns(const struct guard *guard);

size_t guard_take_port_bytes(struct guard *guard, void *buffer, size_t size);
bool guard_take_event(struct guard *guard, struct guard_event *ret_event);

#endif
