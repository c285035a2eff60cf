/* The session on a terminal: one frame of text from the state that the API tells. Pure: no clock,
 * no terminal, so that a frame can be compared with a golden text.
 *
 * Quiet while all is well; colour only where attention is due (ISA-101), alarms in the colours of
 * IEC 60601-1-8. What matters most stands first, so that a small window shows it. */
#ifndef SMPRIG_CLI_WATCH_VIEW_H
#define SMPRIG_CLI_WATCH_VIEW_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WATCH_FRAME_MAX 16384
#define WATCH_LOG_LINES 6

struct watch_screen {
    int columns, rows; /* rows 0: as many as there is to say */
    bool has_colour;
};

struct watch_news {
    const json_t *state;            /* whole, as `state` tells it */
    char log[WATCH_LOG_LINES][256]; /* newest last; "" where there is none */
    double silent_s;                /* since the daemon was heard */
    const char *foot;               /* a last line: what the keys do; NULL: none */
};

/* Lines ended by '\n', each at most `columns` wide on the screen; control characters that a name or
 * a sentence brings along become '?'. */
void watch_draw(const struct watch_news *news, const struct watch_screen *screen,
                char ret_frame[WATCH_FRAME_MAX]);

/* For a log or a pipe: the session in one line, no colour. */
void watch_line(const json_t *state, char *ret_line, size_t size);

#endif
