/* Bounded text: strict parsing of numbers, and a string builder that never overruns. */
#ifndef SMPRIG_BASE_TEXT_H
#define SMPRIG_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/result.h"

/* Parse the whole string as one finite decimal number: no surrounding blanks, no hex, no NaN or
 * Inf, always '.' as the point. RESULT_FORMAT otherwise. */
MUST_USE enum result text_to_double(const char *text, double *ret_value);
/* Parse the whole string as one decimal integer. RESULT_RANGE outside [low, high]. */
MUST_USE enum result text_to_int64(const char *text, int64_t low, int64_t high, int64_t *ret_value);

/* Numbers between blanks or commas, at most `most` of them. RESULT_FORMAT: something else stands
 * there; RESULT_LIMIT: more, or a longer text than TEXT_NUMBERS_MAX. */
#define TEXT_NUMBERS_MAX 255
MUST_USE enum result text_to_doubles(const char *text, double *ret_values, size_t most,
                                     size_t *ret_count);

/* Appends to a caller's buffer; always NUL-terminated; `is_whole` turns false, and stays so, once
 * something did not fit (nothing of that piece is written). */
struct text_builder {
    char *buffer;
    size_t size, length;
    bool is_whole;
};
void text_builder_init(struct text_builder *builder, char *buffer, size_t size);
void text_append(struct text_builder *builder, const char *format, ...) PRINTF_LIKE(2, 3);
/* What text_append(builder, "%.*f", decimals, value) would append, to the last digit, in a tenth of
 * the time: for lines written by the million. |value| below 1e9, decimals at most 6; else as %f. */
void text_append_decimal(struct text_builder *builder, double value, int decimals);

/* Copy source into a fixed array; RESULT_LIMIT (and nothing copied) when it does not fit. */
MUST_USE enum result text_copy(char *target, size_t size, const char *source);

/* Letters to change to make one word the other (Levenshtein), for "did you mean"; b
 * below 64 long. */
size_t text_edit_distance(const char *a, const char *b);

#endif
