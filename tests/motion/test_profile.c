/* Profiles: as fast as the reference in every shared case, within the limits and exactly at the end
 * in a million random ones, together when asked, the same in any units. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/rng.h"
#include "tests/motion/profile_cases.h"

#define RANDOM_CASES 1000000

static struct profile_case cases[CASES_MAX];

static void never_longer_than_the_reference(void **state) {
    (void)state;
    const char *const kinds[] = {"rest", "moving"};
    for (int k = 0; k < 2; k++)
        for (int is_si = 0; is_si < 2; is_si++) {
            double sum_s = 0, reference_s = 0;
            size_t count = case_read(kinds[k], cases);
            assert_true(count >= 60);
            for (size_t i = 0; i < count; i++) {
                struct profile_limits limits[CASE_AXES];
                struct profile profiles[CASE_AXES];
                case_limits(limits);
                if (is_si) case_to_si(&cases[i], limits);
                assert_int_equal(
                    profile_together(limits, cases[i].starts, cases[i].ends, CASE_AXES, profiles),
                    RESULT_OK);
                for (int axis = 0; axis < CASE_AXES; axis++)
                    assert_true(profile_holds(&limits[axis], &profiles[axis]));
                double longest = longest_s(profiles);
                assert_true(longest <= cases[i].duration_s * (1 + 1e-9));
                sum_s += longest;
                reference_s += cases[i].duration_s;
            }
            print_message("%s, %s: %zu cases, %.12f of the reference\n", kinds[k],
                          is_si ? "m and rad" : "mm and deg", count, sum_s / reference_s);
            assert_true(sum_s <= 1.000001 * reference_s);
        }
}

static double random_signed(struct rng *rng, double most) {
    double x = rng_range(rng, -1, 1);
    switch (rng_below(rng, 8)) {
        case 0:
            return 0;
        case 1:
            return x < 0 ? -most : most;
        case 2:
            return x * most * pow(10, rng_range(rng, -12, 0));
        default:
            return x * most;
    }
}

/* Limits over many magnitudes, starts in and beyond them, ways from nothing to far. */
static void random_task(struct rng *rng, struct profile_limits *limits, struct profile_state *start,
                        double *ret_end) {
    limits->speed = pow(10, rng_range(rng, -3, 4));
    limits->acceleration = limits->speed * pow(10, rng_range(rng, 0, 3));
    limits->jerk = limits->acceleration * pow(10, rng_range(rng, 0, 3));
    double beyond = rng_below(rng, 16) ? 1.0 : 1.5;
    start->x = random_signed(rng, limits->speed);
    start->v = random_signed(rng, limits->speed * beyond);
    start->a = random_signed(rng, limits->acceleration * beyond);
    double way = limits->speed * limits->speed / limits->acceleration;
    *ret_end = start->x + random_signed(rng, way * pow(10, rng_range(rng, -4, 2)));
}

static void a_million_random_profiles_hold(void **state) {
    (void)state;
    struct rng rng;
    rng_init(&rng, 71);
    print_message("seed 71\n");
    for (int i = 0; i < RANDOM_CASES; i++) {
        struct profile_limits limits;
        struct profile_state start;
        struct profile profile;
        double end;
        random_task(&rng, &limits, &start, &end);
        assert_int_equal(profile_fastest(&limits, &start, end, &profile), RESULT_OK);
        if (!profile_holds(&limits, &profile))
            fail_msg("case %d: limits %.17g %.17g %.17g start %.17g %.17g %.17g end %.17g", i,
                     limits.speed, limits.acceleration, limits.jerk, start.x, start.v, start.a,
                     end);
    }
}

/* Slowed-down axes keep their limits, and end with the slowest. */
static void axes_end_together(void **state) {
    (void)state;
    struct rng rng;
    rng_init(&rng, 72);
    print_message("seed 72\n");
    size_t together = 0, waiting = 0;
    for (int i = 0; i < RANDOM_CASES / 10; i++) {
        struct profile_limits limits[CASE_AXES];
        struct profile_state starts[CASE_AXES];
        struct profile profiles[CASE_AXES];
        double ends[CASE_AXES];
        for (int k = 0; k < CASE_AXES; k++) random_task(&rng, &limits[k], &starts[k], &ends[k]);
        assert_int_equal(profile_together(limits, starts, ends, CASE_AXES, profiles), RESULT_OK);
        double longest = longest_s(profiles);
        for (int k = 0; k < CASE_AXES; k++) {
            if (!profile_holds(&limits[k], &profiles[k]))
                fail_msg("case %d: %.17g %.17g %.17g %.17g %.17g %.17g %.17g for %.17g", i,
                         limits[k].speed, limits[k].acceleration, limits[k].jerk, starts[k].x,
                         starts[k].v, starts[k].a, ends[k], longest);
            bool is_together = profiles[k].duration_s >= longest * (1 - 1e-9);
            together += is_together;
            waiting += !is_together;
        }
    }
    print_message("%zu axes end together, %zu wait at their end\n", together, waiting);
    assert_true(together > 10 * waiting);
}

