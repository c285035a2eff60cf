/* Between the virtual rig's own files. */
#ifndef SMPRIG_SIM_VIRTUAL_PRIVATE_H
#define SMPRIG_SIM_VIRTUAL_PRIVATE_H

#include "sim/virtual.h"

extern const struct guard_edge virtual_edge; /* its context is the virtual rig */
/* News for the session that cannot be refused. */
void virtual_hear(struct virtual_rig *rig, struct session_news news);
/* Entries from the outbox to the disk, and word of what is durable. */
void virtual_run_disk(struct virtual_rig *rig);
int64_t virtual_disk_next_ns(const struct virtual_rig *rig);
bool virtual_daemon_runs(const struct virtual_rig *rig);

/* --- what the daemon learns of the head (virtual_sensors.c) --- */

/* When the next frames and their pose are there. */
int64_t virtual_frame_due_ns(const struct virtual_rig *rig);
void virtual_take_frame(struct virtual_rig *rig);
/* A fresh program knows of no head. */
void virtual_begin_filter(struct virtual_rig *rig);

#endif
