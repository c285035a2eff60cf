#include "plan/hair.h"

#define TURN_FADES_MM 45.0 /* so far from the whorl the turning is down to a third */

struct vec3 hair_direction(const struct chart *chart, const struct design_hair *hair,
                           struct map_point q) {
    struct vec3 n = chart_normal(chart, q), skin = {0, 0, 0};
    struct vec3 whorl =
        vec3_mad(chart->axes.centre, chart->scale_mm,
                 head_axes_direction(&chart->axes, hair->whorl_polar_deg[0] * RAD_PER_DEG,
                                     hair->whorl_polar_deg[1] * RAD_PER_DEG));
    if (!chart_place(chart, q, &skin)) return vec3_any_perpendicular(n);
    struct vec3 away = vec3_sub(skin, whorl);
    double distance = vec3_norm(away);
    away = vec3_unit(vec3_mad(away, -vec3_dot(away, n), n));
    double turn = hair->turn_deg * RAD_PER_DEG * exp(-distance / TURN_FADES_MM);
    return mat3_apply(mat3_exp(vec3_scale(n, turn)), away);
}

struct vec3 hair_axis(const struct chart *chart, const struct design_hair *hair,
                      struct map_point q) {
    struct vec3 n = chart_normal(chart, q);
    if (!(hair->lean_deg > 0)) return n;
    double lean = tan(hair->lean_deg * RAD_PER_DEG);
    return vec3_unit(vec3_mad(n, lean, hair_direction(chart, hair, q)));
}
