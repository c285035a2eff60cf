#include "sim/rerun.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

enum result rerun_path(const char *folder, const char *name, char *ret_path, size_t size,
                       struct error *err) {
    int length = snprintf(ret_path, size, "%s/%s", folder, name);
    if (length >= 0 && (size_t)length < size) return RESULT_OK;
    return error_set(err, RESULT_LIMIT, "%s: the path is too long", folder);
}

enum result rerun_field(const struct rerun *rerun, const char *scan_path, struct error *err) {
    struct field *field = rerun->setup.field;
    return field->values ? RESULT_OK : field_of_scan(scan_path, field, err);
}

/* Every record, before anything is made of the first: a bad one is told at once. */
static enum result check_whole(struct record_reader *reader, FILE *stream, const char *path,
                               struct error *err) {
    struct record record;
    enum result result = record_open(reader, stream, path, err);
    while (result == RESULT_OK) result = record_next(reader, &record, err);
    return result == RESULT_NOT_FOUND ? RESULT_OK : result;
}

enum result rerun_rig_path(const struct rerun *rerun, char *ret_path, size_t size,
                           struct error *err) {
    if (!rerun->setup.rig_path)
        return rerun_path(rerun->setup.folder, RERUN_RIG_FILE, ret_path, size, err);
    if (text_copy(ret_path, size, rerun->setup.rig_path) == RESULT_OK) return RESULT_OK;
    return error_set(err, RESULT_LIMIT, "%s: the path is too long", rerun->setup.rig_path);
}

enum result rerun_open(struct rerun *rerun, const struct rerun_setup *setup, const char *name,
                       struct rerun_outcome *outcome, struct error *err) {
    memset(outcome, 0, sizeof *outcome);
    outcome->is_same = true;
    rerun->setup = *setup;
    rerun->outcome = outcome;
    enum result result = rerun_path(setup->folder, name, rerun->path, sizeof rerun->path, err);
    if (result != RESULT_OK) return result;
    FILE *stream = fopen(rerun->path, "rbe");
    if (!stream)
        return error_set(err, RESULT_NOT_FOUND,
                         "%s: %s; a recording is the folder that smprig record or --record made",
                         rerun->path, strerror(errno));
    result = check_whole(&rerun->reader, stream, rerun->path, err);
    rewind(stream);
    if (result == RESULT_OK) result = record_open(&rerun->reader, stream, rerun->path, err);
    if (result != RESULT_OK) {
        fclose(stream);
        return result;
    }
    outcome->about = rerun->reader.about;
    outcome->start_ns = rerun->reader.start_ns;
    return RESULT_OK;
}

enum result rerun_next(struct rerun *rerun, struct record *ret_record, struct error *err) {
    enum result result = record_next(&rerun->reader, ret_record, err);
    rerun->outcome->records += result == RESULT_OK;
    return result;
}

enum result rerun_close(struct rerun *rerun, enum result result) {
    struct rerun_outcome *outcome = rerun->outcome;
    fclose(rerun->reader.stream);
    outcome->end_ns = rerun->reader.now_ns;
    outcome->is_whole = rerun->reader.is_ended;
    snprintf(outcome->end, sizeof outcome->end, "%s", rerun->reader.end);
    return result == RESULT_NOT_FOUND ? RESULT_OK : result;
}

void rerun_note(struct rerun *rerun, int64_t at_ns, const char *format, ...) {
    struct rerun_outcome *outcome = rerun->outcome;
    struct rerun_line *line = &outcome->context[outcome->context_count++ % RERUN_CONTEXT];
    va_list args;
    line->at_ns = at_ns;
    va_start(args, format);
    vsnprintf(line->words, sizeof line->words, format, args);
    va_end(args);
}

void rerun_differs(struct rerun *rerun, const struct record *record, const char *recorded,
                   const char *now) {
    struct rerun_outcome *outcome = rerun->outcome;
    struct rerun_difference *difference = &outcome->difference;
    if (!outcome->is_same) return;
    outcome->is_same = false;
    difference->at_ns = record->at_ns;
    difference->record = record->number;
    snprintf(difference->recorded, sizeof difference->recorded, "%s", recorded);
    snprintf(difference->now, sizeof difference->now, "%.400s%s", now,
             strcmp(recorded, now) == 0 ? " (a number differs in a digit not shown)" : "");
}
