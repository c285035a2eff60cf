/* A close-up image as darkness: grey levels below the skin around, the skin's slow shading taken
 * away. What the follicle finder and the look at the work measure in. */
#ifndef SMPRIG_VISION_CLOSEUP_DARKNESS_H
#define SMPRIG_VISION_CLOSEUP_DARKNESS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/result.h"
#include "vision/camera.h"
#include "vision/camera_model.h"

struct darkness {
    float *values; /* width * height, row-major; owned */
    uint32_t width, height;
    double noise; /* standard deviation of skin and sensor, pixel to pixel, grey levels */
};

/* The skin is what is left when everything smaller than `detail_px` is taken out: a dark mark does
 * not pull it down, since pixels far below a first estimate do not count in the second.
 * RESULT_RANGE: smaller than 32 x 32, or more than half of it saturated or black. */
MUST_USE enum result darkness_make(const struct image *image, double detail_px,
                                   struct darkness *ret_darkness, struct error *err);
void darkness_release(struct darkness *darkness);

/* Bilinear value; the nearest border pixel's outside. */
double darkness_at(const struct darkness *darkness, struct pixel at);
bool darkness_holds(const struct darkness *darkness, struct pixel at, double margin_px);

#endif
