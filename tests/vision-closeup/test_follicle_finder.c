/* The follicle finder on drawn close-ups with known truth, and on pictures it must refuse. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/vision-closeup/closeup_score.h"

#define MARKS_MAX 4000
#define SEED 66

static struct closeup_mark marks[MARKS_MAX];
static struct follicle_sighting found[FOLLICLE_SIGHTINGS_MAX];
static uint8_t pixels[1280 * 1024];

static struct image image_of(const struct closeup_settings *s) {
    return (struct image){pixels, s->width_px, s->height_px, s->width_px};
}

static size_t find(const struct closeup_settings *s) {
    struct follicle_settings settings = follicle_settings_default();
    struct image image = image_of(s);
    struct error err = {0};
    size_t count = 0;
    settings.um_per_px = s->um_per_px;
    if (follicles_find(&image, &settings, found, FOLLICLE_SIGHTINGS_MAX, &count, &err) != RESULT_OK)
        fail_msg("%s", err.text);
    return count;
}

static void hairs_are_found_where_they_leave_the_skin(void **state) {
    (void)state;
    static const struct {
        const char *name;
        double length_um, direction_rad, um_per_px, psf_px, least_share;
    } cases[] = {
        {"shaved", 0, 0, 20, 0.8, 0.98},           {"shaved, blurred", 0, 0, 20, 1.4, 0.95},
        {"shaved, 15 um", 0, 0, 15, 0.8, 0.98},    {"stubble right", 300, 0, 20, 0.8, 0.85},
        {"stubble back", 300, 2.9, 20, 0.8, 0.85}, {"stubble down", 300, 1.5, 15, 1, 0.85}};
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        struct closeup_settings s = closeup_settings_default();
        struct closeup_growth growth = {cases[c].length_um, cases[c].direction_rad, 80};
        struct rng rng;
        rng_init(&rng, SEED + c);
        s.um_per_px = cases[c].um_per_px;
        s.psf_sigma_px = cases[c].psf_px;
        size_t count = closeup_grow(&s, &growth, &rng, marks, MARKS_MAX);
        assert_int_equal(closeup_draw(&s, marks, count, &rng, pixels), RESULT_OK);
        size_t n = find(&s);
        struct closeup_score score = closeup_score(&s, marks, count, found, n, 50);
        printf("%-16s seed %zu: %zu hairs, precision %.3f recall %.3f rms %.1f um\n", cases[c].name,
               SEED + c, count, score.precision, score.recall, score.rms_um);
        assert_true(count > 100);
        assert_true(score.precision >= cases[c].least_share);
        assert_true(score.recall >= cases[c].least_share);
        assert_true(score.rms_um < 25);
    }
}

static void dots_are_told_from_hairs_and_measured(void **state) {
    (void)state;
    struct closeup_settings s = closeup_settings_default();
    struct rng rng;
    size_t count = 0, dots = 0;
    rng_init(&rng, SEED);
    printf("seed %d\n", SEED);
    for (int y = 0; y < 12; y++)
        for (int x = 0; x < 16; x++) {
            struct closeup_mark m = {.at = {60 + 75.3 * x, 60 + 78.7 * y}, .contrast = 60};
            bool is_dot = (x + y) % 2 == 0;
            m.diameter_um = is_dot ? rng_range(&rng, 260, 500) : rng_range(&rng, 60, 95);
            m.bloom_um = is_dot ? 25 : 0;
            marks[count++] = m;
        }
    assert_int_equal(closeup_draw(&s, marks, count, &rng, pixels), RESULT_OK);
    size_t n = find(&s);
    struct closeup_score score = closeup_score(&s, marks, count, found, n, 50);
    assert_true(score.precision == 1 && score.recall == 1 && score.rms_um < 6);
    for (size_t k = 0; k < n; k++)
        for (size_t i = 0; i < count; i++) {
            if (hypot(found[k].at.u - marks[i].at.u, found[k].at.v - marks[i].at.v) > 3) continue;
            bool is_dot = marks[i].bloom_um > 0;
            dots += is_dot;
            assert_int_equal(found[k].kind, is_dot ? FOLLICLE_DOT : FOLLICLE_SHAVED);
            assert_true(fabs(found[k].diameter_um - marks[i].diameter_um) < (is_dot ? 12 : 35));
        }
    assert_int_equal(dots, count / 2);
}

static void bare_skin_has_no_hair(void **state) {
    (void)state;
    struct closeup_settings s = closeup_settings_default();
    struct rng rng;
    rng_init(&rng, SEED);
    assert_int_equal(closeup_draw(&s, marks, 0, &rng, pixels), RESULT_OK);
    assert_int_equal(find(&s), 0);
}

static void what_cannot_be_judged_is_refused(void **state) {
    (void)state;
    static const struct {
        int level;
        uint32_t width;
        double um_per_px;
        const char *word;
    } cases[] = {{0, 640, 20, "black"},
                 {255, 640, 20, "saturated"},
                 {120, 16, 20, "needed"},
                 {120, 640, 100, "um a pixel"}};
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        struct follicle_settings settings = follicle_settings_default();
        struct image image = {pixels, cases[c].width, 480, cases[c].width};
        struct error err = {0};
        size_t count = 77;
        memset(pixels, cases[c].level, sizeof pixels);
        settings.um_per_px = cases[c].um_per_px;
        assert_int_equal(follicles_find(&image, &settings, found, 10, &count, &err), RESULT_RANGE);
        assert_non_null(strstr(err.text, cases[c].word));
        assert_int_equal(count, 77);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hairs_are_found_where_they_leave_the_skin),
        cmocka_unit_test(dots_are_told_from_hairs_and_measured),
        cmocka_unit_test(bare_skin_has_no_hair),
        cmocka_unit_test(what_cannot_be_judged_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
