/* The report to print and sign: A4 landscape pages by cairo, text by pango. */
#include <cairo-pdf.h>
#include <math.h>
#include <pango/pangocairo.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cli/report/report.h"
#include "controller/journal/journal.h"
#include "version.h"

#define PAGE_WIDTH_PT 842.0
#define PAGE_HEIGHT_PT 595.0
#define MARGIN_PT 42.0
#define LINE_PT 12.5
/* Events of a case that are printed; the whole record is the case file. */
#define EVENTS_MAX 2000

struct paper {
    cairo_t *cairo;
    PangoLayout *layout;
    double y; /* of the next line */
    int events;
};

static void put_line(struct paper *paper, const char *font, const char *text) {
    PangoFontDescription *description = pango_font_description_from_string(font);
    if (paper->y > PAGE_HEIGHT_PT - MARGIN_PT) {
        cairo_show_page(paper->cairo);
        paper->y = MARGIN_PT;
    }
    pango_layout_set_font_description(paper->layout, description);
    pango_font_description_free(description);
    pango_layout_set_text(paper->layout, text, -1);
    cairo_move_to(paper->cairo, MARGIN_PT, paper->y);
    pango_cairo_show_layout(paper->cairo, paper->layout);
    int height = 0; /* a long line is wrapped */
    pango_layout_get_size(paper->layout, NULL, &height);
    paper->y += fmax(LINE_PT, 1.1 * height / PANGO_SCALE);
}

static bool put_event(void *context, const struct journal_row *row) {
    struct paper *paper = context;
    char line[JOURNAL_TEXT_MAX + 128], dot[32] = "";
    bool is_of_a_dot = row->entry.kind == JOURNAL_INTENT || row->entry.kind == JOURNAL_VOID ||
                       row->entry.kind == JOURNAL_DONE;
    bool is_told_above = strncmp(row->entry.text, "in force: ", 10) == 0;
    if (is_of_a_dot || is_told_above) return true;
    if (row->entry.dot != JOURNAL_NO_DOT)
        snprintf(dot, sizeof dot, "dot %u: ", (unsigned)row->entry.dot);
    snprintf(line, sizeof line, "%.19s  %-9s  %s%s%s", row->wall_time,
             journal_kind_name(row->entry.kind), dot,
             row->entry.kind == JOURNAL_RECORD ? "changed; its digest is now " : "",
             row->entry.text);
    put_line(paper, "DejaVu Sans Mono 7", line);
    return ++paper->events < EVENTS_MAX;
}

static enum result put_bound(struct paper *paper, const struct report *report,
                             const struct report_inputs *inputs, struct error *err) {
    char line[4300], plan_sha256[SHA256_HEX_SIZE];
    enum result result = file_sha256(inputs->plan_path, plan_sha256, err);
    if (result != RESULT_OK) return result;
    put_line(paper, "DejaVu Sans Bold 16", "Record of the session");
    snprintf(line, sizeof line, "case  %s: every row of its journal is chained and checked",
             inputs->case_path);
    put_line(paper, "DejaVu Sans 9", line);
    snprintf(line, sizeof line, "scan  SHA-256 %s", report->plan.scan_sha256);
    put_line(paper, "DejaVu Sans 9", line);
    snprintf(line, sizeof line, "plan  SHA-256 %s", plan_sha256);
    put_line(paper, "DejaVu Sans 9", line);
    put_line(paper, "DejaVu Sans 9", "made by smprig " SMPRIG_VERSION " (" SMPRIG_REVISION ")");
    snprintf(line, sizeof line,
             "dots  %zu planned, %zu done, %zu skipped, %zu doubtful, %zu pending, %zu for a later "
             "session",
             report->plan.dot_count, report->done, report->skipped, report->doubtful,
             report->pending, report->later);
    put_line(paper, "DejaVu Sans 9", line);
    paper->y += LINE_PT;
    return RESULT_OK;
}

static const char *text_of(const json_t *row, const char *key) {
    const char *text = json_string_value(json_object_get(row, key));
    return text ? text : "(erased)";
}

static void put_heading(struct paper *paper, const char *words) {
    paper->y += LINE_PT;
    put_line(paper, "DejaVu Sans Bold 10", words);
}

static void utc_text(json_int_t unix_s, char *ret_text, size_t size) {
    struct tm parts;
    time_t time_s = (time_t)unix_s;
    strftime(ret_text, size, "%Y-%m-%d %H:%M UTC", gmtime_r(&time_s, &parts));
}

/* A session's line, then one for each pigment. */
static void put_session(struct paper *paper, const json_t *session, const json_t *pigments) {
    char line[512], opened[32];
    size_t at;
    json_t *pigment;
    json_int_t number = json_integer_value(json_object_get(session, "number"));
    utc_text(json_integer_value(json_object_get(session, "opened_s")), opened, sizeof opened);
    snprintf(line, sizeof line, "session %lld   %s   operated by %s   needle cartridge %s, lot %s",
             (long long)number, opened, text_of(session, "operated_by"),
             text_of(session, "cartridge"), text_of(session, "needle_lot"));
    put_line(paper, "DejaVu Sans 9", line);
    json_array_foreach((json_t *)pigments, at, pigment) {
        if (json_integer_value(json_object_get(pigment, "session")) != number) continue;
        snprintf(line, sizeof line, "        pigment %s: lot %s", text_of(pigment, "shade"),
                 text_of(pigment, "lot"));
        put_line(paper, "DejaVu Sans 9", line);
    }
}

