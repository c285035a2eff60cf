/* A recording through the present code: the recorded news go into the very step functions that the
 * programs run, at the recorded times, and each thing that they said is compared with what comes
 * now. The first difference ends it: what follows was recorded of another course of events.
 *
 * The two halves are independent of each other: the session of session.rec, the guard of guard.rec.
 * Their times are of one clock. */
#ifndef SMPRIG_SIM_RERUN_H
#define SMPRIG_SIM_RERUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/result.h"
#include "controller/record/record.h"
#include "plan/field.h"

#define RERUN_WORDS_MAX 480
#define RERUN_CONTEXT 12 /* lines kept of what went before */
#define RERUN_PATH_MAX 4096
#define RERUN_RIG_FILE "rig.yaml"
#define RERUN_PLAN_FILE "plan.ply"

struct rerun_line {
    int64_t at_ns;
    char words[RERUN_WORDS_MAX];
};

struct rerun_difference {
    int64_t at_ns;
    uint64_t record; /* its number in the file */
    char recorded[RERUN_WORDS_MAX], now[RERUN_WORDS_MAX];
};

/* Of one half. */
struct rerun_outcome {
    struct record_about about;
    int64_t start_ns, end_ns;
    uint64_t records, decisions; /* decisions: compared */
    size_t begins;               /* sessions, or guards, in it */
    bool is_whole;               /* it has its end */
    char end[RECORD_TEXT_MAX];   /* why it ends */
    bool is_same;
    struct rerun_difference difference; /* when it is not */
    struct rerun_line context[RERUN_CONTEXT];
    size_t context_count; /* ever noted; the newest stands at (context_count - 1) % RERUN_CONTEXT */
};

struct rerun_setup {
    const char *folder;   /* of the recording */
    const char *rig_path; /* another rig file than the recorded one; NULL: that one */
    struct field *field;  /* the scan's, built once for both halves: zero before the first, released
                             by the caller */
};

/* What both halves share: the reader, the record under way, and what became of it. */
struct rerun {
    struct rerun_setup setup;
    struct record_reader reader;
    char path[RERUN_PATH_MAX];
    struct rerun_outcome *outcome;
};

/* setup.field of this scan, unless it is there already. */
MUST_USE enum result rerun_field(const struct rerun *rerun, const char *scan_path,
                                 struct error *err);
/* Begin to read `name` in the folder. RESULT_NOT_FOUND when it is not there. The stream is closed
 * by rerun_close(). */
MUST_USE enum result rerun_open(struct rerun *rerun, const struct rerun_setup *setup,
                                const char *name, struct rerun_outcome *outcome, struct error *err);
/* As record_next(); counts. */
MUST_USE enum result rerun_next(struct rerun *rerun, struct record *ret_record, struct error *err);
/* Note the end, and close; the result that the rerun ends with. */
enum result rerun_close(struct rerun *rerun, enum result result);
/* The path of the rig's file, `size` bytes. RESULT_LIMIT. */
MUST_USE enum result rerun_rig_path(const struct rerun *rerun, char *ret_path, size_t size,
                                    struct error *err);
/* The path of a file in the folder. RESULT_LIMIT. */
MUST_USE enum result rerun_path(const char *folder, const char *name, char *ret_path, size_t size,
                                struct error *err);

void rerun_note(struct rerun *rerun, int64_t at_ns, const char *format, ...) PRINTF_LIKE(3, 4);
/* The first one stands. */
void rerun_differs(struct rerun *rerun, const struct record *record, const char *recorded,
                   const char *now);

/* RESULT_OK also when there is a difference (see is_same). RESULT_FORMAT, RESULT_RANGE,
 * RESULT_REFUSED, RESULT_NOT_FOUND: the recording is bad; the sentence says where and how. */
MUST_USE enum result rerun_session(const struct rerun_setup *setup,
                                   struct rerun_outcome *ret_outcome, struct error *err);
MUST_USE enum result rerun_guard(const struct rerun_setup *setup, struct rerun_outcome *ret_outcome,
                                 struct error *err);

#endif
