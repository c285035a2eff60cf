/* A wire log of any bytes through reader, parser and link: survived, bounded in time and memory. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "controller/link/replay.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const struct rig rig = {
        .axis_count = 1, .axes = {{.letter = 'X', .max = 300}}, .needle = {.letter = 'Z'}};
    struct replay_report report;
    if (replay_run(data, size, &rig, NULL, NULL, &report) != RESULT_OK) return 0;
    if (report.bytes_to_board + report.bytes_to_host > size) abort();
    return 0;
}
