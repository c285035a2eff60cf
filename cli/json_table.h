/* Any answer of the API for people: a list of objects as a table, an object as lines, a word as a
 * word. */
#ifndef SMPRIG_CLI_JSON_TABLE_H
#define SMPRIG_CLI_JSON_TABLE_H

#include <jansson.h>
#include <stdio.h>

/* An empty list is "none", true and null are "done". Control characters become '?'. */
void json_table_print(const json_t *value, FILE *stream);

#endif
