#include "controller/link/wirelog.h"

#include <errno.h>
#include <string.h>

#include "base/clock.h"

static const char magic[8] = {'S', 'M', 'P', 'W', 'I', 'R', 'E', '1'};

#define VARINT_BYTES_MAX 9
#define GAP_US_MAX (INT64_C(1) << 50)

enum result wirelog_create(struct wirelog_writer *writer, const char *path, int64_t now_ns,
                           struct error *err) {
    FILE *stream = fopen(path, "wbe");
    if (!stream || fwrite(magic, sizeof magic, 1, stream) != 1) {
        if (stream) fclose(stream);
        return error_set(err, RESULT_IO, "%s: cannot write: %s", path, strerror(errno));
    }
    *writer = (struct wirelog_writer){.stream = stream, .last_ns = now_ns, .written = sizeof magic};
    return RESULT_OK;
}

static size_t put_varint(unsigned char *to, uint64_t value) {
    size_t count = 0;
    for (; value >= 0x80; value >>= 7) to[count++] = (unsigned char)(value | 0x80);
    to[count++] = (unsigned char)value;
    return count;
}

static void write_record(struct wirelog_writer *writer, bool is_to_board, const void *bytes,
                         size_t count, int64_t now_ns) {
    unsigned char head[2 * VARINT_BYTES_MAX + 2];
    int64_t gap_us = (now_ns - writer->last_ns) / NS_PER_US;
    if (gap_us < 0) gap_us = 0;
    writer->last_ns += gap_us * NS_PER_US;
    size_t length = put_varint(head, (uint64_t)gap_us << 1 | is_to_board);
    length += put_varint(head + length, count);
    writer->written += (int64_t)(length + count);
    writer->is_full = writer->written > WIRELOG_FILE_BYTES_MAX ||
                      fwrite(head, length, 1, writer->stream) != 1 ||
                      (count && fwrite(bytes, count, 1, writer->stream) != 1);
}

void wirelog_write(struct wirelog_writer *writer, bool is_to_board, const void *bytes, size_t count,
                   int64_t now_ns) {
    const unsigned char *from = bytes;
    while (count && writer->stream && !writer->is_full) {
        size_t piece = count < WIRELOG_RECORD_BYTES_MAX ? count : WIRELOG_RECORD_BYTES_MAX;
        write_record(writer, is_to_board, from, piece, now_ns);
        from += piece;
        count -= piece;
    }
}

void wirelog_mark_open(struct wirelog_writer *writer, int64_t now_ns) {
    if (writer->stream && !writer->is_full) write_record(writer, true, "", 0, now_ns);
}

void wirelog_close(struct wirelog_writer *writer) {
    if (writer->stream) fclose(writer->stream);
    writer->stream = NULL;
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
