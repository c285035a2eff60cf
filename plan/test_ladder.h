/* A ladder of test dots at a concealed place: a row a depth, for `smprig testdots`. */
#ifndef SMPRIG_PLAN_TEST_LADDER_H
#define SMPRIG_PLAN_TEST_LADDER_H

#include "base/field_view.h"
#include "plan/dot.h"

#define TEST_LADDER_RUNGS_MAX 8
#define TEST_LADDER_DOTS_A_RUNG 4

struct test_ladder {
    struct vec3 place_head; /* within 5 mm of the skin: the ladder's middle */
    enum scalp_region region;
    double depths_um[TEST_LADDER_RUNGS_MAX]; /* one a rung */
    size_t rung_count;                       /* 3 to TEST_LADDER_RUNGS_MAX */
    double diameter_um;                      /* of the needle, written into the plan */
    double pitch_mm;                         /* between dots and rungs; 2: they must not merge */
};

/* Lay the ladder onto the skin: rungs along the head's x, a zone a rung, named by its depth. The
 * plan is the caller's to release. RESULT_RANGE: too few or too many rungs, a depth outside 300 um
 * to the region's ceiling, a place off the skin, or a rung that leaves it. */
MUST_USE enum result test_ladder_plan(const struct test_ladder *ladder,
                                      const struct field_view *field, const char *scan_sha256,
                                      struct dot_plan *ret_plan, struct error *err);

#endif
