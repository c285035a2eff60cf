/* Error-state Kalman filter of the head's pose (Sola 2017, "Quaternion kinematics for the
 * error-state Kalman filter"; Barfoot 2nd ed., ch. 8): where the ring's centre is and how it is
 * turned, at which velocity, and a breathing oscillator on top of the translation.
 *
 *     centre = p + q      p' = v      v' = noise          (drift and voluntary motion)
 *     R' = hat(w) R       w' = noise                      (left, rig frame)
 *     q'' = -omega^2 q - 2 zeta omega q' + noise          (breathing)
 *
 * omega is fixed: learnt inside the filter, it made the filter diverge on tremor, and the velocity
 * takes up what a wrong rate leaves. All but the rotation is linear, so the filter is stable.
 *
 * The struct is plain data: copy it to predict elsewhere. No clock, no heap, no thread.
 * Measurements carry their exposure time; one that arrives late is put in its place and the later
 * ones are replayed (up to HEAD_FILTER_HISTORY frames back). */
#ifndef SMPRIG_VISION_FILTER_H
#define SMPRIG_VISION_FILTER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/geom.h"
#include "base/result.h"
#include "vision/head_pose.h"

#define HEAD_FILTER_HISTORY 8
/* Error state: p 0-2, theta 3-5, v 6-8, w 9-11, q 12-14, q' 15-17. */
#define HEAD_FILTER_STATES 18

struct head_filter_settings {
    struct vec3 centre_head;  /* the ring's centre: the point whose motion is filtered, mm */
    double radius_mm;         /* speeds are judged this far from it */
    double accel_psd_mm2_s3;  /* white acceleration of the head */
    double turn_psd_rad2_s3;  /* white angular acceleration */
    double breath_psd_mm2_s3; /* white acceleration of the breathing */
    double breath_hz;         /* rate of the breathing oscillator */
    double pose_floor_mm;     /* added to each measurement's sigma: what calibration leaves */
    double tremor_mm; /* and this at 30 frames a second or fewer, in the square of the interval at
                         more: the head's tremor (8 to 12 Hz), which frames so far apart cannot
                         follow; taken for motion it would be thrown 50 ms ahead */
    double turn_floor_rad;
    double gate_sigma; /* innovation (rms over six axes) that counts as a flinch */
    double gate_mm;    /* and it must be at least this far, and as far as
                          still_mm_s goes in a frame: a heart beat is no flinch */
    double still_mm_s; /* below: still; hysteresis of a fifth */
    int64_t settle_ns; /* calm for this long after a flinch before it counts as over */
    int64_t lost_ns;   /* no measurement for this long: start afresh */
};
/* Centre at the head frame's origin; the caller sets it to the ring's. */
struct head_filter_settings head_filter_settings_default(void);

struct head_measurement {
    int64_t stamp_ns;
    struct pose T_rig_head;
    double covariance[36]; /* left twist at the rig's origin */
    double residual_px;
    uint32_t tags_used;
};

/* One look at the head: what was measured, or why nothing was. */
struct head_look {
    bool is_measured;
    enum head_reason miss;               /* when it is not */
    struct head_measurement measurement; /* stamp_ns holds for both */
};

struct head_filter_state {
    int64_t stamp_ns;
    struct vec3 p, v, q, r; /* mm, mm/s, rig frame */
    struct mat3 R;
    struct vec3 w; /* rad/s */
    double P[HEAD_FILTER_STATES * HEAD_FILTER_STATES];
    double coasted_s; /* since the measurement before */
};

struct head_filter_entry {
    struct head_measurement measurement;
    struct head_filter_state before; /* state just before this measurement was used */
};

struct head_filter {
    struct head_filter_settings settings;
    struct head_filter_state state;
    bool is_started;
    bool is_calm;                   /* no flinch pending */
    bool is_settled;                /* followed and slow for settle_ns */
    int64_t last_jump_ns, start_ns; /* start_ns: followed and slow since then */
    bool was_still;
    double innovation_sigma;
    uint64_t sequence;
    struct head_pose newest; /* as head_filter_update() last told it */
    struct head_filter_entry history[HEAD_FILTER_HISTORY]; /* a ring, oldest at history_first */
    uint32_t history_first, history_count;
};

void head_filter_init(struct head_filter *filter, const struct head_filter_settings *settings);

/* Use a measurement; fills *ret_pose with the state at the newest stamp. RESULT_INVALID: not
 * finite; RESULT_RANGE: older than all history (ignored). A measurement outside the gate is a
 * flinch: the velocity is opened so that the next ones are followed. */
MUST_USE enum result head_filter_update(struct head_filter *filter,
                                        const struct head_measurement *measurement,
                                        struct head_pose *ret_pose);

/* A frame gave no pose: the state becomes LOST with this reason at once; the filter itself coasts,
 * so that the tracker has a guess, until lost_ns have passed. */
void head_filter_miss(struct head_filter *filter, int64_t stamp_ns, enum head_reason reason,
                      struct head_pose *ret_pose);

/* Either of the two, as the look is; a measurement that cannot be used is a miss (BAD_FIT). */
void head_filter_look(struct head_filter *filter, const struct head_look *look,
                      struct head_pose *ret_pose);

/* Pose, velocity and covariance at any time (also before the newest stamp, by the same model).
 * False (untouched) when the filter has nothing to predict from. State and reason are the newest
 * ones. */
bool head_filter_predict(const struct head_filter *filter, int64_t at_ns,
                         struct head_pose *ret_pose);
/* The pose alone, for a tenth of the work. */
bool head_filter_predict_pose(const struct head_filter *filter, int64_t at_ns,
                              struct pose *ret_T_rig_head);

#endif
