/* Units: acceleration limit 1, jerk limit 1. The way is "up" when the place of rest lies beyond
 * where stopping at once would end; the other way is the mirror image.
 *
 * Up, and through a peak of speed c with no acceleration (stage 1 to the peak, stage 2 to rest):
 *
 *     jerk  +1  0  -1 | 0 | -1  0  +1         a rises to p <= 1, c = v + p^2 - a^2/2 (+ hold)
 *              stage 1  cruise  stage 2        a falls to -q, c = q^2 for q <= 1 (+ hold)
 *
 * Stage 1 covers v (2p - a) + p^3 - a^2 p + a^3/3 before its hold begins and (c^2 + c)/2 more per
 * hold, stage 2 q^3 or (c^2 + c)/2: integrals of the arcs. The sum grows with p and is convex, so
 * Newton's method from above cannot miss.
 *
 * A start that already brakes (a < 0) and has too little way for a peak brakes less for a while
 * first:
 *
 *     jerk  +1 -1  0  +1                      a: -w up to -b, down to -sqrt(b^2 + s), s =
 * v - w^2/2 */
#include "motion/profile_arcs.h"

#include <math.h>

#define ROUNDS_MAX 60
/* Newton ends when a step moves less than this part of the unknown. */
#define STEP_LEAST 4e-16

static void add_arc(struct arcs *arcs, double jerk, double length) {
    if (!(length > 0)) return;
    arcs->jerk[arcs->count] = jerk * arcs->sign;
    arcs->length[arcs->count++] = length;
    arcs->duration += length;
}

/* The speed that is left when the acceleration is taken back to zero now. */
static double speed_after(double v, double a) {
    return v + 0.5 * a * fabs(a);
}

/* --- back into the limits --- */

static void advance(struct arcs *arcs, struct arcs_task *task, double jerk, double t) {
    if (!(t > 0)) return;
    add_arc(arcs, jerk, t);
    task->d -= t * (task->v + t * (0.5 * task->a + jerk * t / 6));
    task->v += t * (task->a + 0.5 * jerk * t);
    task->a += jerk * t;
}

static void mirror(struct arcs *arcs, struct arcs_task *task) {
    arcs->sign = -arcs->sign;
    task->v = -task->v;
    task->a = -task->a;
    task->d = -task->d;
}

/* Too fast, or about to be: full jerk against it until the speed is the limit again, but no farther
 * than where the other limit would be overrun. */
static void slow_down(struct arcs *arcs, struct arcs_task *task) {
    if (task->a > 1) advance(arcs, task, -1, task->a - 1);
    if (!(speed_after(task->v, task->a) > task->speed)) return;
    double half2 = 0.5 * task->a * task->a, over = task->v - task->speed;
    double turn = fmin(sqrt(2 * fmax(0, half2 + over)), sqrt(half2 + task->v + task->speed));
    advance(arcs, task, -1, task->a + fmin(1, turn));
    if (turn > 1) advance(arcs, task, 0, fmin(task->v - task->speed, task->v - 0.5 + task->speed));
}

/* --- through a peak --- */

/* Way of stage 2 from speed c. */
static double way_down(double c) {
    return c >= 1 ? 0.5 * c * (c + 1) : c * sqrt(c);
}

/* Way of stage 1 with its acceleration peak at p, without a hold. */
static double way_up(const struct arcs_task *task, double p) {
    double a = task->a;
    return task->v * (2 * p - a) + p * (p * p - a * a) + a * a * a / 3;
}

static double peak_speed(const struct arcs_task *task, double p) {
    return task->v + p * p - 0.5 * task->a * task->a;
}

/* What way_up() plus way_down() of stage 1 with a hold have in common with c^2 + c. */
static double hold_offset(const struct arcs_task *task) {
    double c = peak_speed(task, 1);
    return way_up(task, 1) - 0.5 * c * (c + 1);
}

/* p between low and high with way_up + way_down = d, d within. */
static double solve_p(const struct arcs_task *task, double low, double high) {
    double p = high;
    for (int i = 0; i < ROUNDS_MAX; i++) {
        double c = fmax(0, peak_speed(task, p)), root = sqrt(c);
        double way = way_up(task, p) + (c >= 1 ? 0.5 * c * (c + 1) : c * root);
        double slope = 2 * c + p * p + 2 * p * (c >= 1 ? c + 0.5 : 1.5 * root);
        double next = fmax(low, p - (way - task->d) / slope);
        if (!(p - next > STEP_LEAST * p)) return next;
        p = next;
    }
    return p;
}

