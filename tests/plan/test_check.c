/* The plan's check: each kind of fault is found and named, and good plans have none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "plan/check.h"
#include "tests/plan/designs.h"

#define SIDE 30
#define COUNT ((size_t)SIDE * SIDE)
#define PITCH_MM 1.0

/* A plane z = 0 as a distance field. */
static struct field_view plane(void) {
    static float values[41 * 41 * 41];
    for (int z = 0; z < 41; z++)
        for (int i = 0; i < 41 * 41; i++) values[41 * 41 * z + i] = (float)(z - 20) * 3;
    return (struct field_view){{-60, -60, -60}, 3, {41, 41, 41}, values};
}

/* A square lattice of dots on the plane. */
static struct dot_plan lattice(void) {
    struct dot_plan plan = {.dots = calloc(COUNT, sizeof *plan.dots),
                            .dot_count = COUNT,
                            .zone_count = 1,
                            .shade_count = 1};
    for (size_t i = 0; i < COUNT; i++)
        plan.dots[i] = (struct dot){
            .id = (uint32_t)(1000 + i),
            .p_head = {PITCH_MM * (double)(i % SIDE), PITCH_MM * (double)(i / SIDE), 0},
            .n_head = {0, 0, 1},
            .depth_um = 600,
            .diameter_um = 300,
            .region = REGION_ANTERIOR};
    return plan;
}

static struct plan_check check(const struct dot_plan *plan) {
    struct field_view skin = plane();
    struct plan_check result;
    struct error err = {0};
    assert_int_equal(plan_check(plan, &skin, &result, &err), RESULT_OK);
    return result;
}

static void a_lattice_measures_as_one(void **state) {
    (void)state;
    struct dot_plan plan = lattice();
    struct plan_check c = check(&plan);
    assert_int_equal(c.fault_count, 0);
    assert_int_equal(c.zones[0].dots, COUNT);
    assert_true(fabs(c.zones[0].density_per_cm2 - 100) < 8);
    assert_true(fabs(c.zones[0].pitch_least_mm - 1) < 1e-9);
    assert_true(fabs(c.zones[0].radius - sqrt(sqrt(3.0) / 2)) < 0.04); /* of the square lattice */
    assert_true(c.zones[0].variation < 1e-6);
    assert_int_equal(c.zones[0].pitch_bins[10], COUNT);
    assert_int_equal(c.layer_count, 1);
    assert_true(fabs(c.layers[0].length_s - COUNT * PLAN_CHECK_DOT_S) < 1e-6);
    double column_ul = PI / 4 * 0.3 * 0.3 * 0.6;
    assert_true(fabs(c.layers[0].pigment_ul - COUNT * PLAN_CHECK_PIGMENT_FACTOR * column_ul) <
                1e-6);
    plan_check_release(&c);
    free(plan.dots);
}

static void random_dots_are_no_blue_noise(void **state) {
    (void)state;
    struct rng rng;
    rng_init(&rng, 7);
    struct dot_plan plan = lattice();
    for (size_t i = 0; i < COUNT; i++)
        plan.dots[i].p_head = (struct vec3){rng_range(&rng, 0, SIDE), rng_range(&rng, 0, SIDE), 0};
    struct plan_check c = check(&plan);
    assert_true(fabs(c.zones[0].density_per_cm2 - 100) < 8);
    assert_true(c.zones[0].radius < 0.2);
    assert_true(fabs(c.zones[0].variation - 0.52) < 0.06);
    assert_true(c.fault_counts[PLAN_FAULT_PITCH] > 100);
    plan_check_release(&c);
    free(plan.dots);
}

/* One dot is spoilt; exactly it is named, with this fault. */
static void each_fault_names_its_dot(void **state) {
    (void)state;
    static const struct {
        enum plan_fault_kind kind;
        struct dot dot;
        size_t count;
    } rows[] = {
        {PLAN_FAULT_DEEP, {.depth_um = 1001}, 1},
        {PLAN_FAULT_DEEP, {.region = REGION_COUNT}, 1},
        {PLAN_FAULT_SHALLOW, {.depth_um = 99}, 1},
        {PLAN_FAULT_DIAMETER, {.diameter_um = 501}, 1},
        {PLAN_FAULT_LAYER, {.layer = PLAN_CHECK_LAYERS_MAX}, 1},
        {PLAN_FAULT_OFF_SKIN, {.p_head = {5, 5, 0.6}}, 1},
        {PLAN_FAULT_OFF_SKIN, {.p_head = {5, 5, NAN}}, 1},
        {PLAN_FAULT_TILT, {.n_head = {0.6, 0, 0.8}}, 1},
        {PLAN_FAULT_TILT, {.n_head = {0, 0, -1}}, 1},
        {PLAN_FAULT_PITCH, {.p_head = {5.6, 5, 0}}, 2}, /* 0.4 mm from its neighbour */
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct dot_plan plan = lattice();
        struct dot *dot = &plan.dots[5 * SIDE + 5];
        const struct dot *spoilt = &rows[i].dot;
        if (spoilt->depth_um) dot->depth_um = spoilt->depth_um;
        if (spoilt->diameter_um) dot->diameter_um = spoilt->diameter_um;
        if (spoilt->region) dot->region = spoilt->region;
        if (spoilt->layer) dot->layer = spoilt->layer;
        if (spoilt->p_head.x > 0) dot->p_head = spoilt->p_head;
        if (vec3_norm(spoilt->n_head) > 0) dot->n_head = spoilt->n_head;
        struct plan_check c = check(&plan);
        bool is_named = false;
        for (size_t f = 0; f < c.fault_count; f++)
            is_named = is_named || (c.faults[f].kind == rows[i].kind && c.faults[f].dot == dot->id);
        if (!is_named || c.fault_counts[rows[i].kind] != rows[i].count)
            fail_msg("row %zu: %s %zu times", i, plan_fault_name(rows[i].kind),
                     c.fault_counts[rows[i].kind]);
        assert_int_equal(c.zones[0].faults, c.fault_count);
        plan_check_release(&c);
        free(plan.dots);
    }
}

static void keep_outs_are_found(void **state) {
    (void)state;
    struct keep_out ball = {{10, 10, 0}, 1.1}; /* a dot and its four neighbours */
    struct dot_plan plan = lattice();
    plan.keep_outs = &ball;
    plan.keep_out_count = 1;
    struct plan_check c = check(&plan);
    assert_int_equal(c.fault_counts[PLAN_FAULT_KEEP_OUT], 5);
    assert_int_equal(c.faults[0].other, 0);
    plan_check_release(&c);
    free(plan.dots);
}

static void empty_and_lonely_plans_are_checked(void **state) {
    (void)state;
    struct dot_plan plan = lattice();
    plan.dot_count = 0;
    struct plan_check c = check(&plan);
    assert_int_equal(c.fault_count, 0);
    assert_int_equal(c.layer_count, 0);
    plan_check_release(&c);
    plan.dot_count = 1;
    c = check(&plan);
    assert_int_equal(c.zones[0].dots, 1);
    assert_true(isfinite(c.zones[0].radius) && isfinite(c.zones[0].density_per_cm2));
    plan_check_release(&c);
    free(plan.dots);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_lattice_measures_as_one),
        cmocka_unit_test(random_dots_are_no_blue_noise),
        cmocka_unit_test(each_fault_names_its_dot),
        cmocka_unit_test(keep_outs_are_found),
        cmocka_unit_test(empty_and_lonely_plans_are_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
