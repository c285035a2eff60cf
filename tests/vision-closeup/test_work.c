/* Looking at the work: single dots on drawn skin, what many dots say, and the test-dot ladder. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "sim/closeup.h"
#include "vision/closeup/depth_ladder.h"
#include "vision/closeup/work.h"

#define SEED 77
#define SIDE 320

static uint8_t before_pixels[SIDE * SIDE], after_pixels[SIDE * SIDE];

static struct closeup_settings small_settings(void) {
    struct closeup_settings s = closeup_settings_default();
    s.width_px = SIDE;
    s.height_px = SIDE;
    return s;
}

static struct image view(const uint8_t *pixels) {
    return (struct image){pixels, SIDE, SIDE, SIDE};
}

/* Old dots around, and the new one at (160, 160) + off. */
static size_t scene(struct closeup_mark *marks, struct closeup_mark fresh, bool has_fresh) {
    size_t count = 0;
    for (int k = 0; k < 6; k++)
        marks[count++] = (struct closeup_mark){.at = {160 + 55 * cos(k), 160 + 55 * sin(k)},
                                               .diameter_um = 380,
                                               .contrast = 50,
                                               .bloom_um = 25};
    if (has_fresh) marks[count++] = fresh;
    return count;
}

static struct work_look look(struct rng *rng, struct closeup_mark fresh, bool has_fresh) {
    struct closeup_settings s = small_settings();
    struct closeup_mark marks[16];
    struct error err = {0};
    struct work_look result;
    assert_int_equal(closeup_draw(&s, marks, scene(marks, fresh, false), rng, before_pixels), 0);
    assert_int_equal(closeup_draw(&s, marks, scene(marks, fresh, has_fresh), rng, after_pixels), 0);
    struct image before = view(before_pixels), after = view(after_pixels);
    struct work_plan plan = {.at = {160, 160}, .diameter_um = 400, .um_per_px = 20};
    if (work_look(&before, &after, &plan, &result, &err) != RESULT_OK) fail_msg("%s", err.text);
    return result;
}

static void a_dot_is_measured(void **state) {
    (void)state;
    struct rng rng;
    rng_init(&rng, SEED);
    printf("seed %d\n", SEED);
    for (int trial = 0; trial < 30; trial++) {
        struct closeup_mark fresh = {.diameter_um = rng_range(&rng, 260, 560),
                                     .contrast = rng_range(&rng, 20, 80),
                                     .bloom_um = rng_range(&rng, 10, 40)};
        fresh.at.u = 160 + rng_range(&rng, -8, 8);
        fresh.at.v = 160 + rng_range(&rng, -8, 8);
        struct work_look seen = look(&rng, fresh, true);
        assert_int_equal(seen.verdict, WORK_SEEN);
        assert_true(fabs(seen.off_u_um - 20 * (fresh.at.u - 160)) < 12);
        assert_true(fabs(seen.off_v_um - 20 * (fresh.at.v - 160)) < 12);
        assert_true(fabs(seen.diameter_um - fresh.diameter_um) < 25);
    }
}

static void a_dot_that_is_not_there_is_missing(void **state) {
    (void)state;
    struct rng rng;
    rng_init(&rng, SEED);
    assert_int_equal(look(&rng, (struct closeup_mark){0}, false).verdict, WORK_MISSING);
}

static void many_dots_tell_what_one_cannot(void **state) {
    (void)state;
    static const struct {
        double off_um, ratio, missing;
        enum work_finding finding;
    } cases[] = {{0, 1, 0, WORK_FINE},         {40, 1.1, 0.1, WORK_FINE},
                 {120, 1, 0, WORK_DRIFTED},    {0, 1.4, 0, WORK_TOO_WIDE},
                 {0, 0.6, 0, WORK_TOO_NARROW}, {0, 1, 0.7, WORK_NOT_APPEARING}};
    struct rng rng;
    rng_init(&rng, SEED);
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        struct work_limits limits = work_limits_default();
        struct work_watch watch;
        enum work_finding finding = WORK_FINE;
        int dots = 0;
        work_watch_init(&watch, &limits);
        for (; dots < 200 && finding == WORK_FINE; dots++) {
            struct work_look seen = {.verdict = WORK_SEEN};
            if (rng_uniform(&rng) < cases[c].missing) seen.verdict = WORK_MISSING;
            seen.off_u_um = cases[c].off_um + 25 * rng_normal(&rng);
            seen.off_v_um = 25 * rng_normal(&rng);
            seen.diameter_um = 400 * cases[c].ratio + 30 * rng_normal(&rng);
            finding = work_watch_add(&watch, &seen, 400);
        }
        assert_int_equal(finding, cases[c].finding);
        assert_true(cases[c].finding == WORK_FINE || dots < 40);
        assert_true(strlen(work_finding_words(finding)->remedy) > 0);
        work_watch_reset(&watch);
        assert_int_equal(watch.finding, WORK_FINE);
    }
}

