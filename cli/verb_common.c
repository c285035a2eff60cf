/* What verbs share: failures as a sentence and an exit code, a plan bound to its scan. */
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "cli/verbs.h"
#include "plan/dot.h"

int verb_fail(const char *verb, const struct error *err) {
    fprintf(stderr, "smprig %s: %s\n", verb, err->text);
    return result_exit_code(err->code);
}

enum result verb_check_scan(const struct dot_plan *plan, const char *plan_path,
                            const char *scan_path, struct error *err) {
    char sha256[SHA256_HEX_SIZE];
    enum result result = file_sha256(scan_path, sha256, err);
    if (result != RESULT_OK || strcmp(sha256, plan->scan_sha256) == 0) return result;
    return error_set(err, RESULT_RANGE, "%s was made for another scan than %s", plan_path,
                     scan_path);
}
