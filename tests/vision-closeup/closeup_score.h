/* How well found marks agree with the drawn ones: precision, recall, and how far off
 * the found are. */
#ifndef SMPRIG_TESTS_VISION_CLOSEUP_SCORE_H
#define SMPRIG_TESTS_VISION_CLOSEUP_SCORE_H

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "sim/closeup.h"
#include "vision/closeup/follicle_finder.h"

struct closeup_score {
    double precision, recall, rms_um;
};

static inline bool is_well_inside(const struct closeup_settings *s, struct pixel at, double px) {
    return at.u >= px && at.v >= px && at.u < s->width_px - px && at.v < s->height_px - px;
}

/* A sighting is right when its place is within `tolerance_um` of a mark that has no nearer one. */
static inline struct closeup_score closeup_score(const struct closeup_settings *s,
                                                 const struct closeup_mark *marks, size_t count,
                                                 const struct follicle_sighting *found,
                                                 size_t found_count, double tolerance_um) {
    bool *is_used = calloc(found_count + 1, sizeof *is_used);
    double sum2 = 0, border = 30;
    size_t hit = 0, wanted = 0, told = 0;
    for (size_t i = 0; i < count; i++) {
        size_t best = found_count;
        double nearest = tolerance_um / s->um_per_px;
        for (size_t k = 0; k < found_count; k++) {
            double off = hypot(found[k].at.u - marks[i].at.u, found[k].at.v - marks[i].at.v);
            if (is_used[k] || off > nearest) continue;
            nearest = off;
            best = k;
        }
        if (best < found_count) is_used[best] = true;
        if (!is_well_inside(s, marks[i].at, border)) continue;
        wanted++;
        hit += best < found_count;
        if (best < found_count) sum2 += nearest * nearest * s->um_per_px * s->um_per_px;
    }
    size_t right = 0;
    for (size_t k = 0; k < found_count; k++) {
        if (!is_well_inside(s, found[k].at, border)) continue;
        told++;
        right += is_used[k];
    }
    free(is_used);
    return (struct closeup_score){told ? (double)right / (double)told : 0,
                                  wanted ? (double)hit / (double)wanted : 0,
                                  hit ? sqrt(sum2 / (double)hit) : (double)INFINITY};
}

#endif
