/* The simulated rig's cameras: a thread that renders and sends frames to whoever connects. */
#ifndef SMPRIG_SIM_CAMERA_SERVER_H
#define SMPRIG_SIM_CAMERA_SERVER_H

#include <stdint.h>

#include "base/field_view.h"
#include "base/result.h"
#include "sim/scenario.h"
#include "vision/camera_file.h"
#include "vision/ring_file.h"

struct camera_server_setup {
    const char *socket_path;
    struct camera_set cameras;
    struct tag_ring ring;
    const struct field_view *field; /* of the scan: where the skin's marks lie; the caller's */
    struct scenario scenario;       /* its frame rate and latency too */
    int64_t start_ns;               /* the scenario's zero */
    uint64_t seed;
};

struct camera_server;

MUST_USE enum result camera_server_create(const struct camera_server_setup *setup,
                                          struct camera_server **ret_server, struct error *err);
void camera_server_destroy(struct camera_server **server);

#endif
