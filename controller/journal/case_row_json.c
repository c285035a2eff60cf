#include "controller/journal/case_row_json.h"

#include <jansson.h>
#include <stdlib.h>

void case_row_append_json(void *rows, const struct case_row *row) {
    json_t *object = json_object();
    for (int i = 0; i < row->count; i++) {
        json_t *value = json_null();
        if (row->values[i] && row->is_number[i])
            value = json_integer(strtoll(row->values[i], NULL, 10));
        else if (row->values[i])
            value = json_string(row->values[i]);
        json_object_set_new(object, row->names[i], value ? value : json_null());
    }
    json_array_append_new(rows, object);
}
