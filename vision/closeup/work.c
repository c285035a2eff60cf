#include "vision/closeup/work.h"

#include <math.h>
#include <string.h>

#include "vision/closeup/blob.h"

#define SEARCH_UM 400.0   /* a dot farther from its place is another dot */
#define DETAIL_UM 600.0   /* dots are marks, not the skin's shading */
#define LARGEST_SHARE 2.2 /* of the planned diameter */
#define CONTRAST_MIN 6.0  /* grey levels; a fresh dot of the palest shade is above it */
#define NEW_SHARE 0.4     /* of its darkness must be new since `before` */
#define SMALLEST_SHARE 0.3

/* Mean darkness over a disc. */
static double disc_level(const struct darkness *d, struct pixel at, double radius_px) {
    double sum = 0;
    int count = 0;
    int reach = (int)radius_px;
    for (int v = -reach; v <= reach; v++)
        for (int u = -reach; u <= reach; u++) {
            if (u * u + v * v > radius_px * radius_px) continue;
            sum += darkness_at(d, (struct pixel){at.u + u, at.v + v});
            count++;
        }
    return count ? sum / count : 0;
}

struct peak {
    struct pixel at;
    double level;
};

/* Where within the search radius a disc of half the planned size is darkest, by what is new. */
static struct peak find_newest(const struct darkness *before, const struct darkness *after,
                               const struct work_plan *plan) {
    double radius = 0.25 * plan->diameter_um / plan->um_per_px;
    double reach = SEARCH_UM / plan->um_per_px;
    struct peak best = {plan->at, -INFINITY};
    int side = (int)reach;
    for (int v = -side; v <= side; v++)
        for (int u = -side; u <= side; u++) {
            struct pixel p = {plan->at.u + u, plan->at.v + v};
            if (u * u + v * v > reach * reach || !darkness_holds(after, p, radius + 2)) continue;
            double level = disc_level(after, p, radius);
            if (before->values) level -= disc_level(before, p, radius);
            /* Of equals the one nearest to the plan. */
            level -= 0.5 * hypot(u, v) / reach;
            if (level > best.level) best = (struct peak){p, level};
        }
    return best;
}

static struct work_look look_at(const struct darkness *before, const struct darkness *after,
                                const struct work_plan *plan) {
    struct work_look look = {.verdict = WORK_UNSEEN};
    if (!darkness_holds(after, plan->at, 2)) return look;
    struct peak peak = find_newest(before, after, plan);
    double now = disc_level(after, peak.at, 2);
    look.verdict = WORK_MISSING;
    if (!(peak.level > CONTRAST_MIN) || peak.level < NEW_SHARE * now) return look;
    struct blob blob;
    double planned_px = plan->diameter_um / plan->um_per_px;
    look.verdict = WORK_MERGED;
    if (!blob_measure(after, peak.at, LARGEST_SHARE * planned_px / 2, &blob) ||
        blob.diameter_px < SMALLEST_SHARE * planned_px) {
        return look;
    }
    return (struct work_look){.verdict = WORK_SEEN,
                              .off_u_um = (blob.centre.u - plan->at.u) * plan->um_per_px,
                              .off_v_um = (blob.centre.v - plan->at.v) * plan->um_per_px,
                              .diameter_um = blob.diameter_px * plan->um_per_px,
                              .contrast = blob.contrast};
}

enum result work_look(const struct image *before, const struct image *after,
                      const struct work_plan *plan, struct work_look *ret_look, struct error *err) {
    struct darkness was = {0}, is = {0};
    if (!(plan->um_per_px > 0 && plan->diameter_um > 4 * plan->um_per_px))
        return error_set(err, RESULT_RANGE,
                         "looking at the work: a dot of %.0f um at %.0f um a pixel is too small",
                         plan->diameter_um, plan->um_per_px);
    double detail_px = DETAIL_UM / plan->um_per_px;
    enum result result = darkness_make(after, detail_px, &is, err);
    if (result == RESULT_OK && before->pixels) {
        if (before->width != after->width || before->height != after->height)
            result = error_set(err, RESULT_RANGE,
                               "looking at the work: the images before and after differ in size");
        else
            result = darkness_make(before, detail_px, &was, err);
    }
    if (result == RESULT_OK) *ret_look = look_at(&was, &is, plan);
    darkness_release(&was);
    darkness_release(&is);
    return result;
}

struct work_limits work_limits_default(void) {
    return (struct work_limits){.offset_um = 80,
                                .diameter_share = 0.25,
                                .missing_share = 0.3,
                                .weight = 0.15,
                                .dots_min = 8};
}

void work_watch_init(struct work_watch *watch, const struct work_limits *limits) {
    *watch = (struct work_watch){.limits = *limits, .diameter_ratio = 1};
}

void work_watch_reset(struct work_watch *watch) {
    struct work_limits limits = watch->limits;
    work_watch_init(watch, &limits);
}

/* A mean that begins as a plain mean and becomes exponential. */
static void mix_in(double *mean, double value, double weight, uint64_t count) {
    double share = fmax(weight, 1.0 / (double)count);
    *mean += share * (value - *mean);
}

static enum work_finding judge(const struct work_watch *w) {
    const struct work_limits *l = &w->limits;
    uint64_t least = (uint64_t)l->dots_min;
    if (w->looked >= least && !(w->missing <= l->missing_share)) return WORK_NOT_APPEARING;
    if (w->seen < least) return WORK_FINE;
    if (!(hypot(w->off_u_um, w->off_v_um) <= l->offset_um)) return WORK_DRIFTED;
    if (!(w->diameter_ratio <= 1 + l->diameter_share)) return WORK_TOO_WIDE;
    if (!(w->diameter_ratio >= 1 - l->diameter_share)) return WORK_TOO_NARROW;
    return WORK_FINE;
}

enum work_finding work_watch_add(struct work_watch *w, const struct work_look *look,
                                 double planned_diameter_um) {
    if (look->verdict != WORK_SEEN && look->verdict != WORK_MISSING) return w->finding;
    bool is_missing = look->verdict == WORK_MISSING;
    w->looked++;
    mix_in(&w->missing, is_missing, w->limits.weight, w->looked);
    if (!is_missing) {
        w->seen++;
        mix_in(&w->off_u_um, look->off_u_um, w->limits.weight, w->seen);
        mix_in(&w->off_v_um, look->off_v_um, w->limits.weight, w->seen);
        mix_in(&w->diameter_ratio, look->diameter_um / planned_diameter_um, w->limits.weight,
               w->seen);
    }
    if (w->finding == WORK_FINE) w->finding = judge(w);
    return w->finding;
}

const struct work_words *work_finding_words(enum work_finding finding) {
    static const struct work_words words[WORK_FINDING_COUNT] = {
        [WORK_FINE] = {"fine", "The dots are where and as wide as planned.", "Nothing to do."},
        [WORK_DRIFTED] = {"drifted", "The dots lie off their places, all to one side.",
                          "Check the needle's tip and the registration, then resume."},
        [WORK_TOO_WIDE] = {"too wide", "The dots bloom: the needle goes too deep for this skin.",
                           "Make test dots, lower the depth, then resume."},
        [WORK_TOO_NARROW] = {"too narrow", "The dots are narrower than planned.",
                             "Check the needle and the pigment, make test dots, then resume."},
        [WORK_NOT_APPEARING] = {"not appearing", "Strikes leave no pigment.",
                                "Refill or change the cartridge, then resume."},
    };
    static const struct work_words unknown = {"unknown", "", ""};
    return (unsigned)finding < WORK_FINDING_COUNT ? &words[finding] : &unknown;
}
