/* One line of G-code carried out: checks in the firmware's order, errors by its numbers, motions
 * into the planner. A line that has to wait is carried out in stages. */
#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "sim/firmware_private.h"

#define BLOCKS_A_LINE 5 /* a canned cycle: over, down to R, plunge, out; one to spare */
#define MM_PER_INCH 25.4
#define DWELL_STEP_S 0.05

enum { G_FAST = 0, G_FEED = 10, G_NO_CYCLE = 800, G_DRILL = 810, G_DWELL_DRILL = 820 };
enum { G_DWELL = 40, G_SET_OFFSET = 100, G_TOOL_LENGTH = 431, G_SHIFT = 920, G_UNSHIFT = 921 };

static bool is_probing_mode(int mode) {
    return mode >= 382 && mode <= 385;
}

static bool is_cycle(int mode) {
    return mode == G_DRILL || mode == G_DWELL_DRILL;
}

static bool has_axis_word(const struct firmware_words *words) {
    for (const char *letter = firmware_letters; *letter; letter++)
        if (has_word(words, *letter)) return true;
    return false;
}

/* A word's value in mm or deg. */
static double scaled(const struct firmware *fw, const struct firmware_words *words, int axis) {
    double value = word_value(words, firmware_letters[axis]);
    bool is_rotary = axis >= 3 && firmware_flag(fw, 376) >> (axis - 3) & 1;
    return fw->is_inches && !is_rotary ? value * MM_PER_INCH : value;
}

static double offset_of(const struct firmware *fw, int axis) {
    return fw->offsets[fw->system][axis] + fw->g92[axis] + (axis == 2 ? fw->tool_length : 0);
}

bool firmware_target(const struct firmware *fw, const struct firmware_words *words,
                     double target[FIRMWARE_AXES]) {
    for (int i = 0; i < FIRMWARE_AXES; i++) {
        target[i] = fw->planned[i];
        if (!has_word(words, firmware_letters[i])) continue;
        double value = scaled(fw, words, i);
        if (fw->is_relative)
            target[i] += value;
        else
            target[i] = value + (words->is_machine ? 0 : offset_of(fw, i));
    }
    return has_axis_word(words);
}

/* Homed axes with a travel, as grblHAL sets its work envelope: $22's origin bit and $23 say on
 * which side of zero the travel lies. */
bool firmware_is_within_limits(const struct firmware *fw, const double target[FIRMWARE_AXES]) {
    bool has_zero_origin = firmware_flag(fw, 22) & 8;
    for (int i = 0; i < FIRMWARE_AXES; i++) {
        double travel = fw->axes[i].travel;
        bool is_upward = has_zero_origin && firmware_flag(fw, 23) >> i & 1;
        double low = is_upward ? 0 : -travel, high = is_upward ? travel : 0;
        if (!(fw->homed_mask >> i & 1) || travel <= 0) continue;
        if (!(target[i] >= low - 1e-6 && target[i] <= high + 1e-6)) return false;
    }
    return true;
}

static bool is_refused_by_limits(const struct firmware *fw, const double target[FIRMWARE_AXES]) {
    return firmware_flag(fw, 20) && !firmware_is_within_limits(fw, target);
}

/* A soft limit: what runs is brought to rest, then the board blocks. */
static int meet_soft_limit(struct firmware *fw) {
    if (fw->is_moving) {
        firmware_begin_stop(fw);
        return LINE_WAITS;
    }
    firmware_critical(fw, ALARM_SOFT_LIMIT);
    return LINE_GONE;
}

static void queue(struct firmware *fw, const double to[FIRMWARE_AXES], double feed_mm_min,
                  uint32_t line) {
    if (fw->state == FIRMWARE_CHECK)
        memcpy(fw->planned, to, sizeof fw->planned);
    else
        firmware_queue(fw, to, feed_mm_min, line);
}

static int straight(struct firmware *fw, const struct firmware_words *words, int mode,
                    uint32_t line) {
    double target[FIRMWARE_AXES];
    if (has_word(words, 'R') || has_word(words, 'Q') || has_word(words, 'L') ||
        has_word(words, 'P') || has_word(words, 'E'))
        return ERROR_WORD_UNUSED;
    if (mode == G_FEED && fw->feed_mm_min <= 0) return ERROR_NO_FEED;
    (void)firmware_target(fw, words, target);
    if (is_refused_by_limits(fw, target)) return meet_soft_limit(fw);
    queue(fw, target, mode == G_FEED ? fw->feed_mm_min : 0, line);
    return 0;
}

/* Wait until all that is queued has run, then stand for so long. The real firmware counts a dwell
 * in whole steps of 50 ms: seen as 146 ms a dot with P0.01 against 81 ms without. */
