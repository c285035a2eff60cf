/* What happens to the simulated head and its cameras, from YAML (configs/scenarios/). */
#ifndef SMPRIG_SIM_SCENARIO_H
#define SMPRIG_SIM_SCENARIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/geom.h"
#include "base/result.h"

#define SCENARIO_NAME_MAX 32
#define SCENARIO_PATH_MAX 256
#define SCENARIO_FAULTS_MAX 16

/* Something that goes wrong (rows of sim/faults.h) and when: after so many dots, or so many seconds
 * of the session, and then at this moment of it. */
struct scenario_fault {
    size_t row;
    int moment; /* enum moment */
    double at_s;
    int64_t after_dots;
    double lasts_s; /* 0: as the row says */
};

/* What a session under this scenario is, when the command line says nothing else. */
struct scenario_run {
    char rig[SCENARIO_PATH_MAX], scan[SCENARIO_PATH_MAX], design[SCENARIO_PATH_MAX];
    char short_design[SCENARIO_PATH_MAX]; /* in the short form that the tests run; "": the same */
    int64_t dots;                         /* the first so many of the plan; 0: all */
    int64_t short_dots;                   /* the same for the short form */
    int64_t stop_after_dots; /* a first session ends there, a second one takes the case up; 0: no */
};

/* What it must show; checked after the run. */
struct scenario_shows {
    char sentence[SCENARIO_PATH_MAX];
    bool finishes;
    int64_t holds_least, faults_least, doubtful_most, done_least;
    double placement_max_um; /* no strike is farther from its dot; 0: not checked */
};

struct pose_list;

struct scenario {
    char name[SCENARIO_NAME_MAX];
    struct pose T_rig_head; /* at rest */
    double breathing_mm, breathing_hz, breathing_rad;
    struct vec3 breathing_direction; /* unit, rig frame */
    double drift_mm_s;
    struct vec3 drift_direction; /* unit, rig frame */
    double heartbeat_mm, tremor_mm;
    double ring_slip_mm, ring_slip_s;     /* the ring slides so far on the skin at that time */
    double restless_mm, restless_every_s; /* a new place within so much, every so often */
    struct pose_list *recording;          /* owned; instead of all of the above; NULL: none */
    bool goes_on;                         /* after its end, back and forth */
    double frame_rate_hz, latency_s;
    bool has_drawn_frames; /* frames are drawn and tracked; else a noise model stands for both */
    char cameras[SCENARIO_PATH_MAX], ring[SCENARIO_PATH_MAX]; /* files, for drawn frames */
    struct scenario_run run;
    struct scenario_shows shows;
    struct scenario_fault faults[SCENARIO_FAULTS_MAX];
    size_t fault_count;
};

/* How the head is seen: {"noise", "rendered", NULL}. */
extern const char *const scenario_sensor_words[];

MUST_USE enum result scenario_read(const char *path, struct scenario *ret_scenario,
                                   struct error *err);
void scenario_release(struct scenario *scenario);
/* Only the key `faults` of a file, in the place of the scenario's own. */
MUST_USE enum result scenario_take_faults(struct scenario *scenario, const char *path,
                                          struct error *err);
/* The head follows a recording (TUM RGB-D: t tx ty tz qx qy qz qw, s and mm, T_rig_head). */
MUST_USE enum result scenario_take_recording(struct scenario *scenario, const char *path,
                                             struct error *err);
/* The same from a list, which it takes: the head starts at the first pose, and after the last one
 * goes on back and forth, so that a session may take longer than the recorded one. */
MUST_USE enum result scenario_take_poses(struct scenario *scenario, struct pose_list *poses,
                                         struct error *err);
/* Seconds until a recording ends; INFINITY without one. */
double scenario_end_s(const struct scenario *scenario);

/* The head's true pose t seconds after the start. Smooth and exactly repeatable. */
struct pose scenario_head_at(const struct scenario *scenario, double t_s);
/* Its velocity as a left twist, rig frame (central difference over 1 ms). */
struct twist scenario_head_velocity(const struct scenario *scenario, double t_s);
/* How far the ring has slid by then: a left twist in the head frame, along the head's x. */
struct twist scenario_ring_slip(const struct scenario *scenario, double t_s);
/* No point of the head within lever_mm of its frame's origin is ever faster than this, mm/s. */
double scenario_speed_bound(const struct scenario *scenario, double lever_mm);

#endif
