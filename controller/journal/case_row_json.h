/* A row of the case record as JSON: for the export, the report and the API alike. */
#ifndef SMPRIG_CONTROLLER_JOURNAL_CASE_ROW_JSON_H
#define SMPRIG_CONTROLLER_JOURNAL_CASE_ROW_JSON_H

#include "controller/journal/case_record.h"

/* For case_record_each: append the row as an object of its columns to `rows`, a json_t array that
 * the caller owns. What is empty, or is no UTF-8, becomes null. */
void case_row_append_json(void *rows, const struct case_row *row);

#endif
