/* What a run rests on, noted in the case's journal when it begins, so that the report can say it
 * and the hash chain holds it: the program, the files by their hashes, each calibration with its
 * residual. And the alarms, when they rise and who acknowledged them. */
#ifndef SMPRIG_CONTROLLER_DAEMON_IN_FORCE_H
#define SMPRIG_CONTROLLER_DAEMON_IN_FORCE_H

#include "controller/daemon/daemon.h"

/* The words that these rows begin with; the report reads them back. */
#define IN_FORCE_WORD "in force: "
#define ALARM_WORD "alarm "

void in_force_note(struct daemon *daemon);
/* Alarms that have risen since the last call. */
void alarms_note_new(struct daemon *daemon);
void alarms_note_acknowledged(struct daemon *daemon, uint32_t number, const char *who);

#endif
