#include "vision/edge_measure.h"

#include <stdint.h>

#define SAMPLES_MAX 25 /* 2 * EDGE_REACH_PX_MAX / EDGE_STEP_PX + 1 */
#define PLATEAU_SAMPLES_MAX 3
#define HALF_STEPS_MIN 3 /* shorter windows have no plateaus */
#define SQRT_PI 1.7724538509

/* Places and grey levels in fixed point, so that sums are exact and none waits for the one before:
 * a sample weighs its four pixels by WEIGHT_BITS of its place, and keeps GREY_BITS. */
#define PLACE_BITS 16
#define WEIGHT_BITS 11
#define GREY_BITS 14
#define PLACE_ONE (1 << PLACE_BITS)
#define WEIGHT_ONE (1 << WEIGHT_BITS)
#define GREY_ONE (1 << GREY_BITS)

/* Rounded as the weights are. */
static int place_of(double px) {
    return (int)(px * PLACE_ONE) + PLACE_ONE / WEIGHT_ONE / 2;
}

static int weight_of(int place) {
    return (place & (PLACE_ONE - 1)) >> (PLACE_BITS - WEIGHT_BITS);
}

/* Bilinear samples from -half to +half steps along the line, which lies inside the image; the
 * highest raw pixel goes to *peak. */
static void sample(const struct image *image, const struct edge_line *line, int half, int *profile,
                   int *peak) {
    const long stride = image->stride;
    double nu = line->nu * EDGE_STEP_PX, nv = line->nv * EDGE_STEP_PX;
    int du = (int)(nu * PLACE_ONE), u = place_of(line->at.u - half * nu), highest = 0;
    int dv = (int)(nv * PLACE_ONE), v = place_of(line->at.v - half * nv);
    for (int i = 0; i <= 2 * half; i++, u += du, v += dv) {
        const uint8_t *p = image->pixels + (v >> PLACE_BITS) * stride + (u >> PLACE_BITS);
        const uint8_t *q = p + stride;
        int fx = weight_of(u), fy = weight_of(v);
        int top = (p[0] << WEIGHT_BITS) + fx * (p[1] - p[0]);
        int bottom = (q[0] << WEIGHT_BITS) + fx * (q[1] - q[0]);
        profile[i] = ((top << WEIGHT_BITS) + fy * (bottom - top)) >> (2 * WEIGHT_BITS - GREY_BITS);
        highest = p[0] > highest ? p[0] : highest;
    }
    *peak = highest;
}

/* The mean of each end. */
static void take_plateaus(const int *profile, int last, int count, int *ret_low, int *ret_high) {
    int low = 0, high = 0;
    for (int i = 0; i < count; i++) {
        low += profile[i];
        high += profile[last - i];
    }
    *ret_low = low / count;
    *ret_high = high / count;
}

/* For a Gaussian edge the integral of p (1 - p) is sigma / sqrt(pi). */
static double spread_of(const int *profile, int first, int last, int low, double scale) {
    int64_t sum = 0, squares = 0;
    for (int i = first; i <= last; i++) {
        int64_t above = profile[i] - low;
        sum += above;
        squares += above * above;
    }
    return SQRT_PI * EDGE_STEP_PX * scale * ((double)sum - scale * (double)squares);
}

bool edge_measure(const struct image *image, const struct edge_line *line,
                  struct edge_found *ret_found) {
    int profile[SAMPLES_MAX], peak = 0, low, high, sum = 0;
    double reach = line->reach_px < EDGE_REACH_PX_MAX ? line->reach_px : EDGE_REACH_PX_MAX;
    int half = (int)(reach / EDGE_STEP_PX), last = 2 * half;
    double margin = half * EDGE_STEP_PX + 1;
    if (half < HALF_STEPS_MIN) return false;
    int plateau = (half + 1) / 2 < PLATEAU_SAMPLES_MAX ? (half + 1) / 2 : PLATEAU_SAMPLES_MAX;
    bool is_inside = line->at.u >= margin && line->at.v >= margin &&
                     line->at.u <= (double)image->width - 2 - margin &&
                     line->at.v <= (double)image->height - 2 - margin;
    if (!is_inside) return false;
    sample(image, line, half, profile, &peak);
    take_plateaus(profile, last, plateau, &low, &high);
    double contrast = (double)(high - low) / GREY_ONE;
    if (!(contrast >= line->contrast_min) || high == low) return false;
    for (int i = 1; i < last; i++) sum += profile[i] - low;
    double area = sum + 0.5 * (profile[0] + profile[last]) - low; /* trapezoid ends */
    double scale = 1.0 / (high - low);
    ret_found->offset_px = half * EDGE_STEP_PX - area * scale * EDGE_STEP_PX;
    ret_found->spread_px = spread_of(profile, plateau, last - plateau, low, scale);
    ret_found->reach_px = (half - 0.5 * (plateau - 1)) * EDGE_STEP_PX;
    ret_found->contrast = contrast;
    ret_found->is_linear = peak < EDGE_SATURATED_LEVEL;
    return true;
}
