#include "cli/watch_view.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

#define LINE_MAX_BYTES 1024
#define SKIPPED_TEXT_MAX 40
#define BAR_MAX 60
#define STALE_S 1.5 /* the daemon tells its state ten times a second */
#define INDENT 8

enum style { PLAIN, STRONG, DIM, LOW, MEDIUM, HIGH, GOOD };

/* Select Graphic Rendition (ECMA-48, 8.3.117); the alarms' three are reversed: a
 * field of colour. */
static const char *const codes[] = {
    [PLAIN] = "",         [STRONG] = "\033[1m",    [DIM] = "\033[2m",
    [LOW] = "\033[7;36m", [MEDIUM] = "\033[7;33m", [HIGH] = "\033[1;7;31m",
    [GOOD] = "\033[32m"};

struct frame {
    struct text_builder out;
    struct watch_screen screen;
    int used; /* rows */
};

/* At most `columns` characters of UTF-8; controls, which could command the terminal, become '?'. */
static void clip(char *text, int columns) {
    int shown = 0;
    for (unsigned char *c = (unsigned char *)text; *c; c++) {
        bool is_begin = (*c & 0xc0) != 0x80;
        if (is_begin && shown++ == columns) {
            *c = '\0';
            return;
        }
        if (*c < 0x20 || *c == 0x7f) *c = '?';
    }
}

static void put(struct frame *frame, enum style style, const char *format, ...) PRINTF_LIKE(3, 4);

static void put(struct frame *frame, enum style style, const char *format, ...) {
    char text[LINE_MAX_BYTES];
    va_list args;
    if (frame->screen.rows && frame->used >= frame->screen.rows) return;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    clip(text, frame->screen.columns);
    bool is_coloured = frame->screen.has_colour && style != PLAIN;
    text_append(&frame->out, "%s%s%s\n", is_coloured ? codes[style] : "", text,
                is_coloured ? "\033[0m" : "");
    frame->used++;
}

static const char *word(const json_t *object, const char *key) {
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

static double number(const json_t *object, const char *key) {
    return json_number_value(json_object_get(object, key));
}

static long long whole(const json_t *object, const char *key) {
    return (long long)json_integer_value(json_object_get(object, key));
}

static enum style style_of_phase(const char *phase) {
    if (strcmp(phase, "fault") == 0 || strcmp(phase, "failed") == 0) return HIGH;
    if (strcmp(phase, "held") == 0 || strcmp(phase, "serving") == 0) return MEDIUM;
    return STRONG;
}

static void put_head_line(struct frame *frame, const struct watch_news *news) {
    const json_t *state = news->state, *seat = json_object_get(state, "command");
    const char *name = word(json_object_get(state, "case"), "name"),
               *reason = word(state, "reason");
    const char *holder = word(seat, "holder");
    if (news->silent_s > STALE_S)
        put(frame, HIGH, "NO DATA for %.0f s: what stands below is old", news->silent_s);
    put(frame, style_of_phase(word(state, "phase")), "%s%s%s%s%s", word(state, "phase"),
        *reason ? ": " : "", reason, *name ? "   case " : "", name);
    if (*holder) put(frame, PLAIN, "in command: %s", holder);
}

/* "15 min", "1 h 20 min", "40 s". */
static void say_time(double s, char *text, size_t size) {
    if (s < 90)
        snprintf(text, size, "%.0f s", s);
    else if (s < 3600)
        snprintf(text, size, "%.0f min", s / 60);
    else
        snprintf(text, size, "%d h %02d min", (int)(s / 3600), (int)(s / 60) % 60);
}

static void say_time_left(const json_t *state, char *text, size_t size) {
    const json_t *left = json_object_get(state, "time_left_s");
    double low_s = number(left, "low"), high_s = number(left, "high");
    char low[32], high[32];
    text[0] = '\0';
    if (!json_is_object(left)) return;
    say_time(low_s, low, sizeof low);
    say_time(high_s, high, sizeof high);
    if (strcmp(low, high) == 0)
        snprintf(text, size, "%s left", low);
    else
        snprintf(text, size, "%s to %s left", low, high);
}

/* ", 12 skipped"; "" without any. */
static void say_skipped(const json_t *state, char *text, size_t size) {
    long long skipped = whole(state, "dots_skipped");
    text[0] = '\0';
    if (skipped > 0) snprintf(text, size, ", %lld skipped", skipped);
}

static void put_progress(struct frame *frame, const json_t *state) {
    char bar[BAR_MAX + 1], left[80], skipped[SKIPPED_TEXT_MAX];
    long long planned = whole(state, "dots_planned"), done = whole(state, "dots_done");
    long long settled = planned - whole(state, "dots_pending");
    if (planned <= 0) return;
    say_skipped(state, skipped, sizeof skipped);
    int width = frame->screen.columns - 34 - (int)strlen(skipped);
    if (width > BAR_MAX) width = BAR_MAX;
    if (width < 4) width = 4;
    for (int i = 0; i < width; i++)
        bar[i] = (i + 0.5) * (double)planned < (double)settled * width ? '#' : '.';
    bar[width] = '\0';
    say_time_left(state, left, sizeof left);
    put(frame, PLAIN, "[%s] %lld of %lld%s, %.1f %%", bar, done, planned, skipped,
        100.0 * (double)settled / (double)planned);
    put(frame, PLAIN, "%.1f dots/s   %s%space %lld %%", number(state, "rate_dots_s"), left,
        *left ? "   " : "", whole(state, "pace_percent"));
}

static enum style style_of_priority(const char *priority) {
    if (strcmp(priority, "high") == 0) return HIGH;
    return strcmp(priority, "medium") == 0 ? MEDIUM : LOW;
}

/* What happened, what is safe, what to do: never one without the others. */
static void put_alarms(struct frame *frame, const json_t *state) {
    const json_t *list = json_object_get(state, "alarms");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *alarm = json_array_get(list, i);
        const char *by = word(alarm, "acknowledged_by");
        put(frame, style_of_priority(word(alarm, "priority")), "ALARM %lld, %s: %s%s%s",
            whole(alarm, "number"), word(alarm, "priority"), word(alarm, "happened"),
            *by ? "   acknowledged by " : "", by);
        put(frame, PLAIN, "  safe  %s", word(alarm, "safe"));
        put(frame, STRONG, "  do    %s", word(alarm, "remedy"));
    }
}

