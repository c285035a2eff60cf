#include "base/spread.h"

#include <math.h>
#include <stdlib.h>

static int compare(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

void spread_sort(double *values, size_t count) {
    qsort(values, count, sizeof *values, compare);
}

double spread_median(const double *sorted, size_t count) {
    return count % 2 ? sorted[count / 2] : (sorted[count / 2 - 1] + sorted[count / 2]) / 2;
}

double spread_quantile(const double *sorted, size_t count, double share) {
    double rank = ceil(share * (double)count);
    return sorted[rank < 1 ? 0 : (size_t)rank - 1];
}
