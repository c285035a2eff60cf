#include "controller/guard/outwait.h"

#include <errno.h>
#include <time.h>

#include "base/clock.h"
#include "safety/limits.h"

/* A strike begins within LIMIT_STRIKE_WAIT_MS and has its needle out of the sleeve for 60 ms at
 * most. Twice that, for its line may still be on the way. */
#define STRIKE_BEFORE_NS (2 * (LIMIT_STRIKE_WAIT_MS + 60) * NS_PER_MS)

void outwait_strike(void) {
    struct timespec left = {0, STRIKE_BEFORE_NS};
    while (clock_nanosleep(CLOCK_MONOTONIC, 0, &left, &left) == EINTR) continue;
}
