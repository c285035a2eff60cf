#include "console/mirror.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A plan and a head of more than this are not ours. */
#define DOTS_MAX 200000u
#define NUMBERS_MAX 2000000u

void mirror_init(struct mirror *mirror) {
    *mirror = (struct mirror){.lines = json_array(), .missing = MIRROR_WHOLE};
}

static void forget_case(struct mirror *mirror) {
    free(mirror->fates);
    free(mirror->dots);
    free(mirror->positions);
    free(mirror->triangles);
    mirror->fates = NULL;
    mirror->dots = mirror->positions = NULL;
    mirror->triangles = NULL;
    mirror->dot_count = mirror->dots_known = mirror->numbers_known = mirror->vertex_count =
        mirror->triangle_count = 0;
    mirror->plan_sha256[0] = '\0';
    mirror->missing = MIRROR_WHOLE;
}

void mirror_forget(struct mirror *mirror) {
    forget_case(mirror);
    json_decref(mirror->state);
    json_decref(mirror->info);
    json_decref(mirror->methods);
    mirror->state = mirror->info = mirror->methods = NULL;
    json_array_clear(mirror->lines);
}

void mirror_release(struct mirror *mirror) {
    mirror_forget(mirror);
    json_decref(mirror->lines);
    mirror->lines = NULL;
}

static const char *open_plan(const struct mirror *mirror) {
    const char *hash =
        json_string_value(json_object_get(json_object_get(mirror->state, "case"), "plan_sha256"));
    return hash ? hash : "";
}

bool mirror_take_state(struct mirror *mirror, json_t *changes) {
    const char *key;
    json_t *value;
    if (!mirror->state) mirror->state = json_object();
    json_object_foreach(changes, key, value) {
        if (json_is_null(value))
            json_object_del(mirror->state, key);
        else
            json_object_set(mirror->state, key, value);
    }
    return strcmp(open_plan(mirror), mirror->plan_sha256) != 0;
}

void mirror_take_line(struct mirror *mirror, json_t *line) {
    if (json_array_size(mirror->lines) >= MIRROR_LINES_MAX) json_array_remove(mirror->lines, 0);
    json_array_append(mirror->lines, line);
}

void mirror_take_fates(struct mirror *mirror, json_t *changes) {
    size_t at;
    json_t *pair;
    json_array_foreach(json_object_get(changes, "fates"), at, pair) {
        size_t index = (size_t)json_integer_value(json_array_get(pair, 0));
        const char *fate = json_string_value(json_array_get(pair, 1));
        if (mirror->fates && fate && index < mirror->dot_count)
            mirror->fates[index] = strcmp(fate, "doubtful") == 0 ? 'x' : fate[0];
    }
}

void mirror_begin_case(struct mirror *mirror) {
    forget_case(mirror);
    snprintf(mirror->plan_sha256, sizeof mirror->plan_sha256, "%s", open_plan(mirror));
    if (mirror->plan_sha256[0]) mirror->missing = MIRROR_FATES;
}

const char *mirror_ask(const struct mirror *mirror, json_t **ret_params) {
    *ret_params = NULL;
    switch (mirror->missing) {
        case MIRROR_FATES:
            return "fates";
        case MIRROR_DOTS:
            *ret_params = json_pack("{s:I}", "first", (json_int_t)mirror->dots_known);
            return "dots";
        case MIRROR_POSITIONS:
            *ret_params = json_pack("{s:s, s:I}", "part", "positions", "first",
                                    (json_int_t)mirror->numbers_known);
            return "head";
        case MIRROR_TRIANGLES:
            *ret_params = json_pack("{s:s, s:I}", "part", "triangles", "first",
                                    (json_int_t)mirror->numbers_known);
            return "head";
        case MIRROR_WHOLE:
            break;
    }
    return NULL;
}

