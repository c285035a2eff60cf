/* Looking at the work: where a new dot really lies and how wide it is, and what the last dots
 * together say.
 *
 *     close-up before and after -> work_look (one dot) -> work_watch (the last dots) -> the session
 *
 * A dot off its place tells of a needle, a registration or a tracker that drifts; a dot too wide
 * tells of depth (the pigment spreads below the dermis' upper layer: it blooms), a dot too pale or
 * narrow of a dry needle or too little depth. One dot says little, for skin varies: the watch uses
 * exponentially weighted means with their own limits (EWMA charts: Roberts 1959), and holds only
 * when a mean leaves its limit. */
#ifndef SMPRIG_VISION_CLOSEUP_WORK_H
#define SMPRIG_VISION_CLOSEUP_WORK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/result.h"
#include "vision/camera.h"
#include "vision/camera_model.h"

enum work_verdict {
    WORK_UNSEEN, /* nothing can be said; the zero value */
    WORK_SEEN,
    WORK_MISSING, /* the place is as before: no pigment went in */
    WORK_MERGED,  /* runs into a neighbour: no outline of its own */
    WORK_VERDICT_COUNT
};

struct work_look {
    enum work_verdict verdict;
    double off_u_um, off_v_um; /* seen minus planned, in the image's axes */
    double diameter_um;
    double contrast; /* grey levels darker than the skin */
};

struct work_plan {
    struct pixel at; /* where the dot should be, by the camera's pose and the head's */
    double diameter_um;
    double um_per_px;
};

/* Measure the new dot in `after`. `before` (NULL pixels: none) is the same place seen earlier, for
 * telling a missing dot from an old mark; the two need not be registered better than the search
 * radius of 0.4 mm. RESULT_RANGE as darkness_make(). */
MUST_USE enum result work_look(const struct image *before, const struct image *after,
                               const struct work_plan *plan, struct work_look *ret_look,
                               struct error *err);

enum work_finding {
    WORK_FINE,
    WORK_DRIFTED,       /* dots lie off their places, all to one side */
    WORK_TOO_WIDE,      /* blooming: too deep */
    WORK_TOO_NARROW,    /* too shallow, or a dry needle */
    WORK_NOT_APPEARING, /* strikes without pigment */
    WORK_FINDING_COUNT
};

struct work_limits {
    double offset_um;      /* of the mean place */
    double diameter_share; /* of the mean of seen through planned, away from 1 */
    double missing_share;  /* of strikes without a dot */
    double weight;         /* of the newest dot in the means */
    int dots_min;          /* before anything is said */
};
/* 80 um, 25 %, 30 %, 0.15, 8 dots: a tenth of the pitch; the jitter that a design may ask for;
 * three in ten strikes dry. */
struct work_limits work_limits_default(void);

/* Plain data: the caller's. */
struct work_watch {
    struct work_limits limits;
    double off_u_um, off_v_um, diameter_ratio, missing; /* weighted means */
    uint64_t seen, looked;
    enum work_finding finding; /* the first one stays until work_watch_reset() */
};

void work_watch_init(struct work_watch *watch, const struct work_limits *limits);
/* Take one look in; the finding so far. Unseen and merged dots do not count. */
enum work_finding work_watch_add(struct work_watch *watch, const struct work_look *look,
                                 double planned_diameter_um);
/* After the operator has dealt with it: the means begin afresh. */
void work_watch_reset(struct work_watch *watch);

struct work_words {
    const char *name, *what, *remedy; /* sentences for the operator */
};
const struct work_words *work_finding_words(enum work_finding finding);

#endif