/* The peak's speed for the way d, at most the limit: sets *ret_p, the stage's acceleration. */
static double solve_peak(const struct arcs_task *task, double *ret_p) {
    double c_hold = peak_speed(task, 1), top = task->speed;
    bool is_held = c_hold < top; /* at top speed */
    double p_top2 = top - task->v + 0.5 * task->a * task->a;
    double p_top = is_held ? 1 : fmax(task->a, sqrt(fmax(0, p_top2)));
    double offset = hold_offset(task);
    double way_top =
        (is_held ? offset + 0.5 * top * (top + 1) : way_up(task, p_top)) + way_down(top);
    *ret_p = p_top;
    if (task->d >= way_top) return top;
    double rest = task->d - offset;
    if (is_held && (c_hold <= 0 || rest >= 0.5 * c_hold * (c_hold + 1) + way_down(c_hold))) {
        if (rest >= 2) return sqrt(0.25 + rest) - 0.5;         /* c^2 + c */
        double q = sqrt(0.25 + sqrt(2 * fmax(0, rest))) - 0.5; /* (q^4 + q^2)/2 + q^3 */
        return q * q;
    }
    bool is_rest = task->v == 0 && task->a == 0;
    if (is_rest && task->d < 2) {
        *ret_p = fmin(p_top, cbrt(0.5 * task->d));
        return *ret_p * *ret_p;
    }
    double low = speed_after(task->v, task->a) >= 0 ? fmax(0, task->a)
                                                    : sqrt(0.5 * task->a * task->a - task->v);
    *ret_p = solve_p(task, low, p_top);
    return fmax(0, peak_speed(task, *ret_p));
}

static void add_stop(struct arcs *arcs, double c) {
    double q = c >= 1 ? 1 : sqrt(c);
    add_arc(arcs, -1, q);
    add_arc(arcs, 0, c - 1);
    add_arc(arcs, 1, q);
}

/* --- braking less, for a while --- */

struct ease {
    double s, w; /* speed_after the start; its braking */
    double d;
};

/* Way when the braking is eased to b; slope in *ret_slope. */
static double way_eased(const struct ease *ease, double b, double *ret_slope) {
    double s = ease->s, w = ease->w, q2 = b * b + s;
    double before = w * (s + w * w / 6);
    if (q2 <= 1) {
        double q = sqrt(q2);
        *ret_slope = -2 * s + 3 * b * (q - b);
        return before - 2 * s * b - b * b * b + q2 * q;
    }
    double g = q2 - 1;
    *ret_slope = (1 - b) * (b * (1 - 2 * b) - 2 * s);
    return before + 2 * s * (1 - b) + b * b * (2 - b) - 1 + 0.5 * g * (g - 1);
}

/* The way shrinks with b; Newton within a bracket that each round narrows. */
static double solve_ease(const struct ease *ease) {
    double low = 0, high = ease->w, b = 0.5 * high;
    for (int i = 0; i < ROUNDS_MAX; i++) {
        double slope, off = way_eased(ease, b, &slope) - ease->d;
        if (off > 0)
            low = b;
        else
            high = b;
        double next = b - off / slope;
        if (!(next >= low && next <= high)) next = 0.5 * (low + high);
        if (!(fabs(next - b) > STEP_LEAST * ease->w)) return next;
        b = next;
    }
    return b;
}

static void add_eased(struct arcs *arcs, const struct ease *ease) {
    double b = solve_ease(ease), q2 = b * b + ease->s, q = fmin(1, sqrt(q2));
    add_arc(arcs, 1, ease->w - b);
    add_arc(arcs, -1, q - b);
    add_arc(arcs, 0, q2 - 1);
    add_arc(arcs, 1, q);
}

/* --- the whole --- */

/* Where stopping at once ends, for a speed_after() that is not negative. */
static double way_stop(const struct arcs_task *task) {
    if (task->a >= 0) return way_up(task, task->a) + way_down(speed_after(task->v, task->a));
    const struct ease now = {speed_after(task->v, task->a), -task->a, 0};
    double slope;
    return way_eased(&now, now.w, &slope);
}

