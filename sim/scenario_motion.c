/* How the simulated head moves. */
#include <math.h>
#include <stdlib.h>

#include "base/clock.h"
#include "sim/scenario.h"
#include "vision/calibration/number_table.h"

#define RESTLESS_S 0.6 /* of a fidget: 32 mm/s at most for 10 mm, as seated heads show */

/* One beat: a quick rise and a slower fall, 70 a minute, as ballistocardiography shows it. */
static double heartbeat(double t_s) {
    double beats = t_s * 70.0 / 60.0, phase = beats - trunc(beats) - 0.2;
    return exp(-0.5 * (phase / 0.05) * (phase / 0.05));
}

/* Physiological tremor, 8 to 12 Hz: three tones that do not repeat together. */
static struct vec3 tremor(double t_s) {
    return vec3_make(sin(2 * PI * 8.3 * t_s), sin(2 * PI * 9.7 * t_s + 1),
                     sin(2 * PI * 11.9 * t_s));
}

/* Where fidget number k leads, within a cube of one: an integer hash (Wellons' lowbias32). */
static struct vec3 fidget(int64_t k) {
    double v[3];
    for (uint32_t i = 0; i < 3; i++) {
        uint32_t x = (uint32_t)(3 * k) + i + 1;
        x = (x ^ (x >> 16)) * UINT32_C(0x7feb352d);
        x = (x ^ (x >> 15)) * UINT32_C(0x846ca68b);
        v[i] = (double)(x ^ (x >> 16)) / 2147483648.0 - 1.0;
    }
    return vec3_make(v[0], v[1], v[2]);
}

static struct vec3 restless(const struct scenario *s, double t_s) {
    if (!(s->restless_mm > 0)) return vec3_make(0, 0, 0);
    double every_s = fmax(s->restless_every_s, RESTLESS_S), slot = floor(t_s / every_s);
    double part = fmin(1.0, (t_s - slot * every_s) / RESTLESS_S);
    double smooth = part * part * part * (10 + part * (6 * part - 15)); /* minimum jerk */
    struct vec3 from = fidget((int64_t)slot), to = fidget((int64_t)slot + 1);
    return vec3_scale(vec3_mad(from, smooth, vec3_sub(to, from)), s->restless_mm);
}

/* Between two recorded poses, straight and by the shortest turn. */
static struct pose recorded_at(const struct pose_list *list, double t_s) {
    int64_t at_ns = list->poses[0].stamp_ns + s_to_ns(t_s);
    size_t low = 0, high = list->count - 1;
    if (at_ns >= list->poses[high].stamp_ns) return list->poses[high].T;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (list->poses[middle].stamp_ns <= at_ns)
            low = middle;
        else
            high = middle;
    }
    const struct stamped_pose *a = &list->poses[low], *b = &list->poses[high];
    double part = (double)(at_ns - a->stamp_ns) / (double)(b->stamp_ns - a->stamp_ns);
    struct vec3 turn = mat3_log(mat3_mul(b->T.R, mat3_transpose(a->T.R)));
    return (struct pose){mat3_mul(mat3_exp(vec3_scale(turn, part)), a->T.R),
                         vec3_mad(a->T.t, part, vec3_sub(b->T.t, a->T.t))};
}

static double length_s(const struct pose_list *list) {
    return ns_to_s(list->poses[list->count - 1].stamp_ns - list->poses[0].stamp_ns);
}

/* The recording's own time: to its end, and back, and again. */
static double recorded_s(const struct scenario *s, double t_s) {
    double whole_s = length_s(s->recording);
    if (!s->goes_on || t_s <= whole_s) return t_s;
    double way_s = fmod(t_s, 2 * whole_s);
    return way_s <= whole_s ? way_s : 2 * whole_s - way_s;
}

struct pose scenario_head_at(const struct scenario *s, double t_s) {
    if (s->recording) return recorded_at(s->recording, recorded_s(s, fmax(0, t_s)));
    double sway = sin(2 * PI * s->breathing_hz * t_s);
    struct vec3 shift = vec3_scale(s->breathing_direction, s->breathing_mm * sway);
    shift = vec3_mad(shift, s->drift_mm_s * t_s, s->drift_direction);
    shift = vec3_mad(shift, s->heartbeat_mm * heartbeat(t_s), vec3_make(0, 0, 1));
    shift = vec3_mad(shift, s->tremor_mm, tremor(t_s));
    if (s->restless_mm > 0) shift = vec3_add(shift, restless(s, fmax(0, t_s)));
    struct vec3 turn = {s->breathing_rad * sway, 0, 0};
    return (struct pose){mat3_mul(mat3_exp(turn), s->T_rig_head.R),
                         vec3_add(s->T_rig_head.t, shift)};
}

/* The fastest step of a recording, its turn by the lever. */
static double recorded_speed(const struct pose_list *list, double lever_mm) {
    double most = 0;
    for (size_t i = 1; i < list->count; i++) {
        const struct stamped_pose *a = &list->poses[i - 1], *b = &list->poses[i];
        double turn = vec3_norm(mat3_log(mat3_mul(b->T.R, mat3_transpose(a->T.R))));
        double way_mm = vec3_distance(a->T.t, b->T.t) + turn * lever_mm;
        most = fmax(most, way_mm / ns_to_s(b->stamp_ns - a->stamp_ns));
    }
    return most;
}

double scenario_end_s(const struct scenario *scenario) {
    if (!scenario->recording || scenario->goes_on) return INFINITY;
    return length_s(scenario->recording);
}

double scenario_speed_bound(const struct scenario *s, double lever_mm) {
    if (s->recording) return recorded_speed(s->recording, lever_mm);
    double fidgets = s->restless_mm * 2 * 1.7320508 * 1.875 / RESTLESS_S;
    double sway = 2 * PI * s->breathing_hz * (s->breathing_mm + s->breathing_rad * lever_mm);
    /* The beat's steepest slope is exp(-1/2) / 0.05 a period of 6/7 s. */
    double beat = s->heartbeat_mm * 0.6065307 / 0.05 * 70.0 / 60.0;
    return sway + fidgets + fabs(s->drift_mm_s) + beat + s->tremor_mm * 2 * PI * (8.3 + 9.7 + 11.9);
}

struct twist scenario_head_velocity(const struct scenario *s, double t_s) {
    const double h = 5e-4;
    struct pose before = scenario_head_at(s, t_s - h), after = scenario_head_at(s, t_s + h);
    struct twist xi = pose_log(pose_mul(after, pose_inverse(before)));
    return (struct twist){vec3_scale(xi.v, 0.5 / h), vec3_scale(xi.w, 0.5 / h)};
}

struct twist scenario_ring_slip(const struct scenario *s, double t_s) {
    double slid_mm = t_s >= s->ring_slip_s ? s->ring_slip_mm : 0;
    return (struct twist){.v = vec3_make(slid_mm, 0, 0)};
}
