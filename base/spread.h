/* Order statistics of plain numbers: sort once, then ask. */
#ifndef SMPRIG_BASE_SPREAD_H
#define SMPRIG_BASE_SPREAD_H

#include <stddef.h>

/* Smallest first; no NaN may be among them. */
void spread_sort(double *values, size_t count);
/* Of sorted values, at least one: the middle one, or the mean of the two in the middle. */
double spread_median(const double *sorted, size_t count);
/* Of sorted values, at least one: the smallest of which a share (0 to 1) is no larger, the nearest
 * rank (Hyndman and Fan 1996, definition 1). */
double spread_quantile(const double *sorted, size_t count, double share);

#endif
