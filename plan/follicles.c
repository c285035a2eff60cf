#include "plan/follicles.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define FILE_BYTES_MAX (32u << 20)
#define OFF_SKIN_MM 3.0
#define COLUMNS 4
/* Wider is no millimetre value. */
#define DIAMETER_MM_MOST 10.0

struct reading {
    const char *path;
    size_t line;
    const struct chart *chart;
    const char *scan_sha256;
};

/* "x,y,z,diameter" with any blanks; false when it is no row of numbers. */
static bool take_row(char *line, double values[COLUMNS]) {
    int count = 0;
    char *rest = line, *part;
    while ((part = strsep(&rest, ",; \t\r")) != NULL) {
        if (!*part) continue;
        if (count == COLUMNS || text_to_double(part, &values[count++]) != RESULT_OK) return false;
    }
    return count == COLUMNS;
}

static enum result check_comment(const struct reading *reading, const char *line,
                                 struct error *err) {
    static const char key[] = "scan_sha256 ";
    const char *at = strstr(line, key);
    if (!at || strncmp(at + sizeof key - 1, reading->scan_sha256, 64) == 0) return RESULT_OK;
    return error_set(err, RESULT_RANGE,
                     "%s:%zu: these hairs are of another scan: its hash is %.12s..., this scan's "
                     "%.12s...",
                     reading->path, reading->line, at + sizeof key - 1, reading->scan_sha256);
}

static enum result take_follicle(const struct reading *reading, const double values[COLUMNS],
                                 struct follicle *ret, struct error *err) {
    struct vec3 p = {values[0], values[1], values[2]}, skin = {0, 0, 0};
    bool is_over_skin = chart_place(reading->chart, chart_flatten(reading->chart, p), &skin);
    double off = is_over_skin ? vec3_distance(p, skin) : (double)INFINITY;
    if (!(off <= OFF_SKIN_MM))
        return error_set(err, RESULT_RANGE,
                         "%s:%zu: the hair at (%.1f, %.1f, %.1f) is %.1f mm off this scan's skin: "
                         "is the file of another scan?",
                         reading->path, reading->line, p.x, p.y, p.z, off);
    if (!(values[3] > 0))
        return error_set(err, RESULT_RANGE, "%s:%zu: diameter %g, expected more than 0",
                         reading->path, reading->line, values[3]);
    double um = values[3] <= DIAMETER_MM_MOST ? values[3] * 1000 : values[3];
    *ret = (struct follicle){p, um};
    return RESULT_OK;
}

static enum result read_lines(struct reading *reading, char *text, struct follicles *follicles,
                              struct error *err) {
    size_t capacity = 0;
    char *rest = text, *line;
    enum result result = RESULT_OK;
    while (result == RESULT_OK && (line = strsep(&rest, "\n")) != NULL) {
        double values[COLUMNS];
        reading->line++;
        if (line[0] == '#') {
            result = check_comment(reading, line, err);
            continue;
        }
        if (strspn(line, " \t\r") == strlen(line)) continue;
        bool is_heading = reading->line == 1 || follicles->count == 0;
        if (!take_row(line, values)) {
            if (is_heading && strpbrk(line, "xyz")) continue;
            return error_set(err, RESULT_FORMAT, "%s:%zu: expected x,y,z,diameter", reading->path,
                             reading->line);
        }
        if (follicles->count == FOLLICLES_MAX)
            return error_set(err, RESULT_LIMIT, "%s: more than %u hairs", reading->path,
                             FOLLICLES_MAX);
        if (follicles->count == capacity) {
            capacity = capacity ? 2 * capacity : 1024;
            struct follicle *grown = realloc(follicles->items, capacity * sizeof *grown);
            if (!grown) return error_set(err, RESULT_NO_MEMORY, "out of memory");
            follicles->items = grown;
        }
        result = take_follicle(reading, values, &follicles->items[follicles->count], err);
        follicles->count += result == RESULT_OK;
    }
    return result;
}

enum result follicles_parse(const char *name, char *text, const struct chart *chart,
                            const char *scan_sha256, struct follicles *ret_follicles,
                            struct error *err) {
    struct reading reading = {name, 0, chart, scan_sha256};
    struct follicles follicles = {0};
    enum result result = read_lines(&reading, text, &follicles, err);
    if (result != RESULT_OK)
        follicles_release(&follicles);
    else
        *ret_follicles = follicles;
    return result;
}

enum result follicles_read(const char *path, const struct chart *chart, const char *scan_sha256,
                           struct follicles *ret_follicles, struct error *err) {
    char *text = NULL;
    size_t size = 0;
    enum result result = file_read(path, FILE_BYTES_MAX, &text, &size, err);
    if (result != RESULT_OK) return result;
    result = follicles_parse(path, text, chart, scan_sha256, ret_follicles, err);
    free(text);
    return result;
}

void follicles_release(struct follicles *follicles) {
    free(follicles->items);
    *follicles = (struct follicles){0};
}
