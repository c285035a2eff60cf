#include "sim/closeup.h"

#include <math.h>
#include <stdlib.h>

#include "base/geom.h"
#include "vision/opencv_shim.h"

#define FINE 3            /* samples a pixel and axis */
#define TIP_LEVEL 0.7     /* the shaft's contrast at its tip */
#define SHADOW_UM 90.0    /* how far the hair is seen below its exit, standard deviation */
#define SHADOW_LEVEL 0.35 /* and how dark */
#define SHADOW_WIDTH_UM 45.0
#define RELIEF_LEVELS 5.0 /* the skin's slow shading */
#define RELIEF_WAVES 5
#define GRAIN_LEVELS 1.5
#define PLACE_TRIES 40
#define UNIT_APART_UM 550.0
#define UNIT_TURN_RAD 0.15 /* scatter of a unit's direction, and of a hair's in its unit */
#define HAIR_TURN_RAD 0.06
#define HAIR_APART_UM 180.0 /* within a unit */

struct closeup_settings closeup_settings_default(void) {
    return (struct closeup_settings){.width_px = 1280,
                                     .height_px = 1024,
                                     .um_per_px = 20,
                                     .skin = 150,
                                     .psf_sigma_px = 0.8,
                                     .read_noise = 1.5,
                                     .electrons_per_level = 50};
}

/* How dark the mark makes the point (x, y), px, before the lens. */
static double mark_level(const struct closeup_mark *m, double um_per_px, double x, double y) {
    double c = cos(m->direction_rad), s = sin(m->direction_rad);
    double du = (x - m->at.u) * um_per_px, dv = (y - m->at.v) * um_per_px;
    double along = du * c + dv * s, across = dv * c - du * s, radius = m->diameter_um / 2;
    double on_axis = fmin(fmax(along, 0), m->length_um), level = 0;
    double off = hypot(along - on_axis, across);
    if (m->bloom_um > 0) {
        level = m->contrast * 0.5 * erfc((off - radius) / (m->bloom_um * sqrt(2)));
    } else if (off <= radius) {
        double share = m->length_um > 0 ? on_axis / m->length_um : 0;
        level = m->contrast * (1 - (1 - TIP_LEVEL) * share);
    }
    if (m->length_um > 0 && along < 0) {
        double shadow = exp(-0.5 * (along * along / (SHADOW_UM * SHADOW_UM) +
                                    across * across / (SHADOW_WIDTH_UM * SHADOW_WIDTH_UM)));
        level = fmax(level, SHADOW_LEVEL * m->contrast * shadow);
    }
    return level;
}

static void add_mark(const struct closeup_settings *s, const struct closeup_mark *m, float *plane) {
    double reach =
        (m->diameter_um + m->length_um + 3 * m->bloom_um + (m->length_um > 0 ? 3 * SHADOW_UM : 0)) /
            s->um_per_px +
        2;
    int left = (int)fmax(m->at.u - reach, 0), right = (int)fmin(m->at.u + reach, s->width_px - 1);
    int top = (int)fmax(m->at.v - reach, 0), bottom = (int)fmin(m->at.v + reach, s->height_px - 1);
    for (int y = top; y <= bottom; y++)
        for (int x = left; x <= right; x++) {
            double sum = 0;
            for (int i = 0; i < FINE * FINE; i++)
                sum += mark_level(m, s->um_per_px, x + (i % FINE - 1.0) / FINE,
                                  y + (i / FINE - 1.0) / FINE);
            float dark = (float)(sum / (FINE * FINE));
            float *pixel = &plane[(size_t)y * s->width_px + (size_t)x];
            *pixel = fmaxf(*pixel, dark);
        }
}

