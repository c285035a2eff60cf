#include "vision/yaml_tree.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/text.h"

/* libyaml knows YAML 1.1 and 1.2 only, and OpenCV writes `%YAML:1.0`, which is no directive at all:
 * the line becomes a comment, so that line numbers stay true. */
static void blank_opencv_directive(char *text, size_t size) {
    if (size > 6 && memcmp(text, "%YAML:", 6) == 0) text[0] = '#';
}

static enum result check_keys(const struct yaml_tree *tree, yaml_document_t *document,
                              struct error *err) {
    for (yaml_node_t *node = document->nodes.start; node < document->nodes.top; node++) {
        if (node->type != YAML_MAPPING_NODE) continue;
        yaml_node_pair_t *pairs = node->data.mapping.pairs.start;
        for (yaml_node_pair_t *a = pairs; a < node->data.mapping.pairs.top; a++) {
            struct yaml_item item = {tree, yaml_document_get_node(document, a->key)};
            const char *key = yaml_text(item);
            if (key == NULL) {
                return yaml_complain(item, err, RESULT_FORMAT, "a key must be plain text");
            }
            if (yaml_at((struct yaml_item){tree, node}, key).node !=
                yaml_document_get_node(document, a->value)) {
                return yaml_complain(item, err, RESULT_FORMAT, "the key `%s` is doubled", key);
            }
        }
    }
    return RESULT_OK;
}

enum result yaml_tree_parse(const char *name, char *text, size_t size, struct yaml_tree *ret_tree,
                            struct error *err) {
    yaml_parser_t parser;
    struct yaml_tree tree = {.name = name};
    blank_opencv_directive(text, size);
    if (!yaml_parser_initialize(&parser)) {
        return error_set(err, RESULT_NO_MEMORY, "%s: no memory for the YAML parser", name);
    }
    yaml_parser_set_input_string(&parser, (const unsigned char *)text, size);
    if (!yaml_parser_load(&parser, &tree.document)) {
        error_set(err, RESULT_FORMAT, "%s:%zu:%zu: not YAML: %s", name,
                  parser.problem_mark.line + 1, parser.problem_mark.column + 1,
                  parser.problem != NULL ? parser.problem : "unreadable");
        yaml_parser_delete(&parser);
        return RESULT_FORMAT;
    }
    yaml_parser_delete(&parser);
    enum result result = RESULT_OK;
    if (yaml_document_get_root_node(&tree.document) == NULL) {
        result = error_set(err, RESULT_FORMAT, "%s:1:1: the file is empty", name);
    } else {
        result = check_keys(&tree, &tree.document, err);
    }
    if (result != RESULT_OK) {
        yaml_document_delete(&tree.document);
        return result;
    }
    *ret_tree = tree;
    return RESULT_OK;
}

enum result yaml_tree_read(const char *path, struct yaml_tree *ret_tree, struct error *err) {
    char *text = NULL;
    size_t size = 0;
    enum result result = file_read(path, YAML_TREE_BYTES_MAX, &text, &size, err);
    if (result != RESULT_OK) return result;
    result = yaml_tree_parse(path, text, size, ret_tree, err);
    free(text);
    return result;
}

void yaml_tree_release(struct yaml_tree *tree) {
    yaml_document_delete(&tree->document);
}

/* libyaml's accessors want a mutable document though they change nothing. */
static yaml_document_t *document_of(const struct yaml_tree *tree) {
    return (yaml_document_t *)(uintptr_t)&tree->document;
}

struct yaml_item yaml_root(const struct yaml_tree *tree) {
    return (struct yaml_item){tree, yaml_document_get_root_node(document_of(tree))};
}

bool yaml_exists(struct yaml_item item) {
    return item.node != NULL;
}

bool yaml_is_map(struct yaml_item item) {
    return item.node != NULL && item.node->type == YAML_MAPPING_NODE;
}

bool yaml_is_list(struct yaml_item item) {
    return item.node != NULL && item.node->type == YAML_SEQUENCE_NODE;
}

const char *yaml_text(struct yaml_item item) {
    if (item.node == NULL || item.node->type != YAML_SCALAR_NODE) return NULL;
    const char *text = (const char *)item.node->data.scalar.value;
    return strlen(text) == item.node->data.scalar.length ? text : NULL;
}

struct yaml_item yaml_at(struct yaml_item item, const char *key) {
    struct yaml_item found = {item.tree, NULL};
    if (!yaml_is_map(item)) return found;
    yaml_node_pair_t *pair = item.node->data.mapping.pairs.start;
    for (; pair < item.node->data.mapping.pairs.top; pair++) {
        struct yaml_item name = {item.tree,
                                 yaml_document_get_node(document_of(item.tree), pair->key)};
        const char *text = yaml_text(name);
        if (text != NULL && strcmp(text, key) == 0) {
            found.node = yaml_document_get_node(document_of(item.tree), pair->value);
            return found;
        }
    }
    return found;
}

size_t yaml_count(struct yaml_item item) {
    if (yaml_is_list(item)) {
        return (size_t)(item.node->data.sequence.items.top - item.node->data.sequence.items.start);
    }
    if (yaml_is_map(item)) {
        return (size_t)(item.node->data.mapping.pairs.top - item.node->data.mapping.pairs.start);
    }
    return 0;
}

