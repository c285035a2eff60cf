/* How good a set of dots is: nearest neighbours, Voronoi cells, radial spectrum. For benches and
 * tests; all on points of a flat patch, or on chords where the points lie on a head. */
#ifndef SMPRIG_TESTS_DOT_QUALITY_H
#define SMPRIG_TESTS_DOT_QUALITY_H

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/geom.h"

#define HEXAGON_PITCH 1.0745699318235420 /* of the hexagonal lattice of density 1 */

struct dot_quality {
    double radius; /* least neighbour distance over the hexagonal lattice's (Lagae, Dutre 2008) */
    double variation; /* standard deviation of the neighbour distances over their mean */
    double low_power; /* of the radial spectrum below half its peak's frequency; white noise is 1 */
    double peak_per_spacing;        /* frequency of the peak */
    double peak_power;              /* high: nearly a lattice */
    double count_error, cell_error; /* worst cm2: dots counted; dots over their own cells' area */
};

/* A grid of buckets over the points' x and y. */
struct quality_grid {
    const struct vec3 *p;
    size_t count;
    double low[2], side;
    int width, height;
    int32_t *head, *next;
};

static inline struct quality_grid quality_grid_make(const struct vec3 *p, size_t count,
                                                    double side) {
    struct quality_grid g = {.p = p, .count = count, .side = side, .low = {1e9, 1e9}};
    double high[2] = {-1e9, -1e9};
    for (size_t i = 0; i < count; i++) {
        g.low[0] = fmin(g.low[0], p[i].x), high[0] = fmax(high[0], p[i].x);
        g.low[1] = fmin(g.low[1], p[i].y), high[1] = fmax(high[1], p[i].y);
    }
    g.width = (int)((high[0] - g.low[0]) / side) + 1;
    g.height = (int)((high[1] - g.low[1]) / side) + 1;
    g.head = malloc((size_t)g.width * (size_t)g.height * sizeof *g.head);
    g.next = malloc((count + 1) * sizeof *g.next);
    memset(g.head, 0xff, (size_t)g.width * (size_t)g.height * sizeof *g.head);
    for (size_t i = 0; i < count; i++) {
        int x = (int)((p[i].x - g.low[0]) / side), y = (int)((p[i].y - g.low[1]) / side);
        g.next[i] = g.head[y * g.width + x];
        g.head[y * g.width + x] = (int32_t)i;
    }
    return g;
}

static inline void quality_grid_free(struct quality_grid *g) {
    free(g->head);
    free(g->next);
}

/* Calls each(context, j) for the points in buckets within `rings` of point i's. */
static inline void quality_near(const struct quality_grid *g, size_t i, int rings,
                                void (*each)(void *context, size_t j), void *context) {
    int cx = (int)((g->p[i].x - g->low[0]) / g->side),
        cy = (int)((g->p[i].y - g->low[1]) / g->side);
    for (int y = cy - rings; y <= cy + rings; y++)
        for (int x = cx - rings; x <= cx + rings; x++) {
            if (x < 0 || y < 0 || x >= g->width || y >= g->height) continue;
            for (int32_t j = g->head[y * g->width + x]; j >= 0; j = g->next[j])
                if ((size_t)j != i) each(context, (size_t)j);
        }
}

struct quality_nearest {
    const struct vec3 *p;
    size_t i;
    double best;
};

static inline void quality_take_nearest(void *context, size_t j) {
    struct quality_nearest *n = context;
    n->best = fmin(n->best, vec3_distance(n->p[n->i], n->p[j]));
}

/* Distance of each point to its nearest neighbour; `reach` must be larger than any of them. */
static inline void quality_neighbours(const struct vec3 *p, size_t count, double reach,
                                      double *ret_mm) {
    struct quality_grid g = quality_grid_make(p, count, reach);
    for (size_t i = 0; i < count; i++) {
        struct quality_nearest n = {p, i, 1e9};
        quality_near(&g, i, 1, quality_take_nearest, &n);
        ret_mm[i] = n.best;
    }
    quality_grid_free(&g);
}

/* A convex polygon being cut down to a Voronoi cell. */
struct quality_cell {
    const struct vec3 *p;
    size_t i;
    double x[64], y[64];
    int corners;
};

static inline void quality_cut(void *context, size_t j) {
    struct quality_cell *c = context, cut = *c;
    double mx = 0.5 * (c->p[j].x - c->p[c->i].x), my = 0.5 * (c->p[j].y - c->p[c->i].y);
    double limit = mx * mx + my * my;
    cut.corners = 0;
    for (int k = 0; k < c->corners && cut.corners < 62; k++) {
        int l = (k + 1) % c->corners;
        double a = c->x[k] * mx + c->y[k] * my - limit, b = c->x[l] * mx + c->y[l] * my - limit;
        if (a <= 0) cut.x[cut.corners] = c->x[k], cut.y[cut.corners++] = c->y[k];
        if ((a < 0) == (b < 0)) continue;
        double t = a / (a - b);
        cut.x[cut.corners] = c->x[k] + t * (c->x[l] - c->x[k]);
        cut.y[cut.corners++] = c->y[k] + t * (c->y[l] - c->y[k]);
    }
    *c = cut;
}

