#include "base/result.h"

#include <stdarg.h>
#include <stdio.h>
#include <sysexits.h>

static const char *const result_names[] = {
    [RESULT_OK] = "ok",
    [RESULT_INVALID] = "invalid",
    [RESULT_FORMAT] = "format",
    [RESULT_RANGE] = "range",
    [RESULT_NOT_FOUND] = "not-found",
    [RESULT_IO] = "io",
    [RESULT_NO_MEMORY] = "no-memory",
    [RESULT_LIMIT] = "limit",
    [RESULT_TIMEOUT] = "timeout",
    [RESULT_CLOSED] = "closed",
    [RESULT_REFUSED] = "refused",
    [RESULT_SINGULAR] = "singular",
};
_Static_assert(sizeof result_names / sizeof *result_names == RESULT_COUNT, "a name for each code");

const char *result_name(enum result code) {
    return (unsigned)code < RESULT_COUNT ? result_names[code] : "unknown";
}

enum result error_set(struct error *err, enum result code, const char *format, ...) {
    if (err) {
        va_list args;
        va_start(args, format);
        err->code = code;
        vsnprintf(err->text, sizeof err->text, format, args);
        va_end(args);
    }
    return code;
}

int result_exit_code(enum result code) {
    switch (code) {
        case RESULT_OK:
            return EX_OK;
        case RESULT_NOT_FOUND:
            return EX_NOINPUT;
        case RESULT_FORMAT:
        case RESULT_RANGE:
        case RESULT_INVALID:
        case RESULT_SINGULAR:
            return EX_DATAERR;
        case RESULT_IO:
            return EX_IOERR;
        case RESULT_REFUSED:
        case RESULT_TIMEOUT:
        case RESULT_CLOSED:
            return EX_UNAVAILABLE;
        case RESULT_NO_MEMORY:
        case RESULT_LIMIT:
        case RESULT_COUNT:
            break;
    }
    return EX_SOFTWARE;
}
