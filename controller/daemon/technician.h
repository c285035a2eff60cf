/* A technician at the empty rig: jog, park and probe through the guard, and the doctor's table of
 * the board's settings. A step function on caller's memory: it asks through the outbox, the guard
 * clears each motion (safety/service.h) and stops it by itself when it must. */
#ifndef SMPRIG_CONTROLLER_DAEMON_TECHNICIAN_H
#define SMPRIG_CONTROLLER_DAEMON_TECHNICIAN_H

#include <stdbool.h>
#include <stdint.h>

#include "controller/daemon/outbox.h"
#include "motion/rig.h"

#define DOCTOR_ROWS_MAX 64

enum technician_task {
    TECHNICIAN_NONE,
    TECHNICIAN_JOG,
    TECHNICIAN_PARK,  /* needle first, then the rig file's park place */
    TECHNICIAN_PROBE, /* twice, fast then slow; the needle retracted before and after */
    TECHNICIAN_TASK_COUNT
};

struct doctor_row {
    struct guard_setting setting;
    char why[GUARD_TEXT_MAX];
};

struct technician {
    enum technician_task task;
    int step;              /* of the task */
    uint64_t asked;        /* sequence of the step under way; 0: none */
    double probe_mm;       /* PROBE: stroke at most */
    double contacts_mm[2]; /* PROBE: first and second touch; NaN: none */
    enum technician_task last_task;
    bool has_failed;
    char text[GUARD_TEXT_MAX]; /* how the last task ended */

    struct doctor_row rows[DOCTOR_ROWS_MAX]; /* of the newest whole answer */
    size_t row_count, rows_coming;
    char board[GUARD_TEXT_MAX];
    bool has_offsets; /* the board shifts every command by work offsets */
    bool wants_doctor;
    uint64_t doctor_asked, doctor_answers; /* answers: how often the table was told whole */
    uint32_t guard_state;                  /* newest, enum safety_state */
};

/* "park"; "" for none. */
const char *technician_task_name(enum technician_task task);

/* Begin, or with `renews` go on with, a jog: `speed` in mm/s or rad/s along the rig's axis. The
 * guard ends it GUARD_JOG_RENEW_MS after the last renewal. RESULT_REFUSED with what to do. */
MUST_USE enum result technician_jog(struct technician *technician, const struct guard_service *jog,
                                    struct outbox *outbox, struct error *err);
/* The technician vouches that no head is in the rig. probe_mm 0: the rig's whole stroke. */
MUST_USE enum result technician_begin(struct technician *technician, enum technician_task task,
                                      double probe_mm, struct error *err);
/* End what is under way. */
void technician_stop(struct technician *technician, struct outbox *outbox);

void technician_init(struct technician *technician);
void technician_on_guard(struct technician *technician, const struct guard_event *event);
void technician_tick(struct technician *technician, const struct rig *rig, struct outbox *outbox);

#endif
