/* A configuration in layers, as in systemd's own: defaults, the file, drop-ins in the order of
 * their names, the command line. Each value remembers where it comes from. For schemas without
 * nesting whose fields are all optional and all have an `is_set_offset` (base/config.h). */
#ifndef SMPRIG_BASE_CONFIG_LAYERS_H
#define SMPRIG_BASE_CONFIG_LAYERS_H

#include <stdio.h>

#include "base/config.h"

#define CONFIG_LAYER_FIELDS_MAX 40
#define CONFIG_ORIGIN_MAX 512
#define CONFIG_DROP_INS_MAX 64

/* By the field's index in the schema: "default", "file:line:column" or the option's name. */
struct config_origins {
    char of[CONFIG_LAYER_FIELDS_MAX][CONFIG_ORIGIN_MAX];
};

/* Defaults, then `path`, then every NAME.yaml of `drop_in_folder` (strcmp order; no such folder: no
 * drop-ins). path NULL: defaults alone. On failure nothing is changed. */
MUST_USE enum result config_layers_read(const char *path, const char *drop_in_folder,
                                        const struct config_schema *schema, void *ret_object,
                                        struct config_origins *ret_origins, struct error *err);

/* One value over all layers, from a text as people type it; `origin` names the option. Texts, words
 * and whole numbers. */
MUST_USE enum result config_layers_set(const struct config_schema *schema, const char *key,
                                       const char *text, const char *origin, void *object,
                                       struct config_origins *origins, struct error *err);

/* The whole as YAML that could be read again, each value with its origin as a comment. */
void config_layers_dump(const struct config_schema *schema, const void *object,
                        const struct config_origins *origins, FILE *stream);

/* Whether a field has the same value in both. */
bool config_field_equal(const struct config_field *field, const void *a, const void *b);

#endif
