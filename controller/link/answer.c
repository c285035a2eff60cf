#include "controller/link/answer.h"

#include <string.h>

#define ROOM_MAX 1000000 /* blocks or bytes free: more is absurd */
#define PERCENT_MAX 1000 /* of an override */
#define LINE_NUMBER_MAX 99999999
#define DIGITS_MAX 15 /* a double holds them exactly */

/* What is left of a line. */
struct rest {
    const char *at, *end;
};

static const char *const machine_words[MACHINE_STATE_COUNT] = {
    [MACHINE_IDLE] = "Idle",   [MACHINE_RUN] = "Run",     [MACHINE_JOG] = "Jog",
    [MACHINE_HOLD] = "Hold",   [MACHINE_DOOR] = "Door",   [MACHINE_HOME] = "Home",
    [MACHINE_ALARM] = "Alarm", [MACHINE_CHECK] = "Check", [MACHINE_TOOL] = "Tool",
    [MACHINE_SLEEP] = "Sleep",
};

static bool skip(struct rest *rest, const char *prefix, size_t length) {
    if ((size_t)(rest->end - rest->at) < length || memcmp(rest->at, prefix, length) != 0)
        return false;
    rest->at += length;
    return true;
}
#define SKIP(rest, text) skip(rest, text, sizeof(text) - 1)

/* Up to a separator or the end; the separator is passed over. */
static struct rest cut(struct rest *rest, char separator) {
    struct rest piece = *rest;
    const char *found = memchr(rest->at, separator, (size_t)(rest->end - rest->at));
    piece.end = found ? found : rest->end;
    rest->at = found ? found + 1 : rest->end;
    return piece;
}

/* A whole number, not negative, to the piece's end. */
static bool whole(struct rest piece, int most, int *ret_value) {
    int value = 0;
    if (piece.at == piece.end || piece.end - piece.at > 9) return false;
    for (; piece.at < piece.end; piece.at++) {
        if (*piece.at < '0' || *piece.at > '9') return false;
        value = value * 10 + (*piece.at - '0');
    }
    if (value > most) return false;
    *ret_value = value;
    return true;
}

/* [-]digits[.digits] to the piece's end. The quotient of two exact integers is the nearest double
 * (Clinger 1990), so this agrees with strtod and is many times faster. */
