#include "vision/stamp_clock.h"

#include <math.h>

#include "base/clock.h"

struct stamp_clock_settings stamp_clock_settings_default(void) {
    return (struct stamp_clock_settings){.least_delay_ns = NS_PER_MS,
                                         .drift_ppm = 100,
                                         .jump_ns = 5 * NS_PER_MS,
                                         .latency_max_ns = 60 * NS_PER_MS,
                                         .learn_frames = 20,
                                         .late_frames_max = 5};
}

const char *stamp_verdict_name(enum stamp_verdict verdict) {
    static const char *const names[] = {"learning", "good", "late", "backward", "jump"};
    _Static_assert(sizeof names / sizeof names[0] == STAMP_VERDICT_COUNT, "a name each");
    return (unsigned)verdict < STAMP_VERDICT_COUNT ? names[verdict] : "unknown";
}

void stamp_clock_init(struct stamp_clock *clock, const struct stamp_clock_settings *settings) {
    *clock = (struct stamp_clock){.settings = *settings};
}

static void learn_again(struct stamp_clock *clock, double difference_ns) {
    clock->offset_ns = difference_ns;
    clock->seen = 1;
    clock->late_in_row = 0;
}

enum stamp_verdict stamp_clock_update(struct stamp_clock *clock, int64_t device_ns,
                                      int64_t arrival_ns, struct stamp_reading *ret_reading) {
    const struct stamp_clock_settings *s = &clock->settings;
    double difference_ns = (double)(arrival_ns - device_ns);
    enum stamp_verdict verdict = STAMP_GOOD;
    bool rises = !clock->has_last ||
                 (device_ns > clock->last_device_ns && arrival_ns >= clock->last_arrival_ns);
    double allowed_ns =
        clock->has_last ? (double)(arrival_ns - clock->last_arrival_ns) * s->drift_ppm * 1e-6 : 0;
    if (!clock->has_last || !rises) {
        learn_again(clock, difference_ns);
        if (!rises) verdict = STAMP_BACKWARD;
    } else if (clock->seen >= s->learn_frames &&
               difference_ns < clock->offset_ns - (double)s->jump_ns) {
        learn_again(clock, difference_ns); /* earlier than light allows: a clock has jumped */
        verdict = STAMP_JUMP;
    } else {
        clock->offset_ns = fmin(difference_ns, clock->offset_ns + allowed_ns);
        clock->seen++;
    }
    clock->has_last = true;
    clock->last_device_ns = device_ns;
    clock->last_arrival_ns = arrival_ns;
    ret_reading->stamp_ns =
        device_ns + (int64_t)clock->offset_ns - s->least_delay_ns + s->stamp_to_middle_ns;
    ret_reading->latency_ns = arrival_ns - ret_reading->stamp_ns;
    if (verdict != STAMP_GOOD) return verdict;
    if (clock->seen < s->learn_frames) return STAMP_LEARNING;
    bool is_late = ret_reading->latency_ns > s->latency_max_ns;
    clock->late_in_row = is_late ? clock->late_in_row + 1 : 0;
    if (clock->late_in_row >= s->late_frames_max) {
        learn_again(clock, difference_ns);
        return STAMP_JUMP;
    }
    return is_late ? STAMP_LATE : STAMP_GOOD;
}
