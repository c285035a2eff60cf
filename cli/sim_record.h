/* The recording of a simulated session: the same files as the programs of a live one leave
 * (docs/formats.md, "Recordings"). */
#ifndef SMPRIG_CLI_SIM_RECORD_H
#define SMPRIG_CLI_SIM_RECORD_H

#include <stdio.h>

#include "controller/record/record.h"

struct sim_record {
    struct record_writer session, guard;
    FILE *session_stream, *guard_stream;
};

/* Copies rig and scan into the folder, which has its plan.ply, and begins both records. */
MUST_USE enum result sim_record_begin(struct sim_record *record, const char *folder,
                                      const char *rig_path, const char *scan_path,
                                      struct error *err);
/* Ends and closes them. RESULT_IO when they could not be written whole. */
MUST_USE enum result sim_record_end(struct sim_record *record, struct error *err);

#endif
