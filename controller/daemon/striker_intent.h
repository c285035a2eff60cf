/* A dot's intent, which is durable before the dot is struck. When the disk is slower than the
 * needle, the needle waits away from the skin, the intent is kept, and the needle comes back to the
 * dot once it is durable. Between the striker's own files. */
#ifndef SMPRIG_CONTROLLER_DAEMON_STRIKER_INTENT_H
#define SMPRIG_CONTROLLER_DAEMON_STRIKER_INTENT_H

#include "controller/daemon/striker.h"

/* The needle leaves the aim's dot for a while: its intent stays if it waits for the disk, else it
 * is voided. */
void intent_keep(struct striker *striker, struct outbox *outbox, int64_t now_ns);
/* The kept one is of no use any more; no effect when there is none. */
void intent_void(struct striker *striker, struct outbox *outbox, int64_t now_ns);
/* Whether the dot's kept intent still waits for the disk. One of another dot is voided. */
bool intent_is_late(struct striker *striker, uint32_t index, struct outbox *outbox, int64_t now_ns);
/* The entry that must be durable before the dot is struck: the kept one, or a new one. */
uint64_t intent_take(struct striker *striker, uint32_t index, struct outbox *outbox,
                     int64_t now_ns);

#endif
