/* The session's pace: a rest after each dot in the measure of what it took, so that 50 % rests as
 * long as it works. Speeds, limits and the gate stay as they are; never above the plan. Pure. */
#ifndef SMPRIG_CONTROLLER_DAEMON_STRIKER_PACE_H
#define SMPRIG_CONTROLLER_DAEMON_STRIKER_PACE_H

#include <stdbool.h>
#include <stdint.h>

#define STRIKER_PACE_WHOLE 100
#define STRIKER_PACE_LEAST 10

struct striker_pace {
    int percent;      /* STRIKER_PACE_LEAST to STRIKER_PACE_WHOLE of the dots a second */
    int64_t begun_ns; /* when the newest dot was begun */
    int64_t rest_ns;  /* no dot is begun before */
    int64_t done_ns,
        period_ns; /* of the newest dot; from dot to dot at the whole pace, 0: not known */
};

void pace_begin(struct striker_pace *pace, int64_t now_ns);
void pace_end(struct striker_pace *pace, int64_t now_ns);
/* Whether the next dot waits; below the whole pace no dot is begun while another is struck. */
bool pace_rests(const struct striker_pace *pace, bool is_striking, int64_t now_ns);

#endif
