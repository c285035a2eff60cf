#include "sim/moods.h"

#include <string.h>

#include "base/clock.h"

#define SPLIT_GAP_NS (200 * NS_PER_US)
#define JOINED_EVERY_NS (25 * NS_PER_MS)

static const char *const names[MOOD_KIND_COUNT] = {
    [MOOD_GOOD] = "good",
    [MOOD_SILENT] = "silent",
    [MOOD_BABBLING] = "babbling",
    [MOOD_BANNER] = "banner",
    [MOOD_OK_LOST] = "ok-lost",
    [MOOD_OK_DOUBLED] = "ok-doubled",
    [MOOD_SPLIT] = "split",
    [MOOD_JOINED] = "joined",
    [MOOD_WRONG_BAUD] = "wrong-baud",
    [MOOD_OTHER] = "other-program",
    [MOOD_CORRUPT_IN] = "corrupt-in",
    [MOOD_CORRUPT_OUT] = "corrupt-out",
    [MOOD_RESETS_ON_OPEN] = "resets-on-open",
    [MOOD_UNPLUGGED] = "unplugged",
};

const char *mood_name(enum mood_kind kind) {
    return (unsigned)kind < MOOD_KIND_COUNT ? names[kind] : "unknown";
}

enum mood_kind mood_of_name(const char *name) {
    int kind = 0;
    while (kind < MOOD_KIND_COUNT && strcmp(names[kind], name) != 0) kind++;
    return (enum mood_kind)kind;
}

void moods_init(struct moods *moods, enum mood_kind kind, int64_t begin_ns, uint64_t seed) {
    memset(moods, 0, sizeof *moods);
    moods->kind = kind;
    moods->begin_ns = begin_ns;
    rng_init(&moods->rng, seed);
}

/* A digit of the whole number that follows becomes another one: what a line without checksum lets
 * pass. */
static bool change_digit(struct moods *moods, unsigned char *bytes, size_t count,
                         const char *after) {
    const unsigned char *found = memmem(bytes, count, after, strlen(after));
    if (!found) return false;
    for (size_t i = (size_t)(found - bytes) + strlen(after); i < count && bytes[i] != '.'; i++)
        if (bytes[i] >= '1' && bytes[i] <= '9') {
            unsigned next = (unsigned)(bytes[i] - '1') + 1 + rng_below(&moods->rng, 8);
            bytes[i] = (unsigned char)('1' + next % 9);
            return true;
        }
    return false;
}

void moods_to_board(struct moods *moods, unsigned char *bytes, size_t count, int64_t now_ns) {
    if (now_ns < moods->begin_ns) return;
    if (moods->kind == MOOD_CORRUPT_IN && !moods->is_spent)
        moods->is_spent = change_digit(moods, bytes, count, " G0 X");
    for (size_t i = 0; i < count && moods->kind == MOOD_WRONG_BAUD; i++)
        bytes[i] = (unsigned char)rng_below(&moods->rng, 256);
}

static size_t pass(const unsigned char *bytes, size_t count, unsigned char *out) {
    memcpy(out, bytes, count);
    return count;
}

/* The first `ok` line is left out, or said twice. */
static size_t change_ok(struct moods *moods, const unsigned char *bytes, size_t count,
                        unsigned char *out, bool is_doubled) {
    static const char ok[] = "ok\r\n";
    const unsigned char *found = memmem(bytes, count, ok, sizeof ok - 1);
    if (!found || moods->is_spent) return pass(bytes, count, out);
    size_t before = (size_t)(found - bytes), length = 0, width = sizeof ok - 1;
    moods->is_spent = true;
    length += pass(bytes, before + (is_doubled ? width : 0), out);
    length += pass(bytes + before + (is_doubled ? 0 : width),
                   count - before - (is_doubled ? 0 : width), out + length);
    return length;
}

static size_t hold_back(struct moods *moods, const unsigned char *bytes, size_t count) {
    size_t room = MOOD_BYTES_MAX - moods->held_count;
    if (count > room) count = room;
    memcpy(moods->held + moods->held_count, bytes, count);
    moods->held_count += count;
    return count;
}

static size_t let_go(struct moods *moods, size_t count, unsigned char *out) {
    if (count > moods->held_count) count = moods->held_count;
    memcpy(out, moods->held, count);
    moods->held_count -= count;
    memmove(moods->held, moods->held + count, moods->held_count);
    return count;
}

static size_t delay(struct moods *moods, int64_t now_ns, unsigned char *out, size_t size) {
    if (moods->held_count == 0 || now_ns < moods->next_ns) return 0;
    bool is_split = moods->kind == MOOD_SPLIT;
    moods->next_ns = now_ns + (is_split ? SPLIT_GAP_NS : JOINED_EVERY_NS);
    return let_go(moods, is_split ? 1 : size, out);
}

static size_t babble(struct moods *moods, const unsigned char *bytes, size_t count,
                     unsigned char *out) {
    size_t length = 0;
    for (size_t i = 0; i <= count; i++) {
        if (rng_below(&moods->rng, 20) == 0) {
            unsigned char c = (unsigned char)rng_below(&moods->rng, 256);
            out[length++] = c;
        }
        if (i < count) out[length++] = bytes[i];
    }
    return length;
}

/* Answers to lines that somebody else sent. */
static size_t join_other(struct moods *moods, const unsigned char *bytes, size_t count,
                         int64_t now_ns, unsigned char *out) {
    size_t length = pass(bytes, count, out);
    bool is_line_end = count && bytes[count - 1] == '\n';
    if ((!is_line_end && count) || now_ns < moods->next_ns) return length;
    moods->next_ns = now_ns + 100 * NS_PER_MS;
    return length + pass((const unsigned char *)"ok\r\n", 4, out + length);
}

size_t moods_to_host(struct moods *moods, const unsigned char *bytes, size_t count, int64_t now_ns,
                     unsigned char *out, size_t size) {
    unsigned char copy[MOOD_BYTES_MAX];
    if (now_ns < moods->begin_ns) return pass(bytes, count, out);
    switch (moods->kind) {
        case MOOD_SILENT:
        case MOOD_UNPLUGGED:
            return 0;
        case MOOD_BABBLING:
            return babble(moods, bytes, count, out);
        case MOOD_BANNER:
            moods->wants_restart = !moods->is_spent;
            moods->is_spent = true;
            return pass(bytes, count, out);
        case MOOD_OK_LOST:
        case MOOD_OK_DOUBLED:
            return change_ok(moods, bytes, count, out, moods->kind == MOOD_OK_DOUBLED);
        case MOOD_SPLIT:
        case MOOD_JOINED:
            (void)hold_back(moods, bytes, count);
            return delay(moods, now_ns, out, size);
        case MOOD_WRONG_BAUD:
            for (size_t i = 0; i < count; i++)
                out[i] = (unsigned char)(128 + rng_below(&moods->rng, 128));
            return count;
        case MOOD_OTHER:
            return join_other(moods, bytes, count, now_ns, out);
        case MOOD_CORRUPT_OUT:
            if (count > sizeof copy || moods->is_spent) return pass(bytes, count, out);
            memcpy(copy, bytes, count);
            moods->is_spent = change_digit(moods, copy, count, "MPos:");
            return pass(copy, count, out);
        case MOOD_GOOD:
        case MOOD_CORRUPT_IN:
        case MOOD_RESETS_ON_OPEN:
        case MOOD_KIND_COUNT:
            break;
    }
    return pass(bytes, count, out);
}

bool moods_is_gone(const struct moods *moods, int64_t now_ns) {
    return moods->kind == MOOD_UNPLUGGED && now_ns >= moods->begin_ns;
}
