#include "vision/filter.h"

#include <string.h>

#include "base/clock.h"
#include "base/linalg.h"
#include "vision/filter_model.h"

#define HYSTERESIS 0.8
#define JUMP_SPEED_MM_S 50.0 /* sigma of the velocity that a flinch brings */
#define JUMP_TURN_RAD_S 0.5
#define PREDICT_MAX_NS (2 * NS_PER_S)

struct head_filter_settings head_filter_settings_default(void) {
    return (struct head_filter_settings){.radius_mm = 46,
                                         .accel_psd_mm2_s3 = 2,
                                         .turn_psd_rad2_s3 = 1e-3,
                                         .breath_psd_mm2_s3 = 2,
                                         .breath_hz = 0.25,
                                         .pose_floor_mm = 0.001,
                                         .tremor_mm = 0.03,
                                         .turn_floor_rad = 2e-5,
                                         .gate_sigma = 5,
                                         .gate_mm = 0.1,
                                         .still_mm_s = 5,
                                         .settle_ns = 100 * NS_PER_MS,
                                         .lost_ns = 300 * NS_PER_MS};
}

void head_filter_init(struct head_filter *filter, const struct head_filter_settings *settings) {
    memset(filter, 0, sizeof *filter);
    filter->settings = *settings;
    filter->is_calm = true;
}

static bool is_measurement_finite(const struct head_measurement *m) {
    bool is_finite = pose_is_finite(m->T_rig_head);
    for (int i = 0; i < 36; i++) is_finite = is_finite && isfinite(m->covariance[i]);
    for (int i = 0; i < 6; i++) is_finite = is_finite && m->covariance[7 * i] >= 0;
    return is_finite;
}

/* Rms over the six axes of the normalised innovation; INFINITY when it cannot be formed. */
static double innovation_sigma(const struct filter_innovation *innovation) {
    double L[36], y[6], sum = 0;
    memcpy(L, innovation->S, sizeof L);
    memcpy(y, innovation->z, sizeof y);
    if (linalg_cholesky(L, 6) != RESULT_OK) return INFINITY;
    linalg_cholesky_solve(L, 6, y);
    for (int i = 0; i < 6; i++) sum += y[i] * innovation->z[i];
    return sqrt(fmax(sum, 0) / 6);
}

static double innovation_mm(const struct head_filter *filter,
                            const struct filter_innovation *innovation) {
    const double *z = innovation->z;
    return vec3_norm(vec3_make(z[0], z[1], z[2])) +
           filter->settings.radius_mm * vec3_norm(vec3_make(z[3], z[4], z[5]));
}

/* After a jump nobody knows how fast it goes on. */
static void open_velocity(struct head_filter_state *state) {
    for (int i = 0; i < 3; i++) {
        int v = 6 + i, w = 9 + i;
        state->P[(HEAD_FILTER_STATES + 1) * v] += JUMP_SPEED_MM_S * JUMP_SPEED_MM_S;
        state->P[(HEAD_FILTER_STATES + 1) * w] += JUMP_TURN_RAD_S * JUMP_TURN_RAD_S;
    }
}

/* Bring the state to a measurement and use it; is_jump tells whether it was outside the gate. */
static enum result use(struct head_filter *filter, const struct head_measurement *m,
                       bool *is_jump) {
    struct head_filter_state state = filter->state;
    struct filter_innovation innovation;
    filter_model_advance(&filter->settings, ns_to_s(m->stamp_ns - state.stamp_ns), &state);
    state.stamp_ns = m->stamp_ns;
    filter_model_innovation(&filter->settings, &state, m, &innovation);
    double sigma = innovation_sigma(&innovation);
    /* Small is no flinch: neither in place, nor as a change of velocity over a long frame time. */
    double gate_mm =
        fmax(filter->settings.gate_mm,
             filter->settings.still_mm_s * ns_to_s(m->stamp_ns - filter->state.stamp_ns));
    *is_jump =
        !(sigma <= filter->settings.gate_sigma) && !(innovation_mm(filter, &innovation) <= gate_mm);
    if (*is_jump) {
        /* As if the velocity had changed one frame ago: place and velocity both follow. */
        struct head_filter_state opened = filter->state;
        open_velocity(&opened);
        filter_model_advance(&filter->settings, ns_to_s(m->stamp_ns - opened.stamp_ns), &opened);
        opened.stamp_ns = m->stamp_ns;
        state = opened;
        filter_model_innovation(&filter->settings, &state, m, &innovation);
    }
    enum result result = filter_model_correct(&innovation, &state);
    if (result != RESULT_OK) return result;
    filter->state = state;
    filter->innovation_sigma = sigma;
    return RESULT_OK;
}

