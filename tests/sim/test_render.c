/* The renderer: exact areas and centroids of polygons, blur that keeps them, same seed same
 * picture, and pictures whose brightness is where the geometry says. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sim/render_raster.h"
#include "tests/vision/ring_scene.h"

#define SIDE 64

static float cells[SIDE * SIDE], room[SIDE * SIDE];

/* Area and first moments of what is in the raster. */
static void moments(double *area, double *mx, double *my) {
    *area = *mx = *my = 0;
    for (int y = 0; y < SIDE; y++)
        for (int x = 0; x < SIDE; x++) {
            double c = (double)cells[y * SIDE + x];
            *area += c;
            *mx += c * (x + 0.5);
            *my += c * (y + 0.5);
        }
}

static void polygons_have_their_area_also_when_blurred(void **state) {
    (void)state;
    struct rng rng;
    const struct raster raster = {cells, SIDE, SIDE, SIDE}, scratch = {room, SIDE, SIDE, SIDE};
    rng_init(&rng, 51);
    printf("seed 51\n");
    for (int trial = 0; trial < 500; trial++) {
        double x[3], y[3], exact = 0, area, mx, my, blurred, bx, by;
        struct raster_kernel kernel = raster_kernel_make(rng_range(&rng, 0.3, 1.5));
        memset(cells, 0, sizeof cells);
        memset(room, 0, sizeof room);
        for (int i = 0; i < 3; i++) {
            x[i] = rng_range(&rng, 14, 48);
            y[i] = rng_range(&rng, 14, 48);
        }
        for (int i = 0; i < 3; i++) {
            int j = (i + 1) % 3;
            raster_add(&raster, (struct raster_border){x[i], y[i], x[j], y[j], 1});
            exact += 0.5 * (x[j] * y[i] - x[i] * y[j]);
        }
        raster_integrate(&raster);
        moments(&area, &mx, &my);
        assert_true(fabs(area - exact) < 1e-3);
        /* A symmetric kernel keeps area and centroid. */
        raster_blur(&raster, &scratch, &kernel);
        moments(&blurred, &bx, &by);
        assert_true(fabs(blurred - area) < 1e-3);
        assert_true(fabs(bx - mx) < 0.05 && fabs(by - my) < 0.05);
    }
}

static void the_same_seed_draws_the_same(void **state) {
    (void)state;
    struct ring_scene scene;
    struct image images[CAMERA_COUNT_MAX];
    struct renderer *again = NULL;
    struct error err;
    struct render_settings settings;
    static uint8_t pixels[SCENE_WIDTH * SCENE_HEIGHT];
    ring_scene_init(&scene);
    struct render_view view = {.T_rig_head = scene.T_nominal};
    settings = scene.settings;
    ring_scene_draw(&scene, &view, images);
    assert_int_equal(
        renderer_create(&scene.cameras.cameras[0], &scene.ring, &settings, &again, &err),
        RESULT_OK);
    renderer_draw(again, &view, pixels);
    bool is_same = memcmp(pixels, scene.pixels[0], sizeof pixels) == 0;
    assert_int_equal(is_same, settings.seed == 1);
    renderer_draw(again, &view, pixels); /* the next frame has other noise */
    assert_int_not_equal(memcmp(pixels, scene.pixels[0], sizeof pixels), 0);
    renderer_destroy(&again);
    settings.seed = 1;
    assert_int_equal(
        renderer_create(&scene.cameras.cameras[0], &scene.ring, &settings, &again, &err),
        RESULT_OK);
    renderer_draw(again, &view, pixels);
    assert_memory_equal(pixels, scene.pixels[0], sizeof pixels);
    settings.gain = NAN;
    assert_int_equal(renderer_adjust(again, &settings, &err), RESULT_RANGE);
    renderer_destroy(&again);
    ring_scene_finish(&scene);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(polygons_have_their_area_also_when_blurred),
        cmocka_unit_test(the_same_seed_draws_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
