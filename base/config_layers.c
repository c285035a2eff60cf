#include "base/config_layers.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define PATH_SIZE 4096
#define VALUE_COLUMN 44 /* origins stand in one column behind the usual values */

static void *at(void *object, size_t offset) {
    return (char *)object + offset;
}

static const void *const_at(const void *object, size_t offset) {
    return (const char *)object + offset;
}

bool config_field_equal(const struct config_field *field, const void *a, const void *b) {
    const void *x = const_at(a, field->offset), *y = const_at(b, field->offset);
    return field->type == CONFIG_STRING ? strcmp(x, y) == 0 : memcmp(x, y, field->size) == 0;
}

/* Values that a file gives go over those below it. */
static enum result lay_over(const char *path, const struct config_schema *schema, void *object,
                            struct config_origins *origins, struct error *err) {
    void *layer = calloc(1, schema->size);
    if (!layer) return error_set(err, RESULT_NO_MEMORY, "%s: out of memory", path);
    enum result result = config_read(path, schema, layer, err);
    for (size_t i = 0; result == RESULT_OK && i < schema->field_count; i++) {
        const struct config_field *field = &schema->fields[i];
        if (!*(bool *)at(layer, field->is_set_offset)) continue;
        memcpy(at(object, field->offset), at(layer, field->offset), field->size);
        *(bool *)at(object, field->is_set_offset) = true;
        config_where(path, field->key, origins->of[i], sizeof origins->of[i]);
    }
    free(layer);
    return result;
}

static int is_drop_in(const struct dirent *entry) {
    const char *end = strrchr(entry->d_name, '.');
    return entry->d_name[0] != '.' && end && strcmp(end, ".yaml") == 0;
}

static int by_bytes(const struct dirent **a, const struct dirent **b) {
    return strcmp((*a)->d_name, (*b)->d_name); /* not alphasort(): the same in every locale */
}

static enum result lay_drop_ins(const char *folder, const struct config_schema *schema,
                                void *object, struct config_origins *origins, struct error *err) {
    struct dirent **entries = NULL;
    enum result result = RESULT_OK;
    int count = scandir(folder, &entries, is_drop_in, by_bytes);
    if (count < 0 && errno == ENOENT) return RESULT_OK;
    if (count < 0) return error_set(err, RESULT_IO, "%s: %s", folder, strerror(errno));
    if (count > CONFIG_DROP_INS_MAX)
        result = error_set(err, RESULT_LIMIT, "%s: %d drop-ins, at most %d are read", folder, count,
                           CONFIG_DROP_INS_MAX);
    for (int i = 0; i < count; i++) {
        char path[PATH_SIZE];
        int length = snprintf(path, sizeof path, "%s/%s", folder, entries[i]->d_name);
        if (result == RESULT_OK && (length < 0 || length >= PATH_SIZE))
            result = error_set(err, RESULT_LIMIT, "%s: a path is too long there", folder);
        if (result == RESULT_OK) result = lay_over(path, schema, object, origins, err);
        free(entries[i]);
    }
    free(entries);
    return result;
}

/* An empty block of keys: every field takes its default. */
static enum result lay_defaults(const struct config_schema *schema, void *object,
                                struct config_origins *origins, struct error *err) {
    for (size_t i = 0; i < schema->field_count; i++)
        snprintf(origins->of[i], sizeof origins->of[i], "default");
    return config_parse("defaults", "{}", 2, schema, object, err);
}

enum result config_layers_read(const char *path, const char *drop_in_folder,
                               const struct config_schema *schema, void *ret_object,
                               struct config_origins *ret_origins, struct error *err) {
    assert(schema->field_count <= CONFIG_LAYER_FIELDS_MAX);
    void *object = calloc(1, schema->size);
    struct config_origins *origins = calloc(1, sizeof *origins);
    enum result result = RESULT_OK;
    if (!object || !origins) result = error_set(err, RESULT_NO_MEMORY, "out of memory");
    if (result == RESULT_OK) result = lay_defaults(schema, object, origins, err);
    if (result == RESULT_OK && path) result = lay_over(path, schema, object, origins, err);
    if (result == RESULT_OK && path && drop_in_folder)
        result = lay_drop_ins(drop_in_folder, schema, object, origins, err);
    if (result == RESULT_OK) {
        memcpy(ret_object, object, schema->size);
        *ret_origins = *origins;
    }
    free(object);
    free(origins);
    return result;
}