static bool take_fates(struct mirror *mirror, json_t *answer) {
    const char *fates = json_string_value(answer);
    size_t count = json_string_length(answer);
    if (!fates || count == 0 || count > DOTS_MAX) return false;
    mirror->fates = malloc(count);
    mirror->dots = calloc(count, MIRROR_DOT_COLUMNS * sizeof *mirror->dots);
    if (!mirror->fates || !mirror->dots) return false;
    memcpy(mirror->fates, fates, count);
    mirror->dot_count = count;
    mirror->missing = MIRROR_DOTS;
    return true;
}

static bool take_dots(struct mirror *mirror, json_t *answer) {
    size_t at;
    json_t *row;
    json_t *rows = json_object_get(answer, "dots");
    if (json_array_size(rows) == 0) return false;
    json_array_foreach(rows, at, row) {
        if (mirror->dots_known == mirror->dot_count) return false;
        float *dot = mirror->dots + MIRROR_DOT_COLUMNS * mirror->dots_known++;
        for (size_t i = 0; i < MIRROR_DOT_COLUMNS; i++)
            dot[i] = (float)json_number_value(json_array_get(row, i));
    }
    if (mirror->dots_known == mirror->dot_count) mirror->missing = MIRROR_POSITIONS;
    return true;
}

/* One answer about the head: where its numbers belong, false when it makes no sense. */
static bool take_numbers(struct mirror *mirror, json_t *answer, size_t *ret_count,
                         json_t **ret_numbers) {
    size_t count = (size_t)json_integer_value(json_object_get(answer, "count"));
    size_t first = (size_t)json_integer_value(json_object_get(answer, "first"));
    json_t *numbers = json_object_get(answer, "numbers");
    if (count == 0 || count % 3 != 0 || count > NUMBERS_MAX || first != mirror->numbers_known ||
        json_array_size(numbers) == 0 || json_array_size(numbers) > count - first)
        return false;
    *ret_count = count;
    *ret_numbers = numbers;
    return true;
}

static bool take_positions(struct mirror *mirror, json_t *answer) {
    size_t count, at;
    json_t *numbers, *number;
    if (!take_numbers(mirror, answer, &count, &numbers)) return false;
    if (!mirror->positions) mirror->positions = calloc(count, sizeof *mirror->positions);
    if (!mirror->positions) return false;
    json_array_foreach(numbers, at, number) {
        mirror->positions[mirror->numbers_known++] = (float)json_number_value(number);
    }
    if (mirror->numbers_known < count) return true;
    mirror->vertex_count = count / 3;
    mirror->numbers_known = 0;
    mirror->missing = MIRROR_TRIANGLES;
    return true;
}

static bool take_triangles(struct mirror *mirror, json_t *answer) {
    size_t count, at;
    json_t *numbers, *number;
    if (!take_numbers(mirror, answer, &count, &numbers)) return false;
    if (!mirror->triangles) mirror->triangles = calloc(count, sizeof *mirror->triangles);
    if (!mirror->triangles) return false;
    json_array_foreach(numbers, at, number) {
        mirror->triangles[mirror->numbers_known++] = (uint32_t)json_integer_value(number);
    }
    if (mirror->numbers_known < count) return true;
    mirror->triangle_count = count / 3;
    mirror->numbers_known = 0;
    mirror->missing = MIRROR_WHOLE;
    return true;
}

bool mirror_take_part(struct mirror *mirror, json_t *answer) {
    switch (mirror->missing) {
        case MIRROR_FATES:
            return take_fates(mirror, answer);
        case MIRROR_DOTS:
            return take_dots(mirror, answer);
        case MIRROR_POSITIONS:
            return take_positions(mirror, answer);
        case MIRROR_TRIANGLES:
            return take_triangles(mirror, answer);
        case MIRROR_WHOLE:
            break;
    }
    return false;
}

const json_t *mirror_method(const struct mirror *mirror, const char *name) {
    size_t at;
    json_t *row;
    json_array_foreach(mirror->methods, at, row) {
        const char *its_name = json_string_value(json_object_get(row, "name"));
        if (its_name && strcmp(its_name, name) == 0) return row;
    }
    return NULL;
}
