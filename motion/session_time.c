#include "motion/session_time.h"

#include <stdlib.h>
#include <string.h>

#include "motion/time_model.h"
#include "motion/travel.h"

#define BLOCKS_A_DOT (TRAVEL_LEGS_MAX + 2)
/* A strike is decided just in time, so its line comes when the travel before it has all but ended:
 * no speed is carried into the plunge; and the needle follows a head that has moved on by a trim. A
 * lifted way's next leg follows the report of the one before. Means over sessions on the virtual
 * clock with a link of 5 ms round trip (tests/bench/bench_motion_session.c), s. */
#define WAIT_A_DOT_S 0.0007
#define WAIT_A_LEG_S 0.010
#define WAIT_AT_BEGIN_S 0.35 /* the approach from afar: it ends above the skin, to look again */

static size_t add_dot(const struct session_time_setup *setup, size_t i, const struct axes *at,
                      struct time_block *blocks, struct session_time *time) {
    const struct rig *rig = setup->rig;
    const struct axes ends[2] = {*at, setup->axes[i]};
    struct axes legs[TRAVEL_LEGS_MAX];
    size_t count = 0;
    if (travel_plan(rig, setup->field, setup->T_rig_head, ends, legs, &count) != RESULT_OK) {
        if (time->blocked_count++ == 0) time->first_blocked = (uint32_t)i;
        legs[0] = ends[1];
        count = 1;
    }
    time->lifted_count += count > 1;
    for (size_t k = 0; k < count; k++)
        blocks[k] = (struct time_block){.to = legs[k], .is_seen_late = k > 0};
    double stroke_mm = rig->hover_mm + setup->plan->dots[i].depth_um * 1e-3;
    blocks[count] =
        (struct time_block){.to = ends[1], .needle_mm = stroke_mm, .feed_mm_s = rig->plunge_mm_s};
    blocks[count + 1] = (struct time_block){.to = ends[1]};
    time->running_s += WAIT_A_DOT_S + WAIT_A_LEG_S * (double)(count - 1);
    time->travel_s += time_model_travel_s(rig, &ends[0], &ends[1]);
    time->strikes_s += time_model_strike_s(rig, stroke_mm, rig->plunge_mm_s);
    return count + 2;
}

enum result session_time_predict(const struct session_time_setup *setup,
                                 struct session_time *ret_time) {
    struct session_time time = {0};
    size_t n = setup->plan->dot_count, count = 0;
    struct time_block *blocks = calloc(n * BLOCKS_A_DOT + 1, sizeof *blocks);
    if (!blocks) return RESULT_NO_MEMORY;
    struct axes park = {0}, at;
    memcpy(park.q, setup->rig->park, sizeof park.q);
    at = park;
    for (size_t i = 0; i < n; i++) {
        count += add_dot(setup, i, &at, blocks + count, &time);
        at = setup->axes[i];
    }
    time.bound_s = time.travel_s + time.strikes_s;
    time.running_s += WAIT_AT_BEGIN_S + time_model_blocks_s(setup->rig, &park, blocks, count);
    free(blocks);
    if (!isfinite(time.running_s)) return RESULT_NO_MEMORY;
    *ret_time = time;
    return RESULT_OK;
}
