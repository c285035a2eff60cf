/* Options of `smprig case`, shared by its parts (verb_case.c, case_show.c, case_export.c). */
#ifndef SMPRIG_CLI_CASE_ARGS_H
#define SMPRIG_CLI_CASE_ARGS_H

#include <stdbool.h>

#include "controller/journal/case_record.h"

#define CASE_ARGS_LIST_MAX 32

struct case_args {
    char path[4096]; /* the case file: CASE, or CASE/case.db when it is a folder */
    const char *name, *born, *scan, *plan, *design, *consent, *witness, *by;
    const char *cartridge, *needle_lot, *csv, *output, *others, *session, *dots;
    const char *photos[CASE_ARGS_LIST_MAX], *answers[CASE_ARGS_LIST_MAX];
    const char *pigments[CASE_ARGS_LIST_MAX];
    size_t photo_count, answer_count, pigment_count;
    bool is_json, is_confirmed;
};

/* case_show.c: what the case is, and whether it may be armed. */
MUST_USE enum result case_show(const struct case_args *args, struct error *err);
/* case_check.c: whether the file is whole; RESULT_FORMAT, with what is lost printed, when not. */
MUST_USE enum result case_check(const struct case_args *args, struct error *err);
/* case_export.c: everything as JSON, or one CSV a table into a folder. */
MUST_USE enum result case_export(const struct case_args *args, struct error *err);

/* case_next.c: make the dots of the next session due in the journal; a plan of the faded ones. */
MUST_USE enum result case_next(const struct case_args *args, struct error *err);
MUST_USE enum result case_touch_up(const struct case_args *args, struct error *err);

#endif
