/* smprig case export: every table, as one JSON document or as one CSV file a table (RFC 4180). */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "cli/case_args.h"
#include "controller/journal/case_row_json.h"

static enum result export_json(struct case_record *record, const char *output, struct error *err) {
    json_t *root = json_object();
    enum result result = RESULT_OK;
    for (size_t i = 0; result == RESULT_OK && case_tables[i]; i++) {
        json_t *rows = json_array();
        result = case_record_each(record, case_tables[i], case_row_append_json, rows, err);
        json_object_set_new(root, case_tables[i], rows);
    }
    if (result == RESULT_OK && !output) {
        json_dumpf(root, stdout, JSON_INDENT(1));
        putchar('\n');
    } else if (result == RESULT_OK) {
        struct file_writer writer;
        result = file_writer_open(&writer, output, err);
        if (result == RESULT_OK) {
            json_dumpf(root, writer.stream, JSON_INDENT(1));
            fputc('\n', writer.stream);
            result = file_writer_commit(&writer, err);
        }
    }
    json_decref(root);
    return result;
}

struct csv {
    FILE *stream;
    bool has_head;
};

/* Quoted when it must be; a text that a spreadsheet would take for a formula gets a
 * quote in front. */
static void put_cell(FILE *stream, const char *text, bool is_number, bool is_last) {
    if (text && !is_number) {
        fputc('"', stream);
        if (strchr("=+-@\t\r", text[0]) && text[0]) fputc('\'', stream);
        for (const char *c = text; *c; c++) {
            if (*c == '"') fputc('"', stream);
            fputc(*c, stream);
        }
        fputc('"', stream);
    } else if (text) {
        fputs(text, stream);
    }
    fputs(is_last ? "\r\n" : ",", stream);
}

static void put_row(void *context, const struct case_row *row) {
    struct csv *csv = context;
    for (int i = 0; !csv->has_head && i < row->count; i++)
        put_cell(csv->stream, row->names[i], true, i + 1 == row->count);
    csv->has_head = true;
    for (int i = 0; i < row->count; i++)
        put_cell(csv->stream, row->values[i], row->is_number[i], i + 1 == row->count);
}

static enum result export_csv(struct case_record *record, const char *folder, struct error *err) {
    enum result result = file_make_folder(folder, err);
    for (size_t i = 0; result == RESULT_OK && case_tables[i]; i++) {
        char path[4096];
        struct file_writer writer;
        if (snprintf(path, sizeof path, "%s/%s.csv", folder, case_tables[i]) >= (int)sizeof path)
            return error_set(err, RESULT_LIMIT, "%s: the path is too long", folder);
        result = file_writer_open(&writer, path, err);
        if (result != RESULT_OK) break;
        struct csv csv = {.stream = writer.stream};
        result = case_record_each(record, case_tables[i], put_row, &csv, err);
        if (result == RESULT_OK)
            result = file_writer_commit(&writer, err);
        else
            file_writer_abandon(&writer);
    }
    return result;
}

enum result case_export(const struct case_args *args, struct error *err) {
    struct case_record *record = NULL;
    enum result result = case_record_open(args->path, false, &record, err);
    if (result == RESULT_OK)
        result =
            args->csv ? export_csv(record, args->csv, err) : export_json(record, args->output, err);
    case_record_close(&record);
    return result;
}