/* Areas of the Voronoi cells of points on a plane of constant z; those at the rim are wrong. */
static inline void quality_cells(const struct vec3 *p, size_t count, double spacing,
                                 double *ret_mm2) {
    struct quality_grid g = quality_grid_make(p, count, 1.5 * spacing);
    for (size_t i = 0; i < count; i++) {
        double r = 2 * spacing, area = 0;
        struct quality_cell c = {p, i, {-r, r, r, -r}, {-r, -r, r, r}, 4};
        quality_near(&g, i, 2, quality_cut, &c);
        for (int k = 0; k < c.corners; k++) {
            int l = (k + 1) % c.corners;
            area += 0.5 * (c.x[k] * c.y[l] - c.x[l] * c.y[k]);
        }
        ret_mm2[i] = area;
    }
    quality_grid_free(&g);
}

/* Radial spectrum under a Hann window over the square of side `side` around the origin: mean power
 * of waves in many directions, a bin each 0.02 of 1/spacing. White noise gives 1. */
#define QUALITY_BINS 80
#define QUALITY_WAVES 40
static inline void quality_spectrum(const struct vec3 *p, size_t count, double side, double spacing,
                                    double ret_power[QUALITY_BINS]) {
    double *weight = malloc((count + 1) * sizeof *weight), whole2 = 0;
    for (size_t i = 0; i < count; i++) {
        bool is_in = fabs(p[i].x) < side / 2 && fabs(p[i].y) < side / 2;
        weight[i] = is_in ? cos(PI * p[i].x / side) * cos(PI * p[i].x / side) *
                                cos(PI * p[i].y / side) * cos(PI * p[i].y / side)
                          : 0;
        whole2 += weight[i] * weight[i];
    }
    for (int bin = 0; bin < QUALITY_BINS; bin++) {
        ret_power[bin] = 0;
        for (int w = 0; w < QUALITY_WAVES; w++) {
            double f = (bin + (w + 0.5) / QUALITY_WAVES) * 0.02 / spacing, re = 0, im = 0;
            double angle = PI * (w * 0.6180339887 - floor(w * 0.6180339887));
            double kx = 2 * PI * f * cos(angle), ky = 2 * PI * f * sin(angle);
            for (size_t i = 0; i < count; i++) {
                double phase = kx * p[i].x + ky * p[i].y;
                re += weight[i] * cos(phase), im += weight[i] * sin(phase);
            }
            ret_power[bin] += (re * re + im * im) / whole2 / QUALITY_WAVES;
        }
    }
    free(weight);
}

/* The first bins hold the window itself, not the dots. */
static inline void quality_low_power(const double power[QUALITY_BINS], double side, double spacing,
                                     struct dot_quality *q) {
    int peak = QUALITY_BINS / 3, first = (int)ceil(3 * spacing / side / 0.02);
    double sum = 0, area = 0;
    for (int b = peak; b < QUALITY_BINS; b++)
        if (power[b] > power[peak]) peak = b;
    for (int b = first; b < peak / 2; b++) {
        double ring = b + 0.5; /* the plane's area at this frequency */
        sum += ring * power[b], area += ring;
    }
    q->low_power = area > 0 ? sum / area : 1;
    q->peak_per_spacing = (peak + 0.5) * 0.02;
    q->peak_power = power[peak];
}

/* Worst square centimetre of the patch's inside. */
static inline void quality_density(const struct vec3 *p, size_t count, double side, double density,
                                   struct dot_quality *q) {
    int tiles = (int)floor(side / 10) - 2;
    double *cells = malloc((count + 1) * sizeof *cells);
    double *n = calloc((size_t)(tiles * tiles) + 1, sizeof *n),
           *area = calloc((size_t)(tiles * tiles) + 1, sizeof *area);
    quality_cells(p, count, 1 / sqrt(density), cells);
    for (size_t i = 0; i < count; i++) {
        int x = (int)floor(p[i].x / 10 + tiles / 2.0), y = (int)floor(p[i].y / 10 + tiles / 2.0);
        if (x < 0 || y < 0 || x >= tiles || y >= tiles) continue;
        n[y * tiles + x]++, area[y * tiles + x] += cells[i];
    }
    for (int t = 0; t < tiles * tiles; t++) {
        q->count_error = fmax(q->count_error, fabs(n[t] / (100 * density) - 1));
        q->cell_error = fmax(q->cell_error, fabs(n[t] / area[t] / density - 1));
    }
    free(cells);
    free(n);
    free(area);
}

/* All of it, for dots wanted at `density` (a mm2) on a flat square of `side` mm at the origin. */
static inline struct dot_quality quality_of_patch(const struct vec3 *p, size_t count, double side,
                                                  double density) {
    struct dot_quality q = {0};
    double *near = malloc((count + 1) * sizeof *near), power[QUALITY_BINS];
    double spacing = 1 / sqrt(density), sum = 0, sum2 = 0, least = 1e9;
    quality_neighbours(p, count, 2 * spacing, near);
    for (size_t i = 0; i < count; i++)
        sum += near[i], sum2 += near[i] * near[i], least = fmin(least, near[i]);
    double mean = sum / (double)count;
    q.radius = least / (HEXAGON_PITCH * spacing);
    q.variation = sqrt(fmax(0, sum2 / (double)count - mean * mean)) / mean;
    quality_spectrum(p, count, side, spacing, power);
    quality_low_power(power, side, spacing, &q);
    quality_density(p, count, side, density, &q);
    free(near);
    return q;
}

#endif
