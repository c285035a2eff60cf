/* Between the striker's own files. */
#ifndef SMPRIG_CONTROLLER_DAEMON_STRIKER_FATE_H
#define SMPRIG_CONTROLLER_DAEMON_STRIKER_FATE_H

#include "controller/daemon/striker.h"

/* Note the fate, and count it. */
void striker_set_fate(struct striker *striker, uint32_t index, enum dot_fate fate);
/* What became of its strike is not known. */
void striker_doubt(struct striker *striker, uint32_t index, const char *why, struct outbox *outbox,
                   int64_t now_ns);

#endif
