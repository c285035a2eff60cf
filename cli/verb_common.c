/* What verbs share: failures as a sentence and an exit code, values of options, small chores. */
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/progress.h"
#include "base/text.h"
#include "cli/verbs.h"
#include "plan/dot.h"

#define POSE_NUMBERS 7
#define UNIT_TOLERANCE 1e-2 /* of a quaternion typed with few digits; it is made one */

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
    size_t count = 0;
    bool is_good = text_to_doubles(text, v, POSE_NUMBERS, &count) == RESULT_OK;
    is_good = is_good && count == POSE_NUMBERS;
    struct quat q = is_good ? (struct quat){v[3], v[4], v[5], v[6]} : (struct quat){0};
    double norm = sqrt(q.x * q.x + q.y * q.y + q.z * q.z + q.w * q.w);
    if (!(fabs(norm - 1) < UNIT_TOLERANCE))
        return error_set(err, RESULT_FORMAT,
                         "pose '%s': expected 'x y z qx qy qz qw', mm and a unit quaternion", text);
    q = (struct quat){q.x / norm, q.y / norm, q.z / norm, q.w / norm};
    *ret_pose = (struct pose){mat3_from_quat(q), {v[0], v[1], v[2]}};
    return RESULT_OK;
}

bool verb_take_point(const char *text, void *into) {
    double v[3];
    size_t count;
    if (text_to_doubles(text, v, 3, &count) != RESULT_OK || count != 3) return false;
    *(struct vec3 *)into = vec3_make(v[0], v[1], v[2]);
    return true;
}

void verb_tell_progress(void *progress, double fraction) {
    progress_update(progress, fraction, 1.0, clock_now_ns());
}

void verb_remove_case(const char *path) {
    static const char *const suffixes[] = {"", "-wal", "-shm"};
    char name[PATH_MAX + 8];
    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
        snprintf(name, sizeof name, "%s%s", path, suffixes[i]);
        unlink(name);
    }
}
