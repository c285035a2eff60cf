/* Every byte on the wire, both ways, with its time: a compact log that can be replayed.
 *
 * A file is the 8 bytes "SMPWIRE1", then records: a varint of the microseconds since the record
 * before times two, plus one for bytes that went to the board; a varint of the count; the bytes. A
 * count of 0 marks that the port was opened.
 * Varints are LEB128 (7 bits a byte, least first). A session of 30,000 dots takes about 60 MB. */
#ifndef SMPRIG_CONTROLLER_LINK_WIRELOG_H
#define SMPRIG_CONTROLLER_LINK_WIRELOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/result.h"

#define WIRELOG_RECORD_BYTES_MAX 4096
#define WIRELOG_FILE_BYTES_MAX (INT64_C(1) << 30) /* then it stops, and says so */

struct wirelog_writer {
    bool (*put)(void *context, const void *bytes, size_t count); /* NULL: not logging */
    void *context;
    FILE *stream; /* of wirelog_create(), else NULL */
    int64_t last_ns, written;
    bool is_full; /* or what was put was not taken: the log ends there */
};

MUST_USE enum result wirelog_create(struct wirelog_writer *writer, const char *path, int64_t now_ns,
                                    struct error *err);
/* The same into another's hands: `put` takes a whole record (WIRELOG_PUT_BYTES_MAX at most) or
 * returns false, which ends the log. */
#define WIRELOG_PUT_BYTES_MAX 2080
void wirelog_begin(struct wirelog_writer *writer,
                   bool (*put)(void *context, const void *bytes, size_t count), void *context,
                   int64_t now_ns);
/* Append; a full disk ends the log, never the session. */
void wirelog_write(struct wirelog_writer *writer, bool is_to_board, const void *bytes, size_t count,
                   int64_t now_ns);
/* The port has been opened. */
void wirelog_mark_open(struct wirelog_writer *writer, int64_t now_ns);
void wirelog_close(struct wirelog_writer *writer);

/* A log in memory, read record by record. */
struct wirelog_reader {
    const unsigned char *at, *end;
    int64_t now_ns;
};
struct wirelog_record {
    int64_t at_ns; /* since the log's begin */
    bool is_to_board;
    const unsigned char *bytes; /* inside the reader's memory */
    size_t count;               /* 0: the port was opened */
};

/* RESULT_FORMAT when it is no wire log. */
MUST_USE enum result wirelog_open(struct wirelog_reader *reader, const void *data, size_t size);
/* RESULT_NOT_FOUND at the end; RESULT_FORMAT when a record is cut or absurd (a log that was being
 * written ends so). */
MUST_USE enum result wirelog_next(struct wirelog_reader *reader, struct wirelog_record *ret_record);

#endif
