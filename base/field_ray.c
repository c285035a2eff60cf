#include "base/field_ray.h"

#define STEPS_MAX 400
#define STEP_MIN_MM 0.02
#define EXACT_MM 1e-3

bool field_ray(const struct field_view *field, struct vec3 origin, struct vec3 direction,
               double reach_mm, struct vec3 *ret_p_head) {
    double gone = 0, distance = field_view_sample(field, origin), before = 0;
    if (!(distance > 0)) return false;
    for (int i = 0; i < STEPS_MAX && distance > 0; i++) {
        before = gone;
        /* The interpolated field can rise faster than distance: see FIELD_SLOPE_MAX. */
        gone += fmax(distance / FIELD_SLOPE_MAX, STEP_MIN_MM);
        if (!(gone <= reach_mm)) return false;
        distance = field_view_sample(field, vec3_mad(origin, gone, direction));
    }
    if (distance > 0) return false;
    while (gone - before > EXACT_MM) {
        double middle = (gone + before) / 2;
        if (field_view_sample(field, vec3_mad(origin, middle, direction)) > 0)
            before = middle;
        else
            gone = middle;
    }
    *ret_p_head = vec3_mad(origin, gone, direction);
    return true;
}