static void one_bad_dot_holds_nothing(void **state) {
    (void)state;
    struct work_limits limits = work_limits_default();
    struct work_watch watch;
    work_watch_init(&watch, &limits);
    for (int i = 0; i < 50; i++) {
        struct work_look seen = {.verdict = WORK_SEEN, .diameter_um = i == 25 ? 620 : 400};
        assert_int_equal(work_watch_add(&watch, &seen, 400), WORK_FINE);
    }
}

static size_t ladder(struct rng *rng, double slope, double scatter_um, struct ladder_dot *dots) {
    size_t count = 0;
    for (double depth = 400; depth <= 900; depth += 100)
        for (int k = 0; k < 4; k++)
            dots[count++] =
                (struct ladder_dot){depth, 150 + slope * depth + scatter_um * rng_normal(rng)};
    return count;
}

static void the_ladder_proposes_a_depth(void **state) {
    (void)state;
    struct ladder_request request = {400, 350, 1000};
    struct rng rng;
    double sum2 = 0, claimed2 = 0;
    rng_init(&rng, SEED);
    for (int trial = 0; trial < 100; trial++) {
        struct ladder_dot dots[LADDER_DOTS_MAX];
        struct ladder_answer answer;
        size_t count = ladder(&rng, 0.4, 15, dots);
        dots[7].diameter_um = 900; /* a bleeding one */
        assert_int_equal(ladder_solve(dots, count, &request, &answer, NULL), RESULT_OK);
        sum2 += pow(answer.depth_um - 625, 2) / 100;
        claimed2 += pow(answer.depth_sigma_um, 2) / 100;
    }
    printf("depth found within %.1f um rms, claimed %.1f um\n", sqrt(sum2), sqrt(claimed2));
    assert_true(sqrt(sum2) < 15 && sqrt(claimed2) > 0.5 * sqrt(sum2));
}

static void a_ladder_that_says_nothing_is_refused(void **state) {
    (void)state;
    static const struct {
        double slope, scatter_um, wanted_um, depth_max_um;
        enum result result;
        const char *word;
    } cases[] = {{0.0, 15, 400, 1000, RESULT_SINGULAR, "grow"},
                 {-0.1, 5, 100, 1000, RESULT_SINGULAR, "grow"},
                 {0.4, 5, 700, 1000, RESULT_RANGE, "outside the ladder"},
                 {0.4, 5, 480, 700, RESULT_RANGE, "allowed"}};
    struct rng rng;
    rng_init(&rng, SEED);
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        struct ladder_dot dots[LADDER_DOTS_MAX];
        struct ladder_request request = {cases[c].wanted_um, 350, cases[c].depth_max_um};
        struct ladder_answer answer = {.depth_um = -1};
        struct error err = {0};
        size_t count = ladder(&rng, cases[c].slope, cases[c].scatter_um, dots);
        assert_int_equal(ladder_solve(dots, count, &request, &answer, &err), cases[c].result);
        assert_non_null(strstr(err.text, cases[c].word));
        assert_true(answer.depth_um == -1);
        assert_int_equal(ladder_solve(dots, 3, &request, &answer, &err), RESULT_SINGULAR);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_dot_is_measured),
        cmocka_unit_test(a_dot_that_is_not_there_is_missing),
        cmocka_unit_test(many_dots_tell_what_one_cannot),
        cmocka_unit_test(one_bad_dot_holds_nothing),
        cmocka_unit_test(the_ladder_proposes_a_depth),
        cmocka_unit_test(a_ladder_that_says_nothing_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
