/* What a sweep found: a table, a CSV with a row a cell, and a page with plots that needs nothing
 * else (its drawings are SVG within it). */
#include <jansson.h>
#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "cli/sweep_file.h"

#define PATH_SIZE 640
#define WORST 10
#define BINS 24
#define COMMAND_MAX 1024

struct row {
    size_t index;
    bool is_there, has_passed;
    double placement_p95_um, placement_max_um, depth_max_um, drag_max_um, session_s;
    double violations, holds, faults, done, doubtful;
    char why[160];
};

static double number_at(const json_t *json, const char *key, const char *member) {
    const json_t *value = json_object_get(json, key);
    if (value && member) value = json_object_get(value, member);
    return json_is_number(value) ? json_number_value(value) : (double)NAN;
}

static void read_row(const char *folder, struct row *row) {
    char path[PATH_SIZE];
    json_error_t error;
    snprintf(path, sizeof path, "%s/result.json", folder);
    json_t *json = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
    row->is_there = json_is_object(json);
    if (!row->is_there) {
        snprintf(row->why, sizeof row->why, "no result");
        json_decref(json);
        return;
    }
    const char *why = json_string_value(json_object_get(json, "why"));
    snprintf(row->why, sizeof row->why, "%s", why ? why : "");
    row->has_passed = json_is_true(json_object_get(json, "passed"));
    row->placement_p95_um = number_at(json, "placement_um", "p95");
    row->placement_max_um = number_at(json, "placement_um", "max");
    row->depth_max_um = number_at(json, "depth_error_um", "max");
    row->drag_max_um = number_at(json, "drag_um", "max");
    row->session_s = number_at(json, "session_s", NULL);
    row->violations = number_at(json, "violation_count", NULL);
    row->holds = number_at(json, "holds", NULL);
    row->faults = number_at(json, "faults", NULL);
    row->done = number_at(json, "done", NULL);
    row->doubtful = number_at(json, "doubtful", NULL);
    json_decref(json);
}

/* The command that plays a cell again, with its trace and picture. */
static void command_of(const struct sweep_cell *cell, char out[COMMAND_MAX]) {
    size_t length = 0;
    for (size_t i = 0; cell->argv[i] && strcmp(cell->argv[i], "-o") != 0; i++) {
        const char *word = cell->argv[i];
        bool is_quoted = strpbrk(word, " '\"$&|;<>()") != NULL;
        int n = snprintf(out + length, COMMAND_MAX - length, "%s%s%s%s", length ? " " : "",
                         is_quoted ? "'" : "", word, is_quoted ? "'" : "");
        if (n < 0 || length + (size_t)n >= COMMAND_MAX) break;
        length += (size_t)n;
    }
}

static int by_placement(const void *a, const void *b) {
    const struct row *x = *(const struct row *const *)a, *y = *(const struct row *const *)b;
    double u = x->violations * 1e6 + fmax(x->placement_max_um, 0);
    double v = y->violations * 1e6 + fmax(y->placement_max_um, 0);
    return u < v ? 1 : u > v ? -1 : (x->index > y->index) - (x->index < y->index);
}

static enum result write_csv(const struct sweep *sweep, const char *folder, const struct row *rows,
                             struct error *err) {
    char path[PATH_SIZE];
    struct file_writer writer;
    snprintf(path, sizeof path, "%s/sweep.csv", folder);
    enum result result = file_writer_open(&writer, path, err);
    if (result != RESULT_OK) return result;
    fputs("cell", writer.stream);
    for (size_t i = 0; i < SWEEP_AXES; i++) fprintf(writer.stream, ",%s", sweep_axis_names[i]);
    fputs(
        ",seed,result,done,doubtful,violations,holds,faults,session_s,placement_p95_um,"
        "placement_max_um,depth_error_max_um,drag_max_um,why\n",
        writer.stream);
    for (size_t k = 0; k < sweep->cell_count; k++) {
        struct sweep_cell cell;
        const struct row *row = &rows[k];
        sweep_cell_at(sweep, folder, k, &cell);
        fprintf(writer.stream, "%zu", k);
        for (size_t i = 0; i < SWEEP_AXES; i++) fprintf(writer.stream, ",%s", cell.choices[i]);
        fprintf(writer.stream, ",%lld,%s", (long long)cell.seed,
                !row->is_there    ? "missing"
                : row->has_passed ? "passed"
                                  : "failed");
        if (row->is_there)
            fprintf(writer.stream, ",%g,%g,%g,%g,%g,%.3f,%.1f,%.1f,%.1f,%.1f", row->done,
                    row->doubtful, row->violations, row->holds, row->faults, row->session_s,
                    row->placement_p95_um, row->placement_max_um, row->depth_max_um,
                    row->drag_max_um);
        else
            fputs(",,,,,,,,,,", writer.stream);
        fprintf(writer.stream, ",\"%s\"\n", row->why);
    }
    return file_writer_commit(&writer, err);
}

