#include "motion/time_model.h"

double time_model_trapezoid_s(double distance, double speed_max, double acceleration_max) {
    double ramps =
        speed_max * speed_max / acceleration_max; /* distance of both ramps at full speed */
    if (distance <= ramps) return 2.0 * sqrt(distance / acceleration_max);
    return distance / speed_max + speed_max / acceleration_max;
}

double time_model_travel_s(const struct rig *rig, const struct axes *from, const struct axes *to) {
    /* Each axis alone would take its own time; on the common line the slowest sets it, by its speed
     * or by its acceleration. */
    double slowest_speed_s = 0.0, slowest_ramp_s2 = 0.0;
    for (size_t i = 0; i < rig->axis_count; i++) {
        double distance = fabs(to->q[i] - from->q[i]);
        slowest_speed_s = fmax(slowest_speed_s, distance / rig->axes[i].speed_max);
        slowest_ramp_s2 = fmax(slowest_ramp_s2, distance / rig->axes[i].acceleration_max);
    }
    /* In units of the line: length 1, speed 1 / slowest_speed_s, acceleration 1 / slowest_ramp_s2.
     */
    if (slowest_ramp_s2 <= 0.0) return 0.0;
    return time_model_trapezoid_s(1.0, 1.0 / slowest_speed_s, 1.0 / slowest_ramp_s2);
}

double time_model_contact_s(const struct rig *rig, double hover_mm, double plunge_mm_s) {
    double a = rig->needle.acceleration_max;
    double ramp_mm = plunge_mm_s * plunge_mm_s / (2.0 * a);
    if (hover_mm <= ramp_mm) return sqrt(2.0 * hover_mm / a);
    return plunge_mm_s / a + (hover_mm - ramp_mm) / plunge_mm_s;
}

double time_model_strike_s(const struct rig *rig, double stroke_mm, double plunge_mm_s) {
    double a = rig->needle.acceleration_max;
    return time_model_trapezoid_s(stroke_mm, plunge_mm_s, a) +
           time_model_trapezoid_s(stroke_mm, rig->needle.speed_max, a);
}
