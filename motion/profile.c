#include "motion/profile.h"

#include <math.h>

#include "motion/profile_arcs.h"

/* The limits' own units. */
struct units {
    double time, speed, length;
};

static struct units units_of(const struct profile_limits *limits) {
    double time = limits->acceleration / limits->jerk, speed = limits->acceleration * time;
    return (struct units){time, speed, speed * time};
}

static bool are_numbers(const struct profile_limits *limits, const struct profile_state *start,
                        double end_x) {
    return limits->speed > 0 && limits->acceleration > 0 && limits->jerk > 0 &&
           isfinite(limits->speed) && isfinite(limits->acceleration) && isfinite(limits->jerk) &&
           isfinite(start->x) && isfinite(start->v) && isfinite(start->a) && isfinite(end_x);
}

static struct arcs fastest(const struct profile_limits *limits, const struct profile_state *start,
                           double end_x) {
    struct units units = units_of(limits);
    return arcs_fastest((struct arcs_task){.v = start->v / units.speed,
                                           .a = start->a / limits->acceleration,
                                           .d = (end_x - start->x) / units.length,
                                           .speed = limits->speed / units.speed});
}

/* Arcs into the axis's own units, slowed down by `slower` as a film is (1: as they are). */
static void fill_profile(const struct profile_limits *limits, const struct profile_state *start,
                         double end_x, const struct arcs *arcs, double slower,
                         struct profile *ret_profile) {
    double time = units_of(limits).time * slower;
    double jerk = limits->jerk / (slower * slower * slower);
    ret_profile->start = *start;
    ret_profile->end_x = end_x;
    ret_profile->arc_count = arcs->count;
    ret_profile->duration_s = arcs->duration * time;
    for (size_t i = 0; i < arcs->count; i++) {
        ret_profile->jerk[i] = arcs->jerk[i] * jerk;
        ret_profile->length_s[i] = arcs->length[i] * time;
    }
}

enum result profile_fastest(const struct profile_limits *limits, const struct profile_state *start,
                            double end_x, struct profile *ret_profile) {
    if (!are_numbers(limits, start, end_x)) return RESULT_RANGE;
    struct arcs arcs = fastest(limits, start, end_x);
    fill_profile(limits, start, end_x, &arcs, 1, ret_profile);
    return RESULT_OK;
}

enum result profile_together(const struct profile_limits *limits,
                             const struct profile_state *starts, const double *ends, size_t count,
                             struct profile *ret_profiles) {
    double slowest_s = 0;
    for (size_t i = 0; i < count; i++) {
        if (!are_numbers(&limits[i], &starts[i], ends[i])) return RESULT_RANGE;
    }
    for (size_t i = 0; i < count; i++) {
        struct arcs arcs = fastest(&limits[i], &starts[i], ends[i]);
        fill_profile(&limits[i], &starts[i], ends[i], &arcs, 1, &ret_profiles[i]);
        slowest_s = fmax(slowest_s, ret_profiles[i].duration_s);
    }
    for (size_t i = 0; i < count; i++) {
        struct profile *profile = &ret_profiles[i];
        if (!(profile->duration_s < slowest_s)) continue;
        struct arcs arcs = fastest(&limits[i], &starts[i], ends[i]);
        double slower = 1;
        if (starts[i].v == 0 && starts[i].a == 0 && profile->duration_s > 0)
            slower = slowest_s / profile->duration_s; /* from rest: the same film, slower */
        else if (!arcs_stretch(&arcs, slowest_s / units_of(&limits[i]).time))
            continue;
        fill_profile(&limits[i], &starts[i], ends[i], &arcs, slower, profile);
    }
    return RESULT_OK;
}

struct profile_state profile_at(const struct profile *profile, double t_s) {
    struct profile_state at = profile->start;
    if (!(t_s < profile->duration_s)) return (struct profile_state){profile->end_x, 0, 0};
    for (size_t i = 0; i < profile->arc_count && t_s > 0; i++) {
        double t = fmin(t_s, profile->length_s[i]), jerk = profile->jerk[i];
        at.x += t * (at.v + t * (0.5 * at.a + jerk * t / 6));
        at.v += t * (at.a + 0.5 * jerk * t);
        at.a += jerk * t;
        t_s -= t;
    }
    return at;
}
