/* The planner: blocks in a ring, corner speeds by junction deviation, entry speeds by one pass
 * backward and one forward, as Grbl plans (S. K. Jeon, "Improving Grbl: Cornering Algorithm",
 * 2011). Speeds are along the line in axis space, whatever its axes' units. */
#include <math.h>
#include <string.h>

#include "sim/firmware_private.h"

#define JUNCTION_STRAIGHT (-0.999999)
/* The source's formula lets a right angle be taken at 13 mm/s (5000 and 8000 mm/s^2, 0.01 mm),
 * which makes 72 ms of a dot of 1.5 mm pitch and 1 mm stroke; the real firmware was seen to take 81
 * ms, and from rest at each corner it is 79.5. So from a right angle on the double begins from
 * rest. */
#define JUNCTION_SQUARE (-1e-6)

struct firmware_block *firmware_block_at(struct firmware *fw, size_t i) {
    return &fw->blocks[(fw->block_first + i) % FIRMWARE_BLOCKS];
}

size_t firmware_blocks_free(const struct firmware *fw) {
    return FIRMWARE_BLOCKS - fw->block_count;
}

/* Speed along the block as overrides have it now. */
static double nominal_speed(const struct firmware *fw, const struct firmware_block *b) {
    double percent = b->is_fixed ? 100 : b->is_rapid ? fw->rapid_override : fw->feed_override;
    return fmin(b->programmed * percent / 100, b->rate_max);
}

/* The largest value along `unit` that keeps every axis within its own. */
static double along(const struct firmware *fw, const double unit[FIRMWARE_AXES], bool is_rate) {
    double most = INFINITY;
    for (int i = 0; i < FIRMWARE_AXES; i++) {
        double part = fabs(unit[i]);
        double own = is_rate ? fw->axes[i].rate : fw->axes[i].acceleration;
        if (part > 1e-12) most = fmin(most, own / part);
    }
    return most;
}

/* Speed squared that the corner between two directions allows. */
static double junction_speed2(const struct firmware *fw, const double before[FIRMWARE_AXES],
                              const double after[FIRMWARE_AXES]) {
    double cosine = 0, turn[FIRMWARE_AXES], length2 = 0;
    for (int i = 0; i < FIRMWARE_AXES; i++) {
        cosine -= before[i] * after[i];
        turn[i] = after[i] - before[i];
        length2 += turn[i] * turn[i];
    }
    if (cosine > JUNCTION_SQUARE) return 0;
    if (cosine < JUNCTION_STRAIGHT) return INFINITY;
    for (int i = 0; i < FIRMWARE_AXES; i++) turn[i] /= sqrt(length2);
    double half_sine = sqrt(0.5 * (1 - cosine));
    double deviation = firmware_setting(fw, 11);
    return along(fw, turn, false) * deviation * half_sine / (1 - half_sine);
}

/* Entry speed that corner and both blocks' speeds allow. */
static double entry_most2(struct firmware *fw, size_t i) {
    struct firmware_block *b = firmware_block_at(fw, i);
    double own = nominal_speed(fw, b), before = nominal_speed(fw, firmware_block_at(fw, i - 1));
    double most = fmin(own, before);
    return fmin(b->junction2, most * most);
}

void firmware_replan(struct firmware *fw) {
    size_t count = fw->block_count;
    if (count == 0 || fw->is_stopping) return;
    struct firmware_block *first = firmware_block_at(fw, 0);
    double begin = 0, v0 = 0;
    if (fw->is_moving) {
        double t = (double)(fw->now_ns - fw->profile.start_ns) * 1e-9;
        begin = fw->profile.begin_mm + firmware_profile_distance(&fw->profile, t);
        v0 = firmware_profile_speed(&fw->profile, t);
    } else if (fw->has_held) {
        begin = fw->profile.begin_mm;
    }
    double exit2 = 0;
    for (size_t i = count - 1; i > 0; i--) {
        struct firmware_block *b = firmware_block_at(fw, i);
        b->entry2 = fmin(entry_most2(fw, i), exit2 + 2 * b->acceleration * b->length);
        exit2 = b->entry2;
    }
    double reach2 = v0 * v0 + 2 * first->acceleration * fmax(0, first->length - begin);
    for (size_t i = 1; i < count; i++) {
        struct firmware_block *b = firmware_block_at(fw, i);
        b->entry2 = fmin(b->entry2, reach2);
        reach2 = b->entry2 + 2 * b->acceleration * b->length;
    }
    if (fw->is_moving)
        firmware_make_profile(fw, begin, v0,
                              count > 1 ? sqrt(firmware_block_at(fw, 1)->entry2) : 0);
}

void firmware_queue(struct firmware *fw, const double to[FIRMWARE_AXES], double feed_per_min,
                    uint32_t line) {
    struct firmware_block b = {.line = line, .is_rapid = feed_per_min <= 0};
    for (int i = 0; i < FIRMWARE_AXES; i++) {
        b.from[i] = fw->planned[i];
        b.to[i] = to[i];
        b.length += (to[i] - b.from[i]) * (to[i] - b.from[i]);
    }
    b.length = sqrt(b.length);
    if (b.length < 1e-9 || fw->block_count == FIRMWARE_BLOCKS) return;
    for (int i = 0; i < FIRMWARE_AXES; i++) b.unit[i] = (to[i] - b.from[i]) / b.length;
    b.rate_max = along(fw, b.unit, true);
    b.acceleration = along(fw, b.unit, false);
    b.programmed = b.is_rapid ? b.rate_max : feed_per_min / 60.0;
    b.is_fixed = fw->state == FIRMWARE_HOME || fw->is_probing;
    if (fw->block_count)
        b.junction2 = junction_speed2(fw, firmware_block_at(fw, fw->block_count - 1)->unit, b.unit);
    *firmware_block_at(fw, fw->block_count++) = b;
    memcpy(fw->planned, to, sizeof fw->planned);
    firmware_replan(fw);
}

void firmware_drop_blocks(struct firmware *fw) {
    fw->block_count = 0;
    fw->is_moving = fw->has_held = fw->is_stopping = fw->is_probing = false;
    memcpy(fw->planned, fw->position, sizeof fw->planned);
}
