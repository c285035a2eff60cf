/* The gate: the only maker of a cleared command, and `wire_encode()` takes nothing else. A way
 * around the gate does not compile. */
#ifndef SMPRIG_SAFETY_GATE_H
#define SMPRIG_SAFETY_GATE_H

#include <stdint.h>

#define GATE_AXES_MAX 6 /* positioning axes; the needle is not one of them */

enum cleared_kind { CLEARED_TRAVEL, CLEARED_STRIKE, CLEARED_KIND_COUNT };

/* Opaque; lives inside the gate, valid until the next call that clears something. */
struct cleared_command;

enum cleared_kind cleared_kind(const struct cleared_command *command);
/* Line number for the N word, 1..99,999,998, rising by one with each cleared command. */
uint32_t cleared_line(const struct cleared_command *command);
/* Travel: target of positioning axis i, mm or rad, in the rig file's order. */
double cleared_axis(const struct cleared_command *command, int axis);
/* Strike: needle travel from retracted, mm, > 0. */
double cleared_stroke_mm(const struct cleared_command *command);
/* Strike: plunge speed, mm/s. */
double cleared_plunge_mm_s(const struct cleared_command *command);
/* Strike: dwell at the bottom, s; 0 for a plain G81. */
double cleared_dwell_s(const struct cleared_command *command);

#endif
