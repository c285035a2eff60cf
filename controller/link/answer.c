#include "controller/link/answer.h"

#include <string.h>

#include "base/text.h"

#define ROOM_MAX 1e6  /* blocks or bytes free: more is absurd */
#define FIELD_MAX 128 /* longest field of a status report or bracket */

static const char *const machine_words[MACHINE_STATE_COUNT] = {
    [MACHINE_IDLE] = "Idle",   [MACHINE_RUN] = "Run",     [MACHINE_JOG] = "Jog",
    [MACHINE_HOLD] = "Hold",   [MACHINE_DOOR] = "Door",   [MACHINE_HOME] = "Home",
    [MACHINE_ALARM] = "Alarm", [MACHINE_CHECK] = "Check", [MACHINE_TOOL] = "Tool",
    [MACHINE_SLEEP] = "Sleep",
};

static bool begins_with(const char *text, const char *prefix) {
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

static bool parse_code(const char *text, int *ret_code) {
    int64_t value = 0;
    if (text_to_int64(text, 0, 999, &value) != RESULT_OK) return false;
    *ret_code = (int)value;
    return true;
}

/* Numbers separated by commas; -1 when one is not a number or there are too many. */
static int parse_numbers(const char *text, double *values, int most) {
    char copy[FIELD_MAX];
    int count = 0;
    if (text_copy(copy, sizeof copy, text) != RESULT_OK) return -1;
    char *rest = copy;
    for (;;) {
        char *comma = strchr(rest, ',');
        if (comma) *comma = '\0';
        if (count == most || text_to_double(rest, &values[count]) != RESULT_OK) return -1;
        count++;
        if (!comma) return count;
        rest = comma + 1;
    }
}

static bool parse_state(const char *field, struct answer_status *status) {
    size_t length = strcspn(field, ":");
    status->substate = -1;
    status->state = MACHINE_UNKNOWN;
    for (int i = MACHINE_UNKNOWN + 1; i < MACHINE_STATE_COUNT; i++)
        if (strlen(machine_words[i]) == length && strncmp(machine_words[i], field, length) == 0)
            status->state = (enum machine_state)i;
    if (field[length] == ':' && !parse_code(field + length + 1, &status->substate)) return false;
    return status->state != MACHINE_UNKNOWN;
}

static uint32_t parse_pins(const char *letters) {
    uint32_t pins = 0;
    for (; *letters; letters++) {
        if (*letters == 'P') pins |= PIN_PROBE;
        if (*letters == 'E') pins |= PIN_ESTOP;
        if (*letters == 'D') pins |= PIN_DOOR;
        if (*letters == 'H') pins |= PIN_HOLD;
        if (strchr("XYZABCUVW", *letters)) pins |= PIN_LIMIT;
    }
    return pins;
}

/* One `key:value` of a report; unknown keys are skipped, since firmware adds them freely. */
static bool parse_field(const char *field, struct answer_status *status) {
    double numbers[2];
    if (begins_with(field, "MPos:") || begins_with(field, "WPos:")) {
        int count = parse_numbers(field + 5, status->position, ANSWER_AXES_MAX);
        if (count < 1) return false;
        status->is_work_position = *field == 'W';
        status->has_position = true;
        status->axis_count = count;
    } else if (begins_with(field, "WCO:")) {
        if (parse_numbers(field + 4, status->offset, ANSWER_AXES_MAX) < 1) return false;
        status->has_offset = true;
    } else if (begins_with(field, "Bf:")) {
        if (parse_numbers(field + 3, numbers, 2) != 2) return false;
        if (!(numbers[0] >= 0 && numbers[0] <= ROOM_MAX && numbers[1] >= 0 &&
              numbers[1] <= ROOM_MAX))
            return false;
        status->planner_free = (int)numbers[0];
        status->rx_free = (int)numbers[1];
    } else if (begins_with(field, "Ln:")) {
        int64_t line = 0;
        if (text_to_int64(field + 3, 0, 99999999, &line) != RESULT_OK) return false;
        status->line = (uint32_t)line;
    } else if (begins_with(field, "Pn:")) {
        status->pins = parse_pins(field + 3);
    }
    return true;
}

static bool parse_status(const char *line, struct answer_status *status) {
    char copy[512];
    size_t length = strlen(line);
    *status = (struct answer_status){.planner_free = -1, .rx_free = -1};
    if (length < 3 || line[length - 1] != '>' || length - 2 >= sizeof copy) return false;
    memcpy(copy, line + 1, length - 2);
    copy[length - 2] = '\0';
    char *rest = copy, *field = strsep(&rest, "|");
    if (!parse_state(field, status)) return false;
    while ((field = strsep(&rest, "|")) != NULL)
        if (!parse_field(field, status)) return false;
    return status->has_position;
}

static bool parse_setting(const char *line, struct answer *answer) {
    char number[8];
    const char *equals = strchr(line, '=');
    if (!equals || (size_t)(equals - line - 1) >= sizeof number) return false;
    memcpy(number, line + 1, (size_t)(equals - line - 1));
    number[equals - line - 1] = '\0';
    if (!parse_code(number, &answer->code)) return false;
    /* Some settings are texts ($70s, hostnames): they are of no interest here. */
    if (text_to_double(equals + 1, &answer->value) != RESULT_OK) answer->kind = ANSWER_OTHER;
    return true;
}

/* The whole number at the head of a text, 0 when there is none or it is absurd. */
static int leading_number(const char *text) {
    char digits[8] = "";
    int64_t value = 0;
    size_t length = strspn(text, "0123456789");
    if (length == 0 || length >= sizeof digits) return 0;
    memcpy(digits, text, length);
    return text_to_int64(digits, 0, 1000000, &value) == RESULT_OK ? (int)value : 0;
}

/* [OPT:VNML+,100,1024,6,0]: planner blocks, RX bytes, axes after the letters. */
static void parse_options(const char *line, struct answer *answer) {
    const char *rest = strchr(line, ',');
    answer->planner_blocks = rest ? leading_number(rest + 1) : 0;
    rest = rest ? strchr(rest + 1, ',') : NULL;
    answer->rx_bytes = rest ? leading_number(rest + 1) : 0;
    rest = rest ? strchr(rest + 1, ',') : NULL;
    answer->axes = rest ? leading_number(rest + 1) : 0;
}

static void parse_bracket(const char *line, struct answer *answer) {
    answer->kind = ANSWER_OTHER;
    if (begins_with(line, "[PRB:")) {
        const char *last = strrchr(line, ':');
        answer->kind = ANSWER_PROBE;
        answer->code = last && last[1] == '1';
    } else if (begins_with(line, "[OPT:")) {
        answer->kind = ANSWER_OPTIONS;
        parse_options(line, answer);
    }
}

void answer_parse(const char *line, struct answer *ret_answer) {
    struct answer answer = {.kind = ANSWER_UNKNOWN};
    if (line[0] == '\0') {
        answer.kind = ANSWER_EMPTY;
    } else if (strcmp(line, "ok") == 0) {
        answer.kind = ANSWER_OK;
    } else if (begins_with(line, "error:")) {
        if (parse_code(line + 6, &answer.code)) answer.kind = ANSWER_ERROR;
    } else if (begins_with(line, "ALARM:")) {
        if (parse_code(line + 6, &answer.code)) answer.kind = ANSWER_ALARM;
    } else if (begins_with(line, "GrblHAL ") || begins_with(line, "Grbl ")) {
        answer.kind = ANSWER_BANNER;
    } else if (line[0] == '<') {
        if (parse_status(line, &answer.status)) answer.kind = ANSWER_STATUS;
    } else if (line[0] == '$') {
        answer.kind = ANSWER_SETTING;
        if (!parse_setting(line, &answer)) answer.kind = ANSWER_UNKNOWN;
    } else if (line[0] == '[') {
        parse_bracket(line, &answer);
    }
    *ret_answer = answer;
}
