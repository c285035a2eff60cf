/* A recording's file: what went into a step function and what came out of it, in the order in which
 * it saw and said them (docs/formats.md, "Recordings").
 *
 * The 8 bytes "SMPREC1\n", then records: a varint of the kind, a zigzag varint of the nanoseconds
 * since the record before, a varint of the payload's length, the payload. The first is
 * RECORD_ABOUT, the last RECORD_END with the reason of the end; a file without that stops half-way,
 * and is good up to there. Time never runs backwards. */
#ifndef SMPRIG_CONTROLLER_RECORD_RECORD_H
#define SMPRIG_CONTROLLER_RECORD_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/codec.h"
#include "base/result.h"

#define RECORD_VERSION 2u
#define RECORD_PAYLOAD_MAX 8192u
#define RECORD_TEXT_MAX 192
#define RECORD_BYTES_DEFAULT (INT64_C(1) << 30) /* of one file: several hours */

enum record_kind {
    RECORD_ABOUT = 1, /* struct record_about */
    RECORD_END,       /* text: why */
    /* of the session (session.rec) */
    RECORD_FATES,   /* dots that are not pending when it begins */
    RECORD_BEGIN,   /* what it begins with */
    RECORD_LOOK,    /* struct head_look, for the filter */
    RECORD_NEWS,    /* struct session_news */
    RECORD_RESULT,  /* said to who called: enum result, text */
    RECORD_REQUEST, /* said to the guard */
    RECORD_ENTRY,   /* said to the journal */
    RECORD_WAITING, /* not taken from it yet: requests, entries */
    /* of the guard (guard.rec) */
    RECORD_GUARD_BEGIN,
    RECORD_GUARD_NEWS,  /* struct guard_news */
    RECORD_PORT_OPENED, /* what the edge answered: whether the port is open */
    RECORD_LOADED,      /* and what became of loading: enum result, text */
    RECORD_EVENT,       /* said to the daemon */
    RECORD_BYTES,       /* said to the board */
    RECORD_KIND_COUNT
};

/* "request" */
const char *record_kind_name(enum record_kind kind);

/* Who recorded what. */
struct record_about {
    uint32_t version;            /* RECORD_VERSION */
    bool is_guard, is_simulated; /* simulated: both halves ran in one process on a virtual clock */
    char program[64], made[32];  /* version and revision; UTC, ISO 8601 */
    char scan[64];               /* the scan's file in the recording's folder */
};
void codec_record_about(struct codec *codec, struct record_about *about);

/* --- writing --- */

struct record_writer {
    void (*put)(void *context, const void *bytes, size_t count); /* of one record; NULL: none */
    void *context;
    int64_t last_ns, written, most; /* bytes */
};

/* Writes the file's begin. */
void record_begin(struct record_writer *writer, const struct record_about *about, int64_t now_ns);
/* Append; at `most` bytes the recording ends with a note, and this does nothing from then on. */
void record_put(struct record_writer *writer, enum record_kind kind, int64_t now_ns,
                const void *payload, size_t count);
/* The same with a codec's bytes, `payload` being its buffer. */
void record_put_coded(struct record_writer *writer, enum record_kind kind, int64_t now_ns,
                      const unsigned char *payload, const struct codec *codec);
void record_end(struct record_writer *writer, int64_t now_ns, const char *why);
static inline bool record_is_open(const struct record_writer *writer) {
    return writer != NULL && writer->put != NULL;
}

/* --- reading --- */

struct record {
    enum record_kind kind;
    int64_t at_ns;
    uint64_t number, place;       /* from 0; the file's byte at which it begins */
    const unsigned char *payload; /* of the reader, until the next call */
    size_t count;
};

struct record_reader {
    FILE *stream; /* the caller's */
    const char *path;
    struct record_about about;
    int64_t start_ns, now_ns;
    uint64_t number, place;
    bool is_ended;             /* RECORD_END was read */
    char end[RECORD_TEXT_MAX]; /* its words; or where and how the file stops half-way */
    unsigned char payload[RECORD_PAYLOAD_MAX];
};

/* `path` is for messages. RESULT_FORMAT: no recording, or of another version. */
MUST_USE enum result record_open(struct record_reader *reader, FILE *stream, const char *path,
                                 struct error *err);
/* RESULT_NOT_FOUND at the end (see is_ended); RESULT_FORMAT: damaged; RESULT_RANGE: the clock runs
 * backwards; both with the place. */
MUST_USE enum result record_next(struct record_reader *reader, struct record *ret_record,
                                 struct error *err);
/* "PATH: byte 120, record 7, 1.250 s: words" */
enum result record_error(const struct record_reader *reader, const struct record *record,
                         enum result code, const char *words, struct error *err);

#endif
