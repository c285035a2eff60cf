/* One interface for every camera: V4L2, GenICam, recorded sequences, the simulated rig.
 *
 * A source delivers the frames of one or several cameras (a stereo recording or the simulated rig
 * is one source with two cameras), in the order of their arrival. An implementation embeds `struct
 * camera_source` as its first member, fills `operations`, and hands out the pointer from its own
 * open function (camera_sequence_open(), camera_shm_open(), ...).
 *
 *     struct camera_frame frame;
 *     while ((result = camera_next(source, timeout_ns, &frame, &err)) == RESULT_OK) {
 *         ...
 *         camera_frame_release(&frame);
 *     }
 *     camera_close(&source);
 *
 * Pixel convention (OpenCV's): the centre of the top left pixel is (0, 0), x right, y down. */
#ifndef SMPRIG_VISION_CAMERA_H
#define SMPRIG_VISION_CAMERA_H

#include <stdint.h>

#include "base/result.h"

#define CAMERA_COUNT_MAX 4
#define CAMERA_SIDE_PX_MAX 8192 /* a frame wider or higher is refused */

/* An 8-bit grey picture, row-major; does not own its pixels. */
struct image {
    const uint8_t *pixels;
    uint32_t width, height;
    uint32_t stride; /* bytes from row to row, >= width */
};

/* What is known of a frame before anybody looks for a head in it. */
enum frame_status {
    FRAME_UNREADABLE, /* lost, truncated or undecodable: no pixels; the zero value denies */
    FRAME_GOOD,
};

struct camera_frame {
    struct image image; /* width 0 and pixels NULL when unreadable */
    int64_t stamp_ns;   /* middle of the exposure, CLOCK_MONOTONIC (recordings: their own zero) */
    int64_t arrival_ns; /* when the host had the whole frame, same clock; 0: not known */
    uint64_t
        sequence; /* the device's frame counter: rises by one a frame unless frames were lost */
    uint32_t camera_index; /* which camera of the source: index into the camera file */
    enum frame_status status;
    /* The frame owns its memory until camera_frame_release() calls this (NULL: nothing to free). */
    void (*release)(struct camera_frame *frame);
    void *owner; /* release's own word */
};

/* Frees or gives back the frame's memory and clears it; a cleared frame is ignored. */
void camera_frame_release(struct camera_frame *frame);

struct camera_source;

struct camera_operations {
    /* See camera_next(). */
    enum result (*next)(struct camera_source *source, int64_t timeout_ns,
                        struct camera_frame *ret_frame, struct error *err);
    /* Stop the device, free the source. Frames still held stay valid. */
    void (*close)(struct camera_source *source);
};

struct camera_source {
    const struct camera_operations *operations;
    const char *name;      /* for messages: "v4l2 /dev/video0", "sequence DIR" */
    uint32_t camera_count; /* camera_index runs below it */
};

/* Wait up to timeout_ns (0: do not wait) for the next frame. RESULT_OK: *ret_frame is the caller's
 * and must be released; its status may still be FRAME_UNREADABLE, and the source goes on.
 * RESULT_TIMEOUT: no frame in time, ask again. RESULT_CLOSED: the end of a recording, or the device
 * has gone. RESULT_IO: the device failed. */
MUST_USE enum result camera_next(struct camera_source *source, int64_t timeout_ns,
                                 struct camera_frame *ret_frame, struct error *err);

/* Close and set *source to NULL; NULL is ignored. */
void camera_close(struct camera_source **source);

/* A frame whose pixels are fresh heap memory (width * height bytes, freed by its release): for
 * sources that copy. RESULT_RANGE: a side is 0 or above CAMERA_SIDE_PX_MAX. */
MUST_USE enum result camera_frame_allocate(uint32_t width, uint32_t height, uint8_t **ret_pixels,
                                           struct camera_frame *ret_frame);

#endif
