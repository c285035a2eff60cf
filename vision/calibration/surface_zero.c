#include "vision/calibration/surface_zero.h"
#include "base/spread.h"

#include <string.h>

#define APART_MIN_MM 10.0
#define ZERO_MAX_MM 0.05 /* beyond it the registration is wrong; the gate bears no more either */
#define OUTLIER_MM 0.25
#define SIGMA_FLOOR_MM 5e-3

static double median_of(const double *values, uint32_t count) {
    double sorted[ZERO_TOUCHES_MAX];
    memcpy(sorted, values, count * sizeof *sorted);
    spread_sort(sorted, count);
    return spread_median(sorted, count);
}

static double widest(const struct vec3 *p, uint32_t count) {
    double most = 0;
    for (uint32_t i = 1; i < count; i++) most = fmax(most, vec3_distance(p[0], p[i]));
    return most;
}

enum result surface_zero_find(const struct field_view *field, const struct vec3 *p_head,
                              uint32_t count, struct surface_zero *ret_zero, struct error *err) {
    struct surface_zero z = {.count = count};
    double sum = 0, squares = 0;
    if (count < ZERO_TOUCHES_MIN || count > ZERO_TOUCHES_MAX)
        return error_set(err, RESULT_REFUSED, "%u touches, expected %d to %d", count,
                         ZERO_TOUCHES_MIN, ZERO_TOUCHES_MAX);
    if (widest(p_head, count) < APART_MIN_MM)
        return error_set(err, RESULT_REFUSED,
                         "all touches are within %.1f mm, at least %.0f: spread them over the zone",
                         widest(p_head, count), APART_MIN_MM);
    for (uint32_t i = 0; i < count; i++) z.distances_mm[i] = field_view_sample(field, p_head[i]);
    double median = median_of(z.distances_mm, count);
    if (!(fabs(median) <= ZERO_MAX_MM))
        return error_set(err, RESULT_REFUSED,
                         "the skin was met %.3f mm %s the scan's surface, at most %.2f: register "
                         "the scan again",
                         fabs(median), median > 0 ? "outside" : "inside", ZERO_MAX_MM);
    for (uint32_t i = 0; i < count; i++) {
        if (!(fabs(z.distances_mm[i] - median) <= OUTLIER_MM))
            return error_set(err, RESULT_REFUSED,
                             "touch %u is %.2f mm off the others: a hair, a slip, or the head "
                             "moved: leave it out or touch again",
                             i + 1, z.distances_mm[i] - median);
        sum += z.distances_mm[i];
    }
    z.zero_mm = sum / count;
    for (uint32_t i = 0; i < count; i++)
        squares += (z.distances_mm[i] - z.zero_mm) * (z.distances_mm[i] - z.zero_mm);
    z.scatter_mm = sqrt(squares / (count - 1));
    z.sigma_mm = fmax(z.scatter_mm, SIGMA_FLOOR_MM) / sqrt(count);
    *ret_zero = z;
    return RESULT_OK;
}
