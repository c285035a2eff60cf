/* The one clock: CLOCK_MONOTONIC, int64 nanoseconds. Only edges (programs' loops, ports, cameras)
 * read it; logic takes `now_ns` as an argument. */
#ifndef SMPRIG_BASE_CLOCK_H
#define SMPRIG_BASE_CLOCK_H

#include <stdint.h>

#define NS_PER_S INT64_C(1000000000)
#define NS_PER_MS INT64_C(1000000)
#define NS_PER_US INT64_C(1000)

int64_t clock_now_ns(void);

static inline double ns_to_s(int64_t ns) {
    return (double)ns * 1e-9;
}
static inline int64_t s_to_ns(double s) {
    return (int64_t)(s * 1e9 + (s < 0 ? -0.5 : 0.5));
}

#endif
