/* Needle and depth from touches, and the tables that they are read from. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/rng.h"
#include "vision/calibration/number_table.h"
#include "vision/calibration/pivot.h"
#include "vision/calibration/setter.h"
#include "vision/calibration/surface_zero.h"

static struct rng rng;

/* Poses with the tip on one point, leaning by up to `lean` about x and `lean * other` about y. */
static void touch(struct pose *T, uint32_t count, struct vec3 tip, double lean, double other) {
    for (uint32_t i = 0; i < count; i++) {
        T[i].R = mat3_mul(mat3_exp(vec3_make(0, rng_range(&rng, -1, 1) * lean * other, 0)),
                          mat3_exp(vec3_make(rng_range(&rng, -1, 1) * lean, 0, 0)));
        struct vec3 at = vec3_add(vec3_make(40, 30, -90), rng_normal_vec3(&rng, 0.01));
        T[i].t = vec3_sub(at, mat3_apply(T[i].R, tip));
    }
}

static void the_tip_comes_back(void **state) {
    (void)state;
    double worst_sigmas = 0;
    for (int trial = 0; trial < 50; trial++) {
        struct pose T[12];
        struct pivot pivot;
        struct error err = {0};
        struct vec3 tip = vec3_add(vec3_make(0.1, -0.05, -0.3), rng_normal_vec3(&rng, 0.05));
        touch(T, 12, tip, 0.5, 1);
        if (pivot_solve(T, 12, &pivot, &err) != RESULT_OK) fail_msg("%s", err.text);
        struct vec3 d = vec3_sub(pivot.tip_tool, tip);
        assert_true(vec3_norm(d) < 0.06);
        worst_sigmas = fmax(
            worst_sigmas, fmax(fabs(d.x) / pivot.sigma_tip.x,
                               fmax(fabs(d.y) / pivot.sigma_tip.y, fabs(d.z) / pivot.sigma_tip.z)));
    }
    assert_true(worst_sigmas < 5);
}

static void bad_touches_are_refused(void **state) {
    (void)state;
    struct pose T[12];
    struct pivot pivot = {.count = 5};
    struct error err = {0};
    struct vec3 tip = {0, 0, -0.2};
    touch(T, 12, tip, 0.5, 1);
    assert_int_equal(pivot_solve(T, 5, &pivot, &err), RESULT_REFUSED);
    T[7].t.x += 0.8;
    assert_int_equal(pivot_solve(T, 12, &pivot, &err), RESULT_REFUSED);
    assert_non_null(strstr(err.text, "touch 8 is"));
    touch(T, 12, tip, 0.05, 1);
    assert_int_equal(pivot_solve(T, 12, &pivot, &err), RESULT_REFUSED);
    assert_non_null(strstr(err.text, "too little tilt"));
    touch(T, 12, tip, 0.5, 0.01); /* about one axis only */
    assert_int_equal(pivot_solve(T, 12, &pivot, &err), RESULT_REFUSED);
    touch(T, 12, tip, 0.5, 1);
    T[3].t.y = (double)NAN;
    assert_int_not_equal(pivot_solve(T, 12, &pivot, &err), RESULT_OK);
    assert_int_equal(pivot.count, 5);
}

/* A field whose value is z: the head is what lies below the plane. */
#define SIDE 40
static float plane[SIDE * SIDE * SIDE];
static struct field_view flat(void) {
    for (int i = 0; i < SIDE * SIDE * SIDE; i++) plane[i] = (float)(i / (SIDE * SIDE)) - SIDE / 2;
    return (struct field_view){{-SIDE / 2, -SIDE / 2, -SIDE / 2}, 1, {SIDE, SIDE, SIDE}, plane};
}

static void the_zero_comes_back(void **state) {
    (void)state;
    struct field_view field = flat();
    struct vec3 p[10];
    struct surface_zero zero = {.count = 3};
    struct error err = {0};
    for (int i = 0; i < 10; i++)
        p[i] = vec3_make(rng_range(&rng, -15, 15), rng_range(&rng, -15, 15),
                         0.03 + 0.01 * rng_normal(&rng));
    assert_int_equal(surface_zero_find(&field, p, 10, &zero, &err), RESULT_OK);
    assert_true(fabs(zero.zero_mm - 0.03) < 0.012);
    assert_true(zero.sigma_mm > 0 && zero.sigma_mm < 0.01);
    struct surface_zero kept = zero;
    assert_int_equal(surface_zero_find(&field, p, 4, &zero, &err), RESULT_REFUSED);
    p[2].z += 0.5;
    assert_int_equal(surface_zero_find(&field, p, 10, &zero, &err), RESULT_REFUSED);
    assert_non_null(strstr(err.text, "touch 3 is"));
    for (int i = 0; i < 10; i++) p[i].z = 0.2;
    assert_int_equal(surface_zero_find(&field, p, 10, &zero, &err), RESULT_REFUSED);
    assert_non_null(strstr(err.text, "register the scan again"));
    for (int i = 0; i < 10; i++) p[i] = vec3_make(1, 1, 0);
    assert_int_equal(surface_zero_find(&field, p, 10, &zero, &err), RESULT_REFUSED);
    p[0].x = (double)NAN;
    assert_int_equal(surface_zero_find(&field, p, 10, &zero, &err), RESULT_REFUSED);
    assert_memory_equal(&zero, &kept, sizeof zero);
}

