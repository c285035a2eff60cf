/* SQLite's write-ahead log beside a case file, as its file format documents it
 * (sqlite.org/fileformat2.html, "The Write-Ahead Log"). SQLite reads it up to the first frame whose
 * checksum is wrong and says nothing of what comes after; here that is looked at. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "controller/journal/journal_private.h"

#define LOG_BYTES_MAX (256u << 20)
#define HEADER_BYTES 32u
#define FRAME_HEADER_BYTES 24u
#define MAGIC 0x377f0682u /* its lowest bit: checksums of big-endian words */
#define PAGE_BYTES_MOST 65536u

struct log_sum {
    uint32_t a, b;
};

static uint32_t big(const unsigned char *p) {
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static uint32_t word(const unsigned char *p, bool is_big) {
    return is_big ? big(p)
                  : (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}

static struct log_sum add(struct log_sum sum, const unsigned char *p, size_t size, bool is_big) {
    for (size_t i = 0; i + 8 <= size; i += 8) {
        sum.a += word(p + i, is_big) + sum.b;
        sum.b += word(p + i + 4, is_big) + sum.a;
    }
    return sum;
}

static bool is_sum(struct log_sum sum, const unsigned char *p) {
    return sum.a == big(p) && sum.b == big(p + 4);
}

/* Commits of this log (by its salt) that stand behind the first frame that cannot be trusted. */
static size_t commits_lost(const unsigned char *log, size_t size) {
    bool is_big = big(log) & 1, is_broken = false;
    size_t page = big(log + 8), lost = 0;
    struct log_sum sum = add((struct log_sum){0}, log, 24, is_big);
    if ((big(log) & ~1u) != MAGIC || page == 0 || page > PAGE_BYTES_MOST || !is_sum(sum, log + 24))
        return SIZE_MAX; /* its head is damaged: nothing of it is read */
    for (size_t at = HEADER_BYTES; at + FRAME_HEADER_BYTES + page <= size;
         at += FRAME_HEADER_BYTES + page) {
        const unsigned char *frame = log + at;
        if (big(frame + 8) != big(log + 16) || big(frame + 12) != big(log + 20)) {
            is_broken = true; /* an older log's frame, not yet written over, or a damaged one */
            continue;
        }
        sum = add(sum, frame, 8, is_big);
        sum = add(sum, frame + FRAME_HEADER_BYTES, page, is_big);
        is_broken = is_broken || !is_sum(sum, frame + 16);
        if (is_broken && big(frame + 4)) lost++;
    }
    return lost;
}

bool journal_log_is_lost(const char *path) {
    char name[4096], *log = NULL;
    size_t size = 0;
    struct error err = {0};
    if (snprintf(name, sizeof name, "%s-wal", path) >= (int)sizeof name) return true;
    if (file_read(name, LOG_BYTES_MAX, &log, &size, &err) != RESULT_OK) return false;
    /* One change may be cut off by a crash while it was written: it was not durable yet, and no
     * strike was released on it. A second one is written after the first is durable. */
    bool is_lost = size > HEADER_BYTES && commits_lost((const unsigned char *)log, size) > 1;
    free(log);
    return is_lost;
}
