/* How a session went: from plan, case file and (simulated) truth to a table, report.json and a
 * picture. */
#ifndef SMPRIG_CLI_REPORT_REPORT_H
#define SMPRIG_CLI_REPORT_REPORT_H

#include <cairo.h>
#include <stddef.h>
#include <stdint.h>

#include "base/result.h"
#include "cli/report/report_record.h"
#include "plan/dot.h"

struct report_inputs {
    const char *scan_path, *plan_path, *case_path;
    const char *truth_path;                      /* of the simulated rig; NULL: none */
    const char *json_path, *png_path, *pdf_path; /* to write; NULL: not wanted */
};

/* What the truth says of one dot. */
struct report_dot {
    uint8_t fate; /* enum dot_fate, from the case file */
    uint32_t punctures;
    double placement_um; /* lateral, of its first puncture; NaN: none */
    double depth_error_um;
    double uncorrected_um, drag_um, in_skin_ms;
    double force_n;                     /* greatest on the needle, by the simulation's model */
    double tip_clear_mm, body_clear_mm; /* least on the way there; NaN: an older truth file */
};

struct report_spread {
    double median, p95, max; /* NaN when nothing was measured */
};

struct report {
    struct dot_plan plan;
    struct report_dot *dots; /* owned, by plan index */
    struct report_record record;
    size_t later; /* of the skipped ones: they wait for a later session; `skipped` is the others */
    size_t done, skipped, doubtful, pending, doubled, punctures, strays;
    double duration_s; /* of striking, by the journal: from first to last dot of each run, holds
                          left out */
    double dots_per_s; /* within it; 0: fewer than two dots */
    struct report_spread placement_um, uncorrected_um, depth_error_um, drag_um, in_skin_ms;
    struct report_spread force_n;
    double tip_clear_least_mm, body_clear_least_mm; /* NaN: not measured */
};

/* Gather, print the table to stdout, write what is wanted. */
MUST_USE enum result report_make(const struct report_inputs *inputs, struct error *err);

/* report_gather.c */
MUST_USE enum result report_gather(const struct report_inputs *inputs, struct report *ret_report,
                                   struct error *err);
void report_release(struct report *report);
/* report_errors.c: the errors that are shown, and how many dots have which */
#define REPORT_BINS 40
struct report_histogram {
    const char *title, *key;
    size_t offset;              /* of the value in struct report_dot */
    double most, limit;         /* right end of the axis, um; drawn as a line */
    size_t counts[REPORT_BINS]; /* the last one has all beyond too */
};
#define REPORT_HISTOGRAMS 3
void report_histograms(const struct report *report,
                       struct report_histogram ret_list[REPORT_HISTOGRAMS]);

/* report_picture.c: head, numbers and histograms on REPORT_WIDTH x REPORT_HEIGHT units. */
#define REPORT_WIDTH 1440
#define REPORT_HEIGHT 900
MUST_USE enum result report_paint(cairo_t *cairo, const struct report *report,
                                  const struct report_inputs *inputs, struct error *err);
MUST_USE enum result report_draw(const struct report *report, const struct report_inputs *inputs,
                                 struct error *err);
/* report_pdf.c: the picture, then what is bound, the totals, the case's events, a signature line.
 * The journal's hash chain is checked first: RESULT_FORMAT when it does not hold. */
MUST_USE enum result report_write_pdf(const struct report *report,
                                      const struct report_inputs *inputs, struct error *err);
/* Check a case file's hash chain and say so. */
MUST_USE enum result report_verify(const char *case_path, struct error *err);

#endif
