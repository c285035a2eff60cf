#include "base/config.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "base/file.h"
#include "base/text.h"

#define VALUE_SHOWN_MAX 40 /* characters of a wrong value that a message repeats */

struct reader {
    const char *name; /* the file's, for messages */
    yaml_document_t *document;
    struct error *err;
    int depth;
};

static enum result read_object(struct reader *reader, yaml_node_t *node,
                               const struct config_schema *schema, void *object);

static void *member(void *object, size_t offset) {
    return (char *)object + offset;
}

static enum result complain(struct reader *reader, const yaml_node_t *node, enum result code,
                            const char *format, ...) PRINTF_LIKE(4, 5);

static enum result complain(struct reader *reader, const yaml_node_t *node, enum result code,
                            const char *format, ...) {
    char what[ERROR_TEXT_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    return error_set(reader->err, code, "%s:%zu:%zu: %s", reader->name, node->start_mark.line + 1,
                     node->start_mark.column + 1, what);
}

/* The text of a scalar, NULL for anything else (and for a scalar with a NUL inside). */
static const char *scalar_text(const yaml_node_t *node) {
    if (node->type != YAML_SCALAR_NODE) return NULL;
    const char *text = (const char *)node->data.scalar.value;
    return strlen(text) == node->data.scalar.length ? text : NULL;
}

static const char *shown(const yaml_node_t *node, char *buffer, size_t size) {
    const char *text = scalar_text(node);
    if (!text)
        snprintf(buffer, size, "%s",
                 node->type == YAML_SEQUENCE_NODE  ? "a list"
                 : node->type == YAML_MAPPING_NODE ? "a block of keys"
                                                   : "a text with a zero byte");
    else
        snprintf(buffer, size, "'%.*s'", VALUE_SHOWN_MAX, text);
    return buffer;
}

static void describe_range(const struct config_field *field, char *buffer, size_t size) {
    if (field->min == 0.0 && field->max == 0.0)
        snprintf(buffer, size, "a number");
    else
        snprintf(buffer, size, "a number from %g to %g", field->min, field->max);
}

static bool is_in_range(const struct config_field *field, double value) {
    if (field->min == 0.0 && field->max == 0.0) return true;
    return value >= field->min && value <= field->max;
}

static enum result expected(struct reader *reader, const yaml_node_t *node,
                            const struct config_field *field, const char *what) {
    char value[VALUE_SHOWN_MAX + 8];
    return complain(reader, node, RESULT_FORMAT, "%s is %s, expected %s", field->key,
                    shown(node, value, sizeof value), what);
}

static enum result read_number(struct reader *reader, const yaml_node_t *node,
                               const struct config_field *field, double *ret_value) {
    char range[96];
    double value = 0;
    const char *text = scalar_text(node);
    bool is_plain = text && node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    describe_range(field, range, sizeof range);
    if (!is_plain || text_to_double(text, &value) != RESULT_OK)
        return expected(reader, node, field, range);
    if (!is_in_range(field, value)) {
        (void)expected(reader, node, field, range);
        return reader->err ? (reader->err->code = RESULT_RANGE) : RESULT_RANGE;
    }
    *ret_value = value;
    return RESULT_OK;
}

static enum result read_integer(struct reader *reader, const yaml_node_t *node,
                                const struct config_field *field, int64_t *ret_value) {
    const char *text = scalar_text(node);
    int64_t value = 0;
    bool is_any = field->min == 0.0 && field->max == 0.0;
    int64_t low = is_any ? INT64_MIN : (int64_t)field->min;
    int64_t high = is_any ? INT64_MAX : (int64_t)field->max;
    char range[96] = "a whole number";
    if (!is_any)
        snprintf(range, sizeof range, "a whole number from %lld to %lld", (long long)low,
                 (long long)high);
    if (!text || text_to_int64(text, low, high, &value) != RESULT_OK)
        return expected(reader, node, field, range);
    *ret_value = value;
    return RESULT_OK;
}

static enum result read_bool(struct reader *reader, const yaml_node_t *node,
                             const struct config_field *field, bool *ret_value) {
    const char *text = scalar_text(node);
    bool is_true = text && strcmp(text, "true") == 0;
    if (!is_true && !(text && strcmp(text, "false") == 0))
        return expected(reader, node, field, "true or false");
    *ret_value = is_true;
    return RESULT_OK;
}

static enum result read_string(struct reader *reader, const yaml_node_t *node,
                               const struct config_field *field, char *target) {
    const char *text = scalar_text(node);
    char limit[64];
    snprintf(limit, sizeof limit, "a text of at most %zu characters", field->size - 1);
    if (!text || strlen(text) >= field->size) return expected(reader, node, field, limit);
    return text_copy(target, field->size, text);
}

static enum result read_word(struct reader *reader, const yaml_node_t *node,
                             const struct config_field *field, int *ret_value) {
    const char *text = scalar_text(node);
    char choices[256];
    struct text_builder builder;
    text_builder_init(&builder, choices, sizeof choices);
    for (int i = 0; field->words[i]; i++) {
        if (text && strcmp(text, field->words[i]) == 0) {
            *ret_value = i;
            return RESULT_OK;
        }
        text_append(&builder, "%s%s", i ? ", " : "one of ", field->words[i]);
    }
    return expected(reader, node, field, choices);
}

static enum result check_count(struct reader *reader, const yaml_node_t *node,
                               const struct config_field *field, size_t count) {
    size_t most = field->count_max ? field->count_max : CONFIG_LIST_MAX;
    if (count >= field->count_min && count <= most) return RESULT_OK;
    if (field->count_min == most)
        return complain(reader, node, RESULT_FORMAT, "%s has %zu items, expected %zu", field->key,
                        count, most);
    return complain(reader, node, RESULT_FORMAT, "%s has %zu items, expected %zu to %zu",
                    field->key, count, field->count_min, most);
}

static size_t list_length(const yaml_node_t *node) {
    return (size_t)(node->data.sequence.items.top - node->data.sequence.items.start);
}

static yaml_node_t *list_item(struct reader *reader, const yaml_node_t *node, size_t index) {
    return yaml_document_get_node(reader->document, node->data.sequence.items.start[index]);
}

static enum result read_numbers(struct reader *reader, const yaml_node_t *node,
                                const struct config_field *field, void *object) {
    if (node->type != YAML_SEQUENCE_NODE) return expected(reader, node, field, "a list of numbers");
    size_t count = list_length(node);
    double *values = member(object, field->offset);
    enum result result = check_count(reader, node, field, count);
    for (size_t i = 0; result == RESULT_OK && i < count; i++)
        result = read_number(reader, list_item(reader, node, i), field, &values[i]);
    if (result == RESULT_OK && field->count_min != field->count_max)
        *(size_t *)member(object, field->count_offset) = count;
    return result;
}

static enum result read_list(struct reader *reader, const yaml_node_t *node,
                             const struct config_field *field, void *object) {
    if (node->type != YAML_SEQUENCE_NODE) return expected(reader, node, field, "a list");
    size_t count = list_length(node), size = field->child->size;
    enum result result = check_count(reader, node, field, count);
    if (result != RESULT_OK) return result;
    char *items = calloc(count ? count : 1, size);
    if (!items) return complain(reader, node, RESULT_NO_MEMORY, "out of memory");
    /* Known to the object from now on, so that config_release frees it if a later key fails. */
    *(void **)member(object, field->offset) = items;
    *(size_t *)member(object, field->count_offset) = count;
    for (size_t i = 0; result == RESULT_OK && i < count; i++)
        result = read_object(reader, list_item(reader, node, i), field->child, items + i * size);
    return result;
}

static enum result read_field(struct reader *reader, yaml_node_t *node,
                              const struct config_field *field, void *object) {
    void *target = member(object, field->offset);
    if (field->is_set_offset) *(bool *)member(object, field->is_set_offset) = true;
    switch (field->type) {
        case CONFIG_NUMBER:
            return read_number(reader, node, field, target);
        case CONFIG_INTEGER:
            return read_integer(reader, node, field, target);
        case CONFIG_BOOL:
            return read_bool(reader, node, field, target);
        case CONFIG_STRING:
            return read_string(reader, node, field, target);
        case CONFIG_WORD:
            return read_word(reader, node, field, target);
        case CONFIG_NUMBERS:
            return read_numbers(reader, node, field, object);
        case CONFIG_OBJECT:
            return read_object(reader, node, field->child, target);
        case CONFIG_LIST:
            return read_list(reader, node, field, object);
    }
    return RESULT_INVALID;
}

static void set_default(const struct config_field *field, void *object) {
    void *target = member(object, field->offset);
    switch (field->type) {
        case CONFIG_NUMBER:
            *(double *)target = field->default_number;
            break;
        case CONFIG_INTEGER:
            *(int64_t *)target = (int64_t)field->default_number;
            break;
        case CONFIG_BOOL:
            *(bool *)target = field->default_number != 0.0;
            break;
        case CONFIG_WORD:
            *(int *)target = (int)field->default_number;
            break;
        case CONFIG_STRING:
            snprintf(target, field->size, "%s", field->default_string ? field->default_string : "");
            break;
        case CONFIG_NUMBERS:
            for (size_t i = 0; i < field->size / sizeof(double); i++)
                ((double *)target)[i] = field->default_number;
            break;
        case CONFIG_OBJECT:
            for (size_t i = 0; i < field->child->field_count; i++)
                set_default(&field->child->fields[i], target);
            break;
        case CONFIG_LIST:
            break; /* none: zeroed */
    }
}

static enum result unknown_key(struct reader *reader, const yaml_node_t *node, const char *key,
                               const struct config_schema *schema) {
    const char *nearest = NULL;
    size_t best = 4; /* farther than three letters is no misspelling */
    for (size_t i = 0; i < schema->field_count; i++) {
        size_t distance = text_edit_distance(key, schema->fields[i].key);
        if (distance < best) {
            best = distance;
            nearest = schema->fields[i].key;
        }
    }
    if (nearest)
        return complain(reader, node, RESULT_FORMAT,
                        "unknown key '%.*s' in the %s; did you mean %s?", VALUE_SHOWN_MAX, key,
                        schema->name, nearest);
    return complain(reader, node, RESULT_FORMAT, "unknown key '%.*s' in the %s", VALUE_SHOWN_MAX,
                    key, schema->name);
}

static size_t find_field(const struct config_schema *schema, const char *key) {
    size_t i = 0;
    while (i < schema->field_count && strcmp(schema->fields[i].key, key) != 0) i++;
    return i;
}

static enum result read_keys(struct reader *reader, const yaml_node_t *node,
                             const struct config_schema *schema, void *object, bool *is_seen) {
    enum result result = RESULT_OK;
    for (yaml_node_pair_t *pair = node->data.mapping.pairs.start;
         result == RESULT_OK && pair < node->data.mapping.pairs.top; pair++) {
        yaml_node_t *key_node = yaml_document_get_node(reader->document, pair->key);
        yaml_node_t *value_node = yaml_document_get_node(reader->document, pair->value);
        const char *key = scalar_text(key_node);
        if (!key) return complain(reader, key_node, RESULT_FORMAT, "a key must be a word");
        size_t i = find_field(schema, key);
        if (i == schema->field_count) return unknown_key(reader, key_node, key, schema);
        if (is_seen[i])
            return complain(reader, key_node, RESULT_FORMAT, "key %s stands twice", key);
        is_seen[i] = true;
        result = read_field(reader, value_node, &schema->fields[i], object);
    }
    return result;
}

#define FIELDS_MAX 64u

static enum result read_object(struct reader *reader, yaml_node_t *node,
                               const struct config_schema *schema, void *object) {
    bool is_seen[FIELDS_MAX] = {false};
    if (schema->field_count > FIELDS_MAX || reader->depth >= CONFIG_DEPTH_MAX)
        return complain(reader, node, RESULT_LIMIT, "nested too deep or too many keys");
    if (node->type != YAML_MAPPING_NODE)
        return complain(reader, node, RESULT_FORMAT, "expected the keys of a %s", schema->name);
    reader->depth++;
    enum result result = read_keys(reader, node, schema, object, is_seen);
    reader->depth--;
    for (size_t i = 0; result == RESULT_OK && i < schema->field_count; i++) {
        if (is_seen[i]) continue;
        if (schema->fields[i].is_required)
            return complain(reader, node, RESULT_FORMAT, "key %s is missing in the %s",
                            schema->fields[i].key, schema->name);
        set_default(&schema->fields[i], object);
    }
    return result;
}

/* Aliases make documents that grow without bound and values that stand elsewhere: refused. */
static enum result refuse_aliases(const char *name, const char *text, size_t size,
                                  struct error *err) {
    yaml_parser_t parser;
    enum result result = RESULT_OK;
    bool is_done = false;
    if (!yaml_parser_initialize(&parser))
        return error_set(err, RESULT_NO_MEMORY, "%s: out of memory", name);
    yaml_parser_set_input_string(&parser, (const unsigned char *)text, size);
    while (!is_done && result == RESULT_OK) {
        yaml_event_t event;
        if (!yaml_parser_parse(&parser, &event)) break; /* the loader will say what is wrong */
        if (event.type == YAML_ALIAS_EVENT)
            result =
                error_set(err, RESULT_FORMAT, "%s:%zu:%zu: an alias (*name) is not allowed here",
                          name, event.start_mark.line + 1, event.start_mark.column + 1);
        is_done = event.type == YAML_STREAM_END_EVENT;
        yaml_event_delete(&event);
    }
    yaml_parser_delete(&parser);
    return result;
}

static enum result load_document(const char *name, yaml_parser_t *parser,
                                 yaml_document_t *ret_document, struct error *err) {
    if (!yaml_parser_load(parser, ret_document))
        return error_set(err, RESULT_FORMAT, "%s:%zu:%zu: not YAML: %s", name,
                         parser->problem_mark.line + 1, parser->problem_mark.column + 1,
                         parser->problem ? parser->problem : "unreadable");
    if (yaml_document_get_root_node(ret_document)) return RESULT_OK;
    yaml_document_delete(ret_document);
    return error_set(err, RESULT_FORMAT, "%s:1:1: the file is empty", name);
}

static enum result refuse_second_document(const char *name, yaml_parser_t *parser,
                                          struct error *err) {
    yaml_document_t second;
    enum result result = RESULT_OK;
    if (!yaml_parser_load(parser, &second))
        return error_set(err, RESULT_FORMAT, "%s:%zu:%zu: not YAML: %s", name,
                         parser->problem_mark.line + 1, parser->problem_mark.column + 1,
                         parser->problem ? parser->problem : "unreadable");
    yaml_node_t *root = yaml_document_get_root_node(&second);
    if (root)
        result = error_set(err, RESULT_FORMAT, "%s:%zu:1: a second document begins here", name,
                           root->start_mark.line + 1);
    yaml_document_delete(&second);
    return result;
}

enum result config_parse(const char *name, const char *text, size_t size,
                         const struct config_schema *schema, void *ret_object, struct error *err) {
    yaml_parser_t parser;
    yaml_document_t document;
    void *object = NULL;
    enum result result = refuse_aliases(name, text, size, err);
    if (result != RESULT_OK) return result;
    if (!yaml_parser_initialize(&parser))
        return error_set(err, RESULT_NO_MEMORY, "%s: out of memory", name);
    yaml_parser_set_input_string(&parser, (const unsigned char *)text, size);
    result = load_document(name, &parser, &document, err);
    if (result != RESULT_OK) goto out;
    result = refuse_second_document(name, &parser, err);
    if (result != RESULT_OK) goto out_document;
    object = calloc(1, schema->size);
    if (!object) {
        result = error_set(err, RESULT_NO_MEMORY, "%s: out of memory", name);
        goto out_document;
    }
    struct reader reader = {.name = name, .document = &document, .err = err};
    result = read_object(&reader, yaml_document_get_root_node(&document), schema, object);
    if (result == RESULT_OK)
        memcpy(ret_object, object, schema->size);
    else
        config_release(schema, object);
    free(object);
out_document:
    yaml_document_delete(&document);
out:
    yaml_parser_delete(&parser);
    return result;
}

enum result config_read(const char *path, const struct config_schema *schema, void *ret_object,
                        struct error *err) {
    char *text = NULL;
    size_t size = 0;
    enum result result = file_read(path, CONFIG_FILE_BYTES_MAX, &text, &size, err);
    if (result != RESULT_OK) return result;
    result = config_parse(path, text, size, schema, ret_object, err);
    free(text);
    return result;
}

void config_release(const struct config_schema *schema, void *object) {
    for (size_t i = 0; i < schema->field_count; i++) {
        const struct config_field *field = &schema->fields[i];
        void *target = member(object, field->offset);
        if (field->type == CONFIG_OBJECT) config_release(field->child, target);
        if (field->type != CONFIG_LIST || !*(void **)target) continue;
        size_t count = *(size_t *)member(object, field->count_offset);
        for (size_t k = 0; k < count; k++)
            config_release(field->child, (char *)*(void **)target + k * field->child->size);
        free(*(void **)target);
    }
    memset(object, 0, schema->size);
}
