/* Is the rig calibrated, and the scan registered? Reads the files' records and judges age and
 * quality against named limits. Missing, unreadable, stale, bad: each is a finding with a sentence,
 * and the rig may not be armed. The wall clock is an argument. */
#ifndef SMPRIG_VISION_CALIBRATION_CHECK_H
#define SMPRIG_VISION_CALIBRATION_CHECK_H

#include <stdbool.h>
#include <stdint.h>

#include "vision/calibration/small_files.h"
#include "vision/calibration_record.h"
#include "vision/camera.h"

#define CALIBRATION_SENTENCE_MAX 320
#define CALIBRATION_FINDINGS_MAX (CAMERA_COUNT_MAX + CALIBRATION_STEP_COUNT)

/* What each step must reach; the table is in check.c, its reasons in docs/calibration.md. */
struct calibration_limits {
    double age_max_h, residual_max, error_max_um;
    uint32_t samples_min;
};
const struct calibration_limits *calibration_limits_of(enum calibration_step step);

enum calibration_verdict {
    CALIBRATION_MISSING, /* no record, or its file is unreadable; the zero value denies */
    CALIBRATION_STALE,
    CALIBRATION_BAD,      /* residual, expected error or samples beyond the limit; made tomorrow */
    CALIBRATION_PRETENCE, /* of the simulated rig, on a rig that is there */
    CALIBRATION_GOOD,
};
const char *calibration_verdict_name(enum calibration_verdict verdict);

struct calibration_finding {
    enum calibration_step step;
    char subject[CALIBRATION_SUBJECT_MAX];
    enum calibration_verdict verdict;
    bool has_record;
    struct calibration_record record;
    char sentence[CALIBRATION_SENTENCE_MAX]; /* what is wrong, what to do; what is good */
};

/* One record against its step's limits. Pure. */
enum calibration_verdict calibration_judge(const struct calibration_record *record, int64_t now_s,
                                           bool allows_simulated);

/* Where everything lies. folder NULL: needle, depth and registration are missing. scan_path NULL:
 * the registration is not compared with a scan. */
struct calibration_files {
    const char *cameras_path, *ring_path;
    const char *folder; /* of NEEDLE_FILE, DEPTH_FILE, REGISTRATION_FILE */
    const char *scan_path;
    const char *rig_path; /* NULL: the needle's record is not compared with a rig file */
};

struct calibration_status {
    struct calibration_finding findings[CALIBRATION_FINDINGS_MAX];
    uint32_t count;
    bool is_calibrated; /* all but the registration are good */
    bool is_registered; /* the registration is good, and for this scan and this ring */
    bool has_registration;
    struct registration_file registration; /* when has_registration */
    double surface_zero_um;                /* 0 without a depth file */
};

/* Reads the files and judges them. Never fails: what cannot be read is a finding. */
void calibration_check(const struct calibration_files *files, int64_t now_s, bool allows_simulated,
                       struct calibration_status *ret_status);

/* Time passes: good findings become stale. */
void calibration_age(struct calibration_status *status, int64_t now_s, bool allows_simulated);

/* The first finding that is not good, of the registration or of all the rest; NULL: none. */
const struct calibration_finding *calibration_first_wrong(const struct calibration_status *status,
                                                          bool of_registration);

#endif
