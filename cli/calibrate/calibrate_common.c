/* What all steps share: failures as a sentence and an exit code. */
#include <stdio.h>

#include "cli/calibrate/calibrate.h"

int calibrate_fail(const char *step, const struct error *err) {
    fprintf(stderr, "smprig calibrate %s: %s\n", step, err->text);
    return result_exit_code(err->code);
}
