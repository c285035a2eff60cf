#include "controller/daemon/striker_pace.h"

#include "base/clock.h"

/* A dot takes no longer than this in the reckoning: waiting for the head is no work. */
#define DOT_MOST_NS (500 * NS_PER_MS)
/* Of the newest period in the learnt one. */
#define LEARN_SHARE 8

void pace_begin(struct striker_pace *pace, int64_t now_ns) {
    pace->begun_ns = now_ns;
}

/* The plan's own period is learnt at the whole pace, dots following each other without a rest. */
static void learn(struct striker_pace *pace, int64_t now_ns) {
    int64_t period_ns = now_ns - pace->done_ns;
    if (pace->percent < STRIKER_PACE_WHOLE || period_ns > DOT_MOST_NS) return;
    pace->period_ns += (period_ns - pace->period_ns) / (pace->period_ns ? LEARN_SHARE : 1);
}

void pace_end(struct striker_pace *pace, int64_t now_ns) {
    int64_t took_ns = now_ns - pace->begun_ns;
    if (took_ns > DOT_MOST_NS) took_ns = DOT_MOST_NS;
    learn(pace, now_ns);
    int64_t whole_ns = pace->period_ns ? pace->period_ns : took_ns;
    pace->rest_ns = now_ns + whole_ns * STRIKER_PACE_WHOLE / pace->percent - took_ns;
    pace->done_ns = now_ns;
}

bool pace_rests(const struct striker_pace *pace, bool is_striking, int64_t now_ns) {
    return pace->percent < STRIKER_PACE_WHOLE && (is_striking || now_ns < pace->rest_ns);
}
