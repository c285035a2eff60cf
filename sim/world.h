/* Board, mechanics, head and skin joined: one step function over the simulated rig. */
#ifndef SMPRIG_SIM_WORLD_H
#define SMPRIG_SIM_WORLD_H

#include <stdio.h>

#include "sim/firmware.h"
#include "sim/scenario.h"
#include "sim/skin.h"

struct world {
    struct rig rig;
    struct scenario scenario;
    struct firmware firmware;
    struct skin skin;
    int64_t start_ns, now_ns; /* start_ns: the scenario's zero */
    struct vec3 jolt;         /* the head stands off by this, rig frame, mm: a flinch, a fault */
    struct pose T_first;      /* the head's pose at the first puncture: an aim frozen there */
    size_t puncture_count;
    FILE *truth; /* CSV, the caller's; NULL: not wanted */
};

void world_init(struct world *world, const struct rig *rig, const struct scenario *scenario,
                const struct field_view *field, int64_t now_ns);
/* Names of the truth file's columns, written when the file is opened. */
void world_open_truth(struct world *world, FILE *truth);
/* Bytes from the host at their time. */
void world_on_bytes(struct world *world, const void *bytes, size_t count, int64_t now_ns);
/* Move on to now_ns, in small steps while the needle is out of its sleeve. */
void world_step(struct world *world, int64_t now_ns);
struct pose world_head_at(const struct world *world, int64_t at_ns);

#endif
