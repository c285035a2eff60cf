/* Kinematics and profiles: what a pose and a profile cost, and the profiles' durations against the
 * reference of the shared cases (tests/motion/profile_cases.h). Times are CPU times of one thread,
 * the median of several rounds. */
#include <stdint.h>
#include <string.h>

#include "base/rng.h"
#include "base/spread.h"
#include "motion/arm.h"
#include "motion/kinematics.h"
#include "tests/bench/figure.h"
#include "tests/motion/profile_cases.h"

#define ROUNDS 15
#define POSES 20000
#define RANDOM_CASES 1000000

static double median(double values[ROUNDS]) {
    spread_sort(values, ROUNDS);
    return spread_median(values, ROUNDS);
}

static struct vec3 p_dots[POSES], n_dots[POSES];
static struct axes joints[POSES];
static struct pose poses[POSES];
static volatile double sink;

/* Dots on a head's cap under the rig, and the arm's poses over random joints. */
static void scatter(const struct rig *arm) {
    struct rng rng;
    rng_init(&rng, 81);
    for (size_t i = 0; i < POSES; i++) {
        n_dots[i] =
            vec3_unit(vec3_make(rng_range(&rng, -0.6, 0.6), rng_range(&rng, -0.6, 0.6), 1.0));
        p_dots[i] = vec3_mad(vec3_make(150, 160, -260), 85, n_dots[i]);
        for (size_t k = 0; k < arm->axis_count; k++)
            joints[i].q[k] = rng_range(&rng, arm->axes[k].min, arm->axes[k].max);
        poses[i] = kinematics_forward(arm, &joints[i]);
    }
}

static double gantry_us(const struct rig *gantry) {
    double us[ROUNDS];
    for (int round = 0; round < ROUNDS; round++) {
        double start = cpu_s(), sum = 0;
        for (size_t i = 0; i < POSES; i++) {
            struct axes axes = {0};
            (void)kinematics_inverse(gantry, p_dots[i], n_dots[i], &axes);
            sum += axes.q[0];
        }
        sink = sum;
        us[round] = 1e6 * (cpu_s() - start) / POSES;
    }
    return median(us);
}

static double arm_us(const struct rig *arm) {
    double us[ROUNDS];
    for (int round = 0; round < ROUNDS; round++) {
        double start = cpu_s();
        size_t sum = 0;
        for (size_t i = 0; i < POSES; i++) {
            struct arm_posture found[ARM_BRANCHES];
            sum += arm_inverse(arm, poses[i], &joints[i], found);
        }
        sink = (double)sum;
        us[round] = 1e6 * (cpu_s() - start) / POSES;
    }
    return median(us);
}

/* The turn about the needle chosen for a hop of 1.5 mm. */
static double arm_near_us(const struct rig *arm) {
    double us[ROUNDS];
    struct axes at = {0}, next;
    (void)kinematics_inverse(arm, p_dots[0], n_dots[0], &at);
    for (int round = 0; round < ROUNDS; round++) {
        double start = cpu_s();
        for (size_t i = 0; i < POSES / 10; i++) {
            struct vec3 n = vec3_unit(vec3_mad(n_dots[0], i % 2 ? 0.018 : 0, vec3_make(1, 0, 0)));
            struct vec3 p = vec3_mad(vec3_make(150, 160, -260), 85, n);
            if (kinematics_inverse_near(arm, p, n, &at, &next) == REACH_OK) at = next;
        }
        us[round] = 1e6 * (cpu_s() - start) / (POSES / 10);
    }
    return median(us);
}

static void kinematics(void) {
    struct rig arm, gantry;
    struct error err = {0};
    if (rig_read("configs/rigs/arm6.yaml", &arm, &err) != RESULT_OK ||
        rig_read("configs/rigs/gantry.yaml", &gantry, &err) != RESULT_OK) {
        printf("no figures: %s\n", err.text);
        return;
    }
    scatter(&arm);
    figure_most("motion.inverse_gantry", gantry_us(&gantry), "us", 1);
    figure_most("motion.inverse_arm_all_postures", arm_us(&arm), "us", 1);
    printf("beside: %.3g us with the turn about the needle chosen by time\n", arm_near_us(&arm));
}

