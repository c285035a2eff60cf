/* A case that is open: scan, plan and journal bound by their hashes, ready for a session. */
#ifndef SMPRIG_CONTROLLER_DAEMON_DAEMON_CASE_H
#define SMPRIG_CONTROLLER_DAEMON_DAEMON_CASE_H

#include <stdint.h>

#include "controller/daemon/journal_writer.h"
#include "controller/daemon/prompt_past.h"
#include "controller/guard/protocol.h"
#include "controller/journal/case_readiness.h"
#include "controller/journal/journal.h"
#include "motion/rig.h"
#include "plan/dot.h"
#include "plan/field.h"

#define CASE_NAME_MAX 64

struct case_files {
    char name[CASE_NAME_MAX]; /* for people; of the folder, or "" */
    char scan_path[GUARD_PATH_MAX], plan_path[GUARD_PATH_MAX], case_path[GUARD_PATH_MAX];
    char design_path[GUARD_PATH_MAX]; /* what the plan was made of; "": not there */
};

struct daemon_case {
    struct case_files files;
    struct rig rig;
    struct dot_plan plan;
    struct field field;
    struct guard_load load;  /* what the guard must find too */
    struct case_facts facts; /* of its record, read when it was opened */
    struct prompt_past past; /* of the prompts, from the journal */
    struct journal *journal;
    struct journal_writer *writer;
    uint8_t *fates;      /* by plan index, enum dot_fate */
    uint8_t *is_later;   /* by plan index: skipped only because it waits for a later session */
    uint32_t *hours_ago; /* by plan index: since it was, or may have been, struck */
    uint32_t *order;     /* plan indexes in the order of striking */
};

/* Read, bind and open; takes a second or so, so call it from a thread when a loop is running. On
 * failure all is released again. *ret_case is heap memory of the
 * caller, for daemon_case_close(). */
MUST_USE enum result daemon_case_open(const struct case_files *files, const char *rig_path,
                                      struct daemon_case **ret_case, struct error *err);
void daemon_case_close(struct daemon_case **opened);

/* The files of the case `name` in a folder of cases: NAME/scan.ply, NAME/plan.ply, NAME/case.db,
 * and NAME/design.yaml when it is there. RESULT_INVALID when the name is not a plain one (letters,
 * digits, dash, underscore, dot inside). */
MUST_USE enum result case_files_of(const char *folder, const char *name,
                                   struct case_files *ret_files, struct error *err);

#endif