static void tables_are_read_strictly(void **state) {
    (void)state;
    static const struct {
        const char *text;
        size_t rows; /* 0: refused */
    } cases[] = {
        {"1 2 3\n4 5 6\n", 2},
        {"x,y,z\n1,2,3\n", 1},
        {"# comment\n\n1 2 3 # and more\n", 1},
        {"1 2 3 extra words\n", 1},
        {"1 nan 3\n4 5 6\n", 1},
        {"1 2 3", 1},
        {"1 2\n", 0},
        {"1 2 3\nx y z\n", 0},
        {"1 2 0x3\n", 0},
        {"1 2 inf\n", 0},
        {"", 0},
        {"words only\n", 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct number_table table = {0};
        struct error err = {0};
        enum result result = number_table_parse("t", cases[i].text, 3, &table, &err);
        if ((result == RESULT_OK) != (cases[i].rows > 0) || table.rows != cases[i].rows)
            fail_msg("case %zu: %zu rows, %s", i, table.rows, err.text);
        number_table_release(&table);
    }
}

static void poses_are_found_by_time(void **state) {
    (void)state;
    struct pose_list list = {0};
    struct error err = {0};
    const char *text =
        "t,tx,ty,tz,qx,qy,qz,qw,state\n0.0,1,0,0,0,0,0,1,still\n"
        "0.5,nan,nan,nan,nan,nan,nan,nan,lost\n1.0,2,0,0,0,0,0,1,still\n";
    assert_int_equal(pose_list_parse("p", text, &list, &err), RESULT_OK);
    assert_int_equal(list.count, 2);
    assert_true(pose_list_at(&list, 990000000, 20000000)->T.t.x == 2);
    assert_true(pose_list_at(&list, 5000000, 20000000)->T.t.x == 1);
    assert_null(pose_list_at(&list, 500000000, 20000000));
    assert_null(pose_list_at(&list, 2000000000, 20000000));
    pose_list_release(&list);
    assert_int_equal(pose_list_parse("p", "0 0 0 0 0 0 0 2\n", &list, &err), RESULT_RANGE);
    assert_int_equal(pose_list_parse("p", "1 0 0 0 0 0 0 1\n0 0 0 0 0 0 0 1\n", &list, &err),
                     RESULT_RANGE);
}

static void a_plate_tells_the_length(void **state) {
    (void)state;
    const struct setter_plate plate = {vec3_make(15, 15, -80.8), vec3_make(0, 0, 1)};
    struct vec3 p[SETTER_TOUCHES_MIN];
    struct setter_length length = {.count = 3};
    struct error err = {0};
    for (int i = 0; i < SETTER_TOUCHES_MIN; i++)
        p[i] = vec3_make(15, 15.2, -80.8 + 0.137 + (i % 2 ? 0.004 : -0.004));
    assert_int_equal(setter_find_length(&plate, p, SETTER_TOUCHES_MIN, &length, &err), RESULT_OK);
    assert_true(fabs(length.longer_mm - 0.137) < 1e-9);
    assert_true(length.scatter_mm > 0.004 && length.scatter_mm < 0.0045);
    assert_true(fabs(length.sigma_mm - length.scatter_mm / sqrt(6)) < 1e-12);
    const struct setter_length kept = length;
    assert_int_equal(setter_find_length(&plate, p, 5, &length, &err), RESULT_REFUSED);
    p[2].z += 0.2;
    assert_int_equal(setter_find_length(&plate, p, 6, &length, &err), RESULT_REFUSED);
    assert_non_null(strstr(err.text, "scatter"));
    p[2].z = (double)NAN;
    assert_int_equal(setter_find_length(&plate, p, 6, &length, &err), RESULT_REFUSED);
    assert_memory_equal(&kept, &length, sizeof kept);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_tip_comes_back),      cmocka_unit_test(bad_touches_are_refused),
        cmocka_unit_test(the_zero_comes_back),     cmocka_unit_test(tables_are_read_strictly),
        cmocka_unit_test(poses_are_found_by_time), cmocka_unit_test(a_plate_tells_the_length),
    };
    rng_init(&rng, 17);
    printf("seed 17\n");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
