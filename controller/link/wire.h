/* One cleared command as one line of G-code. Takes nothing but what the gate made. */
#ifndef SMPRIG_CONTROLLER_LINK_WIRE_H
#define SMPRIG_CONTROLLER_LINK_WIRE_H

#include <stddef.h>

#include "base/result.h"
#include "motion/rig.h"
#include "safety/gate.h"
#include "safety/service.h"

#define WIRE_LINE_MAX 256 /* the firmware's longest line, its newline included */

/* Both take nothing but what safety/ cleared.
 *
 * A travel:  N41 G0 X12.345 Y6.780 A4.1000 B-12.6000 C-31.200
 * A strike:  N42 G81 F4777 Z-1.250 R0
 * A withdrawal: N43 G0 Z0
 * with a newline at the end; mm to 1 um, deg to 1e-4, feed in mm/min. Returns the length in
 * ret_length. RESULT_LIMIT when it does not fit. */
MUST_USE enum result wire_encode(const struct cleared_command *command, const struct rig *rig,
                                 char line[WIRE_LINE_MAX], size_t *ret_length);
/* A travel's second copy, under the next line number: the board drops it when both came as they
 * were sent. RESULT_INVALID for anything else. */
MUST_USE enum result wire_encode_echo(const struct cleared_command *command, const struct rig *rig,
                                      char line[WIRE_LINE_MAX], size_t *ret_length);

/* A retract:  G90 G53 G0 Z0
 * A park:     G90 G53 G0 X150.000 Y20.000 ...
 * An approach: G90 G53 G1 X15.000 Y15.000 ... F300.0
 * A jog:      $J=G91 G21 X1.000 F600.0
 * A probe:    G90 G38.2 Z-1.500 F60.0
 * Jogs and probes of the rig's own units, as above. */
MUST_USE enum result wire_encode_service(const struct cleared_service *command,
                                         const struct rig *rig, char line[WIRE_LINE_MAX],
                                         size_t *ret_length);

#endif
