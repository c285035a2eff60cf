/* Sliders change a design as they say, and refuse what it has not. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "plan/design_adjust.h"

static struct design_zone zones[2];
static struct design_shade shades[1];

static struct design a_design(void) {
    zones[0] = (struct design_zone){.density_per_cm2 = 50};
    zones[1] = (struct design_zone){.density_per_cm2 = 30};
    shades[0] = (struct design_shade){.rgb = {55, 155, 205}};
    return (struct design){.zones = zones,
                           .zone_count = 2,
                           .shades = shades,
                           .shade_count = 1,
                           .hairline = {.height_mm = 70, .is_given = true}};
}

static void each_slider_changes_its_own(void **state) {
    (void)state;
    struct design design = a_design();
    const struct design_adjust adjust = {50, -4, 120};
    assert_int_equal(design_adjust(&design, &adjust, NULL), RESULT_OK);
    assert_true(fabs(zones[0].density_per_cm2 - 25) < 1e-9);
    assert_true(fabs(zones[1].density_per_cm2 - 15) < 1e-9);
    assert_true(fabs(design.hairline.height_mm - 66) < 1e-9);
    assert_true(fabs(shades[0].rgb[0] - 15) < 1e-9);
    assert_true(fabs(shades[0].rgb[2] - 195) < 1e-9);
}

static void none_changes_nothing(void **state) {
    (void)state;
    struct design design = a_design();
    const struct design_adjust none = DESIGN_ADJUST_NONE;
    assert_int_equal(design_adjust(&design, &none, NULL), RESULT_OK);
    assert_true(zones[0].density_per_cm2 == 50 && shades[0].rgb[1] == 155 &&
                design.hairline.height_mm == 70);
}

static void what_is_out_of_range_or_not_there_is_refused(void **state) {
    (void)state;
    const struct {
        struct design_adjust adjust;
        bool has_hairline, has_shades;
        enum result expected;
    } cases[] = {
        {{24, 0, 100}, true, true, RESULT_RANGE},
        {{201, 0, 100}, true, true, RESULT_RANGE},
        {{NAN, 0, 100}, true, true, RESULT_RANGE},
        {{100, 31, 100}, true, true, RESULT_RANGE},
        {{100, NAN, 100}, true, true, RESULT_RANGE},
        {{100, 0, INFINITY}, true, true, RESULT_RANGE},
        {{100, 1, 100}, false, true, RESULT_REFUSED},
        {{100, 0, 99}, true, false, RESULT_REFUSED},
        {{50, 0, 100}, false, false, RESULT_OK},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct design design = a_design();
        struct error err = {0};
        design.hairline.is_given = cases[i].has_hairline;
        if (!cases[i].has_shades) design.shade_count = 0;
        enum result result = design_adjust(&design, &cases[i].adjust, &err);
        if (result != cases[i].expected) fail_msg("case %zu: %s", i, err.text);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_slider_changes_its_own),
        cmocka_unit_test(none_changes_nothing),
        cmocka_unit_test(what_is_out_of_range_or_not_there_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
