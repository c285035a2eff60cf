/* Blocks and time: each motion is a trapezoid from rest to rest along a straight line in axis
 * space, as Grbl plans it between strikes, where every junction turns by a right angle and stops.
 */
#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "sim/firmware_private.h"

static struct firmware_block *block_at(struct firmware *fw, size_t i) {
    return &fw->blocks[(fw->block_first + i) % FIRMWARE_BLOCKS];
}

size_t firmware_blocks_free(const struct firmware *fw) {
    return FIRMWARE_BLOCKS - fw->block_count;
}

/* Seconds of a trapezoid that begins with entry_speed and ends at rest. */
static double block_duration_s(const struct firmware_block *b) {
    if (b->is_stopping) return b->entry_speed / b->acceleration;
    double a = b->acceleration, v0 = b->entry_speed;
    double peak = sqrt(a * b->length + 0.5 * v0 * v0);
    if (peak > b->speed) peak = b->speed;
    double ramps = (2 * peak * peak - v0 * v0) / (2 * a);
    return (2 * peak - v0) / a + (b->length - ramps) / peak;
}

/* Distance along the line after t seconds. */
static double block_distance(const struct firmware_block *b, double t) {
    double a = b->acceleration, v0 = b->entry_speed, whole = ns_to_s(b->duration_ns);
    if (t >= whole) return b->length;
    if (b->is_stopping) return v0 * t - 0.5 * a * t * t;
    double peak = fmin(b->speed, sqrt(a * b->length + 0.5 * v0 * v0));
    double up_s = (peak - v0) / a, down_s = peak / a;
    if (t <= up_s) return v0 * t + 0.5 * a * t * t;
    if (t <= whole - down_s) return (peak * peak - v0 * v0) / (2 * a) + peak * (t - up_s);
    double left_s = whole - t;
    return b->length - 0.5 * a * left_s * left_s;
}

static double block_speed(const struct firmware_block *b, double t) {
    const double h = 1e-6;
    return (block_distance(b, t + h) - block_distance(b, fmax(0, t - h))) / (t < h ? t + h : 2 * h);
}

static void place(struct firmware *fw, const struct firmware_block *b, double distance) {
    double part = b->length > 0 ? distance / b->length : 1.0;
    for (int i = 0; i < FIRMWARE_AXES; i++)
        fw->position[i] = b->from[i] + part * (b->to[i] - b->from[i]);
}

static void append(struct firmware *fw, struct firmware_block *b) {
    /* A block that follows another begins when that one ends; the first begins now. */
    b->start_ns = fw->now_ns;
    if (fw->block_count) {
        const struct firmware_block *last = block_at(fw, fw->block_count - 1);
        b->start_ns = last->start_ns + last->duration_ns;
    }
    *block_at(fw, fw->block_count++) = *b;
    if (fw->state == FIRMWARE_IDLE) fw->state = FIRMWARE_RUN;
}

void firmware_queue(struct firmware *fw, const double to[FIRMWARE_AXES], double feed_per_min,
                    uint32_t line) {
    struct firmware_block b = {.line = line, .speed = INFINITY, .acceleration = INFINITY};
    for (int i = 0; i < FIRMWARE_AXES; i++) {
        b.from[i] = fw->planned[i];
        b.to[i] = to[i];
        b.length += (to[i] - b.from[i]) * (to[i] - b.from[i]);
    }
    b.length = sqrt(b.length);
    if (b.length < 1e-9) return;
    for (int i = 0; i < FIRMWARE_AXES; i++) {
        double part = fabs(to[i] - b.from[i]) / b.length;
        if (part <= 0) continue;
        b.speed = fmin(b.speed, fw->axes[i].rate / part);
        b.acceleration = fmin(b.acceleration, fw->axes[i].acceleration / part);
    }
    if (feed_per_min > 0) b.speed = fmin(b.speed, feed_per_min / 60.0);
    b.duration_ns = s_to_ns(block_duration_s(&b));
    append(fw, &b);
    memcpy(fw->planned, to, sizeof fw->planned);
}

