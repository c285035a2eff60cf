#include "vision/closeup/depth_ladder.h"
#include "base/spread.h"

#include <math.h>
#include <stdlib.h>

#define DOTS_MIN 6
#define DEPTHS_MIN 3
#define SLOPE_SIGMAS 5.0 /* the growth must stand out of the scatter by so much */
#define MAD_TO_SIGMA 1.4826

static double median(double *values, size_t count) {
    spread_sort(values, count);
    return spread_median(values, count);
}

struct line {
    double slope, offset, sigma; /* diameter = offset + slope * depth; scatter */
};

/* Median of all pairs' slopes; the heap holds them: at most 32,640. */
static enum result fit(const struct ladder_dot *dots, size_t count, struct line *ret_line) {
    double *slopes = malloc(count * count / 2 * sizeof *slopes), rest[LADDER_DOTS_MAX];
    size_t pairs = 0;
    if (!slopes) return RESULT_NO_MEMORY;
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < i; j++) {
            double apart = dots[i].depth_um - dots[j].depth_um;
            if (fabs(apart) > 1)
                slopes[pairs++] = (dots[i].diameter_um - dots[j].diameter_um) / apart;
        }
    if (pairs == 0) {
        free(slopes);
        return RESULT_SINGULAR;
    }
    struct line line = {.slope = median(slopes, pairs)};
    free(slopes);
    for (size_t i = 0; i < count; i++)
        rest[i] = dots[i].diameter_um - line.slope * dots[i].depth_um;
    line.offset = median(rest, count);
    for (size_t i = 0; i < count; i++) rest[i] = fabs(rest[i] - line.offset);
    /* `rest` was sorted by the median, but only the set of its values counts here. */
    line.sigma = MAD_TO_SIGMA * median(rest, count);
    *ret_line = line;
    return RESULT_OK;
}

struct span {
    double low, high, mean, spread; /* of the depths; spread: sum of squares about the mean */
    size_t depths;                  /* different ones */
};

static struct span measure(const struct ladder_dot *dots, size_t count) {
    struct span span = {.low = INFINITY, .high = -INFINITY};
    double depths[LADDER_DOTS_MAX] = {0};
    for (size_t i = 0; i < count; i++) {
        depths[i] = dots[i].depth_um;
        span.mean += dots[i].depth_um / (double)count;
    }
    spread_sort(depths, count);
    span.low = depths[0];
    span.high = depths[count - 1];
    for (size_t i = 0; i < count; i++) {
        span.spread += (depths[i] - span.mean) * (depths[i] - span.mean);
        span.depths += i == 0 || depths[i] - depths[i - 1] > 1;
    }
    return span;
}

static enum result check_dots(const struct ladder_dot *dots, size_t count, struct error *err) {
    if (count < DOTS_MIN || count > LADDER_DOTS_MAX)
        return error_set(err, RESULT_SINGULAR, "test dots: %zu measured, %d to %d are needed",
                         count, DOTS_MIN, LADDER_DOTS_MAX);
    for (size_t i = 0; i < count; i++)
        if (!(dots[i].depth_um > 0 && dots[i].depth_um < 3000 && dots[i].diameter_um > 0 &&
              dots[i].diameter_um < 3000))
            return error_set(err, RESULT_RANGE, "test dots: dot %zu has depth %g, diameter %g um",
                             i + 1, dots[i].depth_um, dots[i].diameter_um);
    return RESULT_OK;
}

enum result ladder_solve(const struct ladder_dot *dots, size_t count,
                         const struct ladder_request *request, struct ladder_answer *ret_answer,
                         struct error *err) {
    struct line line;
    enum result result = check_dots(dots, count, err);
    if (result != RESULT_OK) return result;
    struct span span = measure(dots, count);
    if (span.depths < DEPTHS_MIN)
        return error_set(err, RESULT_SINGULAR, "test dots: %zu depths, at least %d are needed",
                         span.depths, DEPTHS_MIN);
    result = fit(dots, count, &line);
    if (result != RESULT_OK) return error_set(err, result, "test dots: no line through them");
    double slope_sigma = line.sigma / sqrt(span.spread);
    if (!(line.slope > SLOPE_SIGMAS * slope_sigma && line.slope > 0))
        return error_set(err, RESULT_SINGULAR,
                         "test dots: diameters do not grow with depth (%.1f um a 100 um, scatter "
                         "%.0f um): change the needle and make them anew",
                         100 * line.slope, line.sigma);
    double depth = (request->diameter_um - line.offset) / line.slope;
    if (!(depth >= span.low && depth <= span.high))
        return error_set(err, RESULT_RANGE,
                         "test dots: %.0f um wide would need a depth of %.0f um, outside the "
                         "ladder's %.0f to %.0f um: choose another diameter or ladder",
                         request->diameter_um, depth, span.low, span.high);
    if (!(depth >= request->depth_min_um && depth <= request->depth_max_um))
        return error_set(err, RESULT_RANGE,
                         "test dots: %.0f um wide would need a depth of %.0f um, allowed are %.0f "
                         "to %.0f um: choose another diameter or needle",
                         request->diameter_um, depth, request->depth_min_um, request->depth_max_um);
    double off = depth - span.mean;
    *ret_answer = (struct ladder_answer){
        .depth_um = depth,
        .depth_sigma_um =
            line.sigma / line.slope * sqrt(1.0 / (double)count + off * off / span.spread),
        .um_per_100um = 100 * line.slope,
        .residual_um = line.sigma};
    return RESULT_OK;
}
