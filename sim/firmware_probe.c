/* Motions that end at a switch: probing (G38.2 to G38.5) and homing. */
#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "sim/firmware_private.h"

/* From the contact until the board begins to slow down: at F300 the tip goes 0.1 mm past it, as
 * seen on the real firmware. */
#define PROBE_LATENCY_NS (20 * NS_PER_MS)
#define HOMING_PASSES 6
#define PHASES_A_PASS 4 /* seek, off, locate, off */
#define SEARCH_FACTOR 1.5

bool firmware_is_touching(const struct firmware *fw) {
    return firmware_has_pin(fw, FIRMWARE_PIN_PROBE) ||
           (fw->has_probe_surface && fw->position[fw->probe_axis] <= fw->probe_at);
}

static void place_at(const struct firmware *fw, int64_t at_ns, double values[FIRMWARE_AXES]) {
    const struct firmware_block *b = &fw->blocks[fw->block_first];
    double t = ns_to_s(at_ns - fw->profile.start_ns);
    double part = (fw->profile.begin_mm + firmware_profile_distance(&fw->profile, t)) / b->length;
    for (int i = 0; i < FIRMWARE_AXES; i++)
        values[i] = b->from[i] + fmin(1, part) * (b->to[i] - b->from[i]);
}

void firmware_expect_contact(struct firmware *fw) {
    double values[FIRMWARE_AXES];
    int64_t low = fw->profile.start_ns, high = fw->profile.end_ns;
    if (fw->has_contact) return;
    fw->contact_ns = fw->probe_stop_ns = INT64_MAX;
    place_at(fw, high, values);
    if (!fw->has_probe_surface || values[fw->probe_axis] > fw->probe_at) return;
    while (high - low > NS_PER_US) {
        int64_t middle = low + (high - low) / 2;
        place_at(fw, middle, values);
        if (values[fw->probe_axis] <= fw->probe_at)
            high = middle;
        else
            low = middle;
    }
    fw->contact_ns = high;
}

int64_t firmware_probe_event_ns(const struct firmware *fw) {
    return fw->has_contact ? fw->probe_stop_ns : fw->contact_ns;
}

void firmware_on_probe_event(struct firmware *fw) {
    if (!fw->has_contact) {
        fw->has_contact = true;
        memcpy(fw->probed, fw->position, sizeof fw->probed);
        fw->probe_stop_ns = fw->now_ns + PROBE_LATENCY_NS;
        return;
    }
    fw->probe_stop_ns = INT64_MAX;
    firmware_begin_stop(fw);
}

static bool is_same_place(const double a[FIRMWARE_AXES], const double b[FIRMWARE_AXES]) {
    for (int i = 0; i < FIRMWARE_AXES; i++)
        if (fabs(a[i] - b[i]) > 1e-9) return false;
    return true;
}

static int begin_probe(struct firmware *fw, const struct firmware_words *words, bool is_away,
                       uint32_t line) {
    double target[FIRMWARE_AXES];
    if (!firmware_target(fw, words, target)) return ERROR_NO_AXIS;
    if (fw->feed_mm_min <= 0) return ERROR_NO_FEED;
    if (is_same_place(target, fw->planned)) return ERROR_BAD_TARGET;
    if (fw->state == FIRMWARE_CHECK) return 0;
    if (firmware_is_touching(fw) != is_away) {
        firmware_alarm(fw, ALARM_PROBE_TOUCHED);
        return 0;
    }
    if (firmware_flag(fw, 20) && !firmware_is_within_limits(fw, target)) {
        firmware_critical(fw, ALARM_SOFT_LIMIT);
        return LINE_GONE;
    }
    fw->is_probing = true;
    fw->has_contact = fw->is_probe_good = false;
    fw->contact_ns = fw->probe_stop_ns = INT64_MAX;
    firmware_queue(fw, target, fw->feed_mm_min, line);
    firmware_start(fw);
    fw->stage = 1;
    return LINE_WAITS;
}

int firmware_probe(struct firmware *fw, const struct firmware_words *words, uint32_t line) {
    bool is_away = words->motion >= 384, is_error_told = words->motion % 2 == 0;
    if (fw->stage == 0) {
        firmware_start(fw);
        if (fw->block_count) return LINE_WAITS;
        return begin_probe(fw, words, is_away, line);
    }
    if (fw->is_moving || fw->has_held) return LINE_WAITS;
    bool is_good = fw->has_contact;
    firmware_drop_blocks(fw);
    fw->is_probe_good = is_good;
    if (!is_good) memcpy(fw->probed, fw->position, sizeof fw->probed);
    if (!is_good && is_error_told) firmware_alarm(fw, ALARM_PROBE_MISSED);
    firmware_say_probe(fw);
    return 0;
}

