/* Figures of the follicle finder and the look at the work, on close-ups drawn by sim/closeup.h:
 * 1280 x 1024 at 20 um a pixel, PSF 0.8 px, read noise 1.5, hairs of 60 to 95 um in units of one to
 * three, 180 um apart in a unit, 80 units a cm^2. */
#include <stdio.h>
#include <stdlib.h>

#include "tests/bench/figure.h"
#include "tests/vision-closeup/closeup_score.h"
#include "vision/closeup/work.h"

#define MARKS_MAX 4000
#define PICTURES 4
#define SIDE 320

static struct closeup_mark marks[MARKS_MAX];
static struct follicle_sighting found[FOLLICLE_SIGHTINGS_MAX];
static uint8_t pixels[1280 * 1024], patch[SIDE * SIDE];

static void hairs(const char *name, double length_um, double goal, struct rng *rng) {
    struct closeup_settings s = closeup_settings_default();
    struct follicle_settings settings = follicle_settings_default();
    struct closeup_score sum = {0};
    char text[64];
    for (int k = 0; k < PICTURES; k++) {
        struct closeup_growth growth = {length_um, rng_range(rng, -3, 3), 80};
        size_t count = closeup_grow(&s, &growth, rng, marks, MARKS_MAX), n = 0;
        struct image image = {pixels, s.width_px, s.height_px, s.width_px};
        struct error err;
        if (closeup_draw(&s, marks, count, rng, pixels) != RESULT_OK ||
            follicles_find(&image, &settings, found, FOLLICLE_SIGHTINGS_MAX, &n, &err) !=
                RESULT_OK) {
            continue;
        }
        struct closeup_score score = closeup_score(&s, marks, count, found, n, 50);
        sum.precision += score.precision / PICTURES;
        sum.recall += score.recall / PICTURES;
        sum.rms_um += score.rms_um / PICTURES;
    }
    snprintf(text, sizeof text, "vision.follicles_%s_precision", name);
    figure_least(text, sum.precision, "share", goal);
    snprintf(text, sizeof text, "vision.follicles_%s_recall", name);
    figure_least(text, sum.recall, "share", goal);
    snprintf(text, sizeof text, "vision.follicles_%s_place", name);
    figure_most(text, sum.rms_um, "um", 50);
}

static void work(struct rng *rng) {
    struct closeup_settings s = closeup_settings_default();
    double place2 = 0, width2 = 0;
    int seen = 0, trials = 60;
    s.width_px = SIDE;
    s.height_px = SIDE;
    for (int k = 0; k < trials; k++) {
        struct closeup_mark dot = {.at = {160 + rng_range(rng, -5, 5), 160 + rng_range(rng, -5, 5)},
                                   .diameter_um = rng_range(rng, 300, 500),
                                   .contrast = rng_range(rng, 20, 80),
                                   .bloom_um = rng_range(rng, 10, 40)};
        struct work_plan plan = {{160, 160}, 400, s.um_per_px};
        struct image none = {0}, after = {patch, SIDE, SIDE, SIDE};
        struct work_look look;
        struct error err;
        if (closeup_draw(&s, &dot, 1, rng, patch) != RESULT_OK ||
            work_look(&none, &after, &plan, &look, &err) != RESULT_OK ||
            look.verdict != WORK_SEEN) {
            continue;
        }
        seen++;
        place2 += pow(look.off_u_um - (dot.at.u - 160) * s.um_per_px, 2) +
                  pow(look.off_v_um - (dot.at.v - 160) * s.um_per_px, 2);
        width2 += pow(look.diameter_um - dot.diameter_um, 2);
    }
    figure_least("vision.work_seen", (double)seen / trials, "share", 1);
    figure_most("vision.work_place", seen ? sqrt(place2 / seen) : (double)INFINITY, "um", 20);
    figure_most("vision.work_diameter", seen ? sqrt(width2 / seen) : (double)INFINITY, "um", 25);
}

int main(void) {
    struct rng rng;
    rng_init(&rng, 2026);
    printf("seed 2026\n");
    hairs("shaved", 0, 0.98, &rng);
    hairs("stubble", 300, 0.85, &rng);
    work(&rng);
    return 0;
}