static bool leads_down(struct arcs_task task) {
    if (speed_after(task.v, task.a) >= 0) return task.d < way_stop(&task);
    task.v = -task.v;
    task.a = -task.a;
    return -task.d > way_stop(&task);
}

struct arcs arcs_fastest(struct arcs_task task) {
    struct arcs arcs = {.sign = 1};
    slow_down(&arcs, &task);
    mirror(&arcs, &task);
    slow_down(&arcs, &task);
    arcs.head_count = arcs.count;
    arcs.head_duration = arcs.duration;
    if (leads_down(task)) mirror(&arcs, &task);
    arcs.task = task;
    double after = speed_after(task.v, task.a);
    if (task.a < 0 && after > 0 && task.d < way_up(&task, 0) + way_down(after)) {
        const struct ease ease = {after, -task.a, task.d};
        add_eased(&arcs, &ease);
        return arcs;
    }
    double p, c = solve_peak(&task, &p), c_hold = peak_speed(&task, 1);
    arcs.peak = c;
    arcs.has_peak = true;
    double hold = p >= 1 ? fmax(0, c - c_hold) : 0;
    double way =
        (hold > 0 ? hold_offset(&task) + 0.5 * c * (c + 1) : way_up(&task, p)) + way_down(c);
    add_arc(&arcs, 1, p - task.a);
    add_arc(&arcs, 0, hold);
    add_arc(&arcs, -1, p);
    if (c >= task.speed) add_arc(&arcs, 0, (task.d - way) / c);
    add_stop(&arcs, c);
    return arcs;
}

/* --- slower --- */

/* Stage 1 from the task's start to a speed c that may lie above or below speed_after(). */
struct stage {
    double turn; /* +1 up, -1 down */
    double p, hold, duration, way;
};

static struct stage stage_to(const struct arcs_task *task, double c) {
    double turn = c >= speed_after(task->v, task->a) ? 1 : -1;
    struct arcs_task up = {turn * task->v, turn * task->a, 0, task->speed};
    double p2 = turn * c - up.v + 0.5 * up.a * up.a, p = fmin(1, sqrt(fmax(0, p2)));
    double hold = fmax(0, p2 - 1), way = way_up(&up, p);
    /* The hold itself, and the fall of acceleration after it at a higher speed. */
    if (hold > 0) way += hold * (up.v + 0.5 * (3 - up.a * up.a) + 0.5 * hold);
    return (struct stage){turn, p, hold, 2 * p - up.a + hold, turn * way};
}

/* The duration as a function of u = 1/c is nearly a line: Newton in u, from the fastest on. */
bool arcs_stretch(struct arcs *arcs, double duration) {
    if (!arcs->has_peak || !(arcs->peak > 0)) return false;
    const struct arcs_task *task = &arcs->task;
    double wanted = duration - arcs->head_duration, low = 1 / arcs->peak, high = INFINITY, u = low;
    for (int i = 0; i < ROUNDS_MAX; i++) {
        double c = 1 / u, q = c >= 1 ? 1 : sqrt(c);
        struct stage stage = stage_to(task, c);
        double cruise = (task->d - stage.way - way_down(c)) * u;
        double off = stage.duration + cruise + (c >= 1 ? c + 1 : 2 * q) - wanted;
        double next = u - off / (c * (0.5 * c * (stage.p + q) * u + cruise));
        if (off < 0)
            low = u;
        else
            high = u;
        if (!(next >= low && next <= high)) next = isfinite(high) ? 0.5 * (low + high) : 2 * low;
        if (!(fabs(next - u) > STEP_LEAST * u) || (fabs(off) <= STEP_LEAST * wanted)) {
            if (!(cruise >= 0) || !(fabs(off) <= 1e-12 * wanted)) return false;
            arcs->count = arcs->head_count;
            arcs->duration = arcs->head_duration;
            add_arc(arcs, stage.turn, stage.p - stage.turn * task->a);
            add_arc(arcs, 0, stage.hold);
            add_arc(arcs, -stage.turn, stage.p);
            add_arc(arcs, 0, cruise);
            add_stop(arcs, c);
            return true;
        }
        u = next;
    }
    return false;
}
