/* Recorded image sequences as a camera: a folder of images beside an
 * index file (docs/formats.md). */
#ifndef SMPRIG_VISION_CAMERA_SEQUENCE_H
#define SMPRIG_VISION_CAMERA_SEQUENCE_H

#include <stddef.h>
#include <stdint.h>

#include "base/result.h"
#include "vision/camera.h"

#define SEQUENCE_FRAMES_MAX 2000000u
#define SEQUENCE_PATH_MAX 1024
#define SEQUENCE_INDEX_BYTES_MAX (256u << 20)

struct sequence_entry {
    int64_t stamp_ns;
    uint32_t camera_index;
    uint32_t name_offset; /* into sequence_index.names */
};

struct sequence_index {
    struct sequence_entry *entries; /* owned; by rising stamp, ties by camera */
    size_t count;
    char *names; /* owned */
    uint32_t camera_count;
};

/* Parse an index's text. Lines: `t camera_index file` or `t file` (camera 0); blanks or commas
 * between;
 * `#` comments; one heading line of words is skipped. Order need not be sorted. RESULT_FORMAT with
 * `name:line: what, what was expected`: a time that is no finite number, a camera above the limit,
 * an absolute or upward path, the same camera twice at one time, no frame at all. */
MUST_USE enum result sequence_index_parse(const char *name, const char *text, size_t size,
                                          struct sequence_index *ret_index, struct error *err);
void sequence_index_release(struct sequence_index *index);

/* Open a folder: its `index.txt` (or index.csv, frames.txt, images.txt, rgb.txt), or `path` itself
 * when it is an index file. Frames come as fast as they are asked for; an unreadable image comes as
 * a frame with FRAME_UNREADABLE. Stamps are the index's. */
MUST_USE enum result camera_sequence_open(const char *path, struct camera_source **ret_source,
                                          struct error *err);
/* Frames in the sequence, for a progress bar. */
size_t camera_sequence_length(const struct camera_source *source);

#endif
