/* What all verbs share: failures as a sentence and an exit code. */
#include <stdio.h>

#include "cli/verbs.h"

int verb_fail(const char *verb, const struct error *err) {
    fprintf(stderr, "smprig %s: %s\n", verb, err->text);
    return result_exit_code(err->code);
}
