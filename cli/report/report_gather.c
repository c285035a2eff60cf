/* Reads plan, case file and truth, and matches each true puncture to the dot it met. */
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/spread.h"
#include "cli/report/report.h"
#include "controller/journal/layers_due.h"

/* A puncture farther than this from every dot of the plan is a stray: no dot was meant there. */
#define MATCH_MM 0.5
#define TRUTH_LINE_MAX 512
/* How a session that stops running begins its note (controller/daemon/session_steps.c). */
#define PAUSE_WORD "running -> "

static size_t nearest_dot(const struct dot_plan *plan, struct vec3 p, double *ret_distance) {
    size_t best = 0;
    double best2 = INFINITY;
    for (size_t i = 0; i < plan->dot_count; i++) {
        double d2 = vec3_norm2(vec3_sub(plan->dots[i].p_head, p));
        if (d2 < best2) best2 = d2, best = i;
    }
    *ret_distance = sqrt(best2);
    return best;
}

struct truth_row {
    double t_s, depth_um, drag_um, in_skin_ms, uncorrected_um;
    double force_n, tip_clear_mm, body_clear_mm;
    struct vec3 p;
};

static bool parse_row(const char *line, struct truth_row *row) {
    unsigned index, number;
    struct vec3 n = {0};
    double stroke_mm;
    row->force_n = row->tip_clear_mm = row->body_clear_mm = NAN;
    return sscanf(line,
                  "%u,%lf,%u,%lf,%lf,%lf,%lf,%lf,%lf,%lf,%lf,%lf,%lf,%lf,"
                  "%lf,%lf,%lf",
                  &index, &row->t_s, &number, &row->p.x, &row->p.y, &row->p.z, &n.x, &n.y, &n.z,
                  &row->depth_um, &row->drag_um, &row->in_skin_ms, &row->uncorrected_um, &stroke_mm,
                  &row->force_n, &row->tip_clear_mm, &row->body_clear_mm) >= 13;
}

static void take_row(struct report *report, const struct truth_row *row) {
    double distance = 0;
    report->punctures++;
    report->tip_clear_least_mm = fmin(report->tip_clear_least_mm, row->tip_clear_mm);
    report->body_clear_least_mm = fmin(report->body_clear_least_mm, row->body_clear_mm);
    size_t i = nearest_dot(&report->plan, row->p, &distance);
    if (!(distance <= MATCH_MM)) {
        report->strays++;
        return;
    }
    struct report_dot *dot = &report->dots[i];
    const struct dot *planned = &report->plan.dots[i];
    if (dot->punctures++ > 0) {
        report->doubled++;
        return;
    }
    struct vec3 miss = vec3_sub(row->p, planned->p_head);
    double along = vec3_dot(miss, planned->n_head);
    dot->placement_um = 1e3 * vec3_norm(vec3_mad(miss, -along, planned->n_head));
    dot->depth_error_um = fabs(row->depth_um - planned->depth_um);
    dot->uncorrected_um = row->uncorrected_um;
    dot->drag_um = row->drag_um;
    dot->in_skin_ms = row->in_skin_ms;
    dot->force_n = row->force_n;
    dot->tip_clear_mm = row->tip_clear_mm;
    dot->body_clear_mm = row->body_clear_mm;
}

static enum result read_truth(const char *path, struct report *report, struct error *err) {
    char line[TRUTH_LINE_MAX];
    FILE *stream = fopen(path, "re");
    if (!stream) return error_set(err, RESULT_NOT_FOUND, "%s: cannot be opened", path);
    for (size_t number = 1; fgets(line, sizeof line, stream); number++) {
        struct truth_row row;
        if (number == 1) continue; /* names of the columns */
        if (!parse_row(line, &row)) {
            fclose(stream);
            return error_set(err, RESULT_FORMAT, "%s:%zu: not a puncture", path, number);
        }
        take_row(report, &row);
    }
    fclose(stream);
    return RESULT_OK;
}

/* Median, 95th percentile (nearest rank) and largest of one column over the measured dots. */
static struct report_spread spread_of(const struct report *report, size_t offset, double *scratch) {
    size_t count = 0;
    for (size_t i = 0; i < report->plan.dot_count; i++) {
        double value;
        memcpy(&value, (const char *)&report->dots[i] + offset, sizeof value);
        if (isfinite(value)) scratch[count++] = value;
    }
    if (count == 0) return (struct report_spread){NAN, NAN, NAN};
    spread_sort(scratch, count);
    return (struct report_spread){spread_quantile(scratch, count, 0.5),
                                  spread_quantile(scratch, count, 0.95), scratch[count - 1]};
}

/* The dots' times as the journal has them, a stretch at a time: days may lie between two runs, and
 * a session that is held strikes nothing. */
