/* The shared cases of five-axis moves with the durations that Ruckig found (docs/motion.md): all of
 * them where ../shared/data is there, else the sixty of each kind that the repository carries. */
#ifndef SMPRIG_TESTS_MOTION_PROFILE_CASES_H
#define SMPRIG_TESTS_MOTION_PROFILE_CASES_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/geom.h"
#include "motion/profile.h"

#define CASE_AXES 5
#define CASES_MAX 500

struct profile_case {
    struct profile_state starts[CASE_AXES];
    double ends[CASE_AXES], duration_s;
};

/* The limits of all cases: X Y Z in mm, A B in degrees. */
static inline void case_limits(struct profile_limits ret_limits[CASE_AXES]) {
    for (int i = 0; i < CASE_AXES; i++)
        ret_limits[i] = i < 3 ? (struct profile_limits){200, 5000, 200000}
                              : (struct profile_limits){180, 3600, 100000};
}

/* `kind`: "rest" or "moving". Returns the number of cases, 0 when there is no file. */
static inline size_t case_read(const char *kind, struct profile_case ret_cases[CASES_MAX]) {
    static const char *const stems[] = {"../shared/data/profiles_", "tests/golden/profiles/"};
    char path[64], line[1024];
    FILE *file = NULL;
    size_t count = 0;
    for (size_t i = 0; i < 2 && !file; i++) {
        (void)snprintf(path, sizeof path, "%s%s.csv", stems[i], kind);
        file = fopen(path, "r");
    }
    if (!file || !fgets(line, sizeof line, file)) return 0;
    while (count < CASES_MAX && fgets(line, sizeof line, file)) {
        double x[22];
        char *at = line;
        for (int i = 0; i < 22; i++, at++) x[i] = strtod(at, &at);
        struct profile_case *one = &ret_cases[count++];
        for (int i = 0; i < CASE_AXES; i++) {
            one->starts[i] = (struct profile_state){x[1 + i], x[6 + i], x[11 + i]};
            one->ends[i] = x[16 + i];
        }
        one->duration_s = x[21];
    }
    fclose(file);
    return count;
}

/* The case and its limits in m and rad. */
static inline void case_to_si(struct profile_case *one, struct profile_limits limits[CASE_AXES]) {
    for (int i = 0; i < CASE_AXES; i++) {
        double unit = i < 3 ? 1e-3 : RAD_PER_DEG;
        limits[i].speed *= unit, limits[i].acceleration *= unit, limits[i].jerk *= unit;
        one->starts[i].x *= unit, one->starts[i].v *= unit, one->starts[i].a *= unit;
        one->ends[i] *= unit;
    }
}

static inline double longest_s(const struct profile profiles[CASE_AXES]) {
    double longest = 0;
    for (int i = 0; i < CASE_AXES; i++) longest = fmax(longest, profiles[i].duration_s);
    return longest;
}

/* Whether a profile keeps its limits and ends at rest at its end, by going through its arcs. A
 * speed or acceleration beyond the limit at the start may only fall; speed may rise as far as
 * taking the acceleration back at once lets it. */
static inline bool profile_holds(const struct profile_limits *limits,
                                 const struct profile *profile) {
    const double slack = 1 + 1e-9;
    struct profile_state at = profile->start;
    double after = fabs(at.v + 0.5 * at.a * fabs(at.a) / limits->jerk);
    double speed = fmax(limits->speed, fmax(fabs(at.v), after)) * slack;
    double acceleration = fmax(limits->acceleration, fabs(at.a)) * slack, sum_s = 0;
    double extent = limits->speed * limits->acceleration / limits->jerk;
    for (size_t i = 0; i < profile->arc_count; i++) {
        double t = profile->length_s[i], jerk = profile->jerk[i];
        double level_s = jerk != 0 ? -at.a / jerk : -1; /* where the speed is extreme */
        if (!(t >= 0) || !(fabs(jerk) <= limits->jerk * slack)) return false;
        if (level_s > 0 && level_s < t &&
            !(fabs(at.v + level_s * (at.a + 0.5 * jerk * level_s)) <= speed))
            return false;
        at.x += t * (at.v + t * (0.5 * at.a + jerk * t / 6));
        at.v += t * (at.a + 0.5 * jerk * t);
        at.a += jerk * t;
        sum_s += t;
        extent = fmax(extent, fabs(at.x - profile->start.x));
        if (!(fabs(at.v) <= speed) || !(fabs(at.a) <= acceleration)) return false;
    }
    /* What the rounding of an acceleration grows to over the whole time. */
    double rounding = 4e-16 * acceleration * sum_s * sum_s;
    return fabs(at.x - profile->end_x) <= 1e-9 * extent + rounding && fabs(at.v) <= 1e-9 * speed &&
           fabs(at.a) <= 1e-9 * acceleration &&
           fabs(sum_s - profile->duration_s) <= 1e-12 * fmax(sum_s, 1e-9);
}

#endif
