#include "plan/test_ladder.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/field_ray.h"
#include "base/text.h"

#define RUNGS_MIN 3
#define DEPTH_MIN_UM 300.0
#define OFF_SKIN_MM 5.0
#define ABOVE_MM 10.0 /* dots are sought from so far above the middle's tangent plane */

static enum result check(const struct test_ladder *ladder, const struct field_view *field,
                         struct error *err) {
    if (ladder->rung_count < RUNGS_MIN || ladder->rung_count > TEST_LADDER_RUNGS_MAX)
        return error_set(err, RESULT_RANGE, "test dots: %zu depths, expected %d to %d",
                         ladder->rung_count, RUNGS_MIN, TEST_LADDER_RUNGS_MAX);
    for (size_t i = 0; i < ladder->rung_count; i++)
        if (!(ladder->depths_um[i] >= DEPTH_MIN_UM &&
              ladder->depths_um[i] <= dot_depth_ceiling_um[ladder->region]))
            return error_set(err, RESULT_RANGE, "test dots: depth %g um, expected %g to %g there",
                             ladder->depths_um[i], DEPTH_MIN_UM,
                             dot_depth_ceiling_um[ladder->region]);
    double off_mm = field_view_sample(field, ladder->place_head);
    if (!(fabs(off_mm) <= OFF_SKIN_MM))
        return error_set(
            err, RESULT_RANGE,
            "test dots: the place (%.1f, %.1f, %.1f) is %.1f mm off the skin, at most %g",
            ladder->place_head.x, ladder->place_head.y, ladder->place_head.z, off_mm, OFF_SKIN_MM);
    return RESULT_OK;
}

static enum result lay(const struct test_ladder *ladder, const struct field_view *field,
                       struct dot_plan *plan, struct error *err) {
    struct vec3 n = vec3_unit(field_view_gradient(field, ladder->place_head));
    struct vec3 along = vec3_unit(vec3_mad(vec3_make(1, 0, 0), -n.x, n));
    struct vec3 across = vec3_cross(n, along);
    for (size_t r = 0; r < ladder->rung_count; r++)
        for (size_t k = 0; k < TEST_LADDER_DOTS_A_RUNG; k++) {
            double x = ((double)r - 0.5 * (double)(ladder->rung_count - 1)) * ladder->pitch_mm;
            double y = ((double)k - 0.5 * (TEST_LADDER_DOTS_A_RUNG - 1)) * ladder->pitch_mm;
            struct vec3 from = vec3_mad(vec3_mad(ladder->place_head, x, along), y, across), p;
            if (!field_ray(field, vec3_mad(from, ABOVE_MM, n), vec3_scale(n, -1), 2 * ABOVE_MM, &p))
                return error_set(err, RESULT_RANGE,
                                 "test dots: the row of %.0f um leaves the skin: choose a flatter "
                                 "place",
                                 ladder->depths_um[r]);
            plan->dots[plan->dot_count] =
                (struct dot){.id = (uint32_t)plan->dot_count,
                             .p_head = p,
                             .n_head = vec3_unit(field_view_gradient(field, p)),
                             .depth_um = (uint16_t)lround(ladder->depths_um[r]),
                             .diameter_um = (uint16_t)lround(ladder->diameter_um),
                             .zone = (uint8_t)r,
                             .region = (uint8_t)ladder->region};
            plan->dot_count++;
        }
    return RESULT_OK;
}

enum result test_ladder_plan(const struct test_ladder *ladder, const struct field_view *field,
                             const char *scan_sha256, struct dot_plan *ret_plan,
                             struct error *err) {
    struct dot_plan plan = {
        .zone_count = ladder->rung_count, .shade_count = 1, .shade_names = {"test"}};
    enum result result = check(ladder, field, err);
    if (result != RESULT_OK) return result;
    if (text_copy(plan.scan_sha256, sizeof plan.scan_sha256, scan_sha256) != RESULT_OK)
        return error_set(err, RESULT_INVALID, "test dots: no hash of the scan");
    for (size_t r = 0; r < ladder->rung_count; r++)
        snprintf(plan.zone_names[r], sizeof plan.zone_names[r], "depth_%.0f_um",
                 ladder->depths_um[r]);
    plan.dots = calloc(ladder->rung_count * TEST_LADDER_DOTS_A_RUNG, sizeof *plan.dots);
    if (!plan.dots) return error_set(err, RESULT_NO_MEMORY, "test dots: no memory");
    result = lay(ladder, field, &plan, err);
    if (result == RESULT_OK)
        *ret_plan = plan;
    else
        dot_plan_release(&plan);
    return result;
}
