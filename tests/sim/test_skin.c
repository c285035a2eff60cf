/* The needle's force by the skin's model, and a whole puncture's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sim/skin.h"

static void force_rises_to_the_puncture_and_falls_after_it(void **state) {
    (void)state;
    static const struct {
        double depth_mm, drag_mm;
        bool is_punctured, goes_in;
        double force_n;
    } cases[] = {
        {0, 0, false, true, 0},       {0.05, 0, false, true, 0.075}, {0.1, 0, false, true, 0.3},
        {0.5, 0, false, true, 0.3},   {0.5, 0, true, true, 0.14},    {0.9, 0, true, true, 0.172},
        {0.9, 0, true, false, 0.072}, {0.9, 0.2, true, true, 0.199}, {0, 0.2, true, false, 0.1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        double force_n = skin_force_n(cases[i].depth_mm, cases[i].drag_mm, cases[i].is_punctured,
                                      cases[i].goes_in);
        if (!(fabs(force_n - cases[i].force_n) < 1e-3)) fail_msg("case %zu: %g N", i, force_n);
    }
}

/* A flat skin at z = 0, distance = z. */
static void a_puncture_knows_its_greatest_force(void **state) {
    (void)state;
    float values[27];
    for (int i = 0; i < 27; i++) values[i] = (float)(i / 9) * 4 - 4;
    const struct field_view field = {
        .origin = {-4, -4, -4}, .spacing_mm = 4, .size = {3, 3, 3}, .values = values};
    struct skin skin;
    struct puncture puncture = {0};
    bool has_ended = false;
    skin_init(&skin, &field);
    for (int k = 0; k <= 160 && !has_ended; k++) { /* down to 0.8 mm and up, 20 um a step */
        double z = k <= 60 ? 0.4 - 0.02 * k : -0.8 + 0.02 * (k - 60);
        has_ended = skin_step(&skin, pose_identity(), vec3_make(0, 0, z), k * 100000, &puncture);
    }
    assert_true(has_ended);
    assert_true(fabs(puncture.depth_mm - 0.8) < 1e-6);
    assert_true(puncture.force_n > 0.29 && puncture.force_n <= 0.30 + 1e-9);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(force_rises_to_the_puncture_and_falls_after_it),
        cmocka_unit_test(a_puncture_knows_its_greatest_force),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
