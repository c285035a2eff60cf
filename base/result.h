/* Errors are values: a code to branch on and a sentence to read.
 *
 * A function that can fail returns `enum result` and leaves its out-parameters (named ret_*, last)
 * untouched unless it returns RESULT_OK. Where a person will read the reason, it also takes a
 * `struct error *` (NULL: not wanted) and writes one sentence: what is wrong, where, what to do. */
#ifndef SMPRIG_BASE_RESULT_H
#define SMPRIG_BASE_RESULT_H

enum result {
    RESULT_OK = 0,
    RESULT_INVALID,   /* an argument or a value makes no sense */
    RESULT_FORMAT,    /* the input is malformed */
    RESULT_RANGE,     /* well-formed, but outside its allowed range */
    RESULT_NOT_FOUND, /* no such file, key, device, dot */
    RESULT_IO,        /* the operating system refused: see the sentence */
    RESULT_NO_MEMORY, /* allocation failed */
    RESULT_LIMIT,     /* a named limit (size, count, depth, retries) was reached */
    RESULT_TIMEOUT,   /* nothing happened in time */
    RESULT_CLOSED,    /* the peer has gone */
    RESULT_REFUSED,   /* a rule forbids it */
    RESULT_SINGULAR,  /* the numbers do not determine an answer */
    RESULT_COUNT
};

#define MUST_USE __attribute__((warn_unused_result))
#define PRINTF_LIKE(format_index, first_index) \
    __attribute__((format(printf, format_index, first_index)))

#define ERROR_TEXT_MAX 512

struct error {
    enum result code;
    char text[ERROR_TEXT_MAX]; /* one sentence, no newline at its end */
};

/* The code's name, e.g. "not-found"; "unknown" for a value outside the enum. */
const char *result_name(enum result code);

/* The exit code of sysexits.h that fits, for programs that end with this result. */
int result_exit_code(enum result code);

/* Fill err (if not NULL) and return code, so that `return error_set(err, RESULT_RANGE, ...)` reads
 * as one statement. Text beyond ERROR_TEXT_MAX - 1 is cut. */
enum result error_set(struct error *err, enum result code, const char *format, ...)
    PRINTF_LIKE(3, 4);

#endif