static struct profile_case cases[CASES_MAX];

static void profiles_of(const char *kind, double goal_us) {
    struct profile_limits limits[CASE_AXES], si[CASE_AXES];
    struct profile profiles[CASE_AXES];
    char name[64];
    size_t count = case_read(kind, cases);
    double sum_s = 0, reference_s = 0, worst = 0, units = 0, us[ROUNDS];
    case_limits(limits);
    for (size_t i = 0; i < count; i++) {
        if (profile_together(limits, cases[i].starts, cases[i].ends, CASE_AXES, profiles) !=
            RESULT_OK)
            continue;
        double longest = longest_s(profiles);
        sum_s += longest;
        reference_s += cases[i].duration_s;
        worst = fmax(worst, longest / cases[i].duration_s);
        struct profile_case other = cases[i];
        case_limits(si);
        case_to_si(&other, si);
        if (profile_together(si, other.starts, other.ends, CASE_AXES, profiles) != RESULT_OK)
            continue;
        units = fmax(units, fabs(longest_s(profiles) / longest - 1));
    }
    for (int round = 0; round < ROUNDS; round++) {
        double start = cpu_s();
        for (int again = 0; again < 20; again++)
            for (size_t i = 0; i < count; i++)
                if (profile_together(limits, cases[i].starts, cases[i].ends, CASE_AXES, profiles) ==
                    RESULT_OK)
                    sink = profiles[0].duration_s;
        us[round] = 1e6 * (cpu_s() - start) / (20.0 * (double)count);
    }
    (void)snprintf(name, sizeof name, "motion.profile_%s_sum", kind);
    figure_most(name, sum_s / reference_s, "of_reference", 1.000001);
    (void)snprintf(name, sizeof name, "motion.profile_%s_worst", kind);
    figure_most(name, worst, "of_reference", 1.000001);
    (void)snprintf(name, sizeof name, "motion.profile_%s_units_apart", kind);
    figure_most(name, units, "relative", 1e-9);
    (void)snprintf(name, sizeof name, "motion.profile_%s_5_axes", kind);
    figure_most(name, median(us), "us", goal_us);
    printf("beside: %zu cases; the reference took %s us on its machine\n", count,
           strcmp(kind, "rest") == 0 ? "2.4" : "4.9");
}

/* Random moving starts over the shared cases' limits; each profile is gone through arc by arc. */
static size_t failures(bool is_si) {
    struct profile_limits limits[CASE_AXES];
    struct rng rng;
    size_t failed = 0;
    rng_init(&rng, 82);
    for (int i = 0; i < RANDOM_CASES; i++) {
        struct profile_case one;
        struct profile profiles[CASE_AXES];
        case_limits(limits);
        for (int k = 0; k < CASE_AXES; k++) {
            one.starts[k] = (struct profile_state){0, rng_range(&rng, -1, 1) * limits[k].speed,
                                                   rng_range(&rng, -1, 1) * limits[k].acceleration};
            one.ends[k] = rng_range(&rng, -1, 1) * (rng_below(&rng, 4) ? 5 : 200);
        }
        if (is_si) case_to_si(&one, limits);
        bool holds =
            profile_together(limits, one.starts, one.ends, CASE_AXES, profiles) == RESULT_OK;
        for (int k = 0; holds && k < CASE_AXES; k++)
            holds = profile_holds(&limits[k], &profiles[k]);
        failed += !holds;
    }
    return failed;
}

int main(void) {
    kinematics();
    profiles_of("rest", 1.5);
    profiles_of("moving", 4);
    printf("seed 82, %d random moving cases of five axes in each kind of unit\n", RANDOM_CASES);
    figure_most("motion.profile_failures_mm_deg", (double)failures(false), "cases", 0);
    figure_most("motion.profile_failures_m_rad", (double)failures(true), "cases", 0);
    return 0;
}