/* No profile in less time: with every limit a little tighter it takes longer, never shorter. */
static void tighter_limits_take_longer(void **state) {
    (void)state;
    struct rng rng;
    rng_init(&rng, 73);
    print_message("seed 73\n");
    for (int i = 0; i < RANDOM_CASES / 10; i++) {
        struct profile_limits limits, tight;
        struct profile_state start;
        struct profile profile, tighter;
        double end;
        random_task(&rng, &limits, &start, &end);
        start.v = start.a = 0;
        tight = limits;
        if (i % 3 == 0) tight.speed *= 0.9;
        if (i % 3 == 1) tight.acceleration *= 0.9;
        if (i % 3 == 2) tight.jerk *= 0.9;
        assert_int_equal(profile_fastest(&limits, &start, end, &profile), RESULT_OK);
        assert_int_equal(profile_fastest(&tight, &start, end, &tighter), RESULT_OK);
        if (!(tighter.duration_s >= profile.duration_s * (1 - 1e-12)))
            fail_msg("case %d: %.17g in %.17g: limits %.17g %.17g %.17g way %.17g", i,
                     tighter.duration_s, profile.duration_s, limits.speed, limits.acceleration,
                     limits.jerk, end - start.x);
    }
}

/* Stopping half way and planning anew from there arrives when the first plan would have. */
static void a_plan_from_the_middle_arrives_when_the_first_does(void **state) {
    (void)state;
    struct rng rng;
    rng_init(&rng, 74);
    print_message("seed 74\n");
    for (int i = 0; i < RANDOM_CASES / 10; i++) {
        struct profile_limits limits;
        struct profile_state start;
        struct profile whole, rest;
        double end;
        random_task(&rng, &limits, &start, &end);
        double after = start.v + 0.5 * start.a * fabs(start.a) / limits.jerk;
        if (fabs(start.v) > limits.speed || fabs(start.a) > limits.acceleration ||
            fabs(after) > limits.speed)
            continue;
        assert_int_equal(profile_fastest(&limits, &start, end, &whole), RESULT_OK);
        double t_s = rng_uniform(&rng) * whole.duration_s;
        struct profile_state middle = profile_at(&whole, t_s);
        assert_int_equal(profile_fastest(&limits, &middle, end, &rest), RESULT_OK);
        double arrival_s = t_s + rest.duration_s;
        double time_s = limits.speed / limits.acceleration + limits.acceleration / limits.jerk;
        if (!(fabs(arrival_s - whole.duration_s) <= 1e-4 * (whole.duration_s + time_s)))
            fail_msg(
                "case %d: %.12g instead of %.12g at %.12g: limits %.17g %.17g %.17g start %.17g "
                "%.17g %.17g end %.17g",
                i, arrival_s, whole.duration_s, t_s, limits.speed, limits.acceleration, limits.jerk,
                start.x, start.v, start.a, end);
    }
}

static void nonsense_is_refused(void **state) {
    (void)state;
    const struct profile_limits good = {200, 5000, 200000};
    const struct profile_limits bad[] = {
        {0, 5000, 200000}, {200, -1, 200000}, {200, 5000, NAN}, {INFINITY, 5000, 200000}};
    const struct profile_state start = {0}, nan = {0, NAN, 0};
    struct profile profile;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(profile_fastest(&bad[i], &start, 1, &profile), RESULT_RANGE);
    assert_int_equal(profile_fastest(&good, &nan, 1, &profile), RESULT_RANGE);
    assert_int_equal(profile_fastest(&good, &start, NAN, &profile), RESULT_RANGE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(never_longer_than_the_reference),
        cmocka_unit_test(a_million_random_profiles_hold),
        cmocka_unit_test(axes_end_together),
        cmocka_unit_test(tighter_limits_take_longer),
        cmocka_unit_test(a_plan_from_the_middle_arrives_when_the_first_does),
        cmocka_unit_test(nonsense_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
