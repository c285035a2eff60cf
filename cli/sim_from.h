/* What `smprig sim --from FOLDER` takes of a recording: how the head moved, and the files that the
 * command line does not name otherwise. */
#ifndef SMPRIG_CLI_SIM_FROM_H
#define SMPRIG_CLI_SIM_FROM_H

#include "base/result.h"
#include "sim/rerun.h"
#include "vision/calibration/number_table.h"

struct sim_from {
    char rig[RERUN_PATH_MAX], scan[RERUN_PATH_MAX], plan[RERUN_PATH_MAX];
    struct pose_list poses; /* of the head in the rig frame, as measured; the caller's to release */
};

/* RESULT_NOT_FOUND: no session.rec there. RESULT_FORMAT, RESULT_RANGE: a bad one, with the place. A
 * recording that stops half-way is taken up to there. */
MUST_USE enum result sim_from_read(const char *folder, struct sim_from *ret_from,
                                   struct error *err);

#endif
