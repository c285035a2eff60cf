#include "vision/calibration/number_table.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/text.h"

#define FIELD_MAX 64
#define QUATERNION_TOLERANCE 1e-3
#define TIME_MAX_S 9e9
#define PLACE_MAX_MM 1e5

enum line_kind { LINE_EMPTY, LINE_NUMBERS, LINE_GAP, LINE_WORDS, LINE_SHORT };

static bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == ',' || c == ';' || c == '\r';
}

/* The numbers of one line, `end` is behind its last character. */
static enum line_kind read_line(const char *at, const char *end, size_t columns, double *values) {
    size_t count = 0;
    bool has_gap = false;
    while (count < columns) {
        char field[FIELD_MAX];
        while (at < end && is_blank(*at)) at++;
        if (at == end || *at == '#') break;
        const char *start = at;
        while (at < end && !is_blank(*at)) at++;
        size_t length = (size_t)(at - start);
        if (length >= sizeof field) return LINE_WORDS;
        memcpy(field, start, length);
        field[length] = '\0';
        if (strcasecmp(field, "nan") == 0 || strcasecmp(field, "-nan") == 0)
            has_gap = true;
        else if (text_to_double(field, &values[count]) != RESULT_OK)
            return LINE_WORDS;
        count++;
    }
    if (count == 0) return LINE_EMPTY;
    if (count < columns) return LINE_SHORT;
    return has_gap ? LINE_GAP : LINE_NUMBERS;
}

static bool append(struct number_table *table, size_t *capacity, const double *row) {
    if (table->rows == *capacity) {
        size_t wanted = *capacity ? *capacity * 2 : 256;
        double *grown = realloc(table->values, wanted * table->columns * sizeof *grown);
        if (grown == NULL) return false;
        table->values = grown;
        *capacity = wanted;
    }
    memcpy(table->values + table->rows++ * table->columns, row, table->columns * sizeof *row);
    return true;
}

static enum result complain(const char *name, size_t line, size_t columns, struct error *err) {
    return error_set(err, RESULT_FORMAT, "%s:%zu: expected %zu numbers", name, line, columns);
}

static enum result parse_lines(const char *name, const char *text, struct number_table *table,
                               struct error *err) {
    size_t capacity = 0, number = 1;
    for (const char *at = text; *at != '\0'; number++) {
        const char *end = at + strcspn(at, "\n");
        double row[NUMBER_TABLE_COLUMNS_MAX] = {0};
        switch (read_line(at, end, table->columns, row)) {
            case LINE_EMPTY:
            case LINE_GAP:
                break;
            case LINE_WORDS:
                if (table->rows > 0) return complain(name, number, table->columns, err);
                break; /* a heading */
            case LINE_SHORT:
                return complain(name, number, table->columns, err);
            case LINE_NUMBERS:
                if (table->rows == NUMBER_TABLE_ROWS_MAX)
                    return error_set(err, RESULT_LIMIT, "%s: more than %u lines", name,
                                     NUMBER_TABLE_ROWS_MAX);
                if (!append(table, &capacity, row))
                    return error_set(err, RESULT_NO_MEMORY, "%s: out of memory", name);
        }
        at = *end == '\n' ? end + 1 : end;
    }
    if (table->rows > 0) return RESULT_OK;
    return error_set(err, RESULT_FORMAT, "%s: no line of %zu numbers", name, table->columns);
}

enum result number_table_parse(const char *name, const char *text, size_t columns,
                               struct number_table *ret_table, struct error *err) {
    struct number_table table = {.columns = columns};
    if (columns == 0 || columns > NUMBER_TABLE_COLUMNS_MAX) return RESULT_INVALID;
    enum result result = parse_lines(name, text, &table, err);
    if (result == RESULT_OK)
        *ret_table = table;
    else
        number_table_release(&table);
    return result;
}

