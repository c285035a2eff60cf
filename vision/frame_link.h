/* Frames from another process: a SOCK_SEQPACKET unix socket says which slot of a shared memory file
 * holds the newest frame. The first message carries the memory's descriptor (SCM_RIGHTS).
 *
 *     memory: | picture of slot 0 | picture of slot 1 | ... | mark of each slot |
 *
 * A slot's mark says whose picture stands in it whole: a receiver that is late would otherwise take
 * a newer picture for that of an older stamp, or half of each. A sequence lock a slot: Boehm, Can
 * seqlocks get along with programming language memory models?, MSPC 2012. */
#ifndef SMPRIG_VISION_FRAME_LINK_H
#define SMPRIG_VISION_FRAME_LINK_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#define FRAME_LINK_VERSION 2u
#define FRAME_LINK_SLOTS 16u

struct frame_link_hello {
    uint32_t version, camera_count, width, height, slots; /* one 8-bit grey picture a slot */
};

struct frame_link_frame {
    uint32_t slot, camera_index;
    uint64_t sequence;
    int64_t stamp_ns; /* mid-exposure, CLOCK_MONOTONIC */
};

/* The sequence of the frame whose picture a slot holds, plus one; 0 while it is written. */
typedef _Atomic uint64_t frame_link_mark;

static inline size_t frame_link_picture_bytes(const struct frame_link_hello *hello) {
    return (size_t)hello->width * hello->height;
}

/* Where the marks begin. */
static inline size_t frame_link_marks_at(const struct frame_link_hello *hello) {
    size_t end = frame_link_picture_bytes(hello) * hello->slots, align = sizeof(frame_link_mark);
    return (end + align - 1) / align * align;
}

static inline size_t frame_link_memory_bytes(const struct frame_link_hello *hello) {
    return frame_link_marks_at(hello) + hello->slots * sizeof(frame_link_mark);
}

#endif
