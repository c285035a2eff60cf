/* Grbl's planner over a known sequence of blocks. */
#include <stdlib.h>
#include <string.h>

#include "motion/time_model.h"

#define SPACE (RIG_AXES_MAX + 1) /* the positioning axes and the needle */
#define STRAIGHT_COSINE 0.999999
#define SQUARE_COSINE 1e-6

/* A block with a length, in mm and deg. */
struct planned {
    double unit[SPACE], length, speed, acceleration;
    double entry2,
        entry_most2; /* speed squared at its begin: planned, and what the corner allows */
};

static const struct rig_axis *axis_at(const struct rig *rig, size_t i) {
    return i < rig->axis_count ? &rig->axes[i] : &rig->needle;
}

static double firmware_unit(const struct rig_axis *axis) {
    return axis->is_rotary ? DEG_PER_RAD : 1.0;
}

/* The largest speed or acceleration along a direction that keeps every axis within its own. */
static double along(const struct rig *rig, const double unit[SPACE], bool is_speed) {
    double most = INFINITY;
    for (size_t i = 0; i <= rig->axis_count; i++) {
        const struct rig_axis *axis = axis_at(rig, i);
        double own = (is_speed ? axis->speed_max : axis->acceleration_max) * firmware_unit(axis);
        if (fabs(unit[i]) > 1e-12) most = fmin(most, own / fabs(unit[i]));
    }
    return most;
}

static double corner_speed2(const struct rig *rig, const double before[SPACE],
                            const double after[SPACE]) {
    double cosine = 0, turn[SPACE], length2 = 0;
    for (size_t i = 0; i <= rig->axis_count; i++) {
        cosine += before[i] * after[i];
        turn[i] = after[i] - before[i];
        length2 += turn[i] * turn[i];
    }
    if (cosine < SQUARE_COSINE)
        return 0; /* a right angle and sharper, as measured (docs/link.md) */
    if (cosine > STRAIGHT_COSINE) return INFINITY;
    for (size_t i = 0; i <= rig->axis_count; i++) turn[i] /= sqrt(length2);
    double half_sine = sqrt(0.5 * (1 + cosine));
    return along(rig, turn, false) * rig->junction_deviation_mm * half_sine / (1 - half_sine);
}

static void measure(const struct rig *rig, const double from[SPACE], const double to[SPACE],
                    double feed_mm_s, struct planned *ret_block) {
    struct planned block = {0};
    for (size_t i = 0; i <= rig->axis_count; i++) {
        block.unit[i] = to[i] - from[i];
        block.length += block.unit[i] * block.unit[i];
    }
    block.length = sqrt(block.length);
    for (size_t i = 0; i <= rig->axis_count && block.length > 0; i++) block.unit[i] /= block.length;
    block.speed = along(rig, block.unit, true);
    if (feed_mm_s > 0) block.speed = fmin(block.speed, feed_mm_s);
    block.acceleration = along(rig, block.unit, false);
    *ret_block = block;
}

static void place(const struct rig *rig, const struct axes *axes, double needle_mm,
                  double ret_p[SPACE]) {
    memset(ret_p, 0, SPACE * sizeof *ret_p);
    for (size_t i = 0; i < rig->axis_count; i++)
        ret_p[i] = axes->q[i] * firmware_unit(&rig->axes[i]);
    ret_p[rig->axis_count] = needle_mm;
}

/* Seconds of one block between its entry and exit speeds. */
static double duration_s(const struct planned *block, double exit2) {
    double a = block->acceleration, v0 = sqrt(block->entry2), v1 = sqrt(exit2);
    double peak = sqrt(a * block->length + 0.5 * (block->entry2 + exit2));
    if (peak <= block->speed) return (2 * peak - v0 - v1) / a;
    double v = block->speed, ramps = (2 * v * v - block->entry2 - exit2) / (2 * a);
    return (2 * v - v0 - v1) / a + (block->length - ramps) / v;
}

static double run(struct planned *blocks, size_t count) {
    double exit2 = 0, sum_s = 0, reach2 = 0;
    for (size_t i = count; i-- > 0;) {
        struct planned *block = &blocks[i];
        block->entry2 = fmin(block->entry_most2, exit2 + 2 * block->acceleration * block->length);
        exit2 = block->entry2;
    }
    for (size_t i = 0; i < count; i++) {
        struct planned *block = &blocks[i];
        block->entry2 = i ? fmin(block->entry2, reach2) : 0;
        reach2 = block->entry2 + 2 * block->acceleration * block->length;
        if (i) sum_s += duration_s(block - 1, block->entry2);
    }
    return count ? sum_s + duration_s(&blocks[count - 1], 0) : 0;
}

double time_model_blocks_s(const struct rig *rig, const struct axes *from,
                           const struct time_block *blocks, size_t count) {
    struct planned *planned = calloc(count + 1, sizeof *planned);
    double at[SPACE], to[SPACE], sum_s = NAN;
    size_t used = 0;
    if (!planned) return sum_s;
    place(rig, from, 0, at);
    for (size_t i = 0; i < count; i++) {
        struct planned block;
        place(rig, &blocks[i].to, blocks[i].needle_mm, to);
        measure(rig, at, to, blocks[i].feed_mm_s, &block);
        memcpy(at, to, sizeof at);
        if (!(block.length > 1e-9)) continue;
        if (used) {
            const struct planned *before = &planned[used - 1];
            double slower = fmin(block.speed, before->speed);
            double corner2 =
                blocks[i].is_seen_late ? 0 : corner_speed2(rig, before->unit, block.unit);
            block.entry_most2 = fmin(corner2, slower * slower);
        }
        planned[used++] = block;
    }
    sum_s = run(planned, used);
    free(planned);
    return sum_s;
}
