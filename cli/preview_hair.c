#include "cli/preview_hair.h"

#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "plan/follicles.h"
#include "plan/hair.h"

#define CELL_MM 1.5
#define STEP_MM 0.12
#define LIFT 0.35 /* of the way that a hair goes, it goes outward */
#define LIFT_MOST_MM 2.0
#define STRAY_RAD 0.35
#define HAIRS_MOST 3 /* of one unit */
#define ROOT_RADIUS_MM 0.13
#define THIN_END 0.35 /* of the root's radius */

/* Where hair usually whorls: behind the top, right of the middle. */
static const struct design_hair usual = {.whorl_polar_deg = {172, 68}, .turn_deg = 55};

static void grow_hair(const struct chart *chart, const struct follicle *follicle, double length_mm,
                      struct rng *rng, struct preview_hair *hair) {
    struct map_point q = chart_flatten(chart, follicle->p_head);
    double stray = STRAY_RAD * (rng_uniform(rng) - rng_uniform(rng));
    double length = length_mm * rng_range(rng, 0.7, 1.1);
    struct vec3 p = follicle->p_head;
    int steps = (int)(length / STEP_MM);
    for (int step = 0; step <= steps; step++) {
        double at = step * STEP_MM;
        struct vec3 n = chart_normal(chart, q), skin;
        struct vec3 along = hair_direction(chart, &usual, q);
        along = mat3_apply(mat3_exp(vec3_scale(n, stray)), along);
        double taper = 1 - (1 - THIN_END) * at / length;
        hair->nodes[hair->count++] =
            (struct portrait_hair_node){vec3_mad(p, fmin(LIFT_MOST_MM, LIFT * at), n), n,
                                        0.5e-3 * follicle->diameter_um * taper};
        q = chart_flatten(chart, vec3_mad(p, STEP_MM, along));
        if (!chart_place(chart, q, &skin)) return;
        p = skin;
    }
}

/* A follicular unit: one to three hairs, and their roots that show through the skin. */
static void grow_unit(const struct chart *chart, const struct follicle *follicle, double length_mm,
                      struct rng *rng, struct preview_hair *hair) {
    struct vec3 n = chart_normal(chart, chart_flatten(chart, follicle->p_head));
    hair->nodes[hair->count++] = (struct portrait_hair_node){follicle->p_head, n, ROOT_RADIUS_MM};
    for (uint32_t i = 0, hairs = 1 + rng_below(rng, HAIRS_MOST); i < hairs; i++)
        grow_hair(chart, follicle, length_mm, rng, hair);
}

static void take_colour(const struct dot_plan *plan, uint8_t rgb[3]) {
    int darkest = 3 * 256;
    for (size_t i = 0; i < plan->shade_count; i++) {
        int sum = plan->shade_rgb[i][0] + plan->shade_rgb[i][1] + plan->shade_rgb[i][2];
        if (sum < darkest) memcpy(rgb, plan->shade_rgb[i], 3), darkest = sum;
    }
}

enum result preview_hair_grow(const char *csv, double length_mm, struct portrait *portrait,
                              struct preview_hair *hair, struct error *err) {
    struct landmarks landmarks = landmarks_estimate(portrait->mesh);
    struct head_axes axes;
    struct chart chart = {0};
    struct follicles follicles = {0};
    struct rng rng;
    enum result result = head_axes_from_landmarks(&landmarks, &axes);
    if (result == RESULT_OK)
        result = chart_build(portrait->mesh, &axes, chart_whole(&axes), CELL_MM, &chart);
    if (result != RESULT_OK) return error_set(err, result, "no room for a map of the scan");
    result = follicles_read(csv, &chart, portrait->plan->scan_sha256, &follicles, err);
    if (result == RESULT_OK) {
        size_t each = HAIRS_MOST * ((size_t)(1.1 * length_mm / STEP_MM) + 2) + 1;
        hair->nodes = malloc((follicles.count * each + 1) * sizeof *hair->nodes);
        if (!hair->nodes) result = error_set(err, RESULT_NO_MEMORY, "out of memory for the hair");
    }
    if (result == RESULT_OK) {
        rng_init(&rng, 1);
        for (size_t i = 0; i < follicles.count; i++)
            grow_unit(&chart, &follicles.items[i], length_mm, &rng, hair);
        portrait->hair_nodes = hair->nodes;
        portrait->hair_node_count = hair->count;
        take_colour(portrait->plan, portrait->hair_rgb);
    }
    follicles_release(&follicles);
    chart_release(&chart);
    return result;
}

void preview_hair_release(struct preview_hair *hair) {
    free(hair->nodes);
    *hair = (struct preview_hair){0};
}
