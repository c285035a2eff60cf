/* How the other end of a wire can misbehave: a filter between the simulated board and whoever talks
 * to it. Deterministic by seed; begins after a given time, acts on what passes. */
#ifndef SMPRIG_SIM_MOODS_H
#define SMPRIG_SIM_MOODS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/rng.h"

enum mood_kind {
    MOOD_GOOD,
    MOOD_SILENT,         /* nothing comes any more */
    MOOD_BABBLING,       /* random bytes between and inside answers, without end */
    MOOD_BANNER,         /* the board restarts once, in the middle of everything */
    MOOD_OK_LOST,        /* one `ok` never comes */
    MOOD_OK_DOUBLED,     /* one `ok` comes twice */
    MOOD_SPLIT,          /* answers come a byte at a time, with pauses: harmless */
    MOOD_JOINED,         /* answers come late and many at once: harmless */
    MOOD_WRONG_BAUD,     /* every byte is another */
    MOOD_OTHER,          /* another program shares the port: its answers come too */
    MOOD_CORRUPT_IN,     /* one digit on its way to the board is changed */
    MOOD_CORRUPT_OUT,    /* one digit of a report is changed */
    MOOD_RESETS_ON_OPEN, /* DTR: every opening restarts the board: harmless */
    MOOD_UNPLUGGED,      /* the port goes away */
    MOOD_KIND_COUNT
};

#define MOOD_BYTES_MAX 8192 /* held back */

struct moods {
    enum mood_kind kind;
    int64_t begin_ns;
    struct rng rng;
    bool is_spent;      /* what happens once has happened */
    bool wants_restart; /* the board is to be powered up anew: the owner does, and clears it */
    unsigned char held[MOOD_BYTES_MAX];
    size_t held_count;
    int64_t next_ns; /* of held bytes */
};

/* The name of a kind, and the kind of a name; MOOD_KIND_COUNT for an unknown one. */
const char *mood_name(enum mood_kind kind);
enum mood_kind mood_of_name(const char *name);

void moods_init(struct moods *moods, enum mood_kind kind, int64_t begin_ns, uint64_t seed);
/* From the host to the board; in place, never longer. */
void moods_to_board(struct moods *moods, unsigned char *bytes, size_t count, int64_t now_ns);
/* From the board to the host; call it often, with count 0 when the board said nothing. The bytes
 * that come out, at most `size`, which should be twice what went in and 64 more. */
size_t moods_to_host(struct moods *moods, const unsigned char *bytes, size_t count, int64_t now_ns,
                     unsigned char *out, size_t size);
/* The port is gone: the owner closes it. */
bool moods_is_gone(const struct moods *moods, int64_t now_ns);

#endif
