/* How long the firmware takes: Grbl's planner moves all axes along one straight line in axis space
 * (mm and deg alike), with the speed and the acceleration that the most limited axis allows along
 * it, from rest to rest since every strike begins and ends at rest. */
#ifndef SMPRIG_MOTION_TIME_MODEL_H
#define SMPRIG_MOTION_TIME_MODEL_H

#include "motion/rig.h"

/* A rest-to-rest trapezoid over `distance`: its duration, s. */
double time_model_trapezoid_s(double distance, double speed_max, double acceleration_max);

/* A G0 between two positions, s. */
double time_model_travel_s(const struct rig *rig, const struct axes *from, const struct axes *to);

/* From the start of a strike's line to the tip's contact after `hover_mm`, s. */
double time_model_contact_s(const struct rig *rig, double hover_mm, double plunge_mm_s);

/* A whole G81: plunge at feed, rapid out, s. */
double time_model_strike_s(const struct rig *rig, double stroke_mm, double plunge_mm_s);

#endif
