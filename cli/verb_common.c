/* What verbs share: failures as a sentence and an exit code, a plan bound to its scan. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/text.h"
#include "cli/verbs.h"
#include "plan/dot.h"

#define POSE_NUMBERS 7

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

enum result verb_parse_pose(const char *text, struct pose *ret_pose, struct error *err) {
    double v[POSE_NUMBERS];
    char copy[256], *rest = copy, *part;
    int count = 0;
    bool is_good = text_copy(copy, sizeof copy, text) == RESULT_OK;
    while (is_good && (part = strsep(&rest, " ,")) != NULL) {
        if (*part) is_good = count < POSE_NUMBERS && text_to_double(part, &v[count++]) == RESULT_OK;
    }
    struct quat q = {v[3], v[4], v[5], v[6]};
    double norm = sqrt(q.x * q.x + q.y * q.y + q.z * q.z + q.w * q.w);
    if (!is_good || count != POSE_NUMBERS || !(fabs(norm - 1) < 1e-3))
        return error_set(err, RESULT_FORMAT,
                         "pose '%s': expected 'x y z qx qy qz qw', mm and a unit quaternion", text);
    *ret_pose = (struct pose){mat3_from_quat(q), {v[0], v[1], v[2]}};
    return RESULT_OK;
}

bool verb_asks_help(int argc, char **argv) {
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], "--help") == 0) return true;
    return false;
}

bool verb_wants_help(int argc, char **argv) {
    return argc == 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0);
}
