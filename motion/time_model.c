#include "motion/time_model.h"

double time_model_trapezoid_s(double distance, double speed_max, double acceleration_max) {
    double ramps =
        speed_max * speed_max / acceleration_max; /* distance of both ramps at full speed */
    if (distance <= ramps) return 2.0 * sqrt(distance / acceleration_max);
    return distance / speed_max + speed_max / acceleration_max;
}

/* The straight line between two positions, as the most limited axis sees it: in units of its
 * length, speed 1 / speed_s and acceleration 1 / ramp_s2. */
struct line_limits {
    double speed_s, ramp_s2;
};

static struct line_limits limits_along(const struct rig *rig, const struct axes *from,
                                       const struct axes *to) {
    /* Each axis alone would take its own time; on the common line the slowest sets it, by its speed
     * or by its acceleration. */
    struct line_limits line = {0};
    for (size_t i = 0; i < rig->axis_count; i++) {
        double distance = fabs(to->q[i] - from->q[i]);
        line.speed_s = fmax(line.speed_s, distance / rig->axes[i].speed_max);
        line.ramp_s2 = fmax(line.ramp_s2, distance / rig->axes[i].acceleration_max);
    }
    return line;
}

double time_model_travel_s(const struct rig *rig, const struct axes *from, const struct axes *to) {
    struct line_limits line = limits_along(rig, from, to);
    if (line.ramp_s2 <= 0.0) return 0.0;
    return time_model_trapezoid_s(1.0, 1.0 / line.speed_s, 1.0 / line.ramp_s2);
}

/* The part of the way from `from` to `to` that is made at `at`, 0 to 1, by the axis whose way takes
 * longest: its report is the finest. */
static double part_made(const struct rig *rig, const struct axes *from, const struct axes *to,
                        const struct axes *at) {
    double most = 0, part = 1;
    for (size_t i = 0; i < rig->axis_count; i++) {
        double way = to->q[i] - from->q[i];
        double weight = fabs(way) / rig->axes[i].acceleration_max;
        if (weight <= most) continue;
        most = weight;
        part = (at->q[i] - from->q[i]) / way;
    }
    return fmin(1, fmax(0, part));
}

double time_model_left_s(const struct rig *rig, const struct axes *from, const struct axes *to,
                         const struct axes *at) {
    struct line_limits line = limits_along(rig, from, to);
    double left = 1 - part_made(rig, from, to, at), whole_s = time_model_travel_s(rig, from, to);
    if (line.ramp_s2 <= 0.0) return 0.0;
    /* Symmetric: what is left of the slowing down is what was made of the speeding up. */
    double ramp_s = fmin(line.ramp_s2 / line.speed_s, whole_s / 2);
    double ramp = ramp_s * ramp_s / (2 * line.ramp_s2);
    if (left <= ramp) return sqrt(2 * left * line.ramp_s2);
    if (left >= 1 - ramp) return whole_s - sqrt(2 * (1 - left) * line.ramp_s2);
    return ramp_s + (left - ramp) * line.speed_s;
}

struct axes time_model_reach(const struct rig *rig, const struct axes *from, const struct axes *to,
                             double longest_s) {
    struct line_limits line = limits_along(rig, from, to);
    double whole_s = time_model_travel_s(rig, from, to), ramp_s = 0.0, part = 1.0;
    struct axes reached = *to;
    if (!(whole_s > longest_s)) return reached;
    ramp_s = line.ramp_s2 / line.speed_s; /* to full speed */
    part = longest_s < 2 * ramp_s ? longest_s * longest_s / (4 * line.ramp_s2)
                                  : (longest_s - ramp_s) / line.speed_s;
    for (size_t i = 0; i < rig->axis_count; i++)
        reached.q[i] = from->q[i] + part * (to->q[i] - from->q[i]);
    return reached;
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
