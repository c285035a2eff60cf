#include "cli/sim_from.h"

#include <stdlib.h>

#include "controller/daemon/session_record.h"
#include "controller/record/message_codec.h"

#define POSES_MAX 20000000u /* 46 h at 120 Hz */

/* Stamps rise: a measurement that came late is left out. */
static enum result add(struct pose_list *list, size_t *capacity,
                       const struct head_measurement *measurement, struct error *err) {
    if (list->count && measurement->stamp_ns <= list->poses[list->count - 1].stamp_ns)
        return RESULT_OK;
    if (list->count == POSES_MAX)
        return error_set(err, RESULT_LIMIT, "more than %u poses", POSES_MAX);
    if (list->count == *capacity) {
        size_t more = *capacity ? 2 * *capacity : 1024;
        struct stamped_pose *poses = realloc(list->poses, more * sizeof *poses);
        if (!poses) return error_set(err, RESULT_NO_MEMORY, "out of memory for %zu poses", more);
        list->poses = poses;
        *capacity = more;
    }
    list->poses[list->count++] =
        (struct stamped_pose){.stamp_ns = measurement->stamp_ns, .T = measurement->T_rig_head};
    return RESULT_OK;
}

static enum result read_poses(struct rerun *rerun, struct pose_list *list, struct error *err) {
    size_t capacity = 0;
    struct record record;
    enum result result = RESULT_OK;
    while (result == RESULT_OK && (result = rerun_next(rerun, &record, err)) == RESULT_OK) {
        if (record.kind != RECORD_LOOK) continue;
        struct head_look look = {0};
        struct codec codec = codec_to_read(record.payload, record.count);
        codec_head_look(&codec, &look);
        if (!codec_is_at_end(&codec))
            result = record_error(&rerun->reader, &record, RESULT_FORMAT, "damaged: a look", err);
        else if (look.is_measured && pose_is_finite(look.measurement.T_rig_head))
            result = add(list, &capacity, &look.measurement, err);
    }
    return result;
}

enum result sim_from_read(const char *folder, struct sim_from *ret_from, struct error *err) {
    const struct rerun_setup setup = {.folder = folder};
    struct rerun_outcome *outcome = calloc(1, sizeof *outcome);
    struct rerun *rerun = calloc(1, sizeof *rerun);
    *ret_from = (struct sim_from){0};
    enum result result = outcome && rerun
                             ? rerun_open(rerun, &setup, SESSION_RECORD_FILE, outcome, err)
                             : error_set(err, RESULT_NO_MEMORY, "out of memory");
    if (result == RESULT_OK) {
        result = rerun_close(rerun, read_poses(rerun, &ret_from->poses, err));
        if (result == RESULT_OK && ret_from->poses.count < 2)
            result =
                error_set(err, RESULT_FORMAT, "%s: it has no two poses of the head", rerun->path);
    }
    if (result == RESULT_OK)
        result = rerun_path(folder, RERUN_RIG_FILE, ret_from->rig, sizeof ret_from->rig, err);
    if (result == RESULT_OK)
        result =
            rerun_path(folder, outcome->about.scan, ret_from->scan, sizeof ret_from->scan, err);
    if (result == RESULT_OK)
        result = rerun_path(folder, RERUN_PLAN_FILE, ret_from->plan, sizeof ret_from->plan, err);
    if (result != RESULT_OK) pose_list_release(&ret_from->poses);
    free(outcome);
    free(rerun);
    return result;
}
