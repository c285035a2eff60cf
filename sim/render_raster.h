/* Exact area coverage of polygons on a pixel grid, and a separable Gaussian blur: the inner loops
 * of sim/render.c.
 *
 * A polygon is given border by border; each border adds, in each row it crosses, the change of
 * coverage from column to column. raster_integrate() sums the rows, which turns changes into
 * coverage. Summing is linear, so borders of many polygons and of many moments (with weights) go
 * into one raster. */
#ifndef SMPRIG_SIM_RENDER_RASTER_H
#define SMPRIG_SIM_RENDER_RASTER_H

struct raster {
    float *cells; /* height rows of `stride` floats; the caller's */
    int width, height, stride;
};

/* A border from (x0, y0) to (x1, y1); pixel i covers x in [i, i + 1). Everything at greater x gains
 * `weight` where the walk goes down (y rises) and loses it where it goes up. All coordinates inside
 * the raster, with two columns to spare on the right. */
struct raster_border {
    double x0, y0, x1, y1, weight;
};
void raster_add(const struct raster *raster, struct raster_border border);

/* Changes to coverage. */
void raster_integrate(const struct raster *raster);

#define RASTER_KERNEL_RADIUS_MAX 16
struct raster_kernel {
    float taps[RASTER_KERNEL_RADIUS_MAX + 1]; /* centre first; symmetric, sums to 1 */
    int radius;
};
/* Gaussian of sigma_px, cut at 4 sigma (at most RASTER_KERNEL_RADIUS_MAX). */
struct raster_kernel raster_kernel_make(double sigma_px);

/* Blur in place with `scratch` of the same shape. The outermost kernel->radius rows and columns
 * must be 0 and are left alone: give the content a margin of twice the radius. */
void raster_blur(const struct raster *raster, const struct raster *scratch,
                 const struct raster_kernel *kernel);

#endif