/* --- the page --- */

static void put_text(FILE *out, const char *text) {
    for (; *text; text++) {
        if (*text == '<')
            fputs("&lt;", out);
        else if (*text == '&')
            fputs("&amp;", out);
        else
            fputc(*text, out);
    }
}

/* How often each value was met: one number a row, found at `offset`. */
static void put_histogram(FILE *out, const char *title, const struct row *rows, size_t count,
                          size_t offset) {
    double most = 0;
    size_t bins[BINS] = {0}, highest = 1;
    for (size_t i = 0; i < count; i++) {
        double value;
        memcpy(&value, (const char *)&rows[i] + offset, sizeof value);
        if (rows[i].is_there && value > most) most = value;
    }
    for (size_t i = 0; i < count; i++) {
        double value;
        memcpy(&value, (const char *)&rows[i] + offset, sizeof value);
        if (!rows[i].is_there || !isfinite(value)) continue;
        size_t bin = most > 0 ? (size_t)(value / most * (BINS - 1)) : 0;
        if (++bins[bin] > highest) highest = bins[bin];
    }
    fprintf(out, "<figure><figcaption>%s</figcaption><svg viewBox='0 0 400 150' role='img'>\n",
            title);
    for (size_t b = 0; b < BINS; b++) {
        double height = 100.0 * (double)bins[b] / (double)highest;
        fprintf(out, "<rect x='%.1f' y='%.1f' width='14' height='%.1f'><title>%zu</title></rect>\n",
                10 + 15.8 * (double)b, 125 - height, height, bins[b]);
    }
    fprintf(out, "<text x='10' y='145'>0</text>");
    if (most > 0) fprintf(out, "<text x='390' y='145' text-anchor='end'>%.3g</text>", most);
    fprintf(out, "<text x='10' y='14'>highest bar: %zu cell%s</text></svg></figure>\n", highest,
            highest == 1 ? "" : "s");
}

static void put_worst(FILE *out, const struct sweep *sweep, const char *folder,
                      struct row *const *worst, size_t count) {
    fputs(
        "<h2>Worst cells</h2><table><tr><th>cell<th>violations<th>placement max um<th>depth error "
        "max um<th>result<th>play it again</tr>\n",
        out);
    for (size_t i = 0; i < count && i < WORST; i++) {
        struct sweep_cell cell;
        char command[COMMAND_MAX] = "";
        sweep_cell_at(sweep, folder, worst[i]->index, &cell);
        command_of(&cell, command);
        fprintf(out, "<tr><td>%zu<td>%g<td>%.0f<td>%.0f<td>", worst[i]->index, worst[i]->violations,
                worst[i]->placement_max_um, worst[i]->depth_max_um);
        put_text(out, worst[i]->has_passed ? "passed" : worst[i]->why);
        fputs("<td><code>", out);
        put_text(out, command);
        fputs("</code></tr>\n", out);
    }
    fputs("</table>\n", out);
}