enum result number_table_read(const char *path, size_t columns, struct number_table *ret_table,
                              struct error *err) {
    char *text = NULL;
    size_t size = 0;
    enum result result = file_read(path, NUMBER_TABLE_BYTES_MAX, &text, &size, err);
    if (result != RESULT_OK) return result;
    result = strlen(text) == size
                 ? number_table_parse(path, text, columns, ret_table, err)
                 : error_set(err, RESULT_FORMAT, "%s: not a text file (zero bytes)", path);
    free(text);
    return result;
}

void number_table_release(struct number_table *table) {
    free(table->values);
    *table = (struct number_table){0};
}

static enum result to_pose(const char *name, size_t row, const double *v, struct stamped_pose *ret,
                           struct error *err) {
    double norm = sqrt(v[4] * v[4] + v[5] * v[5] + v[6] * v[6] + v[7] * v[7]);
    if (!(fabs(norm - 1) <= QUATERNION_TOLERANCE))
        return error_set(err, RESULT_RANGE, "%s: pose %zu: a quaternion of length %.4f, expected 1",
                         name, row + 1, norm);
    bool is_far = !(fabs(v[0]) <= TIME_MAX_S);
    for (int i = 1; i < 4; i++) is_far = is_far || !(fabs(v[i]) <= PLACE_MAX_MM);
    if (is_far)
        return error_set(err, RESULT_RANGE, "%s: pose %zu: beyond %g s or %g mm", name, row + 1,
                         TIME_MAX_S, PLACE_MAX_MM);
    ret->stamp_ns = s_to_ns(v[0]);
    ret->T.t = vec3_make(v[1], v[2], v[3]);
    ret->T.R = mat3_from_quat((struct quat){v[4], v[5], v[6], v[7]});
    return RESULT_OK;
}

static enum result to_poses(const char *name, const struct number_table *table,
                            struct pose_list *ret_list, struct error *err) {
    struct pose_list list = {.count = table->rows};
    enum result result = RESULT_OK;
    list.poses = calloc(table->rows, sizeof *list.poses);
    if (list.poses == NULL) return error_set(err, RESULT_NO_MEMORY, "%s: out of memory", name);
    for (size_t i = 0; i < table->rows && result == RESULT_OK; i++) {
        result = to_pose(name, i, table->values + 8 * i, &list.poses[i], err);
        if (result == RESULT_OK && i > 0 && list.poses[i].stamp_ns < list.poses[i - 1].stamp_ns)
            result = error_set(err, RESULT_RANGE, "%s: pose %zu: the time falls", name, i + 1);
    }
    if (result == RESULT_OK)
        *ret_list = list;
    else
        pose_list_release(&list);
    return result;
}

enum result pose_list_parse(const char *name, const char *text, struct pose_list *ret_list,
                            struct error *err) {
    struct number_table table;
    enum result result = number_table_parse(name, text, 8, &table, err);
    if (result != RESULT_OK) return result;
    result = to_poses(name, &table, ret_list, err);
    number_table_release(&table);
    return result;
}

enum result pose_list_read(const char *path, struct pose_list *ret_list, struct error *err) {
    struct number_table table;
    enum result result = number_table_read(path, 8, &table, err);
    if (result != RESULT_OK) return result;
    result = to_poses(path, &table, ret_list, err);
    number_table_release(&table);
    return result;
}

void pose_list_release(struct pose_list *list) {
    free(list->poses);
    *list = (struct pose_list){0};
}

const struct stamped_pose *pose_list_at(const struct pose_list *list, int64_t stamp_ns,
                                        int64_t tolerance_ns) {
    size_t low = 0, high = list->count; /* the first pose not before the stamp is in [low, high] */
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (list->poses[middle].stamp_ns < stamp_ns)
            low = middle + 1;
        else
            high = middle;
    }
    const struct stamped_pose *best = NULL;
    for (size_t i = low > 0 ? low - 1 : 0; i < list->count && i <= low; i++) {
        int64_t distance = llabs(list->poses[i].stamp_ns - stamp_ns);
        if (distance <= tolerance_ns &&
            (best == NULL || distance < llabs(best->stamp_ns - stamp_ns)))
            best = &list->poses[i];
    }
    return best;
}
