/* A whole session in one process on a virtual clock: the daemon's session, the guard's core, the
 * simulated board, head and skin, and a noise model in place of the cameras. Deterministic: the
 * same inputs and seed give the same bytes. */
#ifndef SMPRIG_SIM_VIRTUAL_H
#define SMPRIG_SIM_VIRTUAL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/rng.h"
#include "controller/daemon/session.h"
#include "controller/guard/guard.h"
#include "sim/world.h"
#include "vision/filter.h"

#define VIRTUAL_PIPE_BYTES 8192

struct virtual_setup {
    const struct rig *rig;
    const struct scenario *scenario;
    const struct field_view *field; /* of the scan: the true skin, and what both programs know */
    const struct dot_plan *plan;    /* in the order of striking */
    uint8_t *fates;                 /* by plan index; changed as the session goes */
    uint64_t seed;
    double pose_noise_mm;  /* of a measured pose, each axis */
    int64_t link_delay_ns; /* each way */
    FILE *truth;           /* CSV of punctures; NULL: not wanted */
    /* Told of each journal entry; NULL: not wanted. */
    void (*on_entry)(void *context, const struct journal_entry *entry);
    void *context;
};

/* Bytes on their way, in order. */
struct virtual_pipe {
    unsigned char bytes[VIRTUAL_PIPE_BYTES];
    int64_t due_ns[VIRTUAL_PIPE_BYTES];
    size_t first, count;
};

struct virtual_rig {
    struct virtual_setup setup;
    struct world world;
    struct guard guard;
    struct session session;
    struct outbox outbox;
    struct head_filter filter;
    struct rng rng;
    struct virtual_pipe to_board, to_host;
    struct gate_dot *dots; /* owned: the guard's own copy of the plan, sorted by id */
    uint32_t *order;       /* owned */
    int64_t now_ns, frame_ns;
    uint64_t entries;        /* journal entries so far */
    bool are_frames_stopped; /* fault: the cameras give nothing */
};

MUST_USE enum result virtual_create(const struct virtual_setup *setup, struct virtual_rig **ret_rig,
                                    struct error *err);
void virtual_destroy(struct virtual_rig **rig);
/* Move on by duration_ns. */
void virtual_run(struct virtual_rig *rig, int64_t duration_ns);
bool virtual_is_over(const struct virtual_rig *rig);

#endif
