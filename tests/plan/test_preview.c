/* The client's picture: what time does to a dot, dots on the near side alone, as much ink at any
 * size of pixel, sessions left out, and a photo that only darkens where dots are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "plan/portrait.h"
#include "tests/plan/designs.h"

#define SIDE 120 /* px */

static struct mesh plate;
static float *normals;

static int set_up(void **state) {
    (void)state;
    plate = designs_plate(40);
    plate.positions[2] = 0; /* a corner far down, or all of it would fade away as a bust's rim */
    normals = mesh_vertex_normals(&plate);
    return normals ? 0 : -1;
}

static int tear_down(void **state) {
    (void)state;
    free(normals);
    mesh_release(&plate);
    return 0;
}

/* One dot of each of two layers, 4 mm apart, facing up or down. */
static struct dot_plan two_dots(struct dot dots[2], double up) {
    struct dot_plan plan = {.dots = dots, .dot_count = 2, .shade_count = 1};
    for (int i = 0; i < 2; i++)
        dots[i] = (struct dot){.id = (uint32_t)i + 1,
                               .p_head = {i ? 2 : -2, 0, DESIGNS_PLATE_Z_MM},
                               .n_head = {0, 0, up},
                               .depth_um = 700,
                               .diameter_um = 400,
                               .layer = (uint8_t)i};
    memset(plan.shade_rgb, 40, sizeof plan.shade_rgb);
    return plan;
}

/* How much darker the dots make the left and the right half, in mm2 of full darkness. */
static void ink_of(struct portrait portrait, int oversample, double ret[2]) {
    double sums[2][2] = {{0}};
    for (int with = 0; with < 2; with++) {
        struct preview preview;
        struct preview_view view = {.towards_viewer = {0, 0, 1},
                                    .up = {0, 1, 0},
                                    .centre = {0, 0, DESIGNS_PLATE_Z_MM},
                                    .mm_per_px = 0.1 / oversample,
                                    .background = {1, 1, 1}};
        struct portrait mine = portrait;
        mine.mesh = &plate, mine.normals = normals, mine.skin = 2;
        if (!with) mine.time.stage = FADE_BEFORE;
        assert_int_equal(preview_create(SIDE * oversample, SIDE * oversample, &view, &preview),
                         RESULT_OK);
        assert_int_equal(portrait_draw(&mine, &preview), RESULT_OK);
        for (int i = 0; i < SIDE * oversample * SIDE * oversample; i++) {
            bool is_right = i % (SIDE * oversample) >= SIDE * oversample / 2;
            sums[with][is_right] += (double)preview.rgb[3 * i + 1] * pow(0.1 / oversample, 2);
        }
        preview_release(&preview);
    }
    for (int side = 0; side < 2; side++) ret[side] = sums[0][side] - sums[1][side];
}

static void time_softens_and_fades(void **state) {
    (void)state;
    struct fade_look fresh = fade_look_at((struct fade_time){FADE_FRESH, 0}, 700), last = fresh;
    assert_true(fade_look_at((struct fade_time){FADE_BEFORE, 0}, 700).opacity == 0);
    for (int years = 0; years <= 8; years++) {
        struct fade_look look = fade_look_at((struct fade_time){FADE_HEALED, years}, 700);
        assert_true(look.opacity < last.opacity && look.opacity > 0);
        assert_true(look.diameter_scale > last.diameter_scale && look.softness > fresh.softness);
        last = look;
    }
    struct fade_look right = fade_look_at((struct fade_time){FADE_HEALED, 0}, 700);
    struct fade_look deep = fade_look_at((struct fade_time){FADE_HEALED, 0}, 1200);
    struct fade_look shallow = fade_look_at((struct fade_time){FADE_HEALED, 0}, 320);
    assert_true(deep.diameter_scale > 1.2 * right.diameter_scale && deep.blue > right.blue + 0.3);
    assert_true(shallow.opacity < 0.8 * right.opacity);
    struct fade_time time;
    assert_true(fade_time_parse("fresh", &time) && time.stage == FADE_FRESH);
    assert_true(fade_time_parse("3.5", &time) && time.stage == FADE_HEALED && time.years == 3.5);
    assert_false(fade_time_parse("soon", &time) || fade_time_parse("-1", &time) ||
                 fade_time_parse("nan", &time) || fade_time_parse("21", &time));
}

static void dots_are_drawn_where_they_are_seen(void **state) {
    (void)state;
    struct dot dots[2];
    struct dot_plan plan = two_dots(dots, 1);
    double both[2], first[2], fine[2], below[2];
    struct portrait portrait = {.plan = &plan, .time = {FADE_HEALED, 0}, .last_session = -1};
    ink_of(portrait, 1, both);
    ink_of(portrait, 3, fine);
    portrait.last_session = 0;
    ink_of(portrait, 1, first);
    struct dot_plan other_side = two_dots(dots, -1);
    portrait.plan = &other_side, portrait.last_session = -1;
    ink_of(portrait, 1, below);
    printf("ink %.4f %.4f mm2, finer pixels %.4f %.4f\n", both[0], both[1], fine[0], fine[1]);
    assert_true(both[0] > 0.02 && both[1] > 0.02);
    assert_true(first[0] > 0.02 && fabs(first[1]) < 0.004);
    assert_true(fabs(below[0]) < 0.004 && fabs(below[1]) < 0.004);
    for (int side = 0; side < 2; side++)
        assert_true(fabs(fine[side] - both[side]) < 0.15 * both[side]);
}

static bool look_down(const void *context, struct vec3 p, struct vec3 *ret_px) {
    (void)context;
    *ret_px = vec3_make(SIDE / 2.0 + p.x * 10, SIDE / 2.0 - p.y * 10, 1 / (300 - p.z));
    return true;
}

static void a_photo_darkens_at_the_dots_alone(void **state) {
    (void)state;
    struct dot dots[2];
    struct dot_plan plan = two_dots(dots, 1);
    struct preview preview;
    struct preview_lens lens = {look_down, NULL, {0, 0, 300}};
    struct preview_view view = {.towards_viewer = {0, 0, 1}, .up = {0, 1, 0}, .lens = &lens};
    float *photo = malloc(3 * (size_t)(SIDE * SIDE) * sizeof *photo);
    assert_non_null(photo);
    for (int i = 0; i < 3 * SIDE * SIDE; i++) photo[i] = 0.5F;
    struct portrait portrait = {.mesh = &plate,
                                .normals = normals,
                                .plan = &plan,
                                .time = {FADE_HEALED, 0},
                                .skin = 2,
                                .last_session = -1,
                                .photo = photo};
    assert_int_equal(preview_create(SIDE, SIDE, &view, &preview), RESULT_OK);
    assert_int_equal(portrait_draw(&portrait, &preview), RESULT_OK);
    int dark = 0;
    for (int y = 0; y < SIDE; y++)
        for (int x = 0; x < SIDE; x++) {
            double value = (double)preview.rgb[3 * (y * SIDE + x)];
            double dx = fabs(x - SIDE / 2.0) - 20, dy = y - SIDE / 2.0;
            dark += value < 0.4;
            if (hypot(dx, dy) > 5) assert_true(fabs(value - 0.5) < 0.01);
            if (hypot(dx, dy) < 1) assert_true(value < 0.4);
        }
    assert_true(dark > 10 && dark < 50);
    free(photo);
    preview_release(&preview);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(time_softens_and_fades),
        cmocka_unit_test(dots_are_drawn_where_they_are_seen),
        cmocka_unit_test(a_photo_darkens_at_the_dots_alone),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
