#include "base/codec.h"

#include <math.h>
#include <string.h>

#define VARINT_BYTES_MAX 10

struct codec codec_to_write(void *buffer, size_t size) {
    return (struct codec){.to = buffer, .left = size, .is_whole = true};
}

struct codec codec_to_read(const void *bytes, size_t size) {
    return (struct codec){.from = bytes, .left = size, .is_whole = true};
}

struct codec codec_to_compare(const void *bytes, size_t size) {
    struct codec codec = codec_to_read(bytes, size);
    codec.is_comparing = codec.is_same = true;
    return codec;
}

bool codec_is_at_end(const struct codec *codec) {
    return codec->is_whole && codec->left == 0;
}

static void move(struct codec *codec, void *bytes, size_t count) {
    codec->is_whole = codec->is_whole && count <= codec->left;
    if (!codec->is_whole) {
        if (!codec->to) memset(bytes, 0, count);
        return;
    }
    if (codec->to) {
        memcpy(codec->to, bytes, count);
        codec->to += count;
    } else {
        memcpy(bytes, codec->from, count);
        codec->from += count;
    }
    codec->left -= count;
}

void codec_bytes(struct codec *codec, void *bytes, size_t count) {
    if (!codec->is_comparing) {
        move(codec, bytes, count);
        return;
    }
    codec->is_whole = codec->is_whole && count <= codec->left;
    if (!codec->is_whole) return;
    if (memcmp(bytes, codec->from, count) != 0) codec->is_same = false;
    codec->from += count;
    codec->left -= count;
}

static void write_varint(struct codec *codec, uint64_t value) {
    unsigned char bytes[VARINT_BYTES_MAX];
    size_t count = 0;
    for (; value >= 0x80; value >>= 7) bytes[count++] = (unsigned char)(value | 0x80);
    bytes[count++] = (unsigned char)value;
    move(codec, bytes, count);
}

static uint64_t read_varint(struct codec *codec) {
    uint64_t value = 0;
    for (unsigned i = 0; i < VARINT_BYTES_MAX; i++) {
        unsigned char byte = 0;
        move(codec, &byte, 1);
        if (i == VARINT_BYTES_MAX - 1 && byte > 1) break; /* more than 64 bits */
        value |= (uint64_t)(byte & 0x7f) << (7 * i);
        if (!(byte & 0x80)) return codec->is_whole ? value : 0;
    }
    codec->is_whole = false;
    return 0;
}

void codec_u64(struct codec *codec, uint64_t *value) {
    if (codec->to) {
        write_varint(codec, *value);
        return;
    }
    uint64_t read = read_varint(codec);
    if (codec->is_comparing)
        codec->is_same = codec->is_same && read == *value;
    else
        *value = read;
}

/* Zigzag: small numbers of both signs become small. */
static uint64_t zigzag(int64_t value) {
    return ((uint64_t)value << 1) ^ (value < 0 ? UINT64_MAX : 0);
}

static int64_t unzigzag(uint64_t bits) {
    return (int64_t)(bits >> 1) ^ -(int64_t)(bits & 1);
}

void codec_i64(struct codec *codec, int64_t *value) {
    uint64_t bits = zigzag(*value);
    codec_u64(codec, &bits);
    *value = unzigzag(bits);
}

void codec_int(struct codec *codec, int *value) {
    int64_t wide = *value;
    codec_i64(codec, &wide);
    if (wide < INT32_MIN || wide > INT32_MAX) codec->is_whole = false;
    *value = codec->is_whole ? (int)wide : 0;
}

void codec_ns(struct codec *codec, int64_t *value_ns) {
    if (!codec->is_comparing) {
        codec_i64(codec, value_ns);
        return;
    }
    int64_t read_ns = unzigzag(read_varint(codec));
    uint64_t apart = read_ns > *value_ns ? (uint64_t)read_ns - (uint64_t)*value_ns
                                         : (uint64_t)*value_ns - (uint64_t)read_ns;
    if (apart > CODEC_SAME_NS) codec->is_same = false;
}

void codec_u32(struct codec *codec, uint32_t *value, uint32_t most) {
    uint64_t wide = *value;
    codec_u64(codec, &wide);
    if (wide > most) codec->is_whole = false;
    if (!codec->to) *value = codec->is_whole ? (uint32_t)wide : 0;
}

void codec_bool(struct codec *codec, bool *value) {
    uint32_t number = *value;
    codec_u32(codec, &number, 1);
    *value = number != 0;
}

static bool is_same(double a, double b) {
    if (isnan(a) || isnan(b)) return isnan(a) && isnan(b);
    return a == b || fabs(a - b) <= CODEC_SAME * fmax(1, fabs(a));
}

void codec_f64(struct codec *codec, double *value) {
    unsigned char bytes[sizeof(uint64_t)];
    uint64_t bits;
    memcpy(&bits, value, sizeof bits);
    for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = (unsigned char)(bits >> (8 * i));
    move(codec, bytes, sizeof bytes);
    if (codec->to) return;
    double read;
    bits = 0;
    for (size_t i = 0; i < sizeof bytes; i++) bits |= (uint64_t)bytes[i] << (8 * i);
    memcpy(&read, &bits, sizeof read);
    if (codec->is_comparing)
        codec->is_same = codec->is_same && is_same(read, *value);
    else
        *value = read;
}

void codec_f64s(struct codec *codec, double *values, size_t count) {
    for (size_t i = 0; i < count; i++) codec_f64(codec, &values[i]);
}

void codec_vec3(struct codec *codec, struct vec3 *value) {
    codec_f64(codec, &value->x);
    codec_f64(codec, &value->y);
    codec_f64(codec, &value->z);
}

void codec_pose(struct codec *codec, struct pose *value) {
    codec_f64s(codec, &value->R.m[0][0], 9);
    codec_vec3(codec, &value->t);
}

void codec_text(struct codec *codec, char *text, size_t size) {
    bool is_read = !codec->to && !codec->is_comparing;
    uint64_t length = is_read ? 0 : strnlen(text, size);
    uint64_t own = length;
    codec_u64(codec, &length);
    if (length >= size || (codec->is_comparing && !codec->is_same)) {
        if (length >= size) codec->is_whole = false;
        length = 0;
    }
    codec_bytes(codec, text, (size_t)(is_read ? length : own));
    if (is_read) text[codec->is_whole ? length : 0] = '\0';
}

void codec_result(struct codec *codec, enum result *result, struct error *err) {
    CODEC_ENUM(codec, *result, RESULT_COUNT - 1);
    codec_text(codec, err->text, sizeof err->text);
}