void firmware_queue_dwell(struct firmware *fw, double dwell_s, uint32_t line) {
    struct firmware_block b = {
        .line = line, .speed = 1, .acceleration = 1, .duration_ns = s_to_ns(dwell_s)};
    memcpy(b.from, fw->planned, sizeof b.from);
    memcpy(b.to, fw->planned, sizeof b.to);
    append(fw, &b);
}

static void end_block(struct firmware *fw) {
    struct firmware_block done = *block_at(fw, 0);
    memcpy(fw->position, done.to, sizeof fw->position);
    fw->block_first = (fw->block_first + 1) % FIRMWARE_BLOCKS;
    fw->block_count--;
    if (done.is_stopping) {
        fw->is_hold_pending = false;
        fw->state = FIRMWARE_HOLD;
    } else if (fw->block_count == 0 && fw->state == FIRMWARE_RUN) {
        fw->state = FIRMWARE_IDLE;
    }
}

void firmware_run_to(struct firmware *fw, int64_t now_ns) {
    while (fw->block_count && fw->state == FIRMWARE_RUN) {
        struct firmware_block *b = block_at(fw, 0);
        fw->running_line = b->line;
        if (now_ns >= b->start_ns + b->duration_ns) {
            fw->now_ns = b->start_ns + b->duration_ns;
            end_block(fw);
            continue;
        }
        if (now_ns > b->start_ns) place(fw, b, block_distance(b, ns_to_s(now_ns - b->start_ns)));
        break;
    }
    fw->now_ns = now_ns;
}

/* Decelerate on the line; what is left of the block waits for a resume. */
void firmware_hold(struct firmware *fw) {
    if (fw->state == FIRMWARE_IDLE) fw->state = FIRMWARE_HOLD;
    if (fw->state != FIRMWARE_RUN || fw->is_hold_pending || !fw->block_count) return;
    struct firmware_block *b = block_at(fw, 0);
    double t = fmax(0, ns_to_s(fw->now_ns - b->start_ns));
    double at = block_distance(b, t), v = fmax(0, block_speed(b, t));
    double stop = v * v / (2 * b->acceleration);
    if (at + stop > b->length) stop = b->length - at;
    struct firmware_block stopping = {.is_stopping = true,
                                      .length = stop,
                                      .entry_speed = v,
                                      .acceleration = b->acceleration,
                                      .line = b->line,
                                      .start_ns = fw->now_ns};
    stopping.duration_ns = s_to_ns(block_duration_s(&stopping));
    memcpy(stopping.from, fw->position, sizeof stopping.from);
    for (int i = 0; i < FIRMWARE_AXES; i++)
        stopping.to[i] =
            b->from[i] + (b->length > 0 ? (at + stop) / b->length : 0.0) * (b->to[i] - b->from[i]);
    fw->held = *b;
    memcpy(fw->held.from, stopping.to, sizeof fw->held.from);
    fw->held.length = b->length - at - stop;
    fw->has_held = fw->held.length > 1e-9;
    *b = stopping;
    fw->is_hold_pending = true;
}

/* Start times of everything queued, one after the other from now. */
static void retime(struct firmware *fw) {
    int64_t start_ns = fw->now_ns;
    for (size_t i = 0; i < fw->block_count; i++) {
        struct firmware_block *b = block_at(fw, i);
        b->start_ns = start_ns;
        start_ns += b->duration_ns;
    }
}

void firmware_resume(struct firmware *fw) {
    if (fw->state != FIRMWARE_HOLD) return;
    if (fw->has_held) {
        fw->held.entry_speed = 0;
        fw->held.duration_ns = s_to_ns(block_duration_s(&fw->held));
        fw->block_first = (fw->block_first + FIRMWARE_BLOCKS - 1) % FIRMWARE_BLOCKS;
        fw->block_count++;
        *block_at(fw, 0) = fw->held;
        fw->has_held = false;
    }
    retime(fw);
    fw->state = fw->block_count ? FIRMWARE_RUN : FIRMWARE_IDLE;
}

void firmware_flush(struct firmware *fw) {
    fw->block_count = 0;
    fw->has_held = fw->is_hold_pending = false;
    memcpy(fw->planned, fw->position, sizeof fw->planned);
}
