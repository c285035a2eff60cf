/* One line of G-code: words, modal state, motions; errors by grblHAL's numbers. */
#include <math.h>
#include <string.h>

#include "base/text.h"
#include "sim/firmware_private.h"

enum {
    ERROR_NO_LETTER = 1,
    ERROR_BAD_NUMBER = 2,
    ERROR_UNSUPPORTED = 20,
    ERROR_NO_FEED = 22,
    ERROR_NOT_ALLOWED = 24,
    ERROR_REPEATED = 25,
    ERROR_BAD_LINE_NUMBER = 27,
    ERROR_NO_AXIS = 26,
};

#define BLOCKS_A_LINE 5 /* a canned cycle: over, down to R, plunge, dwell, out */

struct words {
    bool has[26];
    double value[26];
    int motion;       /* -1: none on this line */
    bool has_plain_g; /* a non-motion G word */
};

static bool has(const struct words *words, char letter) {
    return words->has[letter - 'A'];
}

static double value_of(const struct words *words, char letter) {
    return words->value[letter - 'A'];
}

static int take_g(struct words *words, double number, struct firmware *fw) {
    int code = (int)lround(number * 10);
    switch (code) {
        case 0:
        case 10:
        case 800:
        case 810:
        case 820:
            if (words->motion >= 0) return 21; /* two motions of one modal group */
            words->motion = code / 10;
            return 0;
        case 40:
            words->has_plain_g = true;
            return 0;
        case 900:
        case 910:
            fw->is_relative = code == 910;
            return 0;
        case 170:
        case 210:
        case 540:
        case 940:
        case 980:
        case 990:
        case 400:
        case 490:
            return 0; /* the only modes that this board is used in */
        default:
            return ERROR_UNSUPPORTED;
    }
}

/* A plain decimal number: strtod would read "0X12" of "G0X12" as hexadecimal. */
static bool take_number(const char **at, double *ret_value) {
    char digits[32];
    size_t length = strspn(*at, "+-.0123456789");
    if (length == 0 || length >= sizeof digits) return false;
    memcpy(digits, *at, length);
    digits[length] = '\0';
    *at += length;
    return text_to_double(digits, ret_value) == RESULT_OK;
}

static int take_words(const char *line, struct words *words, struct firmware *fw) {
    *words = (struct words){.motion = -1};
    while (*line) {
        char letter = *line++;
        double number = 0;
        if (letter < 'A' || letter > 'Z') return ERROR_NO_LETTER;
        if (!take_number(&line, &number)) return ERROR_BAD_NUMBER;
        if (letter == 'G') {
            int error = take_g(words, number, fw);
            if (error) return error;
            continue;
        }
        if (letter == 'M') {
            int code = (int)lround(number);
            if (code != 5 && code != 9 && code != 3 && code != 64 && code != 65)
                return ERROR_UNSUPPORTED;
            continue;
        }
        if (!strchr("FNPRSXYZABC", letter)) return ERROR_UNSUPPORTED;
        if (words->has[letter - 'A']) return ERROR_REPEATED;
        words->has[letter - 'A'] = true;
        words->value[letter - 'A'] = number;
    }
    if (has(words, 'N') && !(value_of(words, 'N') >= 0 && value_of(words, 'N') <= 99999998))
        return ERROR_BAD_LINE_NUMBER;
    return 0;
}

static bool take_target(const struct firmware *fw, const struct words *words,
                        double target[FIRMWARE_AXES]) {
    bool has_axis = false;
    for (int i = 0; i < FIRMWARE_AXES; i++) {
        char letter = "XYZABC"[i];
        target[i] = fw->planned[i];
        if (!has(words, letter)) continue;
        has_axis = true;
        target[i] =
            fw->is_relative ? fw->planned[i] + value_of(words, letter) : value_of(words, letter);
    }
    return has_axis;
}

static bool is_within_limits(const struct firmware *fw, const double target[FIRMWARE_AXES]) {
    for (int i = 0; i < FIRMWARE_AXES; i++)
        if (fw->axes[i].is_used &&
            !(target[i] >= fw->axes[i].min - 1e-6 && target[i] <= fw->axes[i].max + 1e-6))
            return false;
    return true;
}

static int straight(struct firmware *fw, const struct words *words, uint32_t line) {
    double target[FIRMWARE_AXES];
    if (!take_target(fw, words, target)) return words->motion >= 0 ? 0 : ERROR_NO_AXIS;
    if (fw->motion_mode == 1 && fw->feed_mm_min <= 0) return ERROR_NO_FEED;
    if (!is_within_limits(fw, target)) {
        firmware_alarm(fw, 2);
        return 0;
    }
    firmware_queue(fw, target, fw->motion_mode == 1 ? fw->feed_mm_min : 0, line);
    return 0;
}

static int canned(struct firmware *fw, const struct words *words, uint32_t line) {
    double target[FIRMWARE_AXES], bottom[FIRMWARE_AXES];
    if (has(words, 'A') || has(words, 'B') || has(words, 'C')) return ERROR_NOT_ALLOWED;
    if (has(words, 'R')) fw->cycle_r = value_of(words, 'R');
    if (has(words, 'Z')) fw->cycle_z = value_of(words, 'Z');
    if (fw->feed_mm_min <= 0) return ERROR_NO_FEED;
    double top = fw->planned[2];
    (void)take_target(fw, words, target);
    target[2] = fmax(top, fw->cycle_r);
    memcpy(bottom, target, sizeof bottom);
    bottom[2] = fw->cycle_z;
    if (!is_within_limits(fw, target) || !is_within_limits(fw, bottom)) {
        firmware_alarm(fw, 2);
        return 0;
    }
    firmware_queue(fw, target, 0, line);
    target[2] = fw->cycle_r;
    firmware_queue(fw, target, 0, line);
    firmware_queue(fw, bottom, fw->feed_mm_min, line);
    if (fw->motion_mode == 82 && value_of(words, 'P') > 0)
        firmware_queue_dwell(fw, value_of(words, 'P'), line);
    target[2] = top;
    firmware_queue(fw, target, 0, line);
    return 0;
}

int firmware_execute(struct firmware *fw, const char *line) {
    struct words words;
    if (firmware_blocks_free(fw) < BLOCKS_A_LINE) return -1;
    int error = take_words(line, &words, fw);
    if (error) return error;
    if (has(&words, 'F')) fw->feed_mm_min = value_of(&words, 'F');
    if (words.motion >= 0) fw->motion_mode = words.motion;
    bool has_axis = has(&words, 'X') || has(&words, 'Y') || has(&words, 'Z') || has(&words, 'A') ||
                    has(&words, 'B') || has(&words, 'C');
    if (!has_axis && !(words.motion == 81 || words.motion == 82)) return 0;
    uint32_t number = has(&words, 'N') ? (uint32_t)value_of(&words, 'N') : 0;
    switch (fw->motion_mode) {
        case 0:
        case 1:
            return straight(fw, &words, number);
        case 81:
        case 82:
            return canned(fw, &words, number);
        default:
            return 31; /* axis words with no motion mode */
    }
}
