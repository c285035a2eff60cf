#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "vision/camera_sequence.h"

#define FIELDS_MAX 4
#define TIME_MAX_S 9e9 /* also wall-clock seconds */

struct line {
    const char *name;
    size_t number;
    char *fields[FIELDS_MAX];
    int count;
};

static bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == ',' || c == ';' || c == '\r';
}

/* Cut a line into fields in place; what is beyond a `#` at a field's start is a comment. */
static void split(char *text, struct line *line) {
    line->count = 0;
    while (*text != '\0') {
        while (is_blank(*text)) *text++ = '\0';
        if (*text == '\0' || *text == '#') return;
        if (line->count < FIELDS_MAX) line->fields[line->count] = text;
        line->count++;
        while (*text != '\0' && !is_blank(*text)) text++;
    }
}

static enum result complain(const struct line *line, struct error *err, const char *what,
                            const char *expected) {
    return error_set(err, RESULT_FORMAT, "%s:%zu: %s, expected %s", line->name, line->number, what,
                     expected);
}

/* Inside the folder, whoever wrote the index. */
static bool is_safe_name(const char *name) {
    if (name[0] == '/' || strlen(name) >= SEQUENCE_PATH_MAX / 2) return false;
    for (const char *at = name; at != NULL; at = strchr(at, '/')) {
        if (*at == '/') at++;
        if (strncmp(at, "..", 2) == 0 && (at[2] == '/' || at[2] == '\0')) return false;
    }
    return true;
}

static enum result read_entry(const struct line *line, struct sequence_entry *ret_entry,
                              const char **ret_name, struct error *err) {
    double t = 0;
    int64_t camera = 0;
    if (line->count < 2 || line->count > 3) {
        return complain(line, err, "not two or three fields", "`t camera_index file`");
    }
    if (text_to_double(line->fields[0], &t) != RESULT_OK || !(fabs(t) <= TIME_MAX_S)) {
        return complain(line, err, "the time is no finite number", "seconds");
    }
    if (line->count == 3 &&
        text_to_int64(line->fields[1], 0, CAMERA_COUNT_MAX - 1, &camera) != RESULT_OK) {
        return complain(line, err, "not a camera index", "0..3");
    }
    const char *name = line->fields[line->count - 1];
    if (!is_safe_name(name)) {
        return complain(line, err, "the file is outside the folder", "a relative path inside it");
    }
    ret_entry->stamp_ns = s_to_ns(t);
    ret_entry->camera_index = (uint32_t)camera;
    *ret_name = name;
    return RESULT_OK;
}

static int by_stamp(const void *a, const void *b) {
    const struct sequence_entry *x = a, *y = b;
    if (x->stamp_ns != y->stamp_ns) return x->stamp_ns < y->stamp_ns ? -1 : 1;
    if (x->camera_index != y->camera_index) return x->camera_index < y->camera_index ? -1 : 1;
    return x->name_offset < y->name_offset ? -1 : x->name_offset > y->name_offset;
}

/* A first line of words, as tables have. */
static bool is_heading(const struct line *line, size_t entries) {
    double number;
    return entries == 0 && line->count >= 2 && line->count <= FIELDS_MAX &&
           text_to_double(line->fields[0], &number) != RESULT_OK &&
           ((line->fields[0][0] | 32) == 't');
}

static enum result check(const char *name, struct sequence_index *index, struct error *err) {
    if (index->count == 0) {
        return error_set(err, RESULT_FORMAT, "%s:1: no frame, expected lines `t camera_index file`",
                         name);
    }
    qsort(index->entries, index->count, sizeof index->entries[0], by_stamp);
    for (size_t i = 0; i < index->count; i++) {
        if (index->entries[i].camera_index >= index->camera_count) {
            index->camera_count = index->entries[i].camera_index + 1;
        }
    }
    return RESULT_OK;
}

static enum result parse_lines(const char *name, char *text, struct sequence_index *index,
                               struct error *err) {
    struct line line = {.name = name};
    size_t names_length = 0;
    for (char *next = text; next != NULL;) {
        char *start = next, *end = strchr(start, '\n');
        next = end != NULL ? end + 1 : NULL;
        if (end != NULL) *end = '\0';
        line.number++;
        split(start, &line);
        if (line.count == 0 || is_heading(&line, index->count)) continue;
        if (index->count >= SEQUENCE_FRAMES_MAX) {
            return error_set(err, RESULT_LIMIT, "%s: more than %u frames", name,
                             SEQUENCE_FRAMES_MAX);
        }
        const char *file = NULL;
        struct sequence_entry *entry = &index->entries[index->count];
        enum result result = read_entry(&line, entry, &file, err);
        if (result != RESULT_OK) return result;
        size_t length = strlen(file) + 1;
        memcpy(index->names + names_length, file, length);
        entry->name_offset = (uint32_t)names_length;
        names_length += length;
        index->count++;
    }
    return check(name, index, err);
}

enum result sequence_index_parse(const char *name, const char *text, size_t size,
                                 struct sequence_index *ret_index, struct error *err) {
    if (memchr(text, '\0', size) != NULL) {
        return error_set(err, RESULT_FORMAT, "%s: a zero byte, expected text", name);
    }
    size_t lines = 1;
    for (size_t i = 0; i < size; i++) lines += text[i] == '\n';
    struct sequence_index index = {0};
    char *copy = malloc(size + 1);
    index.entries = malloc(lines * sizeof index.entries[0]);
    index.names = malloc(size + 2);
    enum result result = error_set(err, RESULT_NO_MEMORY, "%s: no memory for the index", name);
    if (copy != NULL && index.entries != NULL && index.names != NULL) {
        memcpy(copy, text, size);
        copy[size] = '\0';
        result = parse_lines(name, copy, &index, err);
    }
    free(copy);
    if (result != RESULT_OK) {
        sequence_index_release(&index);
        return result;
    }
    *ret_index = index;
    return RESULT_OK;
}

void sequence_index_release(struct sequence_index *index) {
    free(index->entries);
    free(index->names);
    *index = (struct sequence_index){0};
}