struct yaml_item yaml_nth(struct yaml_item item, size_t index) {
    struct yaml_item found = {item.tree, NULL};
    if (index >= yaml_count(item)) return found;
    int id = yaml_is_list(item) ? item.node->data.sequence.items.start[index]
                                : item.node->data.mapping.pairs.start[index].value;
    found.node = yaml_document_get_node(document_of(item.tree), id);
    return found;
}

enum result yaml_complain(struct yaml_item item, struct error *err, enum result code,
                          const char *format, ...) {
    char sentence[ERROR_TEXT_MAX];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    yaml_node_t *node = item.node;
    if (node == NULL) node = yaml_document_get_root_node(document_of(item.tree));
    size_t line = node != NULL ? node->start_mark.line + 1 : 1;
    size_t column = node != NULL ? node->start_mark.column + 1 : 1;
    return error_set(err, code, "%s:%zu:%zu: %s", item.tree->name, line, column, sentence);
}

enum result yaml_complain_missing(struct yaml_item map, const char *key, const char *expected,
                                  struct error *err) {
    return yaml_complain(map, err, RESULT_FORMAT, "`%s` is missing, expected %s", key, expected);
}

enum result yaml_number(struct yaml_item item, double low, double high, double *ret_value,
                        struct error *err) {
    const char *text = yaml_text(item);
    double value = 0;
    /* OpenCV writes whole doubles as `5.` */
    char whole[64];
    size_t length = text != NULL ? strlen(text) : 0;
    if (length > 1 && length < sizeof whole - 1 && text[length - 1] == '.') {
        snprintf(whole, sizeof whole, "%s0", text);
        text = whole;
    }
    if (text == NULL || text_to_double(text, &value) != RESULT_OK) {
        return yaml_complain(item, err, RESULT_FORMAT, "%s%s%s, expected a finite number",
                             text != NULL ? "`" : "not a scalar", text != NULL ? text : "",
                             text != NULL ? "`" : "");
    }
    if (!(value >= low && value <= high)) {
        return yaml_complain(item, err, RESULT_RANGE, "%g, expected %g..%g", value, low, high);
    }
    *ret_value = value;
    return RESULT_OK;
}

enum result yaml_integer(struct yaml_item item, int64_t low, int64_t high, int64_t *ret_value,
                         struct error *err) {
    const char *text = yaml_text(item);
    int64_t value = 0;
    if (text == NULL || text_to_int64(text, low, high, &value) != RESULT_OK) {
        return yaml_complain(item, err, RESULT_RANGE, "`%s`, expected a whole number %lld..%lld",
                             text != NULL ? text : "not a scalar", (long long)low, (long long)high);
    }
    *ret_value = value;
    return RESULT_OK;
}

/* Append the numbers of a list, or of a list of lists, to values. */
static enum result collect(struct yaml_item list, size_t count_max, double *values, size_t *count,
                           struct error *err) {
    for (size_t i = 0; i < yaml_count(list); i++) {
        struct yaml_item item = yaml_nth(list, i);
        size_t inner = yaml_is_list(item) ? yaml_count(item) : 1;
        for (size_t j = 0; j < inner; j++) {
            if (*count >= count_max) {
                return yaml_complain(list, err, RESULT_FORMAT, "expected at most %zu numbers",
                                     count_max);
            }
            struct yaml_item leaf = yaml_is_list(item) ? yaml_nth(item, j) : item;
            enum result result = yaml_number(leaf, -1e12, 1e12, &values[*count], err);
            if (result != RESULT_OK) return result;
            ++*count;
        }
    }
    return RESULT_OK;
}

static enum result check_shape(struct yaml_item matrix, size_t count, struct error *err) {
    int64_t rows = 0, cols = 0;
    if (!yaml_exists(yaml_at(matrix, "rows")) || !yaml_exists(yaml_at(matrix, "cols"))) {
        return RESULT_OK;
    }
    enum result result = yaml_integer(yaml_at(matrix, "rows"), 0, 1000, &rows, err);
    if (result == RESULT_OK) {
        result = yaml_integer(yaml_at(matrix, "cols"), 0, 1000, &cols, err);
    }
    if (result != RESULT_OK) return result;
    if ((size_t)(rows * cols) == count) return RESULT_OK;
    return yaml_complain(matrix, err, RESULT_FORMAT, "%lld rows x %lld cols, but %zu numbers",
                         (long long)rows, (long long)cols, count);
}

enum result yaml_numbers(struct yaml_item item, size_t count_min, size_t count_max,
                         double *ret_values, size_t *ret_count, struct error *err) {
    struct yaml_item list = yaml_is_map(item) ? yaml_at(item, "data") : item;
    double values[64];
    size_t count = 0;
    if (!yaml_is_list(list)) {
        return yaml_complain(item, err, RESULT_FORMAT, "expected a list of numbers");
    }
    if (count_max > sizeof values / sizeof values[0]) count_max = sizeof values / sizeof values[0];
    enum result result = collect(list, count_max, values, &count, err);
    if (result == RESULT_OK && yaml_is_map(item)) result = check_shape(item, count, err);
    if (result != RESULT_OK) return result;
    if (count < count_min) {
        return yaml_complain(list, err, RESULT_FORMAT, "%zu numbers, expected %zu", count,
                             count_min);
    }
    memcpy(ret_values, values, count * sizeof values[0]);
    if (ret_count != NULL) *ret_count = count;
    return RESULT_OK;
}
