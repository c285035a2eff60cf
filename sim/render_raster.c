#include "sim/render_raster.h"

#include <math.h>

/* Integral of clamp(t, 0, 1) from 0. */
static double ramp_integral(double t) {
    if (t <= 0) return 0;
    return t >= 1 ? t - 0.5 : 0.5 * t * t;
}

static double clamp01(double t) {
    return t < 0 ? 0 : t > 1 ? 1 : t;
}

/* The part of a border inside one row: from x_low to x_high in columns, carrying `weight` times its
 * share of the row's height. Pixel i is covered by the mean over the part of clamp(i + 1 - x). */
static void add_part(float *row, double x_low, double x_high, double weight) {
    int first = (int)floor(x_low), last = (int)floor(x_high) + 1;
    double span = x_high - x_low, previous = 0;
    for (int i = first; i <= last; i++) {
        double covered =
            span < 1e-9 ? clamp01(i + 1 - x_low)
                        : (ramp_integral(i + 1 - x_low) - ramp_integral(i + 1 - x_high)) / span;
        row[i] += (float)(weight * (covered - previous));
        previous = covered;
    }
}

void raster_add(const struct raster *raster, struct raster_border b) {
    double sign = b.weight;
    if (b.y0 == b.y1) return;
    if (b.y0 > b.y1) {
        b = (struct raster_border){b.x1, b.y1, b.x0, b.y0, b.weight};
        sign = -sign;
    }
    double slope = (b.x1 - b.x0) / (b.y1 - b.y0);
    for (int y = (int)floor(b.y0); y < b.y1; y++) {
        double top = fmax(b.y0, y), bottom = fmin(b.y1, y + 1);
        if (!(bottom > top)) continue;
        double xa = b.x0 + slope * (top - b.y0), xb = b.x0 + slope * (bottom - b.y0);
        add_part(raster->cells + (long)y * raster->stride, fmin(xa, xb), fmax(xa, xb),
                 sign * (bottom - top));
    }
}

void raster_integrate(const struct raster *raster) {
    for (int y = 0; y < raster->height; y++) {
        float *row = raster->cells + (long)y * raster->stride, sum = 0;
        for (int x = 0; x < raster->width; x++) {
            sum += row[x];
            row[x] = sum;
        }
    }
}

struct raster_kernel raster_kernel_make(double sigma_px) {
    struct raster_kernel kernel = {.taps = {1}};
    if (!(sigma_px > 0.05)) return kernel;
    kernel.radius = (int)fmin(ceil(4 * sigma_px), RASTER_KERNEL_RADIUS_MAX);
    double sum = 0, taps[RASTER_KERNEL_RADIUS_MAX + 1];
    for (int i = 0; i <= kernel.radius; i++) {
        taps[i] = exp(-0.5 * i * i / (sigma_px * sigma_px));
        sum += i == 0 ? taps[i] : 2 * taps[i];
    }
    for (int i = 0; i <= kernel.radius; i++) kernel.taps[i] = (float)(taps[i] / sum);
    return kernel;
}

/* target += tap * (a + b), elementwise: the shape that vectorises. */
static void add_scaled(float *restrict target, const float *a, const float *b, float tap,
                       int count) {
    for (int x = 0; x < count; x++) target[x] += tap * (a[x] + b[x]);
}

static void scale(float *restrict target, const float *restrict source, float tap, int count) {
    for (int x = 0; x < count; x++) target[x] = tap * source[x];
}

void raster_blur(const struct raster *raster, const struct raster *scratch,
                 const struct raster_kernel *kernel) {
    int r = kernel->radius, inner = raster->width - 2 * r;
    if (r == 0 || inner <= 0) return;
    for (int y = r; y < raster->height - r; y++) {
        const float *centre = raster->cells + (long)y * raster->stride;
        float *target = scratch->cells + (long)y * scratch->stride;
        scale(target, centre, kernel->taps[0], raster->width);
        for (int k = 1; k <= r; k++) {
            const long step = (long)k * raster->stride;
            add_scaled(target, centre - step, centre + step, kernel->taps[k], raster->width);
        }
    }
    for (int y = r; y < raster->height - r; y++) {
        const float *centre = scratch->cells + (long)y * scratch->stride + r;
        float *target = raster->cells + (long)y * raster->stride + r;
        scale(target, centre, kernel->taps[0], inner);
        for (int k = 1; k <= r; k++)
            add_scaled(target, centre - k, centre + k, kernel->taps[k], inner);
    }
}
