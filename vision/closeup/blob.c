#include "vision/closeup/blob.h"
#include "base/spread.h"

#include <math.h>

#include "base/geom.h"

#define STEP_PX 0.5
#define TURNS_MAX 5
#define RESTED_PX 0.02
#define RAYS_MIN (BLOB_RAYS * 3 / 4)

/* Mean over a disc of 1 px: one pixel's noise does not set the level. */
static double middle_level(const struct darkness *d, struct pixel at) {
    double sum = 2 * darkness_at(d, at);
    for (int i = 0; i < 8; i++)
        sum += darkness_at(d, (struct pixel){at.u + cos(i * PI / 4), at.v + sin(i * PI / 4)});
    return sum / 10;
}

struct ray {
    double half_px, high_px, low_px; /* where the level falls through 50, 75, 25 % */
    bool has_edge;
};

static struct ray cast(const struct darkness *d, struct pixel from, double angle, double level,
                       double radius_max_px) {
    struct ray ray = {0};
    double last = level, c = cos(angle), s = sin(angle);
    for (int i = 1; i * STEP_PX <= radius_max_px; i++) {
        double r = i * STEP_PX;
        struct pixel p = {from.u + r * c, from.v + r * s};
        if (!darkness_holds(d, p, 1)) return ray;
        double now = darkness_at(d, p), fall = last - now;
        double step = fall > 0 ? STEP_PX / fall : 0;
        if (last > 0.75 * level && now <= 0.75 * level)
            ray.high_px = r - STEP_PX + (last - 0.75 * level) * step;
        if (ray.half_px == 0 && now <= 0.5 * level)
            ray.half_px = r - STEP_PX + (last - 0.5 * level) * step;
        if (ray.half_px > 0 && now <= 0.25 * level) {
            ray.low_px = r - STEP_PX + (last - 0.25 * level) * step;
            ray.has_edge = true;
            return ray;
        }
        /* Darker again before the skin was reached: a neighbour begins. */
        if (ray.half_px > 0 && now > 0.7 * level) return ray;
        last = now;
    }
    return ray;
}

/* The blob from its rays; its centre is where opposite rays are equal. */
static struct blob summarise(const struct ray *rays, struct pixel from, double level) {
    struct blob blob = {.centre = from, .contrast = level};
    double edges[BLOB_RAYS], shortest = INFINITY, longest = 0, sum = 0, du = 0, dv = 0;
    int pairs = 0;
    for (int i = 0; i < BLOB_RAYS; i++) {
        if (!rays[i].has_edge) continue;
        edges[blob.rays++] = rays[i].low_px - rays[i].high_px;
        const struct ray *opposite = &rays[(i + BLOB_RAYS / 2) % BLOB_RAYS];
        if (i >= BLOB_RAYS / 2 || !opposite->has_edge) continue;
        double across = rays[i].half_px + opposite->half_px;
        double angle = i * 2 * PI / BLOB_RAYS, off = rays[i].half_px - opposite->half_px;
        shortest = fmin(shortest, across);
        longest = fmax(longest, across);
        sum += across * across;
        du += off * cos(angle);
        dv += off * sin(angle);
        pairs++;
    }
    if (pairs == 0 || blob.rays < RAYS_MIN) {
        blob.rays = 0;
        return blob;
    }
    /* Over half a turn of directions the mean of off * direction is half the shift of each. */
    blob.centre.u += du / pairs;
    blob.centre.v += dv / pairs;
    spread_sort(edges, (size_t)blob.rays);
    blob.edge_px = edges[blob.rays / 2];
    blob.diameter_px = sqrt(sum / pairs);
    blob.roundness = shortest / longest;
    return blob;
}

bool blob_measure(const struct darkness *d, struct pixel start, double radius_max_px,
                  struct blob *ret_blob) {
    struct blob blob = {.centre = start};
    for (int turn = 0; turn < TURNS_MAX; turn++) {
        struct ray rays[BLOB_RAYS];
        struct pixel from = blob.centre;
        double level = middle_level(d, from);
        if (!(level > 3 * d->noise)) return false;
        for (int i = 0; i < BLOB_RAYS; i++)
            rays[i] = cast(d, from, i * 2 * PI / BLOB_RAYS, level, radius_max_px);
        blob = summarise(rays, from, level);
        if (blob.rays == 0) return false;
        if (hypot(blob.centre.u - from.u, blob.centre.v - from.v) < RESTED_PX) break;
    }
    *ret_blob = blob;
    return true;
}
