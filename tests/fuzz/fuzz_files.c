/* The files that the guard believes, and the rig file: the first byte says which. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "controller/guard/case_ply.h"
#include "motion/rig.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fuzz_plan(const uint8_t *data, size_t size) {
    size_t count = 0;
    char hash[65];
    if (plan_ply_count(data, size, &count) != RESULT_OK) return;
    struct gate_dot *dots = calloc(count, sizeof *dots);
    if (plan_ply_read(data, size, dots, hash) == RESULT_OK)
        for (size_t i = 1; i < count; i++)
            if (dots[i].id <= dots[i - 1].id) abort();
    free(dots);
}

static void fuzz_scan(const uint8_t *data, size_t size) {
    size_t vertices = 0, triangles = 0;
    if (scan_ply_count(data, size, &vertices, &triangles) != RESULT_OK) return;
    float *positions = calloc(3 * vertices, sizeof *positions);
    uint32_t *indexes = calloc(3 * triangles, sizeof *indexes);
    if (scan_ply_read(data, size, positions, indexes) == RESULT_OK)
        for (size_t i = 0; i < 3 * triangles; i++)
            if (indexes[i] >= vertices) abort();
    free(positions);
    free(indexes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct rig rig;
    if (size == 0) return 0;
    if (data[0] % 3 == 0) fuzz_plan(data + 1, size - 1);
    if (data[0] % 3 == 1) fuzz_scan(data + 1, size - 1);
    if (data[0] % 3 == 2 &&
        rig_parse("fuzz", (const char *)data + 1, size - 1, &rig, NULL) == RESULT_OK)
        for (size_t i = 0; i < rig.axis_count; i++)
            if (!(rig.axes[i].min < rig.axes[i].max)) abort();
    return 0;
}