static struct head_filter_entry *entry_at(struct head_filter *filter, uint32_t i) {
    return &filter->history[(filter->history_first + i) % HEAD_FILTER_HISTORY];
}

static void remember(struct head_filter *filter, const struct head_measurement *m,
                     const struct head_filter_state *before) {
    if (filter->history_count == HEAD_FILTER_HISTORY) {
        filter->history_first = (filter->history_first + 1) % HEAD_FILTER_HISTORY;
        filter->history_count--;
    }
    struct head_filter_entry *newest = entry_at(filter, filter->history_count++);
    newest->measurement = *m;
    newest->before = *before;
}

/* A late measurement: back to the entry that it precedes, use it, then the later ones again. */
static enum result replay(struct head_filter *filter, const struct head_measurement *m,
                          bool *is_jump) {
    struct head_measurement later[HEAD_FILTER_HISTORY];
    uint32_t first = 0, count = 0;
    while (first < filter->history_count &&
           entry_at(filter, first)->measurement.stamp_ns <= m->stamp_ns) {
        first++;
    }
    if (first == 0 || first == filter->history_count) return RESULT_RANGE;
    for (uint32_t i = first; i < filter->history_count; i++)
        later[count++] = entry_at(filter, i)->measurement;
    filter->state = entry_at(filter, first)->before;
    filter->history_count = first;
    *is_jump = false;
    const struct head_measurement *next = m;
    for (uint32_t i = 0; i <= count; i++) {
        struct head_filter_state before = filter->state;
        bool jumped = false;
        enum result result = use(filter, next, &jumped);
        if (result != RESULT_OK) return result;
        remember(filter, next, &before);
        *is_jump = *is_jump || jumped;
        next = &later[i];
    }
    return RESULT_OK;
}

static void start(struct head_filter *filter, const struct head_measurement *m) {
    filter_model_start(&filter->settings, m, &filter->state);
    filter->is_started = true;
    filter->is_settled = false;
    filter->is_calm = true;
    filter->start_ns = m->stamp_ns;
    filter->last_jump_ns = m->stamp_ns - filter->settings.settle_ns;
    filter->history_count = 0;
    filter->innovation_sigma = 0;
    remember(filter, m, &filter->state);
}

/* Fastest point of the ring, mm/s. */
static double ring_speed(const struct head_filter *filter) {
    return vec3_norm(vec3_add(filter->state.v, filter->state.r)) +
           vec3_norm(filter->state.w) * filter->settings.radius_mm;
}

static void judge(struct head_filter *filter, bool is_jump, int64_t stamp_ns,
                  struct head_pose *pose) {
    double limit = filter->settings.still_mm_s * (filter->was_still ? 1.0 : HYSTERESIS);
    bool is_slow = ring_speed(filter) <= limit;
    if (is_jump) {
        filter->is_calm = false;
        filter->last_jump_ns = stamp_ns;
    } else if (stamp_ns - filter->last_jump_ns >= filter->settings.settle_ns) {
        filter->is_calm = true;
    }
    /* What looked like speed may have been a small jump: the filter needs a few frames after it. */
    if (!is_slow) filter->start_ns = stamp_ns;
    filter->is_settled = stamp_ns - filter->start_ns >= filter->settings.settle_ns;
    filter->was_still = filter->is_calm && filter->is_settled && is_slow;
    pose->state = !filter->is_calm ? HEAD_FLINCH : filter->was_still ? HEAD_STILL : HEAD_MOVING;
    pose->reason = is_jump                                   ? HEAD_REASON_INNOVATION
                   : filter->is_calm && !is_slow             ? HEAD_REASON_SPEED
                   : !filter->is_calm || !filter->is_settled ? HEAD_REASON_SETTLING
                                                             : HEAD_REASON_TRACKED;
}

