/* Copies of what a recorded session was made with: rig, scan and plan, which a replay needs, and
 * cameras, ring and calibration, which engineers want; and recording.json, which lists them. */
#ifndef SMPRIG_CONTROLLER_DAEMON_RECORDER_FILES_H
#define SMPRIG_CONTROLLER_DAEMON_RECORDER_FILES_H

#include "controller/daemon/recorder.h"

#define RECORDER_SCAN_FILE "scan.ply"
#define RECORDER_FILES_MAX 8

struct recorder_file {
    char from[GUARD_PATH_MAX], name[64];
    char sha256[SHA256_HEX_SIZE]; /* that it must have; "": any */
    bool is_needed;
};

struct recorder_files {
    struct recorder_file files[RECORDER_FILES_MAX];
    size_t count;
    char program[64], made[32];
    int64_t most_bytes;
    double frames_hz;
};

void recorder_files_name(struct recorder_files *files, const struct recorder_setup *setup,
                         const char *program, const char *made);
/* Takes its time. RESULT_REFUSED: one has changed since the session was bound to it. */
MUST_USE enum result recorder_files_copy(struct recorder_files *files, const char *folder,
                                         struct error *err);

#endif
