/* The words of one G-code line. */
#include <math.h>
#include <string.h>

#include "base/text.h"
#include "sim/firmware_private.h"

#define LINE_NUMBER_MOST 99999998

/* Modal words that this board knows and that change nothing here. */
static const int plain_codes[] = {170, 400, 490, 500, 610, 640, 940};

static int take_motion(struct firmware_words *words, int code) {
    if (words->motion >= 0) return ERROR_MODAL_GROUP;
    words->motion = code;
    return 0;
}

static int take_action(struct firmware_words *words, int code) {
    if (words->action) return ERROR_MODAL_GROUP;
    words->action = code;
    return 0;
}

static int take_g(struct firmware *fw, struct firmware_words *words, double number) {
    int code = (int)lround(number * 10);
    if (fabs(number * 10 - code) > 1e-6) return ERROR_UNSUPPORTED;
    for (size_t i = 0; i < sizeof plain_codes / sizeof *plain_codes; i++)
        if (code == plain_codes[i]) return 0;
    switch (code) {
        case 0:
        case 10:
        case 382:
        case 383:
        case 384:
        case 385:
        case 800:
        case 810:
        case 820:
            return take_motion(words, code);
        case 40:
        case 100:
        case 431:
        case 920:
        case 921:
            return take_action(words, code);
        case 530:
            words->is_machine = true;
            return 0;
        case 200:
        case 210:
            fw->is_inches = code == 200;
            return 0;
        case 900:
        case 910:
            fw->is_relative = code == 910;
            return 0;
        case 980:
        case 990:
            fw->is_retract_to_r = code == 990;
            return 0;
        default:
            if (code < 540 || code > 590 || code % 10) return ERROR_UNSUPPORTED;
            fw->system = (code - 540) / 10;
            return 0;
    }
}

static int take_m(struct firmware_words *words, double number) {
    static const int known[] = {0, 1, 2, 3, 4, 5, 7, 8, 9, 30, 62, 63, 64, 65, 67, 68};
    int code = (int)lround(number);
    if (words->m_count == (int)(sizeof words->m / sizeof *words->m)) return ERROR_MODAL_GROUP;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (code == known[i] && fabs(number - code) < 1e-9) {
            words->m[words->m_count++] = code;
            return 0;
        }
    return ERROR_UNSUPPORTED;
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

static int take_value(struct firmware_words *words, char letter, double number) {
    if (!strchr("EFLNPQRST", letter) && firmware_axis(letter) < 0) return ERROR_UNSUPPORTED;
    if (words->has[letter - 'A']) return ERROR_REPEATED;
    words->has[letter - 'A'] = true;
    words->value[letter - 'A'] = number;
    if (letter == 'N' && !(number >= 0 && number <= LINE_NUMBER_MOST && number == floor(number)))
        return ERROR_BAD_LINE_NUMBER;
    if (strchr("FST", letter) && number < 0) return ERROR_NEGATIVE;
    return 0;
}

int firmware_take_words(struct firmware *fw, const char *line, struct firmware_words *words) {
    *words = (struct firmware_words){.motion = -1};
    while (*line) {
        char letter = *line++;
        double number = 0;
        int error;
        if (letter < 'A' || letter > 'Z') return ERROR_NO_LETTER;
        if (!take_number(&line, &number)) return ERROR_BAD_NUMBER;
        if (letter == 'G')
            error = take_g(fw, words, number);
        else if (letter == 'M')
            error = take_m(words, number);
        else if (firmware_axis(letter) >= fw->axis_count)
            error = ERROR_UNSUPPORTED;
        else
            error = take_value(words, letter, number);
        if (error) return error;
    }
    return 0;
}
