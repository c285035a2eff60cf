#include "controller/link/transcript.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define LINE_BYTES_MAX 600
#define STEP_MS 20
#define WITHIN_MS 3000
#define NONE_MS 150
#define ASK_EVERY_MS 40

struct run {
    const struct transcript_peer *peer;
    const char *name;
    int line_number, within_ms;
    char heard[8192]; /* received and not yet looked at */
    size_t heard_length;
    char line[LINE_BYTES_MAX]; /* the board's newest line */
    char *why;
    size_t why_size;
};

bool transcript_matches(const char *pattern, const char *text) {
    const char *star = NULL, *retry = NULL;
    while (*text) {
        if (*pattern == '*') {
            star = ++pattern;
            retry = text;
        } else if (*pattern == *text) {
            pattern++, text++;
        } else if (star) {
            pattern = star;
            text = ++retry;
        } else {
            return false;
        }
    }
    while (*pattern == '*') pattern++;
    return *pattern == '\0';
}

static bool fail(struct run *run, const char *what, const char *expected, const char *got) {
    snprintf(run->why, run->why_size, "%s:%d: %s '%s', got '%s'", run->name, run->line_number, what,
             expected, got);
    return false;
}

/* One whole line out of what was heard. */
static bool take_line(struct run *run) {
    for (size_t i = 0; i < run->heard_length; i++) {
        if (run->heard[i] != '\n' && run->heard[i] != '\r') continue;
        size_t kept = i < LINE_BYTES_MAX - 1 ? i : LINE_BYTES_MAX - 1;
        memcpy(run->line, run->heard, kept);
        run->line[kept] = '\0';
        run->heard_length -= i + 1;
        memmove(run->heard, run->heard + i + 1, run->heard_length);
        if (kept) return true;
        i = (size_t)-1; /* an empty line: look on from the begin */
    }
    return false;
}

static bool listen(struct run *run, int ms) {
    size_t room = sizeof run->heard - run->heard_length;
    if (room == 0) run->heard_length = 0, room = sizeof run->heard; /* a flood without line ends */
    int got = run->peer->receive(run->peer->context, run->heard + run->heard_length, room, ms);
    if (got > 0) run->heard_length += (size_t)got;
    return got >= 0;
}

/* The next line that counts; false when none came within the limit. */
static bool next_line(struct run *run, const char *pattern, int limit_ms) {
    bool wants_message = strncmp(pattern, "[MSG", 4) == 0;
    for (int waited_ms = 0;; waited_ms += STEP_MS) {
        while (take_line(run))
            if (wants_message || strncmp(run->line, "[MSG", 4) != 0) return true;
        if (waited_ms >= limit_ms || !listen(run, STEP_MS)) return false;
    }
}

static bool expect(struct run *run, const char *pattern) {
    if (!next_line(run, pattern, run->within_ms)) return fail(run, "expected", pattern, "nothing");
    return transcript_matches(pattern, run->line) || fail(run, "expected", pattern, run->line);
}

static bool expect_later(struct run *run, const char *pattern) {
    char last[LINE_BYTES_MAX] = "nothing";
    while (next_line(run, pattern, run->within_ms)) {
        if (transcript_matches(pattern, run->line)) return true;
        memcpy(last, run->line, sizeof last);
    }
    return fail(run, "expected sooner or later", pattern, last);
}

static bool ask(struct run *run, const char *pattern) {
    char last[LINE_BYTES_MAX] = "no report";
    for (int waited_ms = 0; waited_ms < run->within_ms; waited_ms += ASK_EVERY_MS) {
        run->peer->send(run->peer->context, "?", 1);
        if (!next_line(run, pattern, ASK_EVERY_MS)) continue;
        if (transcript_matches(pattern, run->line)) return true;
        memcpy(last, run->line, sizeof last);
        if (run->line[0] != '<') break;
        run->peer->pause(run->peer->context, ASK_EVERY_MS);
    }
    return fail(run, "asked for", pattern, last);
}

static bool send_bytes(struct run *run, const char *text) {
    unsigned char bytes[LINE_BYTES_MAX];
    size_t count = 0;
    for (; *text && count < sizeof bytes; text++) {
        char digits[3] = "";
        if (*text != '\\') {
            bytes[count++] = (unsigned char)*text;
            continue;
        }
        text++;
        if (*text == 'x' && text[1] && text[2]) {
            memcpy(digits, text + 1, 2);
            bytes[count++] = (unsigned char)strtoul(digits, NULL, 16);
            text += 2;
        } else if (*text == 'n' || *text == 'r' || *text == '\\') {
            bytes[count++] = *text == 'n' ? '\n' : *text == 'r' ? '\r' : '\\';
        } else {
            return fail(run, "an escape that is none of \\xNN \\n \\r \\\\ in", text, "");
        }
    }
    run->peer->send(run->peer->context, bytes, count);
    return true;
}

