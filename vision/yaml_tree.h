/* Read-only walk over a YAML document for files of other people's making (ROS camera_info, OpenCV
 * FileStorage), which carry keys and tags that a schema of ours (base/config.h) would refuse.
 *
 * Strict where it matters: doubled keys, numbers that are not finite decimals, wrong types and
 * lengths are refused with `file:line:column: what, and what was expected`. Unknown keys are left
 * alone. */
#ifndef SMPRIG_VISION_YAML_TREE_H
#define SMPRIG_VISION_YAML_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <yaml.h>

#include "base/result.h"

#define YAML_TREE_BYTES_MAX (4u << 20)

struct yaml_tree {
    yaml_document_t document;
    const char *name; /* the path, for messages; the caller's memory */
};

/* A node of a tree; node NULL: absent. */
struct yaml_item {
    const struct yaml_tree *tree;
    yaml_node_t *node;
};

/* Read one document. OpenCV's `%YAML:1.0` first line is understood. path must outlive the tree. */
MUST_USE enum result yaml_tree_read(const char *path, struct yaml_tree *ret_tree,
                                    struct error *err);
/* The same from memory; text is changed in place. */
MUST_USE enum result yaml_tree_parse(const char *name, char *text, size_t size,
                                     struct yaml_tree *ret_tree, struct error *err);
void yaml_tree_release(struct yaml_tree *tree);

struct yaml_item yaml_root(const struct yaml_tree *tree);
bool yaml_exists(struct yaml_item item);
bool yaml_is_map(struct yaml_item item);
bool yaml_is_list(struct yaml_item item);
/* The value of a key; absent when there is none or the item is not a map. */
struct yaml_item yaml_at(struct yaml_item item, const char *key);
/* Items of a list (or of a map: its values); 0 for anything else. */
size_t yaml_count(struct yaml_item item);
struct yaml_item yaml_nth(struct yaml_item item, size_t index);
/* The text of a scalar; NULL otherwise. */
const char *yaml_text(struct yaml_item item);

/* A finite number in [low, high]. */
MUST_USE enum result yaml_number(struct yaml_item item, double low, double high, double *ret_value,
                                 struct error *err);
MUST_USE enum result yaml_integer(struct yaml_item item, int64_t low, int64_t high,
                                  int64_t *ret_value, struct error *err);
/* count_min..count_max finite numbers: a flat list, a list of rows, or a map with such `data` (and
 * `rows`, `cols` that must agree with it). */
MUST_USE enum result yaml_numbers(struct yaml_item item, size_t count_min, size_t count_max,
                                  double *ret_values, size_t *ret_count, struct error *err);
/* `file:line:column: ` and the sentence; the line of the nearest node that exists. */
enum result yaml_complain(struct yaml_item item, struct error *err, enum result code,
                          const char *format, ...) PRINTF_LIKE(4, 5);
/* Complain that a required key is missing from a map. */
enum result yaml_complain_missing(struct yaml_item map, const char *key, const char *expected,
                                  struct error *err);

#endif
