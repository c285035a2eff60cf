#include "cli/json_table.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define COLUMNS_MAX 16
#define CELL_MAX 64   /* of a table; longer texts are cut */
#define TEXT_MAX 4096 /* of a line of its own */

struct table {
    const char *names[COLUMNS_MAX];
    int widths[COLUMNS_MAX];
    size_t count;
};

/* Characters that could command a terminal are not what anybody wants to see. */
static void tame(char *text) {
    for (unsigned char *c = (unsigned char *)text; *c; c++)
        if (*c < 0x20 || *c == 0x7f) *c = '?';
}

static void say_cell(const json_t *value, char *text, size_t size) {
    text[0] = '\0';
    if (json_is_string(value)) snprintf(text, size, "%s", json_string_value(value));
    if (json_is_integer(value)) snprintf(text, size, "%lld", (long long)json_integer_value(value));
    if (json_is_real(value)) snprintf(text, size, "%.6g", json_real_value(value));
    if (json_is_boolean(value)) snprintf(text, size, "%s", json_is_true(value) ? "yes" : "no");
    if (json_is_object(value) || json_is_array(value)) {
        char *compact = json_dumps(value, JSON_COMPACT | JSON_REAL_PRECISION(6));
        snprintf(text, size, "%s", compact ? compact : "");
        free(compact);
    }
    tame(text);
}

static size_t column_of(struct table *table, const char *name) {
    size_t i = 0;
    while (i < table->count && strcmp(table->names[i], name) != 0) i++;
    if (i == table->count && i < COLUMNS_MAX) {
        table->names[i] = name;
        table->widths[i] = (int)strlen(name);
        table->count++;
    }
    return i;
}

static void measure(const json_t *rows, struct table *table) {
    size_t i;
    json_t *row, *value;
    const char *name;
    json_array_foreach(rows, i, row) {
        json_object_foreach(row, name, value) {
            char cell[CELL_MAX];
            size_t column = column_of(table, name);
            say_cell(value, cell, sizeof cell);
            if (column < table->count && (int)strlen(cell) > table->widths[column])
                table->widths[column] = (int)strlen(cell);
        }
    }
}

/* The last column is not filled up: no line ends in blanks. */
static void print_cell(const struct table *table, size_t column, const char *text, FILE *stream) {
    bool is_last = column + 1 == table->count;
    fprintf(stream, "%-*s%s", is_last ? 0 : table->widths[column], text, is_last ? "\n" : "  ");
}

static void print_table(const json_t *rows, FILE *stream) {
    struct table table = {0};
    size_t i;
    json_t *row;
    measure(rows, &table);
    for (size_t c = 0; c < table.count; c++) print_cell(&table, c, table.names[c], stream);
    json_array_foreach(rows, i, row) {
        for (size_t c = 0; c < table.count; c++) {
            char cell[CELL_MAX];
            say_cell(json_object_get(row, table.names[c]), cell, sizeof cell);
            print_cell(&table, c, cell, stream);
        }
    }
}

static void print_object(const json_t *object, FILE *stream) {
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)object, name, value) {
        char text[TEXT_MAX];
        bool is_table = json_array_size(value) > 0 && json_is_object(json_array_get(value, 0));
        if (is_table) {
            fprintf(stream, "%s:\n", name);
            print_table(value, stream);
            continue;
        }
        say_cell(value, text, sizeof text);
        fprintf(stream, "%s: %s\n", name, text);
    }
}

void json_table_print(const json_t *value, FILE *stream) {
    char text[TEXT_MAX];
    size_t i;
    json_t *item;
    if (json_is_array(value) && json_array_size(value) == 0) {
        fputs("none\n", stream);
    } else if (json_is_array(value) && json_is_object(json_array_get(value, 0))) {
        print_table(value, stream);
    } else if (json_is_array(value)) {
        json_array_foreach(value, i, item) {
            say_cell(item, text, sizeof text);
            fprintf(stream, "%s\n", text);
        }
    } else if (json_is_object(value)) {
        print_object(value, stream);
    } else if (json_is_true(value) || json_is_null(value)) {
        fputs("done\n", stream);
    } else {
        say_cell(value, text, sizeof text);
        fprintf(stream, "%s\n", text);
    }
}
