/* The distance field: sampling is smooth inside, a lower bound outside, and the built field of a
 * sphere is the sphere's distance. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/field_build.h"
#include "base/rng.h"

#define RINGS 60
#define RADIUS_MM 50.0

struct sphere {
    float positions[3 * (RINGS + 1) * 2 * RINGS];
    uint32_t triangles[12 * RINGS * RINGS];
    struct surface_view view;
    struct field_view field;
    float *values, *normals;
    int32_t *nearest;
};

static void make_mesh(struct sphere *s) {
    size_t t = 0;
    for (int i = 0; i <= RINGS; i++)
        for (int j = 0; j < 2 * RINGS; j++) {
            double a = PI * i / RINGS, b = PI * j / RINGS;
            float *p = s->positions + 3 * (i * 2 * RINGS + j);
            p[0] = (float)(RADIUS_MM * sin(a) * cos(b));
            p[1] = (float)(RADIUS_MM * sin(a) * sin(b));
            p[2] = (float)(RADIUS_MM * cos(a));
        }
    for (uint32_t i = 0; i < RINGS; i++)
        for (uint32_t j = 0; j < 2 * RINGS; j++) {
            uint32_t a = i * 2 * RINGS + j, b = i * 2 * RINGS + (j + 1) % (2 * RINGS);
            uint32_t c = a + 2 * RINGS, d = b + 2 * RINGS;
            const uint32_t two[6] = {a, c, b, b, c, d};
            for (int k = 0; k < 6; k++) s->triangles[t++] = two[k];
        }
    s->view = (struct surface_view){s->positions, (RINGS + 1) * 2 * RINGS, s->triangles, t / 3};
}

static int set_up(void **state) {
    struct sphere *s = calloc(1, sizeof *s);
    make_mesh(s);
    if (field_shape(&s->view, 2.0, 2000000, &s->field) != RESULT_OK) return -1;
    size_t count = field_sample_count(&s->field);
    s->values = calloc(count, sizeof *s->values);
    s->nearest = calloc(count, sizeof *s->nearest);
    s->normals = calloc(3 * s->view.vertex_count, sizeof *s->normals);
    field_build(&s->view, &s->field, s->values, s->nearest, s->normals);
    s->field.values = s->values;
    *state = s;
    return 0;
}

static int tear_down(void **state) {
    struct sphere *s = *state;
    free(s->values);
    free(s->nearest);
    free(s->normals);
    free(s);
    return 0;
}

static struct vec3 random_point(struct rng *rng, double reach) {
    return vec3_make(rng_range(rng, -reach, reach), rng_range(rng, -reach, reach),
                     rng_range(rng, -reach, reach));
}

static void the_field_of_a_sphere_is_its_distance(void **state) {
    const struct sphere *s = *state;
    struct rng rng;
    rng_init(&rng, 5);
    printf("seed 5\n");
    for (int i = 0; i < 20000; i++) {
        struct vec3 p = random_point(&rng, 70);
        double distance = vec3_norm(p) - RADIUS_MM;
        if (vec3_norm(p) < 20) continue; /* the middle is a crease of the field */
        double off = fabs(field_view_sample(&s->field, p) - distance);
        assert_true(off < 0.12);
        double lean = vec3_angle(vec3_unit(field_view_gradient(&s->field, p)), vec3_unit(p));
        assert_true(lean < 0.15); /* the facets alone lean by 0.05 */
    }
}

/* A rounding error once made points inside the grid count as outside it: the distance
 * jumped to 0. */
static void sampling_has_no_jumps(void **state) {
    const struct sphere *s = *state;
    double last = field_view_sample(&s->field, vec3_make(0.3, 0.7, -70));
    for (int i = 1; i <= 140000; i++) {
        double value = field_view_sample(&s->field, vec3_make(0.3, 0.7, -70 + i * 0.001));
        assert_true(fabs(value - last) < 0.0025);
        last = value;
    }
}

static void outside_the_grid_is_a_lower_bound(void **state) {
    const struct sphere *s = *state;
    struct rng rng;
    rng_init(&rng, 6);
    printf("seed 6\n");
    for (int i = 0; i < 20000; i++) {
        struct vec3 p = random_point(&rng, 400);
        if (vec3_norm(p) < 80) continue;
        double value = field_view_sample(&s->field, p);
        assert_true(value > 0);
        assert_true(value <= vec3_norm(p) - RADIUS_MM + 0.2);
    }
}

static void broken_surfaces_are_refused(void **state) {
    (void)state;
    float positions[] = {0, 0, 0, 1, 0, 0, 0, 1, 0};
    uint32_t triangles[] = {0, 1, 2}, beyond[] = {0, 1, 3};
    struct field_view shape;
    struct surface_view empty = {positions, 3, triangles, 0}, wrong = {positions, 3, beyond, 1};
    assert_int_equal(field_shape(&empty, 1, 1000000, &shape), RESULT_INVALID);
    assert_int_equal(field_shape(&wrong, 1, 1000000, &shape), RESULT_INVALID);
    struct surface_view good = {positions, 3, triangles, 1};
    assert_int_equal(field_shape(&good, 1, 10, &shape), RESULT_LIMIT);
    positions[4] = NAN;
    assert_int_equal(field_shape(&good, 1, 1000000, &shape), RESULT_INVALID);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_field_of_a_sphere_is_its_distance, set_up, tear_down),
        cmocka_unit_test_setup_teardown(sampling_has_no_jumps, set_up, tear_down),
        cmocka_unit_test_setup_teardown(outside_the_grid_is_a_lower_bound, set_up, tear_down),
        cmocka_unit_test(broken_surfaces_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