enum result head_filter_update(struct head_filter *filter, const struct head_measurement *m,
                               struct head_pose *ret_pose) {
    bool is_jump = false;
    enum result result = RESULT_OK;
    if (!is_measurement_finite(m)) return RESULT_INVALID;
    bool is_stale =
        filter->is_started && m->stamp_ns - filter->state.stamp_ns > filter->settings.lost_ns;
    if (!filter->is_started || is_stale) {
        start(filter, m);
    } else if (m->stamp_ns < filter->state.stamp_ns) {
        result = replay(filter, m, &is_jump);
    } else {
        struct head_filter_state before = filter->state;
        result = use(filter, m, &is_jump);
        if (result == RESULT_OK) remember(filter, m, &before);
    }
    if (result != RESULT_OK) return result;
    struct head_pose pose = {.sequence = ++filter->sequence,
                             .innovation_sigma = filter->innovation_sigma,
                             .residual_px = m->residual_px,
                             .tags_used = m->tags_used};
    filter_model_output(&filter->settings, &filter->state, &pose);
    judge(filter, is_jump, pose.stamp_ns, &pose);
    filter->newest = pose;
    *ret_pose = pose;
    return RESULT_OK;
}

void head_filter_miss(struct head_filter *filter, int64_t stamp_ns, enum head_reason reason,
                      struct head_pose *ret_pose) {
    struct head_pose pose = {.T_rig_head = pose_identity()};
    if (filter->is_started && stamp_ns - filter->state.stamp_ns > filter->settings.lost_ns) {
        filter->is_started = false;
    }
    /* A prediction is better than nothing for a picture on a screen, and its state
     * denies its use. */
    if (filter->is_started && stamp_ns > filter->state.stamp_ns) {
        (void)head_filter_predict(filter, stamp_ns, &pose);
    }
    pose.sequence = ++filter->sequence;
    pose.stamp_ns = stamp_ns;
    pose.state = HEAD_LOST;
    pose.reason = reason;
    pose.tags_used = 0;
    filter->was_still = false;
    filter->newest.state = HEAD_LOST;
    filter->newest.reason = reason;
    *ret_pose = pose;
}

void head_filter_look(struct head_filter *filter, const struct head_look *look,
                      struct head_pose *ret_pose) {
    const struct head_measurement *m = &look->measurement;
    if (!look->is_measured)
        head_filter_miss(filter, m->stamp_ns, look->miss, ret_pose);
    else if (head_filter_update(filter, m, ret_pose) != RESULT_OK)
        head_filter_miss(filter, m->stamp_ns, HEAD_REASON_BAD_FIT, ret_pose);
}

static bool is_within_reach(const struct head_filter *filter, int64_t at_ns) {
    int64_t ahead_ns = at_ns - filter->state.stamp_ns;
    return filter->is_started && ahead_ns <= PREDICT_MAX_NS && ahead_ns >= -PREDICT_MAX_NS;
}

bool head_filter_predict_pose(const struct head_filter *filter, int64_t at_ns,
                              struct pose *ret_T_rig_head) {
    if (!is_within_reach(filter, at_ns)) return false;
    struct head_filter_state state = filter->state;
    filter_model_advance_mean(&filter->settings, ns_to_s(at_ns - state.stamp_ns), &state);
    *ret_T_rig_head = filter_model_pose(&filter->settings, &state);
    return true;
}

bool head_filter_predict(const struct head_filter *filter, int64_t at_ns,
                         struct head_pose *ret_pose) {
    if (!is_within_reach(filter, at_ns)) return false;
    int64_t ahead_ns = at_ns - filter->state.stamp_ns;
    struct head_filter_state state = filter->state;
    struct head_pose pose = filter->newest;
    filter_model_advance(&filter->settings, ns_to_s(ahead_ns), &state);
    filter_model_output(&filter->settings, &state, &pose);
    pose.stamp_ns = at_ns;
    *ret_pose = pose;
    return true;
}
