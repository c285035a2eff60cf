/* Property tests of the camera model: analytic Jacobian against differences, undistortion against
 * projection, and what must not project. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/rng.h"
#include "vision/camera_model.h"

#define CASES 20000

static struct camera_model random_model(struct rng *rng) {
    return (struct camera_model){.width_px = 1280,
                                 .height_px = 1024,
                                 .fx_px = rng_range(rng, 800, 5000),
                                 .fy_px = rng_range(rng, 800, 5000),
                                 .cx_px = 640 + rng_range(rng, -40, 40),
                                 .cy_px = 512 + rng_range(rng, -40, 40),
                                 .k1 = rng_range(rng, -0.2, 0.2),
                                 .k2 = rng_range(rng, -0.1, 0.1),
                                 .k3 = rng_range(rng, -0.02, 0.02),
                                 .k4 = rng_range(rng, -0.02, 0.02),
                                 .k5 = rng_range(rng, -0.01, 0.01),
                                 .k6 = rng_range(rng, -0.01, 0.01),
                                 .p1 = rng_range(rng, -0.003, 0.003),
                                 .p2 = rng_range(rng, -0.003, 0.003)};
}

static struct vec3 random_point(struct rng *rng) {
    double z = rng_range(rng, 100, 1000);
    return vec3_make(z * rng_range(rng, -0.4, 0.4), z * rng_range(rng, -0.3, 0.3), z);
}

static void jacobian_agrees_with_differences(void **state) {
    (void)state;
    struct rng rng;
    rng_init(&rng, 11);
    printf("seed 11\n");
    for (int i = 0; i < CASES; i++) {
        struct camera_model model = random_model(&rng);
        struct vec3 p = random_point(&rng);
        struct pixel q, plus, minus;
        struct pixel_jacobian J;
        if (!camera_project_jacobian(&model, p, &q, &J)) continue;
        const struct vec3 axes[3] = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}};
        for (int k = 0; k < 3; k++) {
            double h = 1e-3;
            assert_true(camera_project(&model, vec3_mad(p, h, axes[k]), &plus));
            assert_true(camera_project(&model, vec3_mad(p, -h, axes[k]), &minus));
            assert_true(fabs((plus.u - minus.u) / (2 * h) - vec3_dot(J.du, axes[k])) < 1e-5);
            assert_true(fabs((plus.v - minus.v) / (2 * h) - vec3_dot(J.dv, axes[k])) < 1e-5);
        }
    }
}

static void unprojection_inverts_projection(void **state) {
    (void)state;
    struct rng rng;
    rng_init(&rng, 12);
    printf("seed 12\n");
    int tried = 0;
    for (int i = 0; i < CASES; i++) {
        struct camera_model model = random_model(&rng);
        struct vec3 p = random_point(&rng), ray;
        struct pixel q;
        if (!camera_project(&model, p, &q)) continue;
        assert_true(camera_unproject(&model, q, &ray));
        assert_true(fabs(ray.x - p.x / p.z) < 1e-11 && fabs(ray.y - p.y / p.z) < 1e-11);
        tried++;
    }
    assert_true(tried > CASES / 2);
}

static void nothing_projects_from_behind_or_beyond_the_fold(void **state) {
    (void)state;
    struct camera_model model = {.width_px = 1280,
                                 .height_px = 1024,
                                 .fx_px = 1000,
                                 .fy_px = 1000,
                                 .cx_px = 640,
                                 .cy_px = 512,
                                 .k1 = -0.3};
    struct pixel q = {-7, -7};
    assert_false(camera_project(&model, vec3_make(0, 0, -100), &q));
    assert_false(camera_project(&model, vec3_make(0, 0, 0), &q));
    assert_false(camera_project(&model, vec3_make(0, 0, NAN), &q));
    /* x (1 - 0.3 x^2) turns back at x = 1.05. */
    assert_true(camera_project(&model, vec3_make(90, 0, 100), &q));
    q = (struct pixel){-7, -7};
    assert_false(camera_project(&model, vec3_make(120, 0, 100), &q));
    assert_true(q.u == -7 && q.v == -7);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(jacobian_agrees_with_differences),
        cmocka_unit_test(unprojection_inverts_projection),
        cmocka_unit_test(nothing_projects_from_behind_or_beyond_the_fold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