static enum result take_text(const struct config_field *field, const char *text, void *target) {
    int64_t whole = 0;
    switch (field->type) {
        case CONFIG_STRING:
            return text_copy(target, field->size, text);
        case CONFIG_INTEGER:
            if (text_to_int64(text, (int64_t)field->min, (int64_t)field->max, &whole) != RESULT_OK)
                return RESULT_RANGE;
            *(int64_t *)target = whole;
            return RESULT_OK;
        case CONFIG_WORD:
            for (int i = 0; field->words[i]; i++)
                if (strcmp(field->words[i], text) == 0) {
                    *(int *)target = i;
                    return RESULT_OK;
                }
            return RESULT_FORMAT;
        default:
            return RESULT_INVALID;
    }
}

static void describe(const struct config_field *field, char *text, size_t size) {
    struct text_builder builder;
    text_builder_init(&builder, text, size);
    if (field->type == CONFIG_STRING) text_append(&builder, "at most %zu bytes", field->size - 1);
    if (field->type == CONFIG_INTEGER)
        text_append(&builder, "%.0f to %.0f", field->min, field->max);
    for (int i = 0; field->type == CONFIG_WORD && field->words[i]; i++)
        text_append(&builder, "%s%s", i ? ", " : "one of ", field->words[i]);
}

enum result config_layers_set(const struct config_schema *schema, const char *key, const char *text,
                              const char *origin, void *object, struct config_origins *origins,
                              struct error *err) {
    for (size_t i = 0; i < schema->field_count; i++) {
        const struct config_field *field = &schema->fields[i];
        char expected[128];
        if (strcmp(field->key, key) != 0) continue;
        enum result result = take_text(field, text, at(object, field->offset));
        if (result != RESULT_OK) {
            describe(field, expected, sizeof expected);
            return error_set(err, result, "%s %s: expected %s", origin, text, expected);
        }
        *(bool *)at(object, field->is_set_offset) = true;
        snprintf(origins->of[i], sizeof origins->of[i], "%s", origin);
        return RESULT_OK;
    }
    return error_set(err, RESULT_NOT_FOUND, "%s: no setting %s", origin, key);
}

/* Plain where YAML reads it back as it is, else in single quotes. */
static void print_text(const char *text, char *buffer, size_t size) {
    struct text_builder out;
    bool is_plain = text[0] && !strpbrk(text, " \t#'\"{}[]&*!|>%@`,\\") && !strstr(text, ": ") &&
                    text[strlen(text) - 1] != ':' && text[0] != '-' && text[0] != '?' &&
                    text[0] != ':' && text[0] != '~';
    text_builder_init(&out, buffer, size);
    if (is_plain) {
        text_append(&out, "%s", text);
        return;
    }
    text_append(&out, "'");
    for (; *text; text++) text_append(&out, *text == '\'' ? "''" : "%c", *text);
    text_append(&out, "'");
}

void config_layers_dump(const struct config_schema *schema, const void *object,
                        const struct config_origins *origins, FILE *stream) {
    for (size_t i = 0; i < schema->field_count; i++) {
        const struct config_field *field = &schema->fields[i];
        const void *value = const_at(object, field->offset);
        char text[2 * PATH_SIZE] = "";
        if (field->type == CONFIG_STRING) print_text(value, text, sizeof text);
        if (field->type == CONFIG_INTEGER)
            snprintf(text, sizeof text, "%lld", (long long)*(const int64_t *)value);
        if (field->type == CONFIG_NUMBER)
            snprintf(text, sizeof text, "%.17g", *(const double *)value);
        if (field->type == CONFIG_BOOL)
            snprintf(text, sizeof text, "%s", *(const bool *)value ? "true" : "false");
        if (field->type == CONFIG_WORD)
            snprintf(text, sizeof text, "%s", field->words[*(const int *)value]);
        int width = fprintf(stream, "%s: %s", field->key, text);
        fprintf(stream, "%*s # %s\n", width < VALUE_COLUMN ? VALUE_COLUMN - width : 0, "",
                origins->of[i]);
    }
}
