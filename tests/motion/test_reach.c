/* Reach: each case by its name, margins, tilting within tolerance, and few positions for a head
 * that the rig reaches from above only. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"
#include "motion/reach.h"
#include "tests/motion/gantry.h"

static struct dot dot_at(struct vec3 p, struct vec3 n) {
    return (struct dot){.p_head = p, .n_head = vec3_unit(n), .depth_um = 600, .diameter_um = 350};
}

static struct vec3 leaning(double deg) {
    return vec3_make(0, -sin(deg * RAD_PER_DEG), cos(deg * RAD_PER_DEG));
}

static void each_case_has_its_name(void **state) {
    (void)state;
    const struct {
        struct vec3 p, n;
        enum reach_case reach;
    } cases[] = {
        {{150, 150, -160}, {0, 0, 1}, REACH_CASE_FREE},
        {{150, 150, -160}, leaning(48.9), REACH_CASE_FREE}, /* a degree from the end of 50 */
        {{150, 150, -160}, leaning(51), REACH_CASE_TILTED}, /* 3 deg of tolerance, 0.8 of them */
        {{150, 150, -160}, leaning(53), REACH_CASE_TILT},
        {{150, 150, -160}, {1, 0, 0}, REACH_CASE_SINGULAR},
        {{2, 150, -160}, {0, 0, 1}, REACH_CASE_TRAVEL}, /* within 3 mm of the end */
        {{-20, 150, -160}, {0, 0, 1}, REACH_CASE_TRAVEL},
        {{150, 150, -260}, {0, 0, 1}, REACH_CASE_TRAVEL},
    };
    struct reach_scene scene = {&rig, NULL};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct axes axes = {.q = {77}};
        struct dot dot = dot_at(cases[i].p, cases[i].n);
        enum reach_case reach = reach_dot(&scene, pose_identity(), &dot, &axes);
        if (reach != cases[i].reach) fail_msg("case %d: %s", (int)i, reach_case_name(reach));
        assert_true((axes.q[0] != 77) == reach_case_allows(reach));
        if (!reach_case_allows(reach)) continue;
        struct pose T = kinematics_forward(&rig, &axes);
        double cosine = vec3_dot(pose_rotate(T, vec3_make(0, 0, 1)), dot.n_head);
        assert_true(cosine >= cos(rig.tilt_tolerance_rad));
        assert_true(fabs(vec3_distance(T.t, dot.p_head) - rig.hover_mm) < 1e-9);
        struct axes over; /* the striker goes the same way, at any height */
        assert_int_equal(reach_over(&rig, dot.p_head, dot.n_head, 5, &axes, &over), REACH_OK);
        T = kinematics_forward(&rig, &over);
        assert_true(fabs(vec3_distance(T.t, dot.p_head) - 5) < 1e-9);
    }
}

/* Dots all over a ball of 80 mm: the gantry's 50 deg reach a cap; turning brings the others up. */
static void few_positions_cover_a_ball(void **state) {
    (void)state;
    enum { COUNT = 900 };
    static struct dot dots[COUNT];
    struct dot_plan plan = {.dots = dots, .dot_count = COUNT};
    struct reach_plan reach;
    struct reach_scene scene = {&rig, NULL};
    struct rng rng;
    rng_init(&rng, 91);
    printf("seed 91\n");
    for (size_t i = 0; i < COUNT; i++) {
        double z = rng_range(&rng, -0.1, 1), turn = rng_range(&rng, -PI, PI), r = sqrt(1 - z * z);
        struct vec3 n = vec3_make(r * cos(turn), r * sin(turn), z);
        dots[i] = dot_at(vec3_scale(n, 80), n);
        dots[i].id = (uint32_t)i;
    }
    struct pose T = pose_identity();
    T.t = vec3_make(150, 150, -240);
    struct reach_progress quiet = {NULL, NULL};
    assert_int_equal(reach_plan_make(&scene, T, &plan, quiet, &reach), RESULT_OK);
    size_t nominal = 0, counted[REACH_POSITIONS_MAX] = {0}, reached = 0;
    for (size_t i = 0; i < COUNT; i++) {
        nominal += reach_case_allows((enum reach_case)reach.nominal[i]);
        if (reach.position_of[i] == UINT8_MAX) continue;
        struct axes axes;
        reached++;
        counted[reach.position_of[i]]++;
        assert_true(reach_case_allows(
            reach_dot(&scene, reach.positions[reach.position_of[i]].T_rig_head, &dots[i], &axes)));
    }
    printf("%d of %d as it is, %d in %d positions\n", (int)nominal, COUNT, (int)reach.reached_count,
           (int)reach.position_count);
    assert_true(nominal < COUNT / 2);
    assert_int_equal(reached, reach.reached_count);
    /* A head leans by 30 deg at most, so its lowest sides stay out of reach. */
    assert_true(reach.reached_count > COUNT * 85 / 100);
    for (size_t i = 0; i < reach.position_count; i++)
        assert_int_equal(counted[i], reach.positions[i].own_count);
    reach_plan_release(&reach);
    plan.dot_count = 0;
    assert_int_equal(reach_plan_make(&scene, T, &plan, quiet, &reach), RESULT_INVALID);
    plan.dot_count = 1; /* one dot, one position: as it is when that reaches it */
    dots[0] = dot_at(vec3_make(0, 0, 80), vec3_make(0, 0, 1));
    assert_int_equal(reach_plan_make(&scene, T, &plan, quiet, &reach), RESULT_OK);
    assert_true(reach.position_count == 1 && reach.positions[0].turn.turn_rad == 0 &&
                reach.positions[0].turn.tip_rad == 0);
    reach_plan_release(&reach);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_case_has_its_name),
        cmocka_unit_test(few_positions_cover_a_ball),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
