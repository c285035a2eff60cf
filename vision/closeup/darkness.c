#include "vision/closeup/darkness.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "vision/opencv_shim.h"

#define SIDE_PX_MIN 32
#define GREY_MIN 5 /* darker or brighter pixels carry nothing */
#define GREY_MAX 250
#define MARK_LEVELS 6.0 /* this far below the skin is a mark, not skin */
#define NOISE_BINS 512

static enum result check(const struct image *image, struct error *err) {
    if (image->width < SIDE_PX_MIN || image->height < SIDE_PX_MIN)
        return error_set(err, RESULT_RANGE, "close-up: %u x %u px, at least %d x %d are needed",
                         image->width, image->height, SIDE_PX_MIN, SIDE_PX_MIN);
    size_t dark = 0, bright = 0, half = (size_t)image->width * image->height / 2;
    for (uint32_t y = 0; y < image->height; y++) {
        const uint8_t *row = image->pixels + (size_t)y * image->stride;
        for (uint32_t x = 0; x < image->width; x++) {
            dark += row[x] < GREY_MIN;
            bright += row[x] > GREY_MAX;
        }
    }
    if (dark > half || bright > half)
        return error_set(err, RESULT_RANGE, "close-up: the image is %s: change the exposure",
                         dark > half ? "black" : "saturated");
    return RESULT_OK;
}

/* The skin's brightness: a blur in which marks weigh nothing (normalised convolution: Knutsson and
 * Westin 1993). `weights` and `sums` are scratch planes; the result is left in sums. */
static enum result estimate_skin(const struct image *image, double sigma_px, const float *first,
                                 float *weights, float *sums) {
    uint32_t width = image->width, height = image->height;
    size_t count = (size_t)width * height;
    for (uint32_t y = 0; y < height; y++)
        for (uint32_t x = 0; x < width; x++) {
            size_t i = (size_t)y * width + x;
            float grey = image->pixels[(size_t)y * image->stride + x];
            weights[i] = first == NULL || grey > first[i] - (float)MARK_LEVELS ? 1.0f : 0.02f;
            sums[i] = grey * weights[i];
        }
    struct opencv_plane weight_plane = {weights, width, height}, sum_plane = {sums, width, height};
    enum result result = opencv_blur(&weight_plane, sigma_px, weights);
    if (result == RESULT_OK) result = opencv_blur(&sum_plane, sigma_px, sums);
    if (result != RESULT_OK) return result;
    for (size_t i = 0; i < count; i++) sums[i] /= weights[i];
    return RESULT_OK;
}

/* From the median difference of neighbours along rows: marks are too rare to move it. */
static double measure_noise(const struct image *image) {
    size_t bins[NOISE_BINS] = {0}, total = 0, below = 0;
    for (uint32_t y = 0; y < image->height; y++) {
        const uint8_t *row = image->pixels + (size_t)y * image->stride;
        for (uint32_t x = 1; x < image->width; x++) bins[abs(row[x] - row[x - 1])]++;
        total += image->width - 1;
    }
    for (int bin = 0; bin < NOISE_BINS; bin++) {
        if (2 * (below + bins[bin]) >= total) {
            double part =
                bins[bin] > 0 ? ((double)total / 2 - (double)below) / (double)bins[bin] : 0;
            return fmax((bin - 0.5 + part) * 1.4826 / sqrt(2), 0.3);
        }
        below += bins[bin];
    }
    return 0.3;
}

enum result darkness_make(const struct image *image, double detail_px,
                          struct darkness *ret_darkness, struct error *err) {
    enum result result = check(image, err);
    if (result != RESULT_OK) return result;
    size_t count = (size_t)image->width * image->height;
    float *skin = malloc(count * sizeof *skin), *weights = malloc(count * sizeof *weights);
    float *first = malloc(count * sizeof *first);
    result = skin && weights && first ? RESULT_OK : RESULT_NO_MEMORY;
    if (result == RESULT_OK) result = estimate_skin(image, detail_px, NULL, weights, first);
    if (result == RESULT_OK) result = estimate_skin(image, detail_px, first, weights, skin);
    if (result == RESULT_OK) {
        for (uint32_t y = 0; y < image->height; y++)
            for (uint32_t x = 0; x < image->width; x++)
                skin[(size_t)y * image->width + x] -= image->pixels[(size_t)y * image->stride + x];
        *ret_darkness = (struct darkness){skin, image->width, image->height, measure_noise(image)};
        skin = NULL;
    } else {
        error_set(err, result, "close-up: no memory");
    }
    free(skin);
    free(weights);
    free(first);
    return result;
}

void darkness_release(struct darkness *darkness) {
    free(darkness->values);
    *darkness = (struct darkness){0};
}

double darkness_at(const struct darkness *d, struct pixel at) {
    double u = fmin(fmax(at.u, 0), d->width - 1.001), v = fmin(fmax(at.v, 0), d->height - 1.001);
    uint32_t x = (uint32_t)u, y = (uint32_t)v;
    double fx = u - x, fy = v - y;
    const float *p = d->values + (size_t)y * d->width + x;
    double top = (double)p[0] + fx * (double)(p[1] - p[0]);
    double bottom = (double)p[d->width] + fx * (double)(p[d->width + 1] - p[d->width]);
    return top + fy * (bottom - top);
}

bool darkness_holds(const struct darkness *d, struct pixel at, double margin_px) {
    return at.u >= margin_px && at.v >= margin_px && at.u <= d->width - 1 - margin_px &&
           at.v <= d->height - 1 - margin_px;
}
