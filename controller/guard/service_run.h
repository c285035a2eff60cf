/* One run of a technician's task on a real port: poll loop, keys, signals, wire log. */
#ifndef SMPRIG_CONTROLLER_GUARD_SERVICE_RUN_H
#define SMPRIG_CONTROLLER_GUARD_SERVICE_RUN_H

#include <stdbool.h>

#include "controller/guard/service.h"
#include "controller/link/port.h"

struct service_options {
    const char *port, *rig_path, *old_path, *wire_log, *touches_path, *argument;
    int baud;
    bool is_rig_empty, is_head_watched, writes, is_confirmed, is_json, moves;
    double depth_mm;
};

/* Both return the exit code (sysexits.h) and have printed what there is to say. */
int service_run(enum service_task task, const struct service_options *options,
                const struct rig *rig);
int service_run_conformance(const struct service_options *options);
/* `smprig rig: sentence` on stderr, and the exit code. */
int service_fail(const struct error *err);

#endif
