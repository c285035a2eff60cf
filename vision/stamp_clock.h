/* From a camera's own time stamps to the monotonic clock, and a watch on both.
 *
 * A frame arrives some time after its exposure, never before: arrival - device stamp = offset +
 * delay, delay >= the least the link allows. The smallest difference seen lately is therefore
 * offset + least delay; it may rise only as fast as two quartz clocks drift apart (after Zhang, Liu
 * and Xia 2002, convex hulls of delays, in its simplest form). What departs from that is a jump of
 * a clock or of the latency (hazard 8), and is told, not averaged away. Pure:
 * times are arguments. */
#ifndef SMPRIG_VISION_STAMP_CLOCK_H
#define SMPRIG_VISION_STAMP_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

struct stamp_clock_settings {
    int64_t
        least_delay_ns; /* from the device's stamp to arrival at best: exposure, readout, link */
    int64_t stamp_to_middle_ns; /* from the device's stamp to mid-exposure (half the exposure when
                                   the device stamps its start) */
    double drift_ppm;           /* how fast the clocks may part */
    int64_t jump_ns;            /* a departure beyond this is a jump */
    int64_t latency_max_ns;     /* a frame later than this is late */
    uint32_t learn_frames;      /* before the first verdict */
    uint32_t
        late_frames_max; /* this many late frames in a row: the clock has jumped, learn again */
};
/* 1 ms least delay, 100 ppm, 5 ms jump, 60 ms latency, 20 frames, 5 late ones. */
struct stamp_clock_settings stamp_clock_settings_default(void);

enum stamp_verdict {
    STAMP_LEARNING, /* the zero value denies */
    STAMP_GOOD,
    STAMP_LATE,     /* right stamp, but older than latency_max_ns on arrival */
    STAMP_BACKWARD, /* the device's or the host's time did not rise */
    STAMP_JUMP,     /* a clock jumped: learning again */
    STAMP_VERDICT_COUNT
};
const char *stamp_verdict_name(enum stamp_verdict verdict);

struct stamp_clock {
    struct stamp_clock_settings settings;
    bool has_last;
    int64_t last_device_ns, last_arrival_ns;
    double offset_ns; /* smallest recent arrival - device */
    uint32_t seen, late_in_row;
};

void stamp_clock_init(struct stamp_clock *clock, const struct stamp_clock_settings *settings);

struct stamp_reading {
    int64_t stamp_ns;   /* mid-exposure on the monotonic clock */
    int64_t latency_ns; /* arrival - stamp */
};
/* One frame. *ret_reading is filled for every verdict, but to be used only with STAMP_GOOD. */
enum stamp_verdict stamp_clock_update(struct stamp_clock *clock, int64_t device_ns,
                                      int64_t arrival_ns, struct stamp_reading *ret_reading);

#endif
