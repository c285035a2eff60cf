/* Anything a host can send, with time going on: the simulated board survives it, answers no line
 * twice, and its position stays finite. */
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "sim/firmware.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct firmware board;
    static char heard[FIRMWARE_OUTPUT_MAX + 1];
    struct rig rig = {.axis_count = 1,
                      .axes = {{.letter = 'X',
                                .max = 300,
                                .speed_max = 200,
                                .acceleration_max = 5000,
                                .steps_per_unit = 80}},
                      .needle = {.letter = 'Z',
                                 .max = 1.5,
                                 .speed_max = 200,
                                 .acceleration_max = 8000,
                                 .steps_per_unit = 400}};
    int64_t now_ns = 1;
    size_t lines = 0, answers = 0;
    firmware_init(&board, &rig, now_ns);
    board.state = FIRMWARE_IDLE;
    for (size_t at = 0; at < size;) {
        size_t piece = 1 + data[at] % 64;
        if (piece > size - at) piece = size - at;
        for (size_t i = 0; i < piece; i++) lines += data[at + i] == '\n' || data[at + i] == '\r';
        firmware_on_bytes(&board, data + at, piece, now_ns);
        firmware_step(&board, now_ns += 20000000);
        size_t count = firmware_take_output(&board, heard, FIRMWARE_OUTPUT_MAX);
        heard[count] = '\0';
        for (const char *found = heard; (found = strstr(found, "\nok\r")) != NULL; found++)
            answers++;
        for (int i = 0; i < board.axis_count; i++)
            if (!isfinite(board.position[i])) abort();
        if (board.block_count > FIRMWARE_BLOCKS) abort();
        at += piece;
    }
    if (answers > lines) abort();
    return 0;
}