static void put_prompts(struct frame *frame, const json_t *state) {
    const json_t *list = json_object_get(state, "prompts");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *prompt = json_array_get(list, i);
        if (json_is_true(json_object_get(prompt, "is_open")))
            put(frame, MEDIUM, "PROMPT  %s   (smprig answer %s)", word(prompt, "text"),
                word(prompt, "kind"));
    }
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *prompt = json_array_get(list, i);
        if (whole(prompt, "limit") > 0)
            put(frame, PLAIN, "%-*s%lld of %lld dots", INDENT, word(prompt, "kind"),
                whole(prompt, "used"), whole(prompt, "limit"));
    }
}

/* One more name of the lamps that are good, on a line of its own when it would not fit whole. */
static void put_good(struct frame *frame, struct text_builder *line, const char *name) {
    const size_t room = (size_t)(frame->screen.columns - INDENT);
    if (line->length && line->length + strlen(", ,") + strlen(name) > room) {
        put(frame, GOOD, "%-*s%s,", INDENT, "good", line->buffer);
        text_builder_init(line, line->buffer, line->size);
    }
    text_append(line, "%s%s", line->length ? ", " : "", name);
}

/* A missing lamp is told with its reason and its remedy, good ones by their names. */
static void put_lamps(struct frame *frame, const json_t *state) {
    const json_t *list = json_object_get(state, "interlocks");
    char good[LINE_MAX_BYTES];
    struct text_builder line;
    text_builder_init(&line, good, sizeof good);
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *lamp = json_array_get(list, i);
        if (!json_is_true(json_object_get(lamp, "is_needed"))) continue;
        if (json_is_true(json_object_get(lamp, "holds")))
            put_good(frame, &line, word(lamp, "name"));
        else
            put(frame, MEDIUM, "%-*s%s: %s %s", INDENT, "missing", word(lamp, "name"),
                word(lamp, "reason"), word(lamp, "remedy"));
    }
    if (line.length) put(frame, GOOD, "%-*s%s", INDENT, "good", good);
}

static void put_head(struct frame *frame, const json_t *state) {
    const json_t *head = json_object_get(state, "head");
    const char *waiting = word(state, "waiting_for"), *reason = word(head, "reason");
    if (!head) return;
    put(frame, PLAIN, "%-*s%s%s%s, %.1f mm/s, pose %.0f ms old, %.0f um, %lld tags", INDENT, "head",
        word(head, "state"), *reason ? ": " : "", reason, number(head, "speed_mm_s"),
        number(head, "age_ms"), number(head, "sigma_um"), whole(head, "tags"));
    put(frame, PLAIN, "%-*s%s%s%s", INDENT, "guard", word(state, "guard"),
        *waiting ? "; waits for " : "", waiting);
}

static void put_zones(struct frame *frame, const json_t *state) {
    const json_t *list = json_object_get(state, "zones");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *zone = json_array_get(list, i);
        long long done = whole(zone, "done"), pending = whole(zone, "pending");
        put(frame, PLAIN, "%-*s%-16s %lld of %lld, %lld skipped, %lld doubtful", INDENT,
            i == 0 ? "zones" : "", word(zone, "name"), done, done + pending, whole(zone, "skipped"),
            whole(zone, "doubtful"));
    }
}

void watch_draw(const struct watch_news *news, const struct watch_screen *screen,
                char ret_frame[WATCH_FRAME_MAX]) {
    struct frame frame = {.screen = *screen};
    if (news->foot && frame.screen.rows > 1) frame.screen.rows--; /* the foot's own */
    text_builder_init(&frame.out, ret_frame, WATCH_FRAME_MAX);
    put_head_line(&frame, news);
    put_progress(&frame, news->state);
    put_alarms(&frame, news->state);
    put_prompts(&frame, news->state);
    put_head(&frame, news->state);
    put_lamps(&frame, news->state);
    put_zones(&frame, news->state);
    for (size_t i = 0; i < WATCH_LOG_LINES; i++)
        if (news->log[i][0]) put(&frame, DIM, "%s", news->log[i]);
    if (!news->foot) return;
    if (frame.screen.rows) frame.screen.rows++;
    put(&frame, DIM, "%s", news->foot);
}

void watch_line(const json_t *state, char *ret_line, size_t size) {
    char left[80], skipped[SKIPPED_TEXT_MAX];
    const char *reason = word(state, "reason");
    struct text_builder line;
    text_builder_init(&line, ret_line, size);
    text_append(&line, "%s%s%s", word(state, "phase"), *reason ? ": " : "", reason);
    say_time_left(state, left, sizeof left);
    say_skipped(state, skipped, sizeof skipped);
    if (whole(state, "dots_planned") > 0)
        text_append(&line, "   %lld of %lld dots%s, %.1f dots/s%s%s", whole(state, "dots_done"),
                    whole(state, "dots_planned"), skipped, number(state, "rate_dots_s"),
                    *left ? ", " : "", left);
    clip(ret_line, (int)size);
}
