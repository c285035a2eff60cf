/* What all verbs share: failures as a sentence and an exit code. */
#include <stdio.h>
#include <sysexits.h>

#include "cli/verbs.h"

int verb_exit_code(enum result result) {
    switch (result) {
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

int verb_fail(const char *verb, const struct error *err) {
    fprintf(stderr, "smprig %s: %s\n", verb, err->text);
    return verb_exit_code(err->code);
}
