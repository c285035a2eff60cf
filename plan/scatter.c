#include "plan/scatter.h"

#include <stdlib.h>

#define HILBERT_ORDER 13 /* cells a side: 8,192 */

struct share {
    uint64_t along; /* place on the Hilbert curve */
    long cell;
    double dots;
};

/* Distance along the Hilbert curve (Skilling 2004 for two dimensions). */
static uint64_t hilbert(uint32_t x, uint32_t y) {
    uint64_t along = 0;
    for (uint32_t s = 1u << (HILBERT_ORDER - 1); s > 0; s >>= 1) {
        uint32_t right = (x & s) != 0, up = (y & s) != 0;
        along = 4 * along + ((3 * right) ^ up);
        if (up) continue;
        if (right) {
            x = (2 * s - 1) - (x & (2 * s - 1)), y = (2 * s - 1) - (y & (2 * s - 1));
        }
        uint32_t swap = x;
        x = y, y = swap;
    }
    return along;
}

static int by_place(const void *a, const void *b) {
    const struct share *x = a, *y = b;
    return (x->along > y->along) - (x->along < y->along);
}

/* A fixed point stands for one dot: take it off the cells around it, nearest first in rings.
 * Returns how much of it was wanted there: where hair is denser than the wish, the rest is
 * nobody's. */
static double take_off(const struct chart *chart, struct map_point q, double spacing_mm,
                       float *left) {
    long middle = chart_cell(chart, q);
    double due = 1.0;
    int rings = (int)ceil(spacing_mm * chart_stretch(chart, q) / chart->cell_mm);
    for (int ring = 0; ring <= rings && due > 0; ring++)
        for (int j = -ring; j <= ring; j++)
            for (int i = -ring; i <= ring; i++) {
                long x = middle % chart->width + i, y = middle / chart->width + j;
                if ((abs(i) != ring && abs(j) != ring) || due <= 0) continue;
                if (x < 0 || y < 0 || x >= chart->width || y >= chart->height) continue;
                float *cell = &left[y * chart->width + x];
                double taken = fmin(due, (double)*cell);
                *cell -= (float)taken, due -= taken;
            }
    return 1 - due;
}

/* The cells with something wanted, along the Hilbert curve. */
static struct share *cut_shares(const struct relax_ground *ground, const float *left,
                                size_t *ret_count) {
    const struct chart *chart = ground->chart;
    long cells = (long)chart->width * chart->height;
    size_t count = 0;
    for (long c = 0; c < cells; c++) count += left[c] > 0;
    struct share *shares = malloc((count + 1) * sizeof *shares);
    if (!shares) return NULL;
    count = 0;
    for (long c = 0; c < cells; c++)
        if (left[c] > 0)
            shares[count++] =
                (struct share){hilbert((uint32_t)(c % chart->width), (uint32_t)(c / chart->width)),
                               c, (double)left[c]};
    qsort(shares, count, sizeof *shares, by_place);
    *ret_count = count;
    return shares;
}

static void put_points(const struct relax_ground *ground, const struct share *shares,
                       size_t share_count, struct rng *rng, struct cloud *cloud) {
    const struct chart *chart = ground->chart;
    double whole = 0, until = 0;
    for (size_t i = 0; i < share_count; i++) whole += shares[i].dots;
    for (size_t k = 0, s = 0; k < cloud->movable; k++) {
        double at = ((double)k + rng_uniform(rng)) * whole / (double)cloud->movable;
        while (s + 1 < share_count && until + shares[s].dots < at) until += shares[s++].dots;
        struct map_point q = chart_cell_middle(chart, shares[s].cell);
        struct map_point moved = {q.u + chart->cell_mm * rng_range(rng, -0.5, 0.5),
                                  q.v + chart->cell_mm * rng_range(rng, -0.5, 0.5)};
        long cell = chart_cell(chart, moved);
        if (cell == shares[s].cell && chart_place(chart, moved, &cloud->p_head[k]))
            q = moved;
        else
            (void)chart_place(chart, q, &cloud->p_head[k]);
        cloud->q[k] = q;
        cloud->spacing_mm[k] = (double)ground->spacing_mm[shares[s].cell];
    }
}

/* Spacing at a fixed point: the ground's, or where it has none, that of the finest ground. */
static double spacing_at(const struct relax_ground *ground, struct map_point q, double finest_mm) {
    long cell = chart_cell(ground->chart, q);
    double spacing = cell >= 0 ? (double)ground->spacing_mm[cell] : 0;
    return spacing > 0 ? spacing : finest_mm;
}

enum result scatter(const struct relax_ground *ground, const struct relax_fixed *fixed,
                    size_t fixed_count, uint64_t seed, struct cloud *ret_cloud) {
    const struct chart *chart = ground->chart;
    size_t cells = (size_t)chart->width * (size_t)chart->height, share_count = 0;
    double wanted = 0, taken = 0, finest_mm = INFINITY;
    struct share *shares = NULL;
    struct cloud cloud = {0};
    struct rng rng;
    float *left = malloc(cells * sizeof *left);
    if (!left) return RESULT_NO_MEMORY;
    for (size_t c = 0; c < cells; c++) {
        left[c] = ground->wanted[c], wanted += (double)left[c];
        if (left[c] > 0) finest_mm = fmin(finest_mm, (double)ground->spacing_mm[c]);
    }
    for (size_t i = 0; i < fixed_count; i++) {
        struct map_point q = chart_flatten(chart, fixed[i].p_head);
        long cell = chart_cell(chart, q);
        if (!fixed[i].counts || cell < 0 || !(ground->wanted[cell] > 0)) continue;
        taken += take_off(chart, q, (double)ground->spacing_mm[cell], left);
    }
    size_t movable = (size_t)lround(fmax(0, wanted - taken));
    shares = cut_shares(ground, left, &share_count);
    enum result result =
        shares ? cloud_create(movable + fixed_count, movable, &cloud) : RESULT_NO_MEMORY;
    if (result == RESULT_OK) {
        rng_init(&rng, seed);
        if (share_count == 0) cloud.movable = 0;
        put_points(ground, shares, share_count, &rng, &cloud);
        for (size_t i = 0; i < fixed_count; i++) {
            size_t k = cloud.movable + i;
            cloud.p_head[k] = fixed[i].p_head;
            cloud.q[k] = chart_flatten(chart, fixed[i].p_head);
            cloud.spacing_mm[k] = spacing_at(ground, cloud.q[k], finest_mm);
        }
        cloud.count = cloud.movable + fixed_count;
        *ret_cloud = cloud;
    }
    free(shares);
    free(left);
    return result;
}
