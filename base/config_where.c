/* Finds where a key stands in a YAML file, for messages of checks that span several keys. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "base/config.h"
#include "base/file.h"

#define KEY_PART_MAX 64

static yaml_node_t *mapping_value(yaml_document_t *document, const yaml_node_t *node,
                                  const char *key) {
    if (node->type != YAML_MAPPING_NODE) return NULL;
    for (yaml_node_pair_t *pair = node->data.mapping.pairs.start;
         pair < node->data.mapping.pairs.top; pair++) {
        const yaml_node_t *name = yaml_document_get_node(document, pair->key);
        if (name->type == YAML_SCALAR_NODE &&
            strcmp((const char *)name->data.scalar.value, key) == 0)
            return yaml_document_get_node(document, pair->value);
    }
    return NULL;
}

static yaml_node_t *list_value(yaml_document_t *document, const yaml_node_t *node, size_t index) {
    if (node->type != YAML_SEQUENCE_NODE) return NULL;
    size_t count = (size_t)(node->data.sequence.items.top - node->data.sequence.items.start);
    if (index >= count) return NULL;
    return yaml_document_get_node(document, node->data.sequence.items.start[index]);
}

/* Follow "axes[2].letter" from the root as far as it goes. */
static const yaml_node_t *follow(yaml_document_t *document, const char *dotted_key) {
    yaml_node_t *node = yaml_document_get_root_node(document);
    while (node && *dotted_key) {
        char part[KEY_PART_MAX];
        if (*dotted_key == '[') {
            char *end = NULL;
            node = list_value(document, node, strtoul(dotted_key + 1, &end, 10));
            dotted_key = *end == ']' ? end + 1 : end;
        } else {
            size_t length = strcspn(dotted_key, ".[");
            snprintf(part, sizeof part, "%.*s", (int)length, dotted_key);
            node = mapping_value(document, node, part);
            dotted_key += length;
        }
        if (*dotted_key == '.') dotted_key++;
    }
    return node;
}

void config_where(const char *path, const char *dotted_key, char *ret_where, size_t size) {
    char *text = NULL;
    size_t length = 0;
    yaml_parser_t parser;
    yaml_document_t document;
    snprintf(ret_where, size, "%s", path);
    if (file_read(path, CONFIG_FILE_BYTES_MAX, &text, &length, NULL) != RESULT_OK) return;
    if (yaml_parser_initialize(&parser)) {
        yaml_parser_set_input_string(&parser, (const unsigned char *)text, length);
        if (yaml_parser_load(&parser, &document)) {
            const yaml_node_t *node = follow(&document, dotted_key);
            if (node)
                snprintf(ret_where, size, "%s:%zu:%zu", path, node->start_mark.line + 1,
                         node->start_mark.column + 1);
            yaml_document_delete(&document);
        }
        yaml_parser_delete(&parser);
    }
    free(text);
}

enum result config_refuse(const char *path, const char *dotted_key, const char *why,
                          struct error *err) {
    char where[ERROR_TEXT_MAX / 2];
    config_where(path, dotted_key, where, sizeof where);
    return error_set(err, RESULT_RANGE, "%s: %s: %s", where, dotted_key, why);
}
