/* What the daemon itself vouches for before the rig may be armed: that the rig is calibrated and
 * the scan registered (vision/calibration/check.h), and that the case is cleared
 * (controller/journal/case_readiness.h). */
#ifndef SMPRIG_CONTROLLER_DAEMON_READINESS_H
#define SMPRIG_CONTROLLER_DAEMON_READINESS_H

#include <stdint.h>

#include "controller/daemon/daemon.h"

/* Read and judge all calibration files; log what is wrong. Records of the simulated rig count only
 * with its frames ("shm:"). now_s: UTC seconds since 1970. */
void readiness_check(struct daemon *daemon, int64_t now_s);
/* How far the skin stands outside the scan; 0 while the rig is not calibrated. */
double readiness_surface_zero_mm(const struct daemon *daemon);
/* The bits of enum guard_input that hold by it. */
uint32_t readiness_inputs(const struct daemon *daemon);
/* The case's own word by its facts, and what the guard hears of it while the rig waits
 * to be armed. */
void readiness_judge_case(struct daemon *daemon, int64_t now_s);
/* Calibrations and the case's screening age while the rig waits to be armed; once
 * armed they stand. */
void readiness_age(struct daemon *daemon, int64_t now_s);

#endif
