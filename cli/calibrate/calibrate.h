/* The steps of `smprig calibrate`, one file each. argv[0] is the step's word; the value is the exit
 * code (sysexits.h). Each reads recorded data, refuses a bad set with the reason, prints its
 * residuals as a table, draws them, and writes YAML (docs/calibration.md). */
#ifndef SMPRIG_CLI_CALIBRATE_CALIBRATE_H
#define SMPRIG_CLI_CALIBRATE_CALIBRATE_H

#include "base/result.h"

int calibrate_check(int argc, char **argv);
int calibrate_simulated(int argc, char **argv);

/* Print `smprig calibrate STEP: sentence` to stderr and return the exit code. */
int calibrate_fail(const char *step, const struct error *err);

#endif
