/* Dots and who is near whom in space: cells in the order of their keys. */
#ifndef SMPRIG_PLAN_NEAR_H
#define SMPRIG_PLAN_NEAR_H

#include "plan/dot.h"

/* The nearest neighbours that are looked for, and how far. */
#define NEAR_COUNT 24
#define NEAR_REACH_MM 6.0

struct near_cell;

struct near_grid {
    const struct dot *dots;
    size_t count;
    struct near_cell *cells; /* owned */
};

/* What is around a dot. */
struct near_dots {
    size_t count;                   /* neighbours within reach, at most NEAR_COUNT */
    double distance_mm[NEAR_COUNT]; /* rising */
    uint32_t dots[NEAR_COUNT];      /* their indexes */
};

/* The dots stay the caller's. */
MUST_USE enum result near_create(const struct dot *dots, size_t count, struct near_grid *ret_grid);
void near_release(struct near_grid *grid);
void near_find(const struct near_grid *grid, size_t index, struct near_dots *ret_near);

#endif
