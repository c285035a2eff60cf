#include "motion/schedule.h"

#include <stdlib.h>
#include <string.h>

/* --- needles and sectors --- */

struct patch {
    const struct dot_plan *plan;
    uint32_t *dots; /* indexes; those of a patch stand together */
    size_t dots_max;
    struct schedule *schedule;
};

struct keyed {
    double key;
    uint32_t dot;
};

static int compare_keys(const void *a, const void *b) {
    const struct keyed *x = a, *y = b;
    if (x->key < y->key || x->key > y->key) return x->key < y->key ? -1 : 1;
    return (x->dot > y->dot) - (x->dot < y->dot);
}

/* The direction in which the dots spread most: three power iterations on their scatter matrix. */
static struct vec3 long_side(const struct patch *patch, size_t first, size_t end) {
    struct vec3 centre = {0}, axis = {0.6, 0.64, 0.48};
    for (size_t i = first; i < end; i++)
        centre =
            vec3_mad(centre, 1.0 / (double)(end - first), patch->plan->dots[patch->dots[i]].p_head);
    for (int round = 0; round < 3; round++) {
        struct vec3 sum = {0};
        for (size_t i = first; i < end; i++) {
            struct vec3 d = vec3_sub(patch->plan->dots[patch->dots[i]].p_head, centre);
            sum = vec3_mad(sum, vec3_dot(d, axis), d);
        }
        if (!(vec3_norm(sum) > 1e-9)) break; /* all dots in one place */
        axis = vec3_unit(sum);
    }
    return axis;
}

static enum result sort_along(const struct patch *patch, size_t first, size_t end) {
    struct vec3 axis = long_side(patch, first, end);
    struct keyed *keyed = calloc(end - first, sizeof *keyed);
    if (!keyed) return RESULT_NO_MEMORY;
    for (size_t i = first; i < end; i++)
        keyed[i - first] = (struct keyed){vec3_dot(patch->plan->dots[patch->dots[i]].p_head, axis),
                                          patch->dots[i]};
    qsort(keyed, end - first, sizeof *keyed, compare_keys);
    for (size_t i = first; i < end; i++) patch->dots[i] = keyed[i - first].dot;
    free(keyed);
    return RESULT_OK;
}

/* Cut first..end into the fewest equal parts that fit. */
static enum result cut(const struct patch *patch, size_t first, size_t end) {
    size_t count = end - first;
    size_t parts = patch->dots_max ? (count + patch->dots_max - 1) / patch->dots_max : 1;
    if (parts <= 1) {
        for (size_t i = first; i < end; i++)
            patch->schedule->sectors[patch->dots[i]] = (uint32_t)patch->schedule->sector_count;
        patch->schedule->sector_count += count > 0;
        return RESULT_OK;
    }
    enum result result = sort_along(patch, first, end);
    if (result != RESULT_OK) return result;
    size_t middle = first + count * (parts / 2) / parts;
    result = cut(patch, first, middle);
    return result == RESULT_OK ? cut(patch, middle, end) : result;
}

static uint32_t needle_of(const struct dot *dot, const struct work *work) {
    if (work->needle_per == WORK_NEEDLE_PER_SHADE) return dot->shade;
    return work->needle_per == WORK_NEEDLE_PER_ZONE ? dot->zone : 0;
}

enum result schedule_make(const struct dot_plan *plan, const struct work *work,
                          struct schedule *ret_schedule) {
    struct schedule schedule = {.dot_count = plan->dot_count};
    struct patch patch = {plan, calloc(plan->dot_count + 1, sizeof *patch.dots),
                          work->sector_dots_max, &schedule};
    schedule.needles = calloc(plan->dot_count + 1, sizeof *schedule.needles);
    schedule.sectors = calloc(plan->dot_count + 1, sizeof *schedule.sectors);
    enum result result =
        patch.dots && schedule.needles && schedule.sectors ? RESULT_OK : RESULT_NO_MEMORY;
    for (uint32_t needle = 0, first = 0, end = 0;
         result == RESULT_OK && needle < DOT_PLAN_ZONES_MAX; needle++, first = end) {
        for (uint32_t i = 0; i < plan->dot_count; i++)
            if (needle_of(&plan->dots[i], work) == needle) patch.dots[end++] = i;
        for (uint32_t i = first; i < end; i++)
            schedule.needles[patch.dots[i]] = (uint32_t)schedule.needle_count;
        schedule.needle_count += end > first;
        result = cut(&patch, first, end);
    }
    free(patch.dots);
    if (result == RESULT_OK)
        *ret_schedule = schedule;
    else
        schedule_release(&schedule);
    return result;
}

void schedule_release(struct schedule *schedule) {
    free(schedule->needles);
    free(schedule->sectors);
    *schedule = (struct schedule){0};
}