/* The skin's slow shading (a few waves of random direction) and its grain. */
static void add_relief(const struct closeup_settings *s, struct rng *rng, float *plane) {
    double kx[RELIEF_WAVES], ky[RELIEF_WAVES], phase[RELIEF_WAVES];
    for (int w = 0; w < RELIEF_WAVES; w++) {
        double angle = rng_range(rng, 0, 2 * PI), k = 2 * PI / rng_range(rng, 250, 900);
        kx[w] = k * cos(angle);
        ky[w] = k * sin(angle);
        phase[w] = rng_range(rng, 0, 2 * PI);
    }
    for (uint32_t y = 0; y < s->height_px; y++)
        for (uint32_t x = 0; x < s->width_px; x++) {
            double level = s->skin + GRAIN_LEVELS * rng_normal(rng);
            for (int w = 0; w < RELIEF_WAVES; w++)
                level += RELIEF_LEVELS * sin(kx[w] * x + ky[w] * y + phase[w]);
            plane[(size_t)y * s->width_px + x] += (float)level;
        }
}

enum result closeup_draw(const struct closeup_settings *s, const struct closeup_mark *marks,
                         size_t count, struct rng *rng, uint8_t *ret_pixels) {
    size_t pixels = (size_t)s->width_px * s->height_px;
    float *plane = calloc(pixels, sizeof *plane);
    struct opencv_plane view = {plane, s->width_px, s->height_px};
    enum result result = plane ? RESULT_OK : RESULT_NO_MEMORY;
    if (result == RESULT_OK) {
        for (size_t i = 0; i < count; i++) add_mark(s, &marks[i], plane);
        for (size_t i = 0; i < pixels; i++) plane[i] = -plane[i];
        add_relief(s, rng, plane);
        result = opencv_blur(&view, s->psf_sigma_px, plane);
    }
    for (size_t i = 0; i < pixels && result == RESULT_OK; i++) {
        double level = fmax((double)plane[i], 0);
        double shot = s->electrons_per_level > 0 ? level / s->electrons_per_level : 0;
        level += rng_normal(rng) * sqrt(s->read_noise * s->read_noise + shot);
        ret_pixels[i] = (uint8_t)fmin(fmax(round(level), 0), 255);
    }
    free(plane);
    return result;
}

static bool is_free(const struct closeup_mark *marks, size_t count, struct pixel at,
                    double apart_px) {
    for (size_t i = 0; i < count; i++)
        if (hypot(marks[i].at.u - at.u, marks[i].at.v - at.v) < apart_px) return false;
    return true;
}

size_t closeup_grow(const struct closeup_settings *s, const struct closeup_growth *growth,
                    struct rng *rng, struct closeup_mark *ret_marks, size_t capacity) {
    double px_per_um = 1 / s->um_per_px, cm_per_px = s->um_per_px * 1e-4;
    size_t units =
               (size_t)(growth->units_per_cm2 * cm_per_px * cm_per_px * s->width_px * s->height_px),
           count = 0;
    for (size_t unit = 0; unit < units; unit++) {
        struct pixel middle = {0};
        int tries = 0;
        do {
            middle =
                (struct pixel){rng_range(rng, 0, s->width_px), rng_range(rng, 0, s->height_px)};
        } while (!is_free(ret_marks, count, middle, UNIT_APART_UM * px_per_um) &&
                 ++tries < PLACE_TRIES);
        if (tries == PLACE_TRIES) continue;
        uint32_t hairs = 1 + rng_below(rng, 3);
        double turn = rng_range(rng, 0, 2 * PI);
        double bend = 0.5 * sin(middle.u / s->width_px * 3) + UNIT_TURN_RAD * rng_normal(rng);
        for (uint32_t h = 0; h < hairs && count < capacity; h++) {
            double angle = turn + h * 2 * PI / hairs;
            double off = hairs > 1 ? HAIR_APART_UM * px_per_um / (hairs == 2 ? 2 : sqrt(3)) : 0;
            ret_marks[count++] = (struct closeup_mark){
                .at = {middle.u + off * cos(angle), middle.v + off * sin(angle)},
                .diameter_um = rng_range(rng, 60, 95),
                .length_um = growth->length_um * rng_range(rng, 0.7, 1.1),
                .direction_rad = growth->direction_rad + bend + HAIR_TURN_RAD * rng_normal(rng),
                .contrast = rng_range(rng, 45, 85)};
        }
    }
    return count;
}
