/* Blocks in time: one speed profile of at most three ramps for the block that runs, positions in
 * closed form, stops that slow down along the line and across its corners. */
#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "sim/firmware_private.h"

double firmware_profile_distance(const struct firmware_profile *p, double t) {
    double s = 0;
    if (t <= p->t1) return p->v0 * t + (p->t1 > 0 ? (p->v1 - p->v0) / p->t1 * t * t / 2 : 0);
    s += (p->v0 + p->v1) / 2 * p->t1, t -= p->t1;
    if (t <= p->t2) return s + p->v1 * t;
    s += p->v1 * p->t2, t -= p->t2;
    if (t >= p->t3) return p->length;
    return s + p->v1 * t + (p->v2 - p->v1) / p->t3 * t * t / 2;
}

double firmware_profile_speed(const struct firmware_profile *p, double t) {
    if (t < p->t1) return p->v0 + (p->v1 - p->v0) * t / p->t1;
    t -= p->t1;
    if (t <= p->t2) return p->v1;
    t -= p->t2;
    return t >= p->t3 ? p->v2 : p->v1 + (p->v2 - p->v1) * t / p->t3;
}

static void begin_profile(struct firmware *fw, struct firmware_profile p) {
    p.start_ns = fw->now_ns;
    p.end_ns = fw->now_ns + s_to_ns(fmin(p.t1 + p.t2 + p.t3, FIRMWARE_WAIT_MOST_S));
    fw->profile = p;
    fw->is_moving = true;
    fw->running_line = firmware_block_at(fw, 0)->line;
    if (fw->is_probing) firmware_expect_contact(fw);
}

/* From v0 at begin_mm up (or down) to the nominal speed and to v_end at the block's end. */
void firmware_make_profile(struct firmware *fw, double begin, double v0, double v_end) {
    const struct firmware_block *b = firmware_block_at(fw, 0);
    double percent = b->is_fixed ? 100 : b->is_rapid ? fw->rapid_override : fw->feed_override;
    double nominal = fmin(b->programmed * percent / 100, b->rate_max);
    double length = fmax(0, b->length - begin), a = b->acceleration;
    double peak = sqrt(fmax(0, a * length + (v0 * v0 + v_end * v_end) / 2));
    double v1 = fmin(nominal, peak);
    struct firmware_profile p = {.begin_mm = begin, .v0 = v0, .v1 = v1, .v2 = v_end};
    double ramps = (fabs(v1 * v1 - v0 * v0) + fabs(v1 * v1 - v_end * v_end)) / (2 * a);
    p.length = length;
    p.t1 = fabs(v1 - v0) / a;
    p.t2 = v1 > 0 ? fmax(0, length - ramps) / v1 : 0;
    p.t3 = fabs(v1 - v_end) / a;
    begin_profile(fw, p);
}

/* Slow down from v0 as fast as the block's axes can; maybe not to rest before its end. */
static void make_stop(struct firmware *fw, double begin, double v0) {
    const struct firmware_block *b = firmware_block_at(fw, 0);
    double left = fmax(0, b->length - begin), a = b->acceleration;
    struct firmware_profile p = {.begin_mm = begin, .v0 = v0};
    p.ends_at_rest_mid = v0 * v0 / (2 * a) <= left;
    p.length = p.ends_at_rest_mid ? v0 * v0 / (2 * a) : left;
    p.v1 = p.v2 = p.ends_at_rest_mid ? 0 : sqrt(fmax(0, v0 * v0 - 2 * a * left));
    p.t1 = (v0 - p.v1) / a;
    begin_profile(fw, p);
}

void firmware_place(struct firmware *fw, int64_t at_ns) {
    if (!fw->is_moving) return;
    const struct firmware_block *b = firmware_block_at(fw, 0);
    double t = ns_to_s(at_ns - fw->profile.start_ns);
    double done = fw->profile.begin_mm + firmware_profile_distance(&fw->profile, t);
    double part = fmin(1, done / b->length);
    for (int i = 0; i < FIRMWARE_AXES; i++)
        fw->position[i] = b->from[i] + part * (b->to[i] - b->from[i]);
}

static double next_entry(struct firmware *fw) {
    return fw->block_count > 1 ? sqrt(firmware_block_at(fw, 1)->entry2) : 0;
}

void firmware_start(struct firmware *fw) {
    if (fw->block_count == 0 || fw->is_moving) return;
    if (fw->state == FIRMWARE_IDLE) fw->state = FIRMWARE_RUN;
    if (fw->state != FIRMWARE_RUN && fw->state != FIRMWARE_JOG && fw->state != FIRMWARE_HOME)
        return;
    double begin = fw->has_held ? fw->profile.begin_mm : 0;
    fw->has_held = false;
    firmware_make_profile(fw, begin, 0, next_entry(fw));
}

void firmware_begin_stop(struct firmware *fw) {
    double t = ns_to_s(fw->now_ns - fw->profile.start_ns);
    if (fw->is_stopping || !fw->is_moving) return;
    fw->is_stopping = true;
    make_stop(fw, fw->profile.begin_mm + firmware_profile_distance(&fw->profile, t),
              firmware_profile_speed(&fw->profile, t));
}

/* The held block goes on from where it stands. */
void firmware_continue(struct firmware *fw) {
    firmware_replan(fw);
    fw->state = FIRMWARE_IDLE;
    firmware_start(fw);
}

static void pop_block(struct firmware *fw) {
    fw->is_moving = false;
    memcpy(fw->position, firmware_block_at(fw, 0)->to, sizeof fw->position);
    fw->block_first = (fw->block_first + 1) % FIRMWARE_BLOCKS;
    fw->block_count--;
}

void firmware_end_block(struct firmware *fw) {
    double v = fw->profile.v2;
    if (fw->is_stopping && fw->profile.ends_at_rest_mid) {
        fw->profile.begin_mm += fw->profile.length;
        fw->profile.length = 0;
        fw->is_moving = false;
        fw->has_held = firmware_block_at(fw, 0)->length - fw->profile.begin_mm > 1e-9;
        if (!fw->has_held) pop_block(fw);
        fw->is_stopping = false;
        firmware_on_stopped(fw);
        return;
    }
    pop_block(fw);
    if (fw->is_stopping && fw->block_count)
        make_stop(fw, 0, v);
    else if (fw->is_stopping) {
        fw->is_stopping = false;
        firmware_on_stopped(fw);
    } else if (fw->block_count)
        firmware_make_profile(fw, 0, v, next_entry(fw));
    else if (fw->state == FIRMWARE_RUN || fw->state == FIRMWARE_JOG)
        fw->state = FIRMWARE_IDLE;
}
