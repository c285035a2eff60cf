/* Board, mechanics, head and skin joined: one step function over the simulated rig. */
#ifndef SMPRIG_SIM_WORLD_H
#define SMPRIG_SIM_WORLD_H

#include <stdio.h>

#include "sim/firmware.h"
#include "sim/scenario.h"
#include "sim/skin.h"

/* A shift of the head on top of the scenario: a flinch, a sneeze, a push. */
struct world_jolt {
    int64_t start_ns, duration_ns; /* duration 0: none */
    struct vec3 shift_mm;          /* rig frame */
    bool returns;                  /* forth and back, sin^2; else it stays, minimum jerk */
};

/* Least distances to the head while the needle is retracted, since the puncture before. */
struct world_clearance {
    double tip_mm, body_mm; /* body: three points along each capsule of the tool */
};

struct world {
    struct rig rig;
    struct scenario scenario;
    struct firmware firmware;
    struct skin skin;
    int64_t start_ns, now_ns; /* start_ns: the scenario's zero */
    struct world_jolt jolt;
    struct vec3 offset_mm;  /* where past jolts have left the head, rig frame */
    double tool_speed_mm_s; /* no tool point is faster, however the axes move */
    double head_speed_mm_s; /* no skin point under the tool is faster, jolts aside */
    struct pose T_first;    /* the head's pose at the first puncture: an aim frozen there */
    int board_axes[RIG_AXES_MAX], board_needle; /* which of the board's axes they are */
    struct axes axes;                           /* where the positioning axes truly are */
    int losing_axis;     /* of the rig: goes so much less far than its board tells it ... */
    double losing_share; /* ... of each way; 0: none does */
    double stroke_mm;
    struct pose T_rig_tool, T_rig_head;
    size_t puncture_count;
    struct puncture last;             /* the newest puncture */
    struct world_clearance clearance; /* measured when the truth is wanted */
    FILE *truth;                      /* CSV, the caller's; NULL: not wanted */
    /* Told of each small step; NULL: nobody wants to know. */
    void (*on_step)(void *context, const struct world *world);
    void *on_step_context;
};

void world_init(struct world *world, const struct rig *rig, const struct scenario *scenario,
                const struct field_view *field, int64_t now_ns);
/* Names of the truth file's columns, written when the file is opened. */
void world_open_truth(struct world *world, FILE *truth);
/* Bytes from the host at their time. */
void world_on_bytes(struct world *world, const void *bytes, size_t count, int64_t now_ns);
/* Move on to now_ns: in steps in which the needle cannot reach the skin, and fine ones near it. */
void world_step(struct world *world, int64_t now_ns);
struct pose world_head_at(const struct world *world, int64_t at_ns);
/* A hand draws the needle out: the board does not know. */
void world_draw_needle(struct world *world, int64_t now_ns);
/* A hand sets the axes that homing does not reach to their zero marks, its board switched off and
 * on for it: it counts from there. */
void world_set_at_marks(struct world *world, int64_t now_ns);
/* From now on the axis goes less far than it is told, by this share of each way, 0.3 mm or deg at
 * the most; its board knows where it is, and goes on by its own count. Homing finds the steps of
 * what it reaches. */
void world_lose_steps(struct world *world, int axis, double share, int64_t now_ns);
/* How far the tool is from where the board's count would have it. */
double world_lost_mm(const struct world *world);
/* The head is shifted from now_ns on; a jolt that still runs ends where it is. */
void world_jolt(struct world *world, const struct world_jolt *jolt, int64_t now_ns);
/* The fastest that the running jolt gets; 0 when there is none. */
double world_jolt_speed_mm_s(const struct world *world);

#endif