static bool decimal(struct rest piece, double *ret_value) {
    static const double powers[] = {1,   1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                    1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
    int64_t digits = 0;
    int count = 0, after_point = 0;
    bool is_negative = piece.at < piece.end && *piece.at == '-', has_point = false;
    for (piece.at += is_negative; piece.at < piece.end; piece.at++) {
        if (*piece.at == '.' && !has_point) {
            has_point = true;
            continue;
        }
        if (*piece.at < '0' || *piece.at > '9' || ++count > DIGITS_MAX) return false;
        digits = digits * 10 + (*piece.at - '0');
        after_point += has_point;
    }
    if (count == 0) return false;
    double value = (double)digits / powers[after_point];
    *ret_value = is_negative ? -value : value;
    return true;
}

/* Numbers separated by commas; -1 when one is not a number or there are too many. */
static int decimals(struct rest rest, double *values, int most) {
    int count = 0;
    bool has_more = true;
    while (has_more) {
        struct rest piece = cut(&rest, ',');
        has_more = piece.end != rest.end;
        if (count == most || !decimal(piece, &values[count])) return -1;
        count++;
    }
    return count;
}

static bool parse_state(struct rest field, struct answer_status *status) {
    struct rest word = cut(&field, ':');
    size_t length = (size_t)(word.end - word.at);
    bool has_substate = word.end != field.end;
    status->state = MACHINE_UNKNOWN;
    for (int i = MACHINE_UNKNOWN + 1; i < MACHINE_STATE_COUNT; i++)
        if (machine_words[i][0] == *word.at && strlen(machine_words[i]) == length &&
            memcmp(machine_words[i], word.at, length) == 0)
            status->state = (enum machine_state)i;
    if (has_substate && !whole(field, 999, &status->substate)) return false;
    return status->state != MACHINE_UNKNOWN;
}

static uint32_t parse_pins(struct rest letters) {
    uint32_t pins = 0;
    for (; letters.at < letters.end; letters.at++) {
        switch (*letters.at) {
            case 'P':
                pins |= PIN_PROBE;
                break;
            case 'E':
                pins |= PIN_ESTOP;
                break;
            case 'D':
                pins |= PIN_DOOR;
                break;
            case 'H':
                pins |= PIN_HOLD;
                break;
            case 'F':
                pins |= PIN_MOTOR_FAULT;
                break;
            default:
                if (memchr("XYZABCUVW", *letters.at, 9)) pins |= PIN_LIMIT;
                break;
        }
    }
    return pins;
}

static bool parse_room(struct rest field, struct answer_status *status) {
    struct rest planner = cut(&field, ',');
    return whole(planner, ROOM_MAX, &status->planner_free) &&
           whole(field, ROOM_MAX, &status->rx_free);
}

/* Ov:100,100,100: feed, rapids, spindle; the last is of no interest. */
static bool parse_overrides(struct rest field, struct answer_status *status) {
    struct rest feed = cut(&field, ','), rapid = cut(&field, ',');
    return whole(feed, PERCENT_MAX, &status->feed_percent) &&
           whole(rapid, PERCENT_MAX, &status->rapid_percent);
}

/* One `key:value` of a report; unknown keys are skipped, since firmware adds them freely. */
static bool parse_field(struct rest field, struct answer_status *status) {
    int line = 0;
    if (SKIP(&field, "MPos:") || SKIP(&field, "WPos:")) {
        status->is_work_position = field.at[-5] == 'W';
        status->axis_count = decimals(field, status->position, LINK_AXES_MAX);
        status->has_position = status->axis_count > 0;
        return status->has_position;
    }
    if (SKIP(&field, "Bf:")) return parse_room(field, status);
    if (SKIP(&field, "Ln:")) {
        bool is_good = whole(field, LINE_NUMBER_MAX, &line);
        status->line = (uint32_t)line;
        return is_good;
    }
    if (SKIP(&field, "WCO:")) {
        status->has_offset = decimals(field, status->offset, LINK_AXES_MAX) > 0;
        return status->has_offset;
    }
    if (SKIP(&field, "Ov:")) return parse_overrides(field, status);
    if (SKIP(&field, "Pn:")) status->pins = parse_pins(field);
    return true;
}

static bool parse_status(struct rest line, struct answer_status *status) {
    *status = (struct answer_status){
        .planner_free = -1, .rx_free = -1, .substate = -1, .feed_percent = -1, .rapid_percent = -1};
    if (line.end - line.at < 3 || line.end[-1] != '>') return false;
    line.at++, line.end--;
    if (memchr(line.at, '<', (size_t)(line.end - line.at))) return false; /* two in one */
    if (!parse_state(cut(&line, '|'), status)) return false;
    while (line.at < line.end)
        if (!parse_field(cut(&line, '|'), status)) return false;
    return status->has_position;
}

static void parse_setting(struct rest line, struct answer *answer) {
    struct rest number = cut(&line, '=');
    if (number.end == line.end || !whole(number, 9999, &answer->code)) return;
    /* Some settings are texts (host names, passwords): they are of no interest here. */
    answer->kind = decimal(line, &answer->values[0]) ? ANSWER_SETTING : ANSWER_OTHER;
}

/* The whole number at the head of a piece, 0 when there is none or it is absurd. */
static int leading_number(struct rest piece) {
    struct rest digits = {piece.at, piece.at};
    int value = 0;
    while (digits.end < piece.end && *digits.end >= '0' && *digits.end <= '9') digits.end++;
    return whole(digits, ROOM_MAX, &value) ? value : 0;
}

/* [OPT:VNML+,100,1024,6,0]: planner blocks, RX bytes, axes after the letters. */
static void parse_options(struct rest line, struct answer *answer) {
    (void)cut(&line, ',');
    answer->planner_blocks = leading_number(cut(&line, ','));
    answer->rx_bytes = leading_number(cut(&line, ','));
    answer->axes = leading_number(cut(&line, ','));
}

static void keep_text(struct answer *answer, struct rest piece) {
    size_t length = (size_t)(piece.end - piece.at);
    if (length >= sizeof answer->text) length = sizeof answer->text - 1;
    memcpy(answer->text, piece.at, length);
    answer->text[length] = '\0';
}

static bool is_offset(struct rest name) {
    size_t length = (size_t)(name.end - name.at);
    return length == 3 && (memcmp(name.at, "G5", 2) == 0 || memcmp(name.at, "G92", 3) == 0 ||
                           memcmp(name.at, "TLO", 3) == 0);
}

/* Inside of [...]. */
static void parse_bracket(struct rest line, struct answer *answer) {
    struct rest name = cut(&line, ':');
    size_t length = (size_t)(name.end - name.at);
    answer->kind = ANSWER_OTHER;
    if (length == 3 && memcmp(name.at, "PRB", 3) == 0) {
        answer->value_count = decimals(cut(&line, ':'), answer->values, LINK_AXES_MAX);
        answer->kind = answer->value_count > 0 && whole(line, 1, &answer->code) ? ANSWER_PROBE
                                                                                : ANSWER_UNKNOWN;
    } else if (length == 3 && memcmp(name.at, "OPT", 3) == 0) {
        answer->kind = ANSWER_OPTIONS;
        parse_options(line, answer);
    } else if (length == 3 && memcmp(name.at, "AXS", 3) == 0) {
        answer->kind = ANSWER_AXES;
        answer->axes = leading_number(cut(&line, ':'));
        keep_text(answer, line);
    } else if (length == 3 && memcmp(name.at, "VER", 3) == 0) {
        answer->kind = ANSWER_VERSION;
        keep_text(answer, cut(&line, ':'));
    } else if (length == 8 && memcmp(name.at, "FIRMWARE", 8) == 0) {
        answer->kind = ANSWER_FIRMWARE;
        keep_text(answer, line);
    } else if (is_offset(name)) {
        answer->value_count = decimals(line, answer->values, LINK_AXES_MAX);
        answer->kind = answer->value_count > 0 ? ANSWER_OFFSET : ANSWER_UNKNOWN;
        keep_text(answer, name);
    }
}

static void parse_code(struct rest number, enum answer_kind kind, struct answer *answer) {
    if (whole(number, 999, &answer->code)) answer->kind = kind;
}

void answer_parse(const char *line, size_t length, struct answer *ret_answer) {
    struct rest rest = {line, line + length};
    ret_answer->kind = ANSWER_UNKNOWN;
    ret_answer->code = ret_answer->value_count = 0;
    ret_answer->planner_blocks = ret_answer->rx_bytes = ret_answer->axes = 0;
    ret_answer->text[0] = '\0';
    if (memchr(line, '\0', length)) return;
    if (length == 0) {
        ret_answer->kind = ANSWER_EMPTY;
    } else if (*line == '<') {
        if (parse_status(rest, &ret_answer->status)) ret_answer->kind = ANSWER_STATUS;
    } else if (length == 2 && memcmp(line, "ok", 2) == 0) {
        ret_answer->kind = ANSWER_OK;
    } else if (SKIP(&rest, "error:")) {
        parse_code(rest, ANSWER_ERROR, ret_answer);
    } else if (SKIP(&rest, "ALARM:")) {
        parse_code(rest, ANSWER_ALARM, ret_answer);
    } else if (SKIP(&rest, "GrblHAL ") || SKIP(&rest, "Grbl ")) {
        ret_answer->kind = ANSWER_BANNER;
        keep_text(ret_answer, rest);
    } else if (*line == '$') {
        rest.at++;
        parse_setting(rest, ret_answer);
    } else if (*line == '[' && rest.end[-1] == ']') {
        rest.at++, rest.end--;
        parse_bracket(rest, ret_answer);
    }
}
