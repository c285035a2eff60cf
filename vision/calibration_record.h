/* What a calibration file says about itself: which steps made it, when, and how good they were. The
 * block `calibration:` stands in the cameras' file, the ring's, and those of needle, depth and
 * registration (docs/calibration.md). */
#ifndef SMPRIG_VISION_CALIBRATION_RECORD_H
#define SMPRIG_VISION_CALIBRATION_RECORD_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/result.h"
#include "vision/yaml_tree.h"

#define CALIBRATION_RECORDS_MAX 16
#define CALIBRATION_SUBJECT_MAX 32

/* In the order of doing them. */
enum calibration_step {
    CALIBRATION_CAMERA,   /* one camera's intrinsics */
    CALIBRATION_STEREO,   /* how the cameras stand to each other */
    CALIBRATION_RIG,      /* cameras to rig: hand-eye */
    CALIBRATION_RING,     /* where each tag is on its ring */
    CALIBRATION_NEEDLE,   /* where the tip is on its holder */
    CALIBRATION_DEPTH,    /* the surface's zero */
    CALIBRATION_REGISTER, /* scan to ring */
    CALIBRATION_STEP_COUNT
};
/* The verb's word: "camera". */
const char *calibration_step_name(enum calibration_step step);
/* Unit of a step's residual: "px" or "um". */
const char *calibration_step_unit(enum calibration_step step);

struct calibration_record {
    enum calibration_step step;
    char subject[CALIBRATION_SUBJECT_MAX]; /* the camera's name; empty where there is only one */
    int64_t made_s;                        /* UTC, seconds since 1970 */
    uint32_t samples;                      /* views or touches that were used */
    double residual;                       /* rms, in the step's unit */
    double error_um;   /* expected at the treated skin, one sigma: what the step leaves */
    bool is_simulated; /* of a rig that isn't there: no proof for one that is */
};

struct calibration_records {
    struct calibration_record list[CALIBRATION_RECORDS_MAX];
    uint32_t count;
};

/* The block `calibration:` of a document; a document without one (and OpenCV's XML) has no records.
 * RESULT_FORMAT, RESULT_RANGE, RESULT_LIMIT with `file:line:column: ...`. */
MUST_USE enum result calibration_records_parse(const struct yaml_tree *tree,
                                               struct calibration_records *ret_records,
                                               struct error *err);
MUST_USE enum result calibration_records_read(const char *path,
                                              struct calibration_records *ret_records,
                                              struct error *err);
/* Writes the block; nothing when there are no records (or records is NULL). */
void calibration_records_write(FILE *out, const struct calibration_records *records);

/* Put a record in the place of the older one of the same step and subject. RESULT_LIMIT. */
MUST_USE enum result calibration_records_put(struct calibration_records *records,
                                             const struct calibration_record *record);
/* NULL: there is none. subject NULL: any. */
const struct calibration_record *calibration_records_find(const struct calibration_records *records,
                                                          enum calibration_step step,
                                                          const char *subject);

#endif