static void put_record(struct paper *paper, const struct report_record *record) {
    char line[REPORT_LINE_MAX + 2 * JOURNAL_TEXT_MAX];
    size_t at;
    json_t *row;
    put_heading(paper, "Client and sessions");
    json_array_foreach(json_object_get(record->tables, "client"), at, row) {
        snprintf(line, sizeof line, "client  %s, born %s", text_of(row, "name"),
                 text_of(row, "born"));
        put_line(paper, "DejaVu Sans 9", line);
    }
    json_array_foreach(json_object_get(record->tables, "sessions"), at, row) {
        put_session(paper, row, json_object_get(record->tables, "pigments"));
    }
    snprintf(line, sizeof line,
             "first strike  %.19s   last strike  %.19s   (UTC; %zu runs of smprigd)",
             record->first_strike[0] ? record->first_strike : "none",
             record->last_strike[0] ? record->last_strike : "none", record->runs);
    put_line(paper, "DejaVu Sans 9", line);
    put_heading(paper, "In force when the last run began");
    for (size_t i = 0; i < record->in_force_count; i++)
        put_line(paper, "DejaVu Sans Mono 7", record->in_force[i]);
    put_heading(paper, "Alarms");
    if (record->alarm_count == 0) put_line(paper, "DejaVu Sans 9", "none");
    for (size_t i = 0; i < record->alarm_count; i++) {
        const struct report_alarm *a = &record->alarms[i];
        snprintf(line, sizeof line, "%.19s  %s  %s%.19s%s%s", a->raised, a->text,
                 a->acknowledged[0] ? "acknowledged " : "not acknowledged", a->acknowledged,
                 a->acknowledged[0] ? " by " : "", a->acknowledged_by);
        put_line(paper, "DejaVu Sans Mono 7", line);
    }
    put_heading(paper, "Events");
}

static void put_signature(struct paper *paper) {
    paper->y += 3 * LINE_PT;
    put_line(paper, "DejaVu Sans 9",
             "date ____________________    name ______________________________    signature "
             "______________________________");
}

static enum result put_pages(cairo_t *cairo, const struct report *report,
                             const struct report_inputs *inputs, struct journal *journal,
                             struct error *err) {
    struct paper paper = {cairo, pango_cairo_create_layout(cairo), MARGIN_PT, 0};
    pango_layout_set_width(paper.layout, (int)((PAGE_WIDTH_PT - 2 * MARGIN_PT) * PANGO_SCALE));
    pango_layout_set_wrap(paper.layout, PANGO_WRAP_WORD_CHAR);
    cairo_save(cairo);
    cairo_scale(cairo, PAGE_WIDTH_PT / REPORT_WIDTH, PAGE_WIDTH_PT / REPORT_WIDTH);
    enum result result = report_paint(cairo, report, inputs, err);
    cairo_restore(cairo);
    cairo_show_page(cairo);
    cairo_set_source_rgb(cairo, 0, 0, 0);
    if (result == RESULT_OK) result = put_bound(&paper, report, inputs, err);
    if (result == RESULT_OK) put_record(&paper, &report->record);
    if (result == RESULT_OK) result = journal_each(journal, put_event, &paper, err);
    if (result == RESULT_OK) put_signature(&paper);
    g_object_unref(paper.layout);
    return result;
}

static enum result open_verified(const char *case_path, struct journal **ret_journal,
                                 struct error *err) {
    struct journal *journal = NULL;
    enum result result = journal_open_to_read(case_path, &journal, err);
    if (result != RESULT_OK) return result;
    result = journal_verify(journal, err);
    if (result == RESULT_OK)
        *ret_journal = journal;
    else
        journal_close(&journal);
    return result;
}

enum result report_write_pdf(const struct report *report, const struct report_inputs *inputs,
                             struct error *err) {
    struct journal *journal = NULL;
    char temporary[4096];
    enum result result = open_verified(inputs->case_path, &journal, err);
    if (result != RESULT_OK) return result;
    snprintf(temporary, sizeof temporary, "%.4000s.part", inputs->pdf_path);
    cairo_surface_t *surface = cairo_pdf_surface_create(temporary, PAGE_WIDTH_PT, PAGE_HEIGHT_PT);
    cairo_t *cairo = cairo_create(surface);
    result = put_pages(cairo, report, inputs, journal, err);
    cairo_show_page(cairo);
    cairo_destroy(cairo);
    cairo_surface_finish(surface);
    bool is_written = cairo_surface_status(surface) == CAIRO_STATUS_SUCCESS;
    cairo_surface_destroy(surface);
    journal_close(&journal);
    if (result == RESULT_OK && (!is_written || rename(temporary, inputs->pdf_path) != 0))
        result = error_set(err, RESULT_IO, "%s: cannot be written", inputs->pdf_path);
    if (result != RESULT_OK) remove(temporary);
    return result;
}

enum result report_verify(const char *case_path, struct error *err) {
    struct journal *journal = NULL;
    enum result result = open_verified(case_path, &journal, err);
    if (result != RESULT_OK) return result;
    printf("%s: the chain holds: %zu dots done, %zu skipped, %zu doubtful, %zu pending\n",
           case_path, journal_count(journal, FATE_DONE), journal_count(journal, FATE_SKIPPED),
           journal_count(journal, FATE_DOUBTFUL), journal_count(journal, FATE_PENDING));
    journal_close(&journal);
    return RESULT_OK;
}