struct run_times {
    int64_t first_ns, last_ns; /* of the stretch's dots; 0: none yet */
    int64_t total_ns;          /* of all stretches so far */
    size_t steps;              /* from a dot to the next */
};

static bool take_time(void *context, const struct journal_row *row) {
    struct run_times *times = context;
    const bool is_pause = row->entry.kind == JOURNAL_EVENT &&
                          strncmp(row->entry.text, PAUSE_WORD, sizeof PAUSE_WORD - 1) == 0;
    if (row->entry.kind == JOURNAL_RUN_START || is_pause) times->first_ns = 0;
    if (row->entry.kind != JOURNAL_DONE) return true;
    if (times->first_ns != 0 && row->stamp_ns > times->last_ns) {
        times->total_ns += row->stamp_ns - times->last_ns;
        times->steps++;
    }
    if (times->first_ns == 0) times->first_ns = row->stamp_ns;
    times->last_ns = row->stamp_ns;
    return true;
}

static enum result take_times(struct journal *journal, struct report *report, struct error *err) {
    struct run_times times = {0};
    enum result result = journal_each(journal, take_time, &times, err);
    if (result != RESULT_OK || times.total_ns == 0) return result;
    report->duration_s = (double)times.total_ns / (double)NS_PER_S;
    report->dots_per_s = (double)times.steps / report->duration_s;
    return RESULT_OK;
}

static enum result take_fates(const char *path, struct report *report, struct error *err) {
    struct journal *journal = NULL;
    enum result result = journal_open_to_read(path, &journal, err);
    if (result != RESULT_OK) return result;
    for (size_t i = 0; i < report->plan.dot_count; i++)
        report->dots[i].fate = (uint8_t)journal_fate(journal, report->plan.dots[i].id);
    report->done = journal_count(journal, FATE_DONE);
    uint8_t *is_waiting = calloc(report->plan.dot_count + 1, 1);
    result = is_waiting ? journal_waiting(journal, &report->plan, is_waiting, err)
                        : error_set(err, RESULT_NO_MEMORY, "out of memory");
    for (size_t i = 0; result == RESULT_OK && i < report->plan.dot_count; i++)
        report->later += is_waiting[i];
    free(is_waiting);
    report->skipped = journal_count(journal, FATE_SKIPPED) - report->later;
    report->doubtful = journal_count(journal, FATE_DOUBTFUL);
    report->pending = journal_count(journal, FATE_PENDING);
    if (result == RESULT_OK) result = take_times(journal, report, err);
    journal_close(&journal);
    return result;
}

enum result report_gather(const struct report_inputs *inputs, struct report *ret_report,
                          struct error *err) {
    struct report report = {0};
    enum result result = dot_plan_read(inputs->plan_path, &report.plan, err);
    if (result != RESULT_OK) return result;
    report.dots = calloc(report.plan.dot_count + 1, sizeof *report.dots);
    double *scratch = calloc(report.plan.dot_count + 1, sizeof *scratch);
    if (!report.dots || !scratch) result = error_set(err, RESULT_NO_MEMORY, "out of memory");
    for (size_t i = 0; result == RESULT_OK && i < report.plan.dot_count; i++)
        report.dots[i] = (struct report_dot){.placement_um = NAN,
                                             .depth_error_um = NAN,
                                             .uncorrected_um = NAN,
                                             .drag_um = NAN,
                                             .in_skin_ms = NAN,
                                             .force_n = NAN,
                                             .tip_clear_mm = NAN,
                                             .body_clear_mm = NAN};
    report.tip_clear_least_mm = report.body_clear_least_mm = NAN;
    if (result == RESULT_OK) result = take_fates(inputs->case_path, &report, err);
    if (result == RESULT_OK) result = report_record_read(inputs->case_path, &report.record, err);
    if (result == RESULT_OK && inputs->truth_path)
        result = read_truth(inputs->truth_path, &report, err);
    if (result == RESULT_OK) {
        report.placement_um =
            spread_of(&report, offsetof(struct report_dot, placement_um), scratch);
        report.uncorrected_um =
            spread_of(&report, offsetof(struct report_dot, uncorrected_um), scratch);
        report.depth_error_um =
            spread_of(&report, offsetof(struct report_dot, depth_error_um), scratch);
        report.drag_um = spread_of(&report, offsetof(struct report_dot, drag_um), scratch);
        report.in_skin_ms = spread_of(&report, offsetof(struct report_dot, in_skin_ms), scratch);
        report.force_n = spread_of(&report, offsetof(struct report_dot, force_n), scratch);
        *ret_report = report;
    } else {
        report_release(&report);
    }
    free(scratch);
    return result;
}

void report_release(struct report *report) {
    report_record_release(&report->record);
    free(report->dots);
    report->dots = NULL;
    dot_plan_release(&report->plan);
}
