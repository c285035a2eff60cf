/* The steps of `smprig calibrate`, one file each. argv[0] is the step's word; the value is the exit
 * code (sysexits.h). Each reads recorded data, refuses a bad set with the reason, prints its
 * residuals as a table, draws them, and writes YAML (docs/calibration.md). */
#ifndef SMPRIG_CLI_CALIBRATE_CALIBRATE_H
#define SMPRIG_CLI_CALIBRATE_CALIBRATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/geom.h"
#include "base/result.h"
#include "vision/calibration/image_calibration.h"
#include "vision/calibration_record.h"

int calibrate_board(int argc, char **argv);
int calibrate_camera(int argc, char **argv);
int calibrate_stereo_step(int argc, char **argv);
int calibrate_rig_step(int argc, char **argv);
int calibrate_ring_step(int argc, char **argv);
int calibrate_needle(int argc, char **argv);
int calibrate_depth(int argc, char **argv);
int calibrate_check(int argc, char **argv);
int calibrate_simulated(int argc, char **argv);
int calibrate_rehearse(int argc, char **argv);

/* Options that several steps share; each step says which it needs. */
#define CALIBRATE_INPUTS_MAX CAMERA_COUNT_MAX
struct calibrate_options {
    const char *images, *board, *ring, *poses, *scan, *touches, *output, *name;
    const char *cameras[CALIBRATE_INPUTS_MAX];
    size_t cameras_count;
    char picture[4096]; /* the output's name with .png unless given */
    struct chessboard chessboard;
    double sigma_um, sigma_urad; /* of the rig's reported poses */
    bool has_k3, is_simulated;
};
/* A step from its words to its exit code: takes the options that its usage names, complains when
 * one of `needed` ("images board output") is missing, and runs it. */
int calibrate_run(int argc, char **argv, const char *usage, const char *needed,
                  enum result (*run)(const struct calibrate_options *options, struct error *err));

/* Print `smprig calibrate STEP: sentence` to stderr and return the exit code. */
int calibrate_fail(const char *step, const struct error *err);

/* A record of now. */
struct calibration_record calibrate_record(const struct calibrate_options *options,
                                           enum calibration_step step, const char *subject);
/* The record of a calibration by images. */
struct calibration_record calibrate_image_record(const struct calibrate_options *options,
                                                 enum calibration_step step, const char *subject,
                                                 const struct image_calibration *calibration);

/* A line a view on stdout: tags, tilt, residual; and a line for the whole. */
void calibrate_print_views(const struct image_calibration *calibration);
/* What the record is worth against its limits, on stdout. */
void calibrate_print_verdict(const struct calibrate_options *options,
                             const struct calibration_record *record);

/* All cameras of the --cameras files in order, with their records. */
MUST_USE enum result calibrate_read_cameras(const struct calibrate_options *options,
                                            struct camera_set *ret_set,
                                            struct calibration_records *ret_records,
                                            struct error *err);

#endif
