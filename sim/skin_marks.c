#include "sim/skin_marks.h"

#include <math.h>

#include "base/field_ray.h"

#define AROUND_MM 20.0
#define ABOVE_MM 60.0 /* rays begin so far above the ring's plane */
#define TRIES_EACH 4

size_t skin_marks_make(const struct field_view *field, const struct tag_ring *ring, struct rng *rng,
                       struct render_mark *ret_marks, size_t capacity) {
    struct ring_span span = tag_ring_span(ring);
    struct vec3 centre = span.centre_head;
    size_t count = 0;
    struct vec3 n = vec3_unit(field_view_gradient(field, centre)), e1 = vec3_any_perpendicular(n);
    struct vec3 e2 = vec3_cross(n, e1);
    for (size_t i = 0; i < TRIES_EACH * capacity && count < capacity; i++) {
        double r = (span.radius_mm + AROUND_MM) * sqrt(rng_uniform(rng));
        double angle = rng_range(rng, 0, 2 * PI);
        struct vec3 from = vec3_mad(vec3_mad(centre, r * cos(angle), e1), r * sin(angle), e2);
        struct render_mark mark = {.sigma_mm = rng_range(rng, 0.15, 0.4),
                                   .depth = rng_range(rng, 10, 45)};
        if (field_ray(field, vec3_mad(from, ABOVE_MM, n), vec3_scale(n, -1), 3 * ABOVE_MM,
                      &mark.p_head)) {
            ret_marks[count++] = mark;
        }
    }
    return count;
}
