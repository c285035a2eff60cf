#include "base/text.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* [+-] digits [. digits] [e [+-] digits], at least one digit before or after the point. */
static bool is_decimal(const char *s) {
    if (*s == '+' || *s == '-') s++;
    size_t digits = strspn(s, "0123456789");
    s += digits;
    if (*s == '.') {
        size_t fraction = strspn(++s, "0123456789");
        digits += fraction;
        s += fraction;
    }
    if (digits == 0) return false;
    if (*s == 'e' || *s == 'E') {
        s++;
        if (*s == '+' || *s == '-') s++;
        size_t exponent = strspn(s, "0123456789");
        if (exponent == 0) return false;
        s += exponent;
    }
    return *s == '\0';
}

enum result text_to_double(const char *text, double *ret_value) {
    if (!is_decimal(text)) return RESULT_FORMAT;
    double value = strtod(text, NULL); /* programs never call setlocale(LC_NUMERIC) */
    if (!isfinite(value)) return RESULT_RANGE;
    *ret_value = value;
    return RESULT_OK;
}

enum result text_to_int64(const char *text, int64_t low, int64_t high, int64_t *ret_value) {
    const char *digits = text + (*text == '-' || *text == '+');
    if (*digits == '\0' || digits[strspn(digits, "0123456789")] != '\0') return RESULT_FORMAT;
    errno = 0;
    long long value = strtoll(text, NULL, 10);
    if (errno == ERANGE || value < low || value > high) return RESULT_RANGE;
    *ret_value = value;
    return RESULT_OK;
}

enum result text_to_doubles(const char *text, double *ret_values, size_t most, size_t *ret_count) {
    char copy[TEXT_NUMBERS_MAX + 1], *rest = copy, *part;
    double values[TEXT_NUMBERS_MAX / 2 + 1];
    size_t count = 0;
    enum result result = text_copy(copy, sizeof copy, text);
    while (result == RESULT_OK && (part = strsep(&rest, " ,")) != NULL)
        if (*part) result = text_to_double(part, &values[count++]);
    if (result == RESULT_OK && count > most) result = RESULT_LIMIT;
    if (result != RESULT_OK) return result;
    memcpy(ret_values, values, count * sizeof *values);
    *ret_count = count;
    return RESULT_OK;
}

void text_builder_init(struct text_builder *builder, char *buffer, size_t size) {
    *builder = (struct text_builder){.buffer = buffer, .size = size, .is_whole = true};
    buffer[0] = '\0';
}

void text_append(struct text_builder *builder, const char *format, ...) {
    if (!builder->is_whole) return;
    va_list args;
    va_start(args, format);
    size_t room = builder->size - builder->length;
    int written = vsnprintf(builder->buffer + builder->length, room, format, args);
    va_end(args);
    if (written < 0 || (size_t)written >= room) {
        builder->buffer[builder->length] = '\0';
        builder->is_whole = false;
        return;
    }
    builder->length += (size_t)written;
}

/* value * scale to the nearest whole number, exact halves of the product to even. */
static uint64_t round_scaled(double value, double scale) {
    double product = value * scale, whole = floor(product), part = product - whole;
    double rest = fma(value, scale, -product); /* what the product lost */
    uint64_t number = (uint64_t)whole;
    bool is_half_up = rest > 0 || (rest == 0 && number % 2 == 1);
    return number + (part > 0.5 || (part == 0.5 && is_half_up));
}

void text_append_decimal(struct text_builder *builder, double value, int decimals) {
    static const double scales[] = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6};
    char digits[24];
    size_t at = sizeof digits;
    if (!(fabs(value) < 1e9) || decimals < 0 || decimals > 6) {
        text_append(builder, "%.*f", decimals, value);
        return;
    }
    uint64_t number = round_scaled(fabs(value), scales[decimals]);
    for (int i = 0; i <= decimals || number; i++) {
        if (i == decimals && i > 0) digits[--at] = '.';
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    }
    if (signbit(value)) digits[--at] = '-';
    size_t length = sizeof digits - at;
    if (!builder->is_whole || builder->length + length >= builder->size) {
        builder->is_whole = false;
        return;
    }
    memcpy(builder->buffer + builder->length, digits + at, length);
    builder->length += length;
    builder->buffer[builder->length] = '\0';
}

enum result text_copy(char *target, size_t size, const char *source) {
    size_t length = strlen(source);
    if (length >= size) return RESULT_LIMIT;
    memcpy(target, source, length + 1);
    return RESULT_OK;
}

size_t text_edit_distance(const char *a, const char *b) {
    size_t row[64], length = strlen(b);
    if (length >= 64) return SIZE_MAX;
    for (size_t j = 0; j <= length; j++) row[j] = j;
    for (size_t i = 1; a[i - 1]; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= length; j++) {
            size_t best = diagonal + (a[i - 1] != b[j - 1]);
            if (row[j] + 1 < best) best = row[j] + 1;
            if (row[j - 1] + 1 < best) best = row[j - 1] + 1;
            diagonal = row[j];
            row[j] = best;
        }
    }
    return row[length];
}
