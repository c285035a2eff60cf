/* One line from the board, taken apart. Strict: what no Grbl says is named unknown, never guessed;
 * a number that is not plain decimal makes its line unknown. */
#ifndef SMPRIG_CONTROLLER_LINK_ANSWER_H
#define SMPRIG_CONTROLLER_LINK_ANSWER_H

#include <stdbool.h>
#include <stddef.h>

#include "controller/link/link.h"

enum answer_kind {
    ANSWER_UNKNOWN,
    ANSWER_EMPTY,
    ANSWER_OK,
    ANSWER_ERROR, /* code */
    ANSWER_ALARM, /* code */
    ANSWER_BANNER,
    ANSWER_STATUS,   /* status */
    ANSWER_SETTING,  /* code = number, values[0] */
    ANSWER_PROBE,    /* values: where; code: 1 touched */
    ANSWER_OPTIONS,  /* [OPT:...]: planner_blocks, rx_bytes, axes */
    ANSWER_AXES,     /* [AXS:6:XYZABC]: axes, text = letters */
    ANSWER_VERSION,  /* [VER:...]: text */
    ANSWER_FIRMWARE, /* [FIRMWARE:...]: text */
    ANSWER_OFFSET,   /* [G54:...], [G92:...], [TLO:...]: text = its name, values */
    ANSWER_OTHER,    /* [MSG:...], any other bracket, a setting that is a text */
    ANSWER_KIND_COUNT
};

/* A status report in the firmware's own axis order and units. */
struct answer_status {
    enum machine_state state;
    int substate;
    bool has_position;
    int axis_count;
    double position[LINK_AXES_MAX]; /* mm or deg as reported */
    bool is_work_position;          /* the report said WPos */
    bool has_offset;
    double offset[LINK_AXES_MAX]; /* WCO */
    uint32_t line;
    int planner_free, rx_free;
    int feed_percent, rapid_percent; /* Ov:, -1 when absent */
    uint32_t pins;
};

#define ANSWER_TEXT_MAX 32

struct answer {
    enum answer_kind kind;
    int code;
    int value_count;
    double values[LINK_AXES_MAX];
    int planner_blocks, rx_bytes, axes;
    char text[ANSWER_TEXT_MAX];
    struct answer_status status;
};

/* `line`: `length` bytes without the line end, and a NUL after them. A NUL inside makes it
 * unknown. */
void answer_parse(const char *line, size_t length, struct answer *ret_answer);

#endif
