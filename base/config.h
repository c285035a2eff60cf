/* YAML files checked by a table: the schema is a C table, the result a C struct.
 *
 * Parse all, validate all, activate once. Refused, each with `file:line:column: what is wrong, what
 * was expected`: unknown or doubled keys, missing required keys, wrong types, numbers that are not
 * finite decimals, numbers out of range, lists too short or too long, words not in the enum,
 * anchors and aliases, more than one document. Keys carry their unit (`depth_um`); angles are
 * written in degrees and stored in degrees: converting is the owner's business.
 *
 *     static const struct config_field camera_fields[] = {
 *         CONFIG_REQUIRED(struct camera_file, CONFIG_NUMBER, fx_px, .min = 1, .max = 1e5),
 *         ...
 *     };
 */
#ifndef SMPRIG_BASE_CONFIG_H
#define SMPRIG_BASE_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/result.h"

#define CONFIG_FILE_BYTES_MAX (4u << 20)
#define CONFIG_DEPTH_MAX 12
#define CONFIG_LIST_MAX 100000

enum config_type {
    CONFIG_NUMBER,  /* double, in [min, max] */
    CONFIG_INTEGER, /* int64_t, in [min, max] */
    CONFIG_BOOL,    /* bool: true or false */
    CONFIG_STRING,  /* char[size] inside the struct; size > strlen */
    CONFIG_WORD,    /* int: index into the NULL-terminated `words` */
    CONFIG_NUMBERS, /* double[count_max] inside the struct, filled from a flow list of exactly
                     * count_min..count_max numbers each in [min, max]; the count goes to the size_t
                     * at count_offset unless count_min == count_max */
    CONFIG_OBJECT,  /* a struct inside the struct, by `child` */
    CONFIG_LIST,    /* heap array of structs by `child`: a pointer at offset, a size_t at
                     * count_offset; count_min..count_max items */
};

struct config_schema;

struct config_field {
    const char *key;
    enum config_type type;
    size_t offset, count_offset, size;
    bool is_required;
    double min, max;       /* NUMBER, INTEGER, NUMBERS; both 0: any finite value */
    double default_number; /* NUMBER, INTEGER, BOOL, WORD when absent; NUMBERS: every element */
    const char *default_string; /* STRING when absent; NULL: "" */
    const char *const *words;
    size_t count_min, count_max;
    const struct config_schema *child;
    const char *help; /* a clause for --dump-config and the docs: unit, meaning, why this default */
    size_t is_set_offset; /* > 0: a bool there tells whether the key was present */
};

struct config_schema {
    const char *name; /* "rig file", for messages */
    const struct config_field *fields;
    size_t field_count, size; /* size of the struct */
};

/* Offsets and key from the member's name. */
#define CONFIG_REQUIRED(type_, kind, member, ...)                              \
    {                                                                          \
        .key = #member, .type = (kind), .offset = offsetof(type_, member),     \
        .size = sizeof(((type_ *)0)->member), .is_required = true, __VA_ARGS__ \
    }
#define CONFIG_OPTIONAL(type_, kind, member, ...)                               \
    {                                                                           \
        .key = #member, .type = (kind), .offset = offsetof(type_, member),      \
        .size = sizeof(((type_ *)0)->member), .is_required = false, __VA_ARGS__ \
    }

/* Read a file into *ret_object (schema->size bytes, wholly overwritten). On failure nothing is
 * changed and nothing is left allocated. */
MUST_USE enum result config_read(const char *path, const struct config_schema *schema,
                                 void *ret_object, struct error *err);
/* The same from memory; `name` stands for the path in messages. */
MUST_USE enum result config_parse(const char *name, const char *text, size_t size,
                                  const struct config_schema *schema, void *ret_object,
                                  struct error *err);
/* Free the lists inside an object that config_read filled, and zero it. */
void config_release(const struct config_schema *schema, void *object);

/* Where a key stood, for checks across keys after reading: `file:line:column` of the dotted path
 * ("axes[2].letter") or just the file's name when it was absent. Re-reads the file. */
void config_where(const char *path, const char *dotted_key, char *ret_where, size_t size);
/* Such a check's refusal, `file:line:column: key: why`: returns RESULT_RANGE. */
enum result config_refuse(const char *path, const char *dotted_key, const char *why,
                          struct error *err);

#endif
