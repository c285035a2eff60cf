/* The ladder of test dots: on the skin, apart, each depth its row; and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "plan/field.h"
#include "plan/test_ladder.h"

static struct field field;
static const char sha256[] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

static int set_up(void **state) {
    (void)state;
    struct error err = {0};
    if (field_of_scan("configs/scans/colin27.ply", &field, &err) == RESULT_OK) return 0;
    fprintf(stderr, "%s\n", err.text);
    return -1;
}

static int tear_down(void **state) {
    (void)state;
    field_release(&field);
    return 0;
}

static struct test_ladder a_ladder(void) {
    return (struct test_ladder){.place_head = {0, -60, 95},
                                .depths_um = {450, 550, 650, 750},
                                .rung_count = 4,
                                .diameter_um = 400,
                                .pitch_mm = 2};
}

static void each_depth_has_its_row_on_the_skin(void **state) {
    (void)state;
    struct test_ladder ladder = a_ladder();
    struct dot_plan plan;
    struct error err = {0};
    if (test_ladder_plan(&ladder, &field.view, sha256, &plan, &err) != RESULT_OK)
        fail_msg("%s", err.text);
    assert_int_equal(plan.dot_count, 16);
    assert_string_equal(plan.zone_names[2], "depth_650_um");
    for (size_t i = 0; i < plan.dot_count; i++) {
        const struct dot *dot = &plan.dots[i];
        assert_true(fabs(field_view_sample(&field.view, dot->p_head)) < 0.01);
        assert_int_equal(dot->depth_um, (int)ladder.depths_um[dot->zone]);
        for (size_t k = 0; k < i; k++)
            assert_true(vec3_distance(dot->p_head, plan.dots[k].p_head) > 1.9);
    }
    dot_plan_release(&plan);
}

static void bad_ladders_are_refused(void **state) {
    (void)state;
    static const struct {
        double z, depth_um;
        size_t rungs;
        const char *word;
    } cases[] = {{95, 1010, 4, "depth 1010"},
                 {95, 200, 4, "depth 200"},
                 {150, 450, 4, "off the skin"},
                 {95, 450, 2, "2 depths"},
                 {95, NAN, 4, "depth nan"}};
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        struct test_ladder ladder = a_ladder();
        struct dot_plan plan = {.dot_count = 77};
        struct error err = {0};
        ladder.place_head.z = cases[c].z;
        ladder.depths_um[0] = cases[c].depth_um;
        ladder.rung_count = cases[c].rungs;
        assert_int_equal(test_ladder_plan(&ladder, &field.view, sha256, &plan, &err), RESULT_RANGE);
        if (!strstr(err.text, cases[c].word)) fail_msg("%s", err.text);
        assert_int_equal(plan.dot_count, 77);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_depth_has_its_row_on_the_skin),
                                       cmocka_unit_test(bad_ladders_are_refused)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
