/* Calibration files: records, needle, depth, registration, landmarks, tables of numbers and poses;
 * the first byte says which. What is accepted must be finite. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "vision/calibration/number_table.h"
#include "vision/calibration/registration.h"
#include "vision/calibration_record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fuzz_records(char *text, size_t size) {
    struct yaml_tree tree;
    struct calibration_records records;
    struct error err;
    if (yaml_tree_parse("fuzz", text, size, &tree, &err) != RESULT_OK) return;
    if (calibration_records_parse(&tree, &records, &err) == RESULT_OK) {
        if (records.count > CALIBRATION_RECORDS_MAX) abort();
        for (uint32_t i = 0; i < records.count; i++)
            if (!(records.list[i].residual >= 0) || !(records.list[i].error_um >= 0)) abort();
    }
    yaml_tree_release(&tree);
}

static void fuzz_landmarks(const char *text, size_t size) {
    struct landmarks set;
    struct registration registration;
    struct error err;
    if (landmarks_parse("fuzz", text, size, &set, &err) != RESULT_OK) return;
    if (register_landmarks(&set, &registration, &err) == RESULT_OK &&
        !pose_is_finite(registration.T_head_ring))
        abort();
}

static void fuzz_tables(const char *text) {
    struct pose_list list;
    struct number_table table;
    struct error err;
    if (pose_list_parse("fuzz", text, &list, &err) == RESULT_OK) {
        for (size_t i = 0; i < list.count; i++)
            if (!pose_is_finite(list.poses[i].T)) abort();
        pose_list_release(&list);
    }
    if (number_table_parse("fuzz", text, 3, &table, &err) == RESULT_OK) {
        if (table.rows == 0) abort();
        number_table_release(&table);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 1) return 0;
    char *text = malloc(size);
    if (text == NULL) return 0;
    memcpy(text, data + 1, size - 1);
    text[size - 1] = '\0';
    if (data[0] % 3 == 0) fuzz_records(text, size - 1);
    if (data[0] % 3 == 1) fuzz_landmarks(text, size - 1);
    if (data[0] % 3 == 2) fuzz_tables(text);
    free(text);
    return 0;
}
