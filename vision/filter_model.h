/* The filter's dynamics and its changes of coordinates (vision/filter.h has the equations). */
#ifndef SMPRIG_VISION_FILTER_MODEL_H
#define SMPRIG_VISION_FILTER_MODEL_H

#include "vision/filter.h"

/* Move mean and covariance by dt_s (either sign; the process noise takes |dt_s|). */
void filter_model_advance(const struct head_filter_settings *settings, double dt_s,
                          struct head_filter_state *state);

/* The mean alone: a tenth of the work. */
void filter_model_advance_mean(const struct head_filter_settings *settings, double dt_s,
                               struct head_filter_state *state);
struct pose filter_model_pose(const struct head_filter_settings *settings,
                              const struct head_filter_state *state);

/* Pose, twist at the rig's origin, and covariance of the pose's left twist at the rig's origin. */
void filter_model_output(const struct head_filter_settings *settings,
                         const struct head_filter_state *state, struct head_pose *ret_pose);

/* A state at rest at a measurement, with open velocities. */
void filter_model_start(const struct head_filter_settings *settings,
                        const struct head_measurement *measurement,
                        struct head_filter_state *ret_state);

/* Innovation (6: centre mm, rotation rad) and its covariance S (6x6) against a measurement. */
struct filter_innovation {
    double z[6];
    double S[36];
};
void filter_model_innovation(const struct head_filter_settings *settings,
                             const struct head_filter_state *state,
                             const struct head_measurement *measurement,
                             struct filter_innovation *ret_innovation);

/* Kalman update by an innovation; RESULT_SINGULAR leaves the state as it was. */
MUST_USE enum result filter_model_correct(const struct filter_innovation *innovation,
                                          struct head_filter_state *state);

#endif