static int dwell(struct firmware *fw, double seconds) {
    firmware_start(fw);
    if (fw->block_count || fw->is_dwelling) return LINE_WAITS;
    fw->is_dwelling = true;
    double whole_s = ceil(seconds / DWELL_STEP_S - 1e-9) * DWELL_STEP_S;
    fw->wait_ns = fw->now_ns + s_to_ns(fmin(whole_s, FIRMWARE_WAIT_MOST_S));
    return LINE_WAITS;
}

static int check_cycle(const struct firmware *fw, const struct firmware_words *words) {
    bool is_new = !is_cycle(fw->motion_mode);
    for (const char *letter = firmware_letters + 3; *letter; letter++)
        if (has_word(words, *letter)) return ERROR_NOT_ALLOWED;
    if (!has_axis_word(words)) return ERROR_NO_AXIS;
    if (is_new && (!has_word(words, 'Z') || !has_word(words, 'R'))) return ERROR_WORD_MISSING;
    return fw->feed_mm_min <= 0 ? ERROR_NO_FEED : 0;
}

static int begin_cycle(struct firmware *fw, const struct firmware_words *words, uint32_t line) {
    double over[FIRMWARE_AXES], bottom[FIRMWARE_AXES];
    double unit = fw->is_inches ? MM_PER_INCH : 1;
    fw->cycle_top = fw->planned[2];
    if (has_word(words, 'R')) fw->cycle_r = word_value(words, 'R') * unit + offset_of(fw, 2);
    if (has_word(words, 'Z')) fw->cycle_z = word_value(words, 'Z') * unit + offset_of(fw, 2);
    if (fw->cycle_z > fw->cycle_r) return ERROR_BAD_RETRACT;
    (void)firmware_target(fw, words, over);
    over[2] = fmax(fw->cycle_top, fw->cycle_r);
    memcpy(bottom, over, sizeof bottom);
    bottom[2] = fw->cycle_z;
    if (is_refused_by_limits(fw, over) || is_refused_by_limits(fw, bottom))
        return meet_soft_limit(fw);
    queue(fw, over, 0, line);
    over[2] = fw->cycle_r;
    queue(fw, over, 0, line);
    queue(fw, bottom, fw->feed_mm_min, line);
    return 0;
}

static int cycle(struct firmware *fw, const struct firmware_words *words, int mode, uint32_t line) {
    double dwell_s = mode == G_DWELL_DRILL ? word_value(words, 'P') : 0, out[FIRMWARE_AXES];
    if (fw->stage == 0) {
        int error = check_cycle(fw, words);
        if (!error) error = begin_cycle(fw, words, line);
        if (error) return error;
        fw->stage = dwell_s > 0 && fw->state != FIRMWARE_CHECK ? 1 : 2;
    }
    if (fw->stage == 1) return dwell(fw, dwell_s);
    memcpy(out, fw->planned, sizeof out);
    out[2] = fw->is_retract_to_r ? fw->cycle_r : fmax(fw->cycle_top, fw->cycle_r);
    queue(fw, out, 0, line);
    return 0;
}

static void set_offsets(struct firmware *fw, const struct firmware_words *words) {
    int system = has_word(words, 'P') && word_value(words, 'P') > 0
                     ? (int)word_value(words, 'P') - 1
                     : fw->system;
    bool is_here = word_value(words, 'L') > 2;
    if (system >= FIRMWARE_SYSTEMS) return;
    for (int i = 0; i < FIRMWARE_AXES; i++)
        if (has_word(words, firmware_letters[i]))
            fw->offsets[system][i] =
                is_here ? fw->planned[i] - scaled(fw, words, i) : scaled(fw, words, i);
}

static int act(struct firmware *fw, const struct firmware_words *words) {
    if (words->action == G_DWELL) {
        if (!has_word(words, 'P')) return ERROR_WORD_MISSING;
        return fw->stage == 2 || fw->state == FIRMWARE_CHECK ? 0
                                                             : dwell(fw, word_value(words, 'P'));
    }
    if (words->action == G_UNSHIFT) {
        memset(fw->g92, 0, sizeof fw->g92);
        return 0;
    }
    if (!has_axis_word(words)) return ERROR_NO_AXIS;
    if (words->action == G_SET_OFFSET) {
        double l = word_value(words, 'L');
        if (l < 2 || (l > 2 && l < 20) || l > 20) return ERROR_UNSUPPORTED;
        set_offsets(fw, words);
    } else if (words->action == G_TOOL_LENGTH) {
        fw->tool_length = scaled(fw, words, 2);
    } else {
        for (int i = 0; i < FIRMWARE_AXES; i++)
            if (has_word(words, firmware_letters[i]))
                fw->g92[i] = fw->planned[i] - fw->offsets[fw->system][i] - scaled(fw, words, i);
    }
    fw->reports_until_offset = 0;
    return 0;
}

