/* A grblHAL board that isn't there: bytes and time in, bytes and axis positions out. Behaves as the
 * real firmware was seen to: answers, error latch, alarms, real-time
 * bytes at any point of a line, canned cycles, rest-to-rest planning. A pure step function; time
 * only moves forward.
 *
 * Positions are in the firmware's own axes XYZABC, mm or deg, machine coordinates. */
#ifndef SMPRIG_SIM_FIRMWARE_H
#define SMPRIG_SIM_FIRMWARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "motion/rig.h"

#define FIRMWARE_AXES 6
#define FIRMWARE_BLOCKS 100
#define FIRMWARE_RX_BYTES 1024
#define FIRMWARE_LINE_MAX 256
#define FIRMWARE_OUTPUT_MAX 32768

enum firmware_state {
    FIRMWARE_IDLE,
    FIRMWARE_RUN,
    FIRMWARE_HOLD,
    FIRMWARE_HOME,
    FIRMWARE_ALARM,
};

/* One straight motion in axis space: a trapezoid from entry_speed to rest. */
struct firmware_block {
    double from[FIRMWARE_AXES], to[FIRMWARE_AXES];
    double length;                           /* of the line in axis space */
    double entry_speed, speed, acceleration; /* along it */
    int64_t start_ns, duration_ns;
    uint32_t line;
    bool is_stopping; /* a hold: decelerates from entry_speed over `length` */
};

struct firmware {
    struct {
        double steps, rate, acceleration, min, max; /* rate in units per second */
        bool is_used;
    } axes[FIRMWARE_AXES];
    int rotary_mask, status_mask;
    double junction_deviation;

    enum firmware_state state;
    int64_t now_ns;
    double position[FIRMWARE_AXES]; /* at now_ns */
    bool is_homed, is_hold_pending;
    int latched_error; /* 0: none */

    struct firmware_block blocks[FIRMWARE_BLOCKS];
    size_t block_first, block_count;
    struct firmware_block held; /* what is left of the block that a hold cut */
    bool has_held;
    double planned[FIRMWARE_AXES]; /* where the last queued block ends */
    uint32_t running_line;
    int64_t homing_end_ns;

    char line[FIRMWARE_LINE_MAX + 1];
    size_t line_length;
    bool is_line_overlong,
        was_return;       /* was_return: the newest byte was CR; an LF after it is one end */
    size_t bytes_dropped; /* that found the receive buffer full */
    char waiting[FIRMWARE_RX_BYTES]; /* received while homing or while the planner is full */
    size_t waiting_count;

    /* modal state */
    int motion_mode; /* 0, 1, 81, 82, 80 */
    bool is_relative;
    double feed_mm_min;
    double cycle_r, cycle_z;

    unsigned char output[FIRMWARE_OUTPUT_MAX];
    size_t output_first, output_count;
};

/* Settings and limits as the rig file wants them; powered up, not homed. */
void firmware_init(struct firmware *firmware, const struct rig *rig, int64_t now_ns);
/* Power-up or reset as a peer sees it: the banner comes. */
void firmware_power_up(struct firmware *firmware);

void firmware_on_bytes(struct firmware *firmware, const void *bytes, size_t count, int64_t now_ns);
/* Move time on. */
void firmware_step(struct firmware *firmware, int64_t now_ns);
size_t firmware_take_output(struct firmware *firmware, void *buffer, size_t size);
/* When something will happen by itself; INT64_MAX: nothing. */
int64_t firmware_next_ns(const struct firmware *firmware);

/* Index of a letter in XYZABC, -1 for another. */
int firmware_axis(char letter);

#endif
