/* Values to bytes and back by one description: the same function lists a message's fields once, and
 * a codec that writes appends them, a codec that reads fills them in.
 *
 * A codec that compares reads too, and says whether each value is as the bytes have it: doubles
 * within CODEC_SAME of each other and times within CODEC_SAME_NS are, so that another compiler's
 * last digit is no difference.
 *
 * Whole numbers are varints (LEB128, 7 bits a byte, least first; signed ones zigzag), doubles are 8
 * bytes of IEEE 754, least first, texts and bytes are preceded by their length. A codec that ran
 * out of room, or read what cannot be, is not whole from then on: it then writes nothing and reads
 * zeros. */
#ifndef SMPRIG_BASE_CODEC_H
#define SMPRIG_BASE_CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/geom.h"
#include "base/result.h"

#define CODEC_SAME 1e-6 /* absolute up to 1, relative above: a nanometre, a microradian */
#define CODEC_SAME_NS 1000

struct codec {
    unsigned char *to;         /* writing: where the next byte goes; NULL: reading */
    const unsigned char *from; /* reading: the next byte */
    size_t left;               /* room, or bytes to read */
    bool is_whole;
    bool is_comparing, is_same;
};

struct codec codec_to_write(void *buffer, size_t size);
struct codec codec_to_read(const void *bytes, size_t size);
struct codec codec_to_compare(const void *bytes, size_t size);
/* Reading, and nothing is left over. */
bool codec_is_at_end(const struct codec *codec);

void codec_u64(struct codec *codec, uint64_t *value);
void codec_i64(struct codec *codec, int64_t *value);
void codec_int(struct codec *codec, int *value);
void codec_ns(struct codec *codec, int64_t *value_ns); /* a time */
/* Not whole when it is above `most`. */
void codec_u32(struct codec *codec, uint32_t *value, uint32_t most);
void codec_bool(struct codec *codec, bool *value);
void codec_f64(struct codec *codec, double *value);
void codec_f64s(struct codec *codec, double *values, size_t count);
void codec_vec3(struct codec *codec, struct vec3 *value);
void codec_pose(struct codec *codec, struct pose *value);
/* A text in an array of `size` bytes, NUL included. */
void codec_text(struct codec *codec, char *text, size_t size);
/* How something ended, and in which words. */
void codec_result(struct codec *codec, enum result *result, struct error *err);
/* `count` bytes without their length. */
void codec_bytes(struct codec *codec, void *bytes, size_t count);

/* An enum or a narrow number through a wider one: value is an lvalue, at most `most`. */
#define CODEC_ENUM(codec, value, most)                  \
    do {                                                \
        uint32_t number_ = (uint32_t)(value);           \
        codec_u32((codec), &number_, (uint32_t)(most)); \
        (value) = (__typeof__(value))number_;           \
    } while (0)

#endif
