/* A calibration guided over the API: one step at a time, from what the daemon's cameras and rig
 * tell. Views are taken one by one into a folder; from the least number on, `smprig calibrate STEP`
 * judges them after each (jobs.h), and its residual is told; accepted, the file takes the old one's
 * place.
 *
 * Steps that need what the daemon has not (another recording, another place) are done by the
 * command line, and this says which command. */
#ifndef SMPRIG_CONTROLLER_DAEMON_CALIBRATING_H
#define SMPRIG_CONTROLLER_DAEMON_CALIBRATING_H

#include <stdbool.h>
#include <stdint.h>

#include "controller/daemon/jobs.h"
#include "motion/kinematics.h"
#include "vision/calibration_record.h"

struct daemon;

#define CALIBRATING_VIEWS_MAX 40

enum calibrating_step {
    CALIBRATING_NONE,
    CALIBRATING_RING,   /* the ring turned to all sides before the cameras */
    CALIBRATING_RIG,    /* a board that the tool carries, at poses that tilt */
    CALIBRATING_NEEDLE, /* the tip on one fixed point, the tool leaning to all sides */
    CALIBRATING_BOARD,  /* make and print a board of tags */
    CALIBRATING_STEP_COUNT
};

struct calibrating {
    enum calibrating_step step;
    uint32_t views;
    bool is_taking; /* a view is awaited from the cameras */
    int64_t asked_ns;
    struct axes axes; /* where the rig stood when it was asked */
    uint32_t job;     /* the newest judgement; 0: none yet */
    bool is_judged;   /* `record` is of all views */
    struct calibration_record record;
    char text[JOB_TEXT_MAX];
};

const char *calibrating_step_name(enum calibrating_step step);

MUST_USE enum result calibrating_start(struct daemon *daemon, const char *step, int64_t now_ns,
                                       struct error *err);
MUST_USE enum result calibrating_take(struct daemon *daemon, int64_t now_ns, struct error *err);
/* Put the judged file in the place of the old one, which is kept as FILE.old. */
MUST_USE enum result calibrating_accept(struct daemon *daemon, struct error *err);
void calibrating_cancel(struct daemon *daemon);
void calibrating_tick(struct daemon *daemon, int64_t now_ns);

/* What is under way: step, views, what to do, how good; null when nothing is. */
json_t *calibrating_json(const struct daemon *daemon);

#endif
