#include "sim/switchboard.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/clock.h"

#define PRESS_PERIOD_NS (100 * NS_PER_S)
#define LIFTED_NS (300 * NS_PER_MS)
#define NEEDLE_OUT_MM 0.05 /* where the out-sensor switches */

enum result switchboard_open(const char *path, struct switchboard *ret_board, struct error *err) {
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0640);
    void *memory = MAP_FAILED;
    if (fd >= 0 && ftruncate(fd, sizeof(struct switchboard_file)) == 0)
        memory =
            mmap(NULL, sizeof(struct switchboard_file), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (fd >= 0) close(fd);
    if (memory == MAP_FAILED) return error_set(err, RESULT_IO, "%s: %s", path, strerror(errno));
    *ret_board = (struct switchboard){.file = memory};
    ret_board->file->shared.present = SENSOR_ALL;
    ret_board->file->held = SENSOR_ALL;
    return RESULT_OK;
}

void switchboard_close(struct switchboard *board) {
    if (board->file) munmap(board->file, sizeof *board->file);
    *board = (struct switchboard){0};
}

void switchboard_step(struct switchboard *board, const struct firmware *firmware, int64_t now_ns) {
    if (!board->file) return;
    uint32_t levels = SENSOR_ALL;
    if (!firmware->is_homed) board->pressed_ns = now_ns;
    if (now_ns - board->pressed_ns > PRESS_PERIOD_NS) board->pressed_ns = now_ns;
    if (now_ns - board->pressed_ns < LIFTED_NS) levels &= ~(uint32_t)SENSOR_DEADMAN;
    if (firmware->position[firmware_axis('Z')] < -NEEDLE_OUT_MM) levels &= ~(uint32_t)SENSOR_NEEDLE;
    board->file->shared.levels = levels & board->file->held;
}
