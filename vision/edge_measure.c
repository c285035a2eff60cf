#include "vision/edge_measure.h"

#include <math.h>

#define SAMPLES_MAX 25 /* 2 * EDGE_REACH_PX_MAX / EDGE_STEP_PX + 1 */
#define PLATEAU_SAMPLES_MAX 3
#define HALF_STEPS_MIN 3 /* shorter windows have no plateaus */
#define SQRT_PI 1.7724538509

/* Bilinear samples from -half to +half steps along the line; the highest raw pixel goes to *peak.
 */
static void sample(const struct image *image, const struct edge_line *line, int half,
                   float *profile, int *peak) {
    double du = line->nu * EDGE_STEP_PX, dv = line->nv * EDGE_STEP_PX;
    double u = line->at.u - half * du, v = line->at.v - half * dv;
    int highest = 0;
    for (int i = 0; i <= 2 * half; i++, u += du, v += dv) {
        int x = (int)u, y = (int)v; /* inside the image, so truncation is floor */
        float fx = (float)(u - x), fy = (float)(v - y);
        const uint8_t *p = image->pixels + (long)y * image->stride + x;
        const uint8_t *q = p + image->stride;
        float top = (float)p[0] + fx * (float)(p[1] - p[0]);
        float bottom = (float)q[0] + fx * (float)(q[1] - q[0]);
        profile[i] = top + fy * (bottom - top);
        highest = p[0] > highest ? p[0] : highest;
    }
    *peak = highest;
}

bool edge_measure(const struct image *image, const struct edge_line *line,
                  struct edge_found *ret_found) {
    float profile[SAMPLES_MAX];
    double reach = fmin(line->reach_px, EDGE_REACH_PX_MAX);
    int half = (int)(reach / EDGE_STEP_PX), peak = 0;
    double margin = half * EDGE_STEP_PX + 1;
    if (half < HALF_STEPS_MIN) return false;
    int plateau = (half + 1) / 2 < PLATEAU_SAMPLES_MAX ? (half + 1) / 2 : PLATEAU_SAMPLES_MAX;
    bool is_inside = line->at.u >= margin && line->at.v >= margin &&
                     line->at.u <= (double)image->width - 2 - margin &&
                     line->at.v <= (double)image->height - 2 - margin;
    if (!is_inside) return false;
    sample(image, line, half, profile, &peak);
    float low = 0, high = 0, sum = 0;
    for (int i = 0; i < plateau; i++) {
        low += profile[i];
        high += profile[2 * half - i];
    }
    low /= (float)plateau;
    high /= (float)plateau;
    if (!((double)(high - low) >= line->contrast_min)) return false;
    for (int i = 1; i < 2 * half; i++) sum += profile[i] - low;
    sum += 0.5f * (profile[0] + profile[2 * half]) - low; /* trapezoid ends */
    ret_found->offset_px = half * EDGE_STEP_PX - (double)(sum / (high - low)) * EDGE_STEP_PX;
    /* For a Gaussian edge the integral of p (1 - p) is sigma / sqrt(pi). */
    float scale = 1 / (high - low), spread = 0;
    for (int i = plateau; i <= 2 * half - plateau; i++) {
        float share = (profile[i] - low) * scale;
        spread += share * (1 - share);
    }
    ret_found->spread_px = SQRT_PI * EDGE_STEP_PX * (double)spread;
    ret_found->reach_px = (half - 0.5 * (plateau - 1)) * EDGE_STEP_PX;
    ret_found->contrast = (double)(high - low);
    ret_found->is_linear = peak < EDGE_SATURATED_LEVEL;
    return true;
}