/* Axes of a homing pass, and which of them must be there in the end. */
static uint32_t pass_axes(const struct firmware *fw, int pass, uint32_t wanted) {
    uint32_t axes = (uint32_t)firmware_flag(fw, 44 + pass);
    return wanted ? (axes & wanted) : axes;
}

static uint32_t all_passes(const struct firmware *fw) {
    uint32_t all = 0;
    for (int pass = 0; pass < HOMING_PASSES; pass++) all |= pass_axes(fw, pass, 0);
    return all;
}

/* Where the axis stands once it is homed, machine coordinates. */
static double home_place(const struct firmware *fw, int axis) {
    bool is_low_end = firmware_flag(fw, 23) >> axis & 1;
    double pull_off = firmware_setting(fw, 27);
    if (firmware_flag(fw, 22) & 8) return 0;
    return is_low_end ? pull_off - fw->axes[axis].travel : -pull_off;
}

static void queue_phase(struct firmware *fw, int phase, uint32_t axes) {
    double to[FIRMWARE_AXES], pull_off = firmware_setting(fw, 27), longest = 0;
    double rate = firmware_setting(fw, phase == 2 ? 24 : 25);
    bool is_toward = phase % 2 == 0;
    memcpy(to, fw->position, sizeof to);
    for (int i = 0; i < FIRMWARE_AXES; i++) {
        if (!(axes >> i & 1)) continue;
        double outward = firmware_flag(fw, 23) >> i & 1 ? -1 : 1;
        bool is_broken = fw->broken_switches >> i & 1;
        double switch_at = home_place(fw, i) + outward * pull_off;
        to[i] = is_toward ? switch_at : switch_at - outward * pull_off;
        if (is_toward && is_broken)
            to[i] = fw->position[i] + outward * SEARCH_FACTOR * fw->axes[i].travel;
        longest = fmax(longest, fabs(to[i] - fw->position[i]));
    }
    memcpy(fw->planned, fw->position, sizeof fw->planned);
    if (longest > 0) firmware_queue(fw, to, rate, 0);
    firmware_start(fw);
}

static void end_homing(struct firmware *fw, uint32_t homed) {
    fw->homed_mask |= homed;
    uint32_t all = all_passes(fw);
    fw->is_homed = (fw->homed_mask & all) == all;
    fw->has_homed_news = true;
    fw->state = FIRMWARE_IDLE;
    fw->alarm = 0;
}

static int fail_homing(struct firmware *fw, int code) {
    firmware_alarm(fw, code);
    firmware_forget_input(fw);
    firmware_greet(fw);
    firmware_say(fw, "[MSG:'$H'|'$X' to unlock]");
    return LINE_GONE;
}

/* A stage is a phase of a pass plus one; called again whenever a motion has ended. */
int firmware_home(struct firmware *fw, uint32_t wanted) {
    if (fw->stage == 0) {
        if (firmware_has_pin(fw, FIRMWARE_PIN_ESTOP)) return ERROR_ESTOP_ACTIVE;
        fw->state = FIRMWARE_HOME;
        fw->stage = 1;
    }
    while (!fw->block_count) {
        int pass = (fw->stage - 1) / PHASES_A_PASS, phase = (fw->stage - 1) % PHASES_A_PASS;
        if (pass == HOMING_PASSES) break;
        uint32_t axes = pass_axes(fw, pass, wanted);
        if (axes && phase == 1 && axes & fw->broken_switches)
            return fail_homing(fw, ALARM_HOMING_MISSED);
        if (axes && phase == 2 && fw->pins >> FIRMWARE_PIN_LIMIT & axes)
            return fail_homing(fw, ALARM_HOMING_STUCK);
        if (axes) queue_phase(fw, phase, axes);
        fw->stage++;
    }
    if (fw->block_count) return LINE_WAITS;
    for (int i = 0; i < FIRMWARE_AXES; i++)
        if (all_passes(fw) >> i & 1) fw->planned[i] = fw->position[i];
    end_homing(fw, wanted ? wanted : all_passes(fw));
    return 0;
}

void firmware_set_probe_surface(struct firmware *fw, int axis, double at) {
    fw->has_probe_surface = axis >= 0;
    fw->probe_axis = axis;
    fw->probe_at = at;
}
