#include "plan/near.h"

#include <stdlib.h>
#include <string.h>

#define CELL_MM 3.0
#define RINGS 2 /* NEAR_REACH_MM / CELL_MM */
#define CELL_OFFSET 100000

struct near_cell {
    uint64_t key;
    uint32_t dot;
};

static uint64_t key_at(const long cell[3]) {
    uint64_t key = 0;
    for (int i = 0; i < 3; i++) key = key << 21 | (uint64_t)((cell[i] + CELL_OFFSET) & 0x1fffff);
    return key;
}

static void cell_of(struct vec3 p, long cell[3]) {
    cell[0] = lround(floor(p.x / CELL_MM));
    cell[1] = lround(floor(p.y / CELL_MM));
    cell[2] = lround(floor(p.z / CELL_MM));
}

static int compare_cells(const void *a, const void *b) {
    const struct near_cell *x = a, *y = b;
    if (x->key != y->key) return x->key < y->key ? -1 : 1;
    return (x->dot > y->dot) - (x->dot < y->dot);
}

enum result near_create(const struct dot *dots, size_t count, struct near_grid *ret_grid) {
    struct near_cell *cells = calloc(count + 1, sizeof *cells);
    if (!cells) return RESULT_NO_MEMORY;
    for (size_t i = 0; i < count; i++) {
        long cell[3];
        cell_of(dots[i].p_head, cell);
        cells[i] = (struct near_cell){key_at(cell), (uint32_t)i};
    }
    qsort(cells, count, sizeof *cells, compare_cells);
    *ret_grid = (struct near_grid){dots, count, cells};
    return RESULT_OK;
}

void near_release(struct near_grid *grid) {
    free(grid->cells);
    *grid = (struct near_grid){0};
}

static size_t first_of(const struct near_grid *grid, uint64_t key) {
    size_t low = 0, high = grid->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (grid->cells[middle].key < key)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void take(struct near_dots *near, double distance_mm, uint32_t dot) {
    size_t at = near->count < NEAR_COUNT ? near->count : NEAR_COUNT;
    while (at > 0 && near->distance_mm[at - 1] > distance_mm) at--;
    if (at == NEAR_COUNT) return;
    size_t last = near->count < NEAR_COUNT ? near->count++ : NEAR_COUNT - 1;
    memmove(near->distance_mm + at + 1, near->distance_mm + at, (last - at) * sizeof(double));
    memmove(near->dots + at + 1, near->dots + at, (last - at) * sizeof *near->dots);
    near->distance_mm[at] = distance_mm;
    near->dots[at] = dot;
}

void near_find(const struct near_grid *grid, size_t index, struct near_dots *ret_near) {
    const struct vec3 p = grid->dots[index].p_head;
    long middle[3], cell[3];
    *ret_near = (struct near_dots){0};
    cell_of(p, middle);
    for (cell[0] = middle[0] - RINGS; cell[0] <= middle[0] + RINGS; cell[0]++)
        for (cell[1] = middle[1] - RINGS; cell[1] <= middle[1] + RINGS; cell[1]++) {
            /* The cells of a column along z follow each other in the order of keys. */
            cell[2] = middle[2] - RINGS;
            uint64_t from = key_at(cell);
            cell[2] = middle[2] + RINGS;
            uint64_t to = key_at(cell);
            for (size_t i = first_of(grid, from); i < grid->count && grid->cells[i].key <= to;
                 i++) {
                uint32_t other = grid->cells[i].dot;
                double d = vec3_distance(p, grid->dots[other].p_head);
                if (other != index && d <= NEAR_REACH_MM) take(ret_near, d, other);
            }
        }
}
