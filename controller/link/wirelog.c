#include "controller/link/wirelog.h"

#include <errno.h>
#include <string.h>

#include "base/clock.h"

static const char magic[8] = {'S', 'M', 'P', 'W', 'I', 'R', 'E', '1'};

#define VARINT_BYTES_MAX 9
#define PIECE_BYTES 2048 /* of one written record, with its head in WIRELOG_PUT_BYTES_MAX */
#define GAP_US_MAX (INT64_C(1) << 50)

static bool put_into_stream(void *context, const void *bytes, size_t count) {
    return fwrite(bytes, count, 1, context) == 1;
}

void wirelog_begin(struct wirelog_writer *writer,
                   bool (*put)(void *context, const void *bytes, size_t count), void *context,
                   int64_t now_ns) {
    *writer = (struct wirelog_writer){
        .put = put, .context = context, .last_ns = now_ns, .written = sizeof magic};
    writer->is_full = !put(context, magic, sizeof magic);
}

enum result wirelog_create(struct wirelog_writer *writer, const char *path, int64_t now_ns,
                           struct error *err) {
    FILE *stream = fopen(path, "wbe");
    if (!stream) return error_set(err, RESULT_IO, "%s: cannot write: %s", path, strerror(errno));
    wirelog_begin(writer, put_into_stream, stream, now_ns);
    writer->stream = stream;
    if (!writer->is_full) return RESULT_OK;
    wirelog_close(writer);
    return error_set(err, RESULT_IO, "%s: cannot write: %s", path, strerror(errno));
}

_Static_assert(PIECE_BYTES + 2 * VARINT_BYTES_MAX + 2 <= WIRELOG_PUT_BYTES_MAX,
               "room for a record");

static size_t put_varint(unsigned char *to, uint64_t value) {
    size_t count = 0;
    for (; value >= 0x80; value >>= 7) to[count++] = (unsigned char)(value | 0x80);
    to[count++] = (unsigned char)value;
    return count;
}

static void write_record(struct wirelog_writer *writer, bool is_to_board, const void *bytes,
                         size_t count, int64_t now_ns) {
    unsigned char record[WIRELOG_PUT_BYTES_MAX];
    int64_t gap_us = (now_ns - writer->last_ns) / NS_PER_US;
    if (gap_us < 0) gap_us = 0;
    writer->last_ns += gap_us * NS_PER_US;
    size_t length = put_varint(record, (uint64_t)gap_us << 1 | is_to_board);
    length += put_varint(record + length, count);
    memcpy(record + length, bytes, count);
    writer->written += (int64_t)(length + count);
    writer->is_full = writer->written > WIRELOG_FILE_BYTES_MAX ||
                      !writer->put(writer->context, record, length + count);
}

void wirelog_write(struct wirelog_writer *writer, bool is_to_board, const void *bytes, size_t count,
                   int64_t now_ns) {
    const unsigned char *from = bytes;
    while (count && writer->put && !writer->is_full) {
        size_t piece = count < PIECE_BYTES ? count : PIECE_BYTES;
        write_record(writer, is_to_board, from, piece, now_ns);
        from += piece;
        count -= piece;
    }
}

void wirelog_mark_open(struct wirelog_writer *writer, int64_t now_ns) {
    if (writer->put && !writer->is_full) write_record(writer, true, "", 0, now_ns);
}

void wirelog_close(struct wirelog_writer *writer) {
    if (writer->stream) fclose(writer->stream);
    *writer = (struct wirelog_writer){0};
}

enum result wirelog_open(struct wirelog_reader *reader, const void *data, size_t size) {
    if (size < sizeof magic || memcmp(data, magic, sizeof magic) != 0) return RESULT_FORMAT;
    const unsigned char *bytes = data;
    *reader = (struct wirelog_reader){bytes + sizeof magic, bytes + size, 0};
    return RESULT_OK;
}

static bool take_varint(struct wirelog_reader *reader, uint64_t *ret_value) {
    uint64_t value = 0;
    for (int i = 0; i < VARINT_BYTES_MAX && reader->at < reader->end; i++) {
        unsigned char byte = *reader->at++;
        value |= (uint64_t)(byte & 0x7f) << (7 * i);
        if (byte & 0x80) continue;
        *ret_value = value;
        return true;
    }
    return false;
}

enum result wirelog_next(struct wirelog_reader *reader, struct wirelog_record *ret_record) {
    uint64_t head = 0, count = 0;
    if (reader->at == reader->end) return RESULT_NOT_FOUND;
    if (!take_varint(reader, &head) || !take_varint(reader, &count)) return RESULT_FORMAT;
    if (count > WIRELOG_RECORD_BYTES_MAX || head >> 1 > (uint64_t)GAP_US_MAX ||
        count > (size_t)(reader->end - reader->at) ||
        reader->now_ns > INT64_MAX - GAP_US_MAX * NS_PER_US)
        return RESULT_FORMAT;
    reader->now_ns += (int64_t)(head >> 1) * NS_PER_US;
    *ret_record = (struct wirelog_record){reader->now_ns, head & 1, reader->at, (size_t)count};
    reader->at += count;
    return RESULT_OK;
}
