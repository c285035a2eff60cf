/* A grblHAL board that isn't there: bytes and time in, bytes and axis positions out. It behaves as
 * the real firmware was seen to (docs/link.md): one answer a line, error latch, alarms that block
 * until a reset, real-time bytes at any point of a line, planner with look-ahead and junction
 * deviation, canned cycles, homing, probing, jogging, hold and door, overrides, check mode, work
 * offsets, settings. Arcs are the one motion it refuses (error:20): no rig sends any.
 *
 * A pure step function driven by events: firmware_step() jumps from one event (a block's end, a
 * contact, a dwell's end) to the next and works the position out in closed form, so a step costs
 * the same however much time it spans. Time only moves forward.
 *
 * Positions are in the firmware's own axes XYZABCUV (six, or as many as the rig
 * names), mm or deg, machine coordinates. */
#ifndef SMPRIG_SIM_FIRMWARE_H
#define SMPRIG_SIM_FIRMWARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "motion/rig.h"

#define FIRMWARE_AXES 8 /* room; a board has axis_count of them */
#define FIRMWARE_BLOCKS 100
#define FIRMWARE_RX_BYTES 1024
#define FIRMWARE_LINE_MAX 256
#define FIRMWARE_OUTPUT_MAX 32768
#define FIRMWARE_SETTINGS_MAX 88
#define FIRMWARE_SYSTEMS 6 /* work coordinate systems G54..G59 */

enum firmware_state {
    FIRMWARE_IDLE,
    FIRMWARE_RUN,
    FIRMWARE_HOLD, /* decelerating (Hold:1) or standing (Hold:0) */
    FIRMWARE_JOG,
    FIRMWARE_HOME,
    FIRMWARE_ALARM,
    FIRMWARE_DOOR,
    FIRMWARE_CHECK,
    FIRMWARE_SLEEP,
    FIRMWARE_STATE_COUNT
};

/* Inputs of the board, true = active. A limit pin is named by its axis: FIRMWARE_PIN_LIMIT + i. */
enum firmware_pin {
    FIRMWARE_PIN_ESTOP,
    FIRMWARE_PIN_DOOR,
    FIRMWARE_PIN_PROBE,
    FIRMWARE_PIN_LIMIT,
    FIRMWARE_PIN_COUNT = FIRMWARE_PIN_LIMIT + FIRMWARE_AXES
};

/* One straight motion in axis space. */
struct firmware_block {
    double from[FIRMWARE_AXES], to[FIRMWARE_AXES];
    double unit[FIRMWARE_AXES]; /* direction */
    double length;              /* of the line in axis space */
    double rate_max;            /* what the axes allow along it, units per second */
    double programmed;          /* feed asked for; a rapid asks for rate_max */
    double acceleration;
    double junction2;        /* entry speed squared that the corner before it allows */
    double entry2;           /* entry speed squared as planned */
    bool is_rapid, is_fixed; /* is_fixed: homing and probing, untouched by overrides */
    uint32_t line;
};

/* How the running block is being run: up to three ramps of one speed profile. */
struct firmware_profile {
    int64_t start_ns, end_ns;
    double begin_mm;       /* of the block done before start_ns */
    double v0, v1, v2;     /* at the begin, between the ramps, at the end */
    double t1, t2, t3;     /* seconds of ramp, cruise, ramp */
    double length;         /* from begin_mm to the end or to the standstill */
    bool ends_at_rest_mid; /* a stop: stands before the block's end */
};

struct firmware {
    double settings[FIRMWARE_SETTINGS_MAX]; /* in the order of the settings table */
    struct {
        double steps, rate, acceleration, travel; /* units, per second, per second^2 */
    } axes[FIRMWARE_AXES];
    int axis_count;

    enum firmware_state state;
    int64_t now_ns;
    double position[FIRMWARE_AXES]; /* at now_ns */
    double lost[FIRMWARE_AXES];     /* of it: where its encoders see the axis is so much less far */
    uint32_t homed_mask;
    bool is_homed;            /* every axis that homing is set up for */
    bool is_critical;         /* an alarm that blocks all but a reset */
    bool is_moving;           /* block 0 runs as `profile` says */
    bool is_stopping;         /* a hold, a door or a jog cancel is slowing it down */
    bool has_held;            /* block 0 was cut by a hold and waits */
    int alarm;                /* 0: none since the last unlock */
    uint32_t pins;            /* bit per enum firmware_pin */
    uint32_t broken_switches; /* fault: axes whose home switch never closes, bit per axis */
    int latched_error;        /* 0: none */

    struct firmware_block blocks[FIRMWARE_BLOCKS];
    size_t block_first, block_count;
    struct firmware_profile profile; /* of block 0 while it moves */
    double planned[FIRMWARE_AXES];   /* where the last queued block ends */
    uint32_t running_line;
    int feed_override, rapid_override; /* per cent */

    /* A line that waits (planner full, dwell, homing, probing) is run again at each event. */
    char line[FIRMWARE_LINE_MAX + 1];
    size_t line_length;
    bool is_line_overlong, is_line_waiting, is_dwelling;
    int stage; /* how far the waiting line has come */
    int64_t wait_ns;
    char last_end; /* the line end seen last: CR LF and LF CR are one */

    char waiting[FIRMWARE_RX_BYTES]; /* received and not yet read */
    size_t waiting_first, waiting_count;
    size_t bytes_dropped; /* that found the receive buffer full */

    /* modal state */
    int motion_mode; /* G number times 10: 0, 10, 382.., 800, 810, 820 */
    bool is_relative, is_inches, is_retract_to_r;
    double feed_mm_min;
    double cycle_r, cycle_z, cycle_top;
    int system; /* 0: G54 */
    double offsets[FIRMWARE_SYSTEMS][FIRMWARE_AXES], g92[FIRMWARE_AXES];
    double tool_length;
    bool is_spindle_on, is_coolant_on;
    uint32_t aux_outputs; /* M62-M65; a reset leaves them */

    /* probing */
    bool has_probe_surface, is_probing, has_contact, is_probe_good;
    int probe_axis; /* touched when this axis is at or below probe_at */
    double probe_at;
    int64_t contact_ns, probe_stop_ns;
    double probed[FIRMWARE_AXES];

    int reports_until_offset, reports_until_overrides;
    bool has_homed_news;

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

/* An input changes. The E-stop stops everything dead; a limit pin is a hard limit when $21 is on;
 * the door holds. */
void firmware_set_pin(struct firmware *firmware, enum firmware_pin pin, bool is_active,
                      int64_t now_ns);
/* Something conductive lies where `axis` reaches `at` on its way down. */
void firmware_set_probe_surface(struct firmware *firmware, int axis, double at);

/* Value of `$number`; NaN when the board has no such setting. */
double firmware_setting(const struct firmware *firmware, int number);
/* As `$number=value` does. False when there is no such setting. */
bool firmware_set_setting(struct firmware *firmware, int number, double value);
/* Settings and offsets as `$n=v` lines, for a file that stands for the board's own memory. The
 * length without the NUL, or 0 when `size` does not hold them. */
size_t firmware_save(const struct firmware *firmware, char *text, size_t size);
/* Take such lines; what does not fit the board is left out. */
void firmware_load(struct firmware *firmware, const char *text);

/* The axes' letters in the firmware's order, and a letter's index there, -1 for another. */
extern const char firmware_letters[FIRMWARE_AXES + 1];
int firmware_axis(char letter);

#endif
