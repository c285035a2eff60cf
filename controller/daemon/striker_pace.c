#include "controller/daemon/striker_pace.h"

#include "base/clock.h"

/* A dot takes no longer than this in the reckoning: waiting for the head is no work. */
#define DOT_MOST_NS (500 * NS_PER_MS)

void pace_begin(struct striker_pace *pace, int64_t now_ns) {
    pace->begun_ns = now_ns;
}

void pace_end(struct striker_pace *pace, int64_t now_ns) {
    int64_t took_ns = now_ns - pace->begun_ns;
    if (took_ns > DOT_MOST_NS) took_ns = DOT_MOST_NS;
    pace->rest_ns = now_ns + took_ns * (STRIKER_PACE_WHOLE - pace->percent) / pace->percent;
}

bool pace_rests(const struct striker_pace *pace, bool is_striking, int64_t now_ns) {
    return pace->percent < STRIKER_PACE_WHOLE && (is_striking || now_ns < pace->rest_ns);
}
