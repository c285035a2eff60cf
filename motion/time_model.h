/* How long the firmware takes: Grbl's planner moves all axes along one straight line in axis space
 * (mm and deg alike), with the speed and the acceleration that the most limited axis allows along
 * it, from rest to rest since every strike begins and ends at rest. */
#ifndef SMPRIG_MOTION_TIME_MODEL_H
#define SMPRIG_MOTION_TIME_MODEL_H

#include <stdbool.h>
#include <stddef.h>

#include "motion/rig.h"

/* A rest-to-rest trapezoid over `distance`: its duration, s. */
double time_model_trapezoid_s(double distance, double speed_max, double acceleration_max);

/* A G0 between two positions, s. */
double time_model_travel_s(const struct rig *rig, const struct axes *from, const struct axes *to);

/* What is left of that motion when the rig has come to `at`: the part of the way that is made, by
 * the axis that goes farthest, and the same trapezoid from its other end. */
double time_model_left_s(const struct rig *rig, const struct axes *from, const struct axes *to,
                         const struct axes *at);

/* As far on the straight way to `to` as a motion from rest to rest gets in longest_s: `to` itself
 * when that is long enough. */
struct axes time_model_reach(const struct rig *rig, const struct axes *from, const struct axes *to,
                             double longest_s);

/* From the start of a strike's line to the tip's contact after `hover_mm`, s. */
double time_model_contact_s(const struct rig *rig, double hover_mm, double plunge_mm_s);

/* A whole G81: plunge at feed, rapid out, s. */
double time_model_strike_s(const struct rig *rig, double stroke_mm, double plunge_mm_s);

/* One straight line of the firmware's, from where the one before ended. */
struct time_block {
    struct axes to;
    double needle_mm;  /* needle travel at its end; 0: retracted */
    double feed_mm_s;  /* 0: rapid */
    bool is_seen_late; /* known to the planner only when the block before has begun its stop: no
                        * speed is carried into it */
};

/* All blocks from rest to rest as Grbl's planner runs them when it knows each in time: trapezoids
 * joined at the speed that junction deviation allows at the corner (S. K. Jeon, "Improving Grbl:
 * Cornering Algorithm", 2011), in the firmware's own axis space, where mm and deg count alike; one
 * pass backward and one forward. The needle begins retracted. NaN when out of memory. */
double time_model_blocks_s(const struct rig *rig, const struct axes *from,
                           const struct time_block *blocks, size_t count);

#endif
