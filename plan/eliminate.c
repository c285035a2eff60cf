#include "plan/eliminate.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct elimination {
    const struct vec3 *points;
    const double *reach_mm;
    size_t count;
    double cell_mm;                    /* the largest reach */
    uint32_t *cell_first, *cell_items; /* counting sort by hashed cell */
    size_t cell_count;
    double *weights;
    uint32_t *heap, *place; /* binary heap by weight; place[i] of sample i, UINT32_MAX: gone */
    size_t heap_count;
};

static size_t cell_of(const struct elimination *e, long x, long y, long z) {
    /* Teschner et al. 2003: primes that mix integer coordinates. */
    unsigned long h = (unsigned long)x * 73856093UL ^ (unsigned long)y * 19349663UL ^
                      (unsigned long)z * 83492791UL;
    return h % e->cell_count;
}

static long cell_coordinate(const struct elimination *e, double v) {
    return (long)floor(v / e->cell_mm);
}

static size_t cell_of_point(const struct elimination *e, struct vec3 p) {
    return cell_of(e, cell_coordinate(e, p.x), cell_coordinate(e, p.y), cell_coordinate(e, p.z));
}

static void sort_into_cells(struct elimination *e) {
    for (size_t i = 0; i < e->count; i++) e->cell_first[cell_of_point(e, e->points[i]) + 2]++;
    for (size_t c = 0; c < e->cell_count; c++) e->cell_first[c + 2] += e->cell_first[c + 1];
    for (size_t i = 0; i < e->count; i++)
        e->cell_items[e->cell_first[cell_of_point(e, e->points[i]) + 1]++] = (uint32_t)i;
}

static double crowding(double distance_mm, double reach_mm) {
    double t = 1.0 - distance_mm / reach_mm;
    double t2 = t * t, t4 = t2 * t2;
    return t4 * t4; /* the exponent 8 of Yuksel 2015, section 3 */
}

static void heap_swap(struct elimination *e, size_t a, size_t b) {
    uint32_t x = e->heap[a], y = e->heap[b];
    e->heap[a] = y, e->place[y] = (uint32_t)a;
    e->heap[b] = x, e->place[x] = (uint32_t)b;
}

static void heap_down(struct elimination *e, size_t at) {
    for (size_t child; (child = 2 * at + 1) < e->heap_count; at = child) {
        if (child + 1 < e->heap_count &&
            e->weights[e->heap[child + 1]] > e->weights[e->heap[child]])
            child++;
        if (e->weights[e->heap[at]] >= e->weights[e->heap[child]]) return;
        heap_swap(e, at, child);
    }
}

/* Visit the living samples within reach of sample i: add to its weight, or take i's share off
 * theirs. */
static void visit_neighbours(struct elimination *e, uint32_t i, bool is_removal) {
    struct vec3 p = e->points[i];
    long cx = cell_coordinate(e, p.x), cy = cell_coordinate(e, p.y), cz = cell_coordinate(e, p.z);
    size_t seen[27] = {0}, seen_count = 0;
    for (int n = 0; n < 27; n++) {
        size_t cell = cell_of(e, cx + n % 3 - 1, cy + n / 3 % 3 - 1, cz + n / 9 - 1);
        bool is_seen = false; /* two cells may share a hash: visit it once */
        for (size_t k = 0; k < seen_count; k++) is_seen = is_seen || seen[k] == cell;
        if (is_seen) continue;
        seen[seen_count++] = cell;
        for (uint32_t k = e->cell_first[cell]; k < e->cell_first[cell + 1]; k++) {
            uint32_t j = e->cell_items[k];
            double d = j == i ? (double)INFINITY : vec3_distance(p, e->points[j]);
            double reach = 0.5 * (e->reach_mm[i] + e->reach_mm[j]);
            if (d >= reach || e->place[j] == UINT32_MAX) continue;
            if (!is_removal) {
                e->weights[i] += crowding(d, reach);
            } else {
                e->weights[j] -= crowding(d, reach);
                heap_down(e, e->place[j]);
            }
        }
    }
}

static void eliminate_to(struct elimination *e, size_t wanted) {
    for (size_t i = 0; i < e->count; i++) visit_neighbours(e, (uint32_t)i, false);
    for (size_t i = e->count / 2; i-- > 0;) heap_down(e, i);
    while (e->heap_count > wanted) {
        uint32_t worst = e->heap[0];
        heap_swap(e, 0, --e->heap_count);
        e->place[worst] = UINT32_MAX;
        heap_down(e, 0);
        visit_neighbours(e, worst, true);
    }
}

enum result eliminate(const struct vec3 *points, const double *reach_mm, size_t count,
                      size_t wanted, bool *keep) {
    struct elimination e = {.points = points,
                            .reach_mm = reach_mm,
                            .count = count,
                            .cell_mm = 1e-9,
                            .cell_count = count + 1,
                            .heap_count = count};
    for (size_t i = 0; i < count; i++) e.cell_mm = fmax(e.cell_mm, reach_mm[i]);
    enum result result = RESULT_NO_MEMORY;
    e.cell_first = calloc(e.cell_count + 3, sizeof *e.cell_first);
    e.cell_items = calloc(count + 1, sizeof *e.cell_items);
    e.weights = calloc(count + 1, sizeof *e.weights);
    e.heap = calloc(count + 1, sizeof *e.heap);
    e.place = calloc(count + 1, sizeof *e.place);
    if (e.cell_first && e.cell_items && e.weights && e.heap && e.place) {
        sort_into_cells(&e);
        for (size_t i = 0; i < count; i++) e.heap[i] = e.place[i] = (uint32_t)i;
        eliminate_to(&e, wanted);
        for (size_t i = 0; i < count; i++) keep[i] = e.place[i] != UINT32_MAX;
        result = RESULT_OK;
    }
    free(e.cell_first);
    free(e.cell_items);
    free(e.weights);
    free(e.heap);
    free(e.place);
    return result;
}
