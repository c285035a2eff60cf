/* Frames from another process: a SOCK_SEQPACKET unix socket says which slot of a shared memory file
 * holds the newest frame. The first message carries the memory's descriptor (SCM_RIGHTS). */
#ifndef SMPRIG_VISION_FRAME_LINK_H
#define SMPRIG_VISION_FRAME_LINK_H

#include <stdint.h>

#define FRAME_LINK_VERSION 1u
#define FRAME_LINK_SLOTS 16u

struct frame_link_hello {
    uint32_t version, camera_count, width, height, slots; /* one 8-bit grey picture a slot */
};

struct frame_link_frame {
    uint32_t slot, camera_index;
    uint64_t sequence;
    int64_t stamp_ns; /* mid-exposure, CLOCK_MONOTONIC */
};

#endif