/* M-words: spindle and coolant wait for what is queued; M62 and M63 act like M64 and M65 here. */
static int switch_outputs(struct firmware *fw, const struct firmware_words *words) {
    for (int i = 0; i < words->m_count; i++) {
        int m = words->m[i];
        unsigned port = (unsigned)fmin(31, fmax(0, word_value(words, 'P')));
        if (m < 60 && fw->block_count && fw->stage == 0) {
            firmware_start(fw);
            return LINE_WAITS;
        }
        if (m == 3 || m == 4 || m == 5) fw->is_spindle_on = m != 5;
        if (m == 7 || m == 8 || m == 9) fw->is_coolant_on = m != 9;
        if (m == 62 || m == 64) fw->aux_outputs |= 1u << port;
        if (m == 63 || m == 65) fw->aux_outputs &= ~(1u << port);
        if (m == 2 || m == 30) fw->motion_mode = G_FAST, fw->is_spindle_on = false;
    }
    return 0;
}

static int move(struct firmware *fw, const struct firmware_words *words, int mode) {
    uint32_t line = has_word(words, 'N') ? (uint32_t)word_value(words, 'N') : 0;
    if (is_probing_mode(mode)) return firmware_probe(fw, words, line);
    if (is_cycle(mode)) return cycle(fw, words, mode, line);
    if (!has_axis_word(words)) return 0;
    if (mode == G_NO_CYCLE) return ERROR_AXIS_UNUSED;
    return straight(fw, words, mode, line);
}

static int run_words(struct firmware *fw, const struct firmware_words *words) {
    int mode = words->motion >= 0 ? words->motion : fw->motion_mode;
    bool is_motion = words->motion >= 0 || has_axis_word(words);
    if (words->is_machine && mode != G_FAST && mode != G_FEED) return ERROR_G53_MODE;
    if (words->action && words->action != G_DWELL && words->motion >= 0 && has_axis_word(words))
        return ERROR_NOT_ALLOWED;
    if (fw->stage == 0 && firmware_blocks_free(fw) < BLOCKS_A_LINE) {
        firmware_start(fw);
        return LINE_WAITS;
    }
    int error = switch_outputs(fw, words);
    double feed = fw->feed_mm_min;
    if (!error && has_word(words, 'F'))
        fw->feed_mm_min = word_value(words, 'F') * (fw->is_inches ? MM_PER_INCH : 1);
    if (!error && words->action) error = act(fw, words);
    if (!error && is_motion && (!words->action || words->action == G_DWELL))
        error = move(fw, words, mode);
    if (error > 0) fw->feed_mm_min = feed;
    if (!error) fw->motion_mode = is_probing_mode(mode) ? G_NO_CYCLE : mode;
    return error;
}

int firmware_execute(struct firmware *fw, const char *line) {
    bool was_relative = fw->is_relative, was_inches = fw->is_inches, was_to_r = fw->is_retract_to_r;
    int system = fw->system;
    struct firmware_words words;
    int error = firmware_take_words(fw, line, &words);
    if (!error) error = run_words(fw, &words);
    if (error > 0) { /* a line that is refused changes nothing */
        fw->is_relative = was_relative, fw->is_inches = was_inches;
        fw->is_retract_to_r = was_to_r, fw->system = system;
    }
    return error;
}

/* `$J=`: its modes are its own. */
int firmware_jog(struct firmware *fw, const char *line) {
    bool was_relative = fw->is_relative, was_inches = fw->is_inches;
    double target[FIRMWARE_AXES];
    struct firmware_words words;
    if (fw->state != FIRMWARE_IDLE && fw->state != FIRMWARE_JOG) return ERROR_NOT_IDLE;
    if (firmware_blocks_free(fw) < BLOCKS_A_LINE) return LINE_WAITS;
    int error = firmware_take_words(fw, line, &words);
    bool is_jog = words.motion < 0 && !words.action && !words.m_count && has_axis_word(&words);
    if (!error && !is_jog) error = ERROR_BAD_JOG;
    if (!error && !(word_value(&words, 'F') > 0)) error = ERROR_NO_FEED;
    if (!error && !firmware_target(fw, &words, target)) error = ERROR_BAD_JOG;
    if (!error && is_refused_by_limits(fw, target)) error = ERROR_JOG_TRAVEL;
    if (!error) {
        double unit = fw->is_inches ? MM_PER_INCH : 1;
        uint32_t number = has_word(&words, 'N') ? (uint32_t)word_value(&words, 'N') : 0;
        firmware_queue(fw, target, word_value(&words, 'F') * unit, number);
        if (fw->block_count) fw->state = FIRMWARE_JOG;
        firmware_start(fw);
    }
    fw->is_relative = was_relative, fw->is_inches = was_inches;
    return error;
}