static bool send_line(struct run *run, const char *text) {
    run->peer->send(run->peer->context, text, strlen(text));
    run->peer->send(run->peer->context, "\n", 1);
    return true;
}

static bool pause_for(struct run *run, const char *text) {
    int64_t ms = 0;
    if (text_to_int64(text, 0, 120000, &ms) != RESULT_OK)
        return fail(run, "not a time in ms:", text, "");
    run->peer->pause(run->peer->context, (int)ms);
    return true;
}

static bool set_limit(struct run *run, const char *text) {
    int64_t ms = 0;
    if (text_to_int64(text, 0, 600000, &ms) != RESULT_OK)
        return fail(run, "not a time in ms:", text, "");
    run->within_ms = (int)ms;
    return true;
}

static bool set_pin(struct run *run, const char *text) {
    char name[16] = "";
    size_t length = strcspn(text, " ");
    if (length >= sizeof name || !text[length]) return fail(run, "no such pin:", text, "");
    memcpy(name, text, length);
    return run->peer->set_pin(run->peer->context, name, strcmp(text + length, " on") == 0) ||
           fail(run, "no such pin:", name, "");
}

static bool set_surface(struct run *run, const char *text) {
    double at = 0;
    if (!text[0] || text[1] != ' ' || text_to_double(text + 2, &at) != RESULT_OK)
        return fail(run, "no such surface:", text, "");
    return run->peer->set_surface(run->peer->context, text[0], at);
}

static bool expect_none(struct run *run, const char *text) {
    (void)text;
    return !next_line(run, "", NONE_MS) || fail(run, "expected", "nothing", run->line);
}

/* What the peer lacks, or NULL. */
static const char *lacks(const struct transcript_peer *peer, const char *need) {
    if (strcmp(need, "motion") == 0) return peer->may_move ? NULL : "motion (--moves)";
    if (strcmp(need, "pins") == 0) return peer->set_pin ? NULL : "inputs that can be set";
    if (strcmp(need, "surface") == 0) return peer->set_surface ? NULL : "a surface to touch";
    return "something unknown";
}

static bool carry_out(struct run *run, const char *line) {
    static const struct {
        const char *word;
        bool (*act)(struct run *run, const char *text);
    } acts[] = {{">> ", send_bytes},      {"> ", send_line},      {"<< ", expect_later},
                {"< ", expect},           {"ask ", ask},          {"none", expect_none},
                {"wait ", pause_for},     {"within ", set_limit}, {"pin ", set_pin},
                {"surface ", set_surface}};
    if (strcmp(line, ">") == 0) return send_line(run, "");
    for (size_t i = 0; i < sizeof acts / sizeof *acts; i++) {
        size_t length = strlen(acts[i].word);
        if (strncmp(line, acts[i].word, length) == 0) return acts[i].act(run, line + length);
    }
    return fail(run, "a line that is no step:", line, "");
}

enum transcript_outcome transcript_run(const char *name, const char *text,
                                       const struct transcript_peer *peer, char *ret_why,
                                       size_t why_size) {
    static struct run run; /* too large for a small stack; one at a time */
    run = (struct run){.peer = peer, .name = name, .within_ms = WITHIN_MS};
    (void)listen(&run, STEP_MS); /* what came before is nobody's answer */
    run.heard_length = 0;
    run.why = ret_why;
    run.why_size = why_size;
    while (*text) {
        char line[LINE_BYTES_MAX] = "";
        size_t length = strcspn(text, "\n");
        run.line_number++;
        if (length < sizeof line) memcpy(line, text, length);
        text += length + (text[length] == '\n');
        if (line[0] == '\0' || line[0] == '#') continue;
        if (strncmp(line, "need ", 5) == 0) {
            const char *lacking = lacks(peer, line + 5);
            if (!lacking) continue;
            snprintf(ret_why, why_size, "needs %s", lacking);
            return TRANSCRIPT_LEFT_OUT;
        }
        if (!carry_out(&run, line)) return TRANSCRIPT_FAILED;
    }
    return TRANSCRIPT_PASSED;
}
