/* One line from the board, taken apart. Strict: what no Grbl says is named unknown, never guessed.
 */
#ifndef SMPRIG_CONTROLLER_LINK_ANSWER_H
#define SMPRIG_CONTROLLER_LINK_ANSWER_H

#include <stdbool.h>

#include "controller/link/link.h"

#define ANSWER_AXES_MAX 8

enum answer_kind {
    ANSWER_UNKNOWN,
    ANSWER_EMPTY,
    ANSWER_OK,
    ANSWER_ERROR, /* code */
    ANSWER_ALARM, /* code */
    ANSWER_BANNER,
    ANSWER_STATUS,  /* status */
    ANSWER_SETTING, /* code = number, value */
    ANSWER_PROBE,   /* code: 1 touched */
    ANSWER_OPTIONS, /* [OPT:...]: planner_blocks, rx_bytes, axes */
    ANSWER_OTHER,   /* [MSG:...], [VER:...], any other bracket */
    ANSWER_KIND_COUNT
};

/* A status report in the firmware's own axis order and units. */
struct answer_status {
    enum machine_state state;
    int substate;
    bool has_position;
    int axis_count;
    double position[ANSWER_AXES_MAX]; /* mm or deg, machine coordinates once WCO is known */
    bool is_work_position;            /* the report said WPos */
    bool has_offset;
    double offset[ANSWER_AXES_MAX]; /* WCO */
    uint32_t line;
    int planner_free, rx_free;
    uint32_t pins;
};

struct answer {
    enum answer_kind kind;
    int code;
    double value;
    int planner_blocks, rx_bytes, axes;
    struct answer_status status;
};

/* `line`: NUL-terminated, without its line end. */
void answer_parse(const char *line, struct answer *ret_answer);

#endif
