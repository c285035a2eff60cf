/* One cleared command as one line of G-code. Takes nothing but what the gate made. */
#ifndef SMPRIG_CONTROLLER_LINK_WIRE_H
#define SMPRIG_CONTROLLER_LINK_WIRE_H

#include <stddef.h>

#include "base/result.h"
#include "motion/rig.h"
#include "safety/gate.h"

#define WIRE_LINE_MAX 256 /* the firmware's longest line, its newline included */

/* A travel:  N41 G0 X12.345 Y6.780 A4.1000 B-12.6000 C-31.200
 * A strike:  N42 G81 Z-1.250 R0 F4800.0        (G82 ... P0.010 when it dwells)
 * A withdrawal: N43 G0 Z0
 * with a newline at the end; mm to 1 um, deg to 1e-4, feed in mm/min. Returns the length in
 * ret_length. RESULT_LIMIT when it does not fit. */
MUST_USE enum result wire_encode(const struct cleared_command *command, const struct rig *rig,
                                 char line[WIRE_LINE_MAX], size_t *ret_length);

#endif
