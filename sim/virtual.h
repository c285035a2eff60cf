/* A whole session in one process on a virtual clock: the daemon's session, the guard's core, the
 * simulated board, head and skin, and a noise model in place of the cameras. Event-driven: time
 * goes from one moment at which something is due to the next. Deterministic: the same inputs and
 * seed give the same bytes. */
#ifndef SMPRIG_SIM_VIRTUAL_H
#define SMPRIG_SIM_VIRTUAL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/rng.h"
#include "controller/daemon/session_news.h"
#include "controller/guard/guard_news.h"
#include "controller/journal/fates.h"
#include "sim/pipe.h"
#include "sim/virtual_cameras.h"
#include "sim/world.h"
#include "vision/filter.h"
#include "vision/slip_guard.h"

struct virtual_rig;

/* Told of everything that passes between the parts; any may be NULL. */
struct virtual_watch {
    void *context;
    void (*on_request)(void *context, const struct guard_request *request); /* daemon to guard */
    void (*on_event)(void *context, const struct guard_event *event);   /* as the guard tells it */
    void (*on_entry)(void *context, const struct journal_entry *entry); /* once durable */
    /* As the guard writes and reads them; the cable may have changed them. */
    void (*on_bytes)(void *context, const unsigned char *bytes, size_t count, bool is_to_board);
    void (*on_step)(void *context, const struct world *world); /* each small step of the truth */
    void (*on_tick)(void *context, const struct virtual_rig *rig); /* each moment, at its end */
};

struct virtual_setup {
    const struct rig *rig;
    const struct scenario *scenario;
    const struct field_view *field; /* of the scan: the true skin, and what both programs know */
    const struct dot_plan *plan;    /* in the order of striking */
    uint8_t *fates;                 /* by plan index; changed as the session goes */
    uint64_t seed;
    double pose_noise_mm;            /* of a measured pose, each axis */
    struct virtual_cameras *cameras; /* frames are drawn and tracked; NULL: the noise model */
    int64_t link_delay_ns;           /* each way */
    int64_t journal_delay_ns;        /* from an entry to its being durable */
    FILE *truth;                     /* CSV of punctures; NULL: not wanted */
    struct virtual_watch watch;
    struct record_writer *session_record, *guard_record; /* open ones are written; NULL: none */
};

/* What is wrong with the sensors; all zero: nothing. */
struct virtual_sensor_fault {
    enum head_reason miss;   /* the tracker gives no pose, for this reason; NONE: it does */
    bool are_frames_stopped; /* nothing comes at all */
    struct vec3 offset_mm;   /* of each measured pose */
    int64_t late_ns;         /* frames come so much later than stamped */
    int64_t stamp_shift_ns;  /* stamps are wrong by this */
};

/* The noise model's slip watch: it sees the shift exactly. */
struct virtual_slip {
    struct slip_guard guard;
    struct vec3 first_mm; /* where the ring sat at the first look */
    bool has_first;
    int looks_over;
};

/* The journal's disk: entries become durable in order, or never. */
struct virtual_disk {
    struct fates fates; /* what a reader of the case file would find */
    struct journal_entry waiting[OUTBOX_ENTRIES_MAX];
    int64_t due_ns[OUTBOX_ENTRIES_MAX];
    size_t first, count;
    uint64_t durable;       /* entries of this daemon that are on the disk */
    uint64_t refused_count; /* entries that the rule book forbids: must stay 0 */
    bool is_broken;
};

/* Events on their way from the guard to the daemon: the socket's queue. */
#define VIRTUAL_INBOX_MAX 256

struct virtual_rig {
    struct virtual_setup setup;
    struct world world;
    struct guard guard;
    struct session session;
    struct outbox outbox;
    struct head_filter filter;
    struct rng rng;
    struct pipe to_board, to_host;
    struct guard_event inbox[VIRTUAL_INBOX_MAX];
    size_t inbox_first, inbox_count;
    struct virtual_disk disk;
    struct virtual_sensor_fault sensor;
    struct virtual_slip slip;
    struct gate_dot *dots; /* owned: the guard's own copy of the plan, sorted by id */
    uint32_t *order;       /* owned */
    /* The guard's own keep-outs: the plan's, and a lesion found where dots are planned. */
    struct gate_keep_out *keep_outs; /* owned */
    struct keep_out lesion;
    int64_t now_ns, frame_ns;
    int64_t daemon_wakes_ns, guard_wakes_ns; /* stopped until then (SIGSTOP); past: they run */
    uint32_t inputs;                         /* enum guard_input that hold when a daemon starts */
    bool has_daemon, has_guard, is_cable_out, has_wrong_files;
};

MUST_USE enum result virtual_create(const struct virtual_setup *setup, struct virtual_rig **ret_rig,
                                    struct error *err);
void virtual_destroy(struct virtual_rig **rig);
/* To the next moment at which something is due, at most to end_ns. */
void virtual_step(struct virtual_rig *rig, int64_t end_ns);
/* Move on by duration_ns. */
void virtual_run(struct virtual_rig *rig, int64_t duration_ns);
bool virtual_is_over(const struct virtual_rig *rig);

/* The one way to the daemon's session and to the guard; news of this moment. */
MUST_USE enum result virtual_tell_session(struct virtual_rig *rig, struct session_news *news,
                                          struct error *err);
void virtual_tell_guard(struct virtual_rig *rig, struct guard_news news);

/* The guard's own copy of a plan, sorted by id, every dot pending: what it reads from the plan's
 * file. `ret_dots` has room for them. */
void gate_dots_of_plan(const struct dot_plan *plan, struct gate_dot *ret_dots);

/* --- what may happen to the parts (virtual_faults.c) --- */

/* kill -9, and a fresh program that takes the case up from its file. */
void virtual_kill_daemon(struct virtual_rig *rig);
void virtual_start_daemon(struct virtual_rig *rig);
void virtual_kill_guard(struct virtual_rig *rig);
void virtual_start_guard(struct virtual_rig *rig);
void virtual_pull_cable(struct virtual_rig *rig);
void virtual_plug_cable(struct virtual_rig *rig);
void virtual_break_disk(struct virtual_rig *rig, const char *why);
/* An operator's call; refusals are the operator's to read, and ignored here. */
void virtual_call(struct virtual_rig *rig, enum session_call call);
/* A permissive comes or goes (enum guard_input). */
void virtual_set_input(struct virtual_rig *rig, uint32_t input, bool holds);
/* Where the plan must not be followed, head frame, for guard and truth alike; radius 0: nowhere. */
void virtual_mark_lesion(struct virtual_rig *rig, struct vec3 p_head, double radius_mm);
/* A request that the session never made, with a sequence that the guard will take. */
void virtual_forge_request(struct virtual_rig *rig, struct guard_request request);

#endif