static enum result write_page(const struct sweep *sweep, const char *folder, const struct row *rows,
                              struct row *const *worst, struct error *err) {
    char path[PATH_SIZE];
    struct file_writer writer;
    size_t passed = 0, there = 0;
    for (size_t i = 0; i < sweep->cell_count; i++) {
        passed += rows[i].is_there && rows[i].has_passed;
        there += rows[i].is_there;
    }
    snprintf(path, sizeof path, "%s/sweep.html", folder);
    enum result result = file_writer_open(&writer, path, err);
    if (result != RESULT_OK) return result;
    FILE *out = writer.stream;
    fputs("<!doctype html><html lang='en'><meta charset='utf-8'><title>", out);
    put_text(out, sweep->name);
    fputs(
        "</title><style>body{font:15px sans-serif;max-width:72em;margin:2em auto;padding:0 1em}"
        "figure{display:inline-block;width:30em;margin:.5em}svg{width:100%;background:#f4f4f2}"
        "rect{fill:#3465a4}text{font-size:12px}td,th{padding:.2em .8em;text-align:left}"
        "tr:nth-child(even){background:#f4f4f2}"
        "code{font-size:12px}</style>\n<h1>",
        out);
    put_text(out, sweep->name);
    fprintf(out, "</h1><p>%zu cells: %zu passed, %zu failed, %zu without a result.</p>\n",
            sweep->cell_count, passed, there - passed, sweep->cell_count - there);
    put_histogram(out, "placement, 95th percentile, um", rows, sweep->cell_count,
                  offsetof(struct row, placement_p95_um));
    put_histogram(out, "placement, largest, um", rows, sweep->cell_count,
                  offsetof(struct row, placement_max_um));
    put_histogram(out, "depth error, largest, um", rows, sweep->cell_count,
                  offsetof(struct row, depth_max_um));
    put_histogram(out, "length of the session, s", rows, sweep->cell_count,
                  offsetof(struct row, session_s));
    put_histogram(out, "invariants violated", rows, sweep->cell_count,
                  offsetof(struct row, violations));
    put_worst(out, sweep, folder, worst, sweep->cell_count);
    return file_writer_commit(&writer, err);
}

static void print_table(const struct sweep *sweep, const char *folder, const struct row *rows,
                        struct row *const *worst) {
    size_t passed = 0, missing = 0;
    double violations = 0, placement = 0, depth = 0;
    for (size_t i = 0; i < sweep->cell_count; i++) {
        missing += !rows[i].is_there;
        passed += rows[i].is_there && rows[i].has_passed;
        if (!rows[i].is_there) continue;
        violations += rows[i].violations;
        placement = fmax(placement, rows[i].placement_max_um);
        depth = fmax(depth, rows[i].depth_max_um);
    }
    printf("%s: %zu cells, %zu passed, %zu failed, %zu without a result\n", sweep->name,
           sweep->cell_count, passed, sweep->cell_count - passed - missing, missing);
    printf("violations %g, placement at most %.0f um, depth error at most %.0f um\n", violations,
           placement, depth);
    for (size_t i = 0; i < sweep->cell_count && i < 3; i++) {
        struct sweep_cell cell;
        char command[COMMAND_MAX] = "";
        sweep_cell_at(sweep, folder, worst[i]->index, &cell);
        command_of(&cell, command);
        printf("  cell %zu: %g violations, placement %.0f um %s\n    %s\n", worst[i]->index,
               worst[i]->violations, worst[i]->placement_max_um, worst[i]->why, command);
    }
    printf("%s/sweep.csv\n%s/sweep.html\n", folder, folder);
}

enum result sweep_report(const struct sweep *sweep, const char *folder, struct error *err) {
    struct row *rows = calloc(sweep->cell_count, sizeof *rows);
    struct row **worst = calloc(sweep->cell_count, sizeof *worst);
    enum result result =
        rows && worst ? RESULT_OK : error_set(err, RESULT_NO_MEMORY, "out of memory");
    for (size_t i = 0; result == RESULT_OK && i < sweep->cell_count; i++) {
        struct sweep_cell cell;
        sweep_cell_at(sweep, folder, i, &cell);
        rows[i].index = i;
        worst[i] = &rows[i];
        read_row(cell.folder, &rows[i]);
    }
    if (result == RESULT_OK) {
        qsort(worst, sweep->cell_count, sizeof(struct row *), by_placement);
        result = write_csv(sweep, folder, rows, err);
    }
    if (result == RESULT_OK) result = write_page(sweep, folder, rows, worst, err);
    if (result == RESULT_OK) print_table(sweep, folder, rows, worst);
    free(rows);
    free(worst);
    return result;
}
