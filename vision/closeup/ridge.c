#include "vision/closeup/ridge.h"

#include <math.h>

#include "base/geom.h"

#define STEP_PX 0.5
#define END_LEVEL 0.5  /* of the ridge's own darkness */
#define DIP_LEVEL 0.88 /* below this and up again: another hair begins */
#define DIP_RISE 0.07
#define SIDE_PX 1.0      /* from the ridge to the samples that recentre it */
#define RECENTRE_MAX 0.3 /* px a step */
#define TURN_MAX 0.15    /* rad a step: a hair is stiff */
#define PAST_FROM_PX 1.5 /* past an end, to 4 px */
#define PAST_SAMPLES 6
#define PROFILE_PX 6.0 /* half width of the profile across */

struct direction {
    double u, v;
};

static struct pixel moved(struct pixel p, struct direction d, double by) {
    return (struct pixel){p.u + by * d.u, p.v + by * d.v};
}

/* Along the ridge: the eigenvector of the Hessian with the smaller curvature (Steger 1998). */
static struct direction along(const struct darkness *s, struct pixel p) {
    double h = 1.5, c = darkness_at(s, p);
    double left = darkness_at(s, (struct pixel){p.u - h, p.v});
    double right = darkness_at(s, (struct pixel){p.u + h, p.v});
    double up = darkness_at(s, (struct pixel){p.u, p.v - h});
    double down = darkness_at(s, (struct pixel){p.u, p.v + h});
    double xx = left + right - 2 * c, yy = up + down - 2 * c;
    double xy = (darkness_at(s, (struct pixel){p.u + h, p.v + h}) +
                 darkness_at(s, (struct pixel){p.u - h, p.v - h}) -
                 darkness_at(s, (struct pixel){p.u + h, p.v - h}) -
                 darkness_at(s, (struct pixel){p.u - h, p.v + h})) /
                4;
    /* Curvatures are negative on a dark ridge: the larger eigenvalue's axis runs along. */
    double angle = 0.5 * atan2(2 * xy, xx - yy);
    return (struct direction){cos(angle), sin(angle)};
}

/* How far across the ridge's top lies from p: a parabola through three samples. */
static double off_centre(const struct darkness *s, struct pixel p, struct direction across) {
    double a = darkness_at(s, moved(p, across, -SIDE_PX)), b = darkness_at(s, p);
    double c = darkness_at(s, moved(p, across, SIDE_PX));
    double bend = a - 2 * b + c;
    if (!(bend < 0)) return 0;
    double off = 0.5 * (a - c) / bend * SIDE_PX;
    return fmin(fmax(off, -RECENTRE_MAX), RECENTRE_MAX);
}

struct walk {
    struct pixel end;
    struct direction heading;
};

static struct direction turned(struct direction d, double across_px) {
    double angle = atan2(d.v, d.u) + fmin(fmax(0.3 * across_px, -TURN_MAX), TURN_MAX);
    return (struct direction){cos(angle), sin(angle)};
}

static struct walk walk(const struct darkness *s, struct pixel seed, struct direction heading,
                        double reach_px, double *level) {
    struct pixel at = seed, lowest_at = seed;
    double last = darkness_at(s, seed), lowest = last;
    for (int i = 0; i * STEP_PX < reach_px; i++) {
        struct pixel next = moved(at, heading, STEP_PX);
        if (!darkness_holds(s, next, 1)) break;
        struct direction across = {-heading.v, heading.u};
        double off = off_centre(s, next, across), now;
        next = moved(next, across, off);
        now = darkness_at(s, next);
        *level = fmax(*level, now);
        if (now < END_LEVEL * *level) {
            double part = last > now ? (last - END_LEVEL * *level) / (last - now) : 1;
            at = moved(at, heading, STEP_PX * fmin(fmax(part, 0), 1));
            return (struct walk){at, heading};
        }
        if (now < lowest) {
            lowest = now;
            lowest_at = next;
        } else if (lowest < DIP_LEVEL * *level && now > lowest + DIP_RISE * *level) {
            return (struct walk){lowest_at, heading};
        }
        heading = turned(heading, off);
        at = next;
        last = now;
    }
    return (struct walk){at, heading};
}

/* Area under the profile across, over its height: the width of a blurred bar of any blur. */
static double width_at(const struct darkness *s, struct pixel p, struct direction across) {
    double height = darkness_at(s, p), area = height;
    for (int side = -1; side <= 1; side += 2) {
        double lowest = height;
        for (int i = 1; i * STEP_PX <= PROFILE_PX; i++) {
            double level = darkness_at(s, moved(p, across, side * i * STEP_PX));
            if (level <= 0 || level > lowest + 0.05 * height) break;
            lowest = fmin(lowest, level);
            area += level;
        }
    }
    return height > 0 ? (area * STEP_PX) / height : 0;
}

/* Mean darkness from 1.5 to 4 px past an end, as a share of the ridge's. */
static double past(const struct darkness *s, struct walk w, double level) {
    double sum = 0;
    int count = 0;
    for (; count < PAST_SAMPLES; count++)
        sum += darkness_at(s, moved(w.end, w.heading, PAST_FROM_PX + count * STEP_PX));
    return level > 0 ? sum / count / level : 0;
}

struct ridge ridge_follow(const struct darkness *smooth, struct pixel seed, double reach_px) {
    struct direction t = along(smooth, seed), back = {-t.u, -t.v}, across = {-t.v, t.u};
    struct pixel start = moved(seed, across, off_centre(smooth, seed, across));
    double level = darkness_at(smooth, start);
    struct walk a = walk(smooth, start, t, reach_px, &level);
    struct walk b = walk(smooth, start, back, reach_px, &level);
    return (struct ridge){.ends = {a.end, b.end},
                          .beyond = {past(smooth, a, level), past(smooth, b, level)},
                          .width_px = width_at(smooth, start, across),
                          .length_px = hypot(a.end.u - b.end.u, a.end.v - b.end.v),
                          .level = level};
}
