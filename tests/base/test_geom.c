/* Property tests of base/geom.h: exp and log invert each other, poses form a group. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/geom.h"
#include "base/rng.h"

#define CASES 20000

static double pose_difference(struct pose A, struct pose B) {
    double worst = vec3_distance(A.t, B.t);
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++) worst = fmax(worst, fabs(A.R.m[i][j] - B.R.m[i][j]));
    return worst;
}

static struct twist random_twist(struct rng *rng) {
    /* Angles from 1e-9 to just under pi, so that the series and the closed forms both run. */
    double angle =
        rng_below(rng, 2) ? rng_range(rng, 0, PI - 1e-3) : pow(10, rng_range(rng, -9, 0));
    struct vec3 axis = vec3_unit(vec3_make(rng_normal(rng), rng_normal(rng), rng_normal(rng)));
    struct vec3 v = {rng_range(rng, -300, 300), rng_range(rng, -300, 300),
                     rng_range(rng, -300, 300)};
    return (struct twist){v, vec3_scale(axis, angle)};
}

static void exp_and_log_are_inverse(void **state) {
    (void)state;
    struct rng rng;
    rng_init(&rng, 1);
    printf("seed 1\n");
    for (int i = 0; i < CASES; i++) {
        struct twist xi = random_twist(&rng), back = pose_log(pose_exp(xi));
        assert_true(vec3_distance(xi.w, back.w) < 1e-11);
        assert_true(vec3_distance(xi.v, back.v) < 1e-8);
    }
}

static void inverse_and_product_form_a_group(void **state) {
    (void)state;
    struct rng rng;
    rng_init(&rng, 2);
    printf("seed 2\n");
    for (int i = 0; i < CASES; i++) {
        struct pose A = pose_exp(random_twist(&rng)), B = pose_exp(random_twist(&rng));
        assert_true(pose_difference(pose_mul(A, pose_inverse(A)), pose_identity()) < 1e-12 * 1e3);
        struct vec3 p = {rng_normal(&rng), rng_normal(&rng), rng_normal(&rng)};
        struct vec3 one = pose_apply(pose_mul(A, B), p), two = pose_apply(A, pose_apply(B, p));
        assert_true(vec3_distance(one, two) < 1e-10);
    }
}

static void quaternions_round_trip(void **state) {
    (void)state;
    struct rng rng;
    rng_init(&rng, 3);
    printf("seed 3\n");
    for (int i = 0; i < CASES; i++) {
        struct pose A = pose_exp(random_twist(&rng)), B = A;
        B.R = mat3_from_quat(quat_from_mat3(A.R));
        assert_true(pose_difference(A, B) < 1e-14 * 10);
        B.R.m[0][1] += 1e-3;
        B.R = mat3_orthonormalise(B.R);
        assert_true(fabs(mat3_det(B.R) - 1) < 1e-14 * 10);
        assert_true(pose_difference(A, B) < 1e-3);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exp_and_log_are_inverse),
        cmocka_unit_test(inverse_and_product_form_a_group),
        cmocka_unit_test(quaternions_round_trip),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
