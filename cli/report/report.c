#include "cli/report/report.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>

#include "base/file.h"

static void print_spread(const char *name, const struct report_spread *spread, const char *unit) {
    printf("  %-24s %9.1f %9.1f %9.1f  %s\n", name, spread->median, spread->p95, spread->max, unit);
}

static void print_table(const struct report *report) {
    printf(
        "\n  dots planned  %6zu\n  done          %6zu\n  skipped       %6zu\n"
        "  doubtful      %6zu\n  pending       %6zu\n",
        report->plan.dot_count, report->done, report->skipped, report->doubtful, report->pending);
    if (report->later) printf("  later session %6zu\n", report->later);
    if (report->punctures == 0) return;
    printf("  punctures     %6zu   (doubled %zu, strays %zu)\n", report->punctures, report->doubled,
           report->strays);
    printf("  time          %6.1f s  %.1f dots/s\n\n", report->duration_s, report->dots_per_s);
    printf("  %-24s %9s %9s %9s\n", "true errors", "median", "p95", "max");
    print_spread("placement", &report->placement_um, "um");
    print_spread("placement, uncorrected", &report->uncorrected_um, "um");
    print_spread("depth", &report->depth_error_um, "um");
    print_spread("drag in the skin", &report->drag_um, "um");
    print_spread("time in the skin", &report->in_skin_ms, "ms");
    if (isfinite(report->force_n.max))
        printf(
            "  force on the needle at most %.2f N; the retracted needle stayed %.2f mm off the "
            "head,\n"
            "  the tool's body %.2f mm\n",
            report->force_n.max, report->tip_clear_least_mm, report->body_clear_least_mm);
    putchar('\n');
}

static void set_number(json_t *json, const char *key, double value) {
    json_object_set_new(json, key, isfinite(value) ? json_real(value) : json_null());
}

static void set_spread(json_t *json, const char *name, const char *unit,
                       const struct report_spread *spread) {
    char key[96];
    snprintf(key, sizeof key, "%s_median_%s", name, unit);
    set_number(json, key, spread->median);
    snprintf(key, sizeof key, "%s_p95_%s", name, unit);
    set_number(json, key, spread->p95);
    snprintf(key, sizeof key, "%s_max_%s", name, unit);
    set_number(json, key, spread->max);
}

static json_t *histograms_json(const struct report *report) {
    struct report_histogram list[REPORT_HISTOGRAMS];
    json_t *json = json_object();
    report_histograms(report, list);
    for (size_t i = 0; i < REPORT_HISTOGRAMS && report->punctures; i++) {
        json_t *counts = json_array();
        for (size_t bin = 0; bin < REPORT_BINS; bin++)
            json_array_append_new(counts, json_integer((json_int_t)list[i].counts[bin]));
        json_object_set_new(json, list[i].key,
                            json_pack("{s:f, s:f, s:o}", "bin_um", list[i].most / REPORT_BINS,
                                      "limit_um", list[i].limit, "counts", counts));
    }
    return json;
}

static json_t *report_json(const struct report *report) {
    json_t *json = json_pack(
        "{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "dots_planned",
        (json_int_t)report->plan.dot_count, "dots_struck", (json_int_t)report->done, "dots_skipped",
        (json_int_t)report->skipped, "dots_doubtful", (json_int_t)report->doubtful, "dots_pending",
        (json_int_t)report->pending, "dots_doubled", (json_int_t)report->doubled, "punctures",
        (json_int_t)report->punctures, "strays", (json_int_t)report->strays);
    if (!json) return NULL;
    set_number(json, "duration_s", report->duration_s);
    set_number(json, "dots_per_s", report->dots_per_s);
    set_spread(json, "placement_error", "um", &report->placement_um);
    set_spread(json, "placement_error_uncorrected", "um", &report->uncorrected_um);
    set_spread(json, "depth_error", "um", &report->depth_error_um);
    set_spread(json, "drag", "um", &report->drag_um);
    set_spread(json, "in_skin", "ms", &report->in_skin_ms);
    set_spread(json, "force", "n", &report->force_n);
    set_number(json, "tip_clearance_least_mm", report->tip_clear_least_mm);
    set_number(json, "body_clearance_least_mm", report->body_clear_least_mm);
    json_object_set_new(json, "dots_later", json_integer((json_int_t)report->later));
    json_object_set_new(json, "histograms", histograms_json(report));
    json_object_update_new(json, report_record_json(&report->record));
    return json;
}

static enum result write_json(const struct report *report, const char *path, struct error *err) {
    struct file_writer writer;
    json_t *json = report_json(report);
    if (!json) return error_set(err, RESULT_NO_MEMORY, "%s: out of memory", path);
    enum result result = file_writer_open(&writer, path, err);
    if (result == RESULT_OK) {
        json_dumpf(json, writer.stream, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
        fputc('\n', writer.stream);
        result = file_writer_commit(&writer, err);
    }
    json_decref(json);
    return result;
}

enum result report_make(const struct report_inputs *inputs, struct error *err) {
    struct report report;
    enum result result = report_gather(inputs, &report, err);
    if (result != RESULT_OK) return result;
    print_table(&report);
    if (inputs->json_path) result = write_json(&report, inputs->json_path, err);
    if (result == RESULT_OK && inputs->png_path) result = report_draw(&report, inputs, err);
    if (result == RESULT_OK && inputs->pdf_path) result = report_write_pdf(&report, inputs, err);
    if (result == RESULT_OK && inputs->pdf_path) printf("  %s\n", inputs->pdf_path);
    if (result == RESULT_OK && inputs->json_path) printf("  %s\n", inputs->json_path);
    if (result == RESULT_OK && inputs->png_path) printf("  %s\n", inputs->png_path);
    report_release(&report);
    return result;
}
