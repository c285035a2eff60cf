#include "base/field_view.h"

#include <stdbool.h>

/* The cell that holds p (clamped to the grid) and the fractions within it. */
struct cell {
    int index[3];
    double fraction[3];
    struct vec3 clamped; /* the grid's point nearest to p, when it is outside */
    bool is_inside;
};

static inline struct cell find_cell(const struct field_view *field, struct vec3 p) {
    struct cell cell = {.is_inside = true};
    double per_mm = 1.0 / field->spacing_mm;
    double grid[3] = {(p.x - field->origin.x) * per_mm, (p.y - field->origin.y) * per_mm,
                      (p.z - field->origin.z) * per_mm};
    for (int k = 0; k < 3; k++) {
        double last = field->size[k] - 1, g = grid[k];
        if (!(g >= 0 && g <= last)) {
            cell.is_inside = false;
            g = grid[k] = g > last ? last : 0; /* NaN goes to 0 */
        }
        int i = (int)g;
        if (i > field->size[k] - 2) i = field->size[k] - 2;
        cell.index[k] = i;
        cell.fraction[k] = g - i;
    }
    if (!cell.is_inside)
        cell.clamped =
            vec3_mad(field->origin, field->spacing_mm, vec3_make(grid[0], grid[1], grid[2]));
    return cell;
}

/* The eight corners' values, x fastest. */
static void corner_values(const struct field_view *field, const struct cell *cell, double v[8]) {
    size_t nx = (size_t)field->size[0], nxy = nx * (size_t)field->size[1];
    const float *base = field->values + (size_t)cell->index[2] * nxy + (size_t)cell->index[1] * nx +
                        (size_t)cell->index[0];
    for (int c = 0; c < 8; c++)
        v[c] = (double)base[(c & 1 ? 1 : 0) + (c & 2 ? nx : 0) + (c & 4 ? nxy : 0)];
}

static double mix(double a, double b, double t) {
    return a + (b - a) * t;
}

static double value_in(const struct cell *cell, const double v[8], struct vec3 p_head) {
    double fx = cell->fraction[0], fy = cell->fraction[1], fz = cell->fraction[2];
    double low = mix(mix(v[0], v[1], fx), mix(v[2], v[3], fx), fy);
    double high = mix(mix(v[4], v[5], fx), mix(v[6], v[7], fx), fy);
    double value = mix(low, high, fz);
    if (cell->is_inside) return value;
    double outside_mm = vec3_distance(p_head, cell->clamped);
    return fmax(value - outside_mm, outside_mm);
}

static struct vec3 gradient_in(const struct field_view *field, const struct cell *cell,
                               const double v[8]) {
    double fx = cell->fraction[0], fy = cell->fraction[1], fz = cell->fraction[2];
    double dx = mix(mix(v[1] - v[0], v[3] - v[2], fy), mix(v[5] - v[4], v[7] - v[6], fy), fz);
    double dy = mix(mix(v[2] - v[0], v[3] - v[1], fx), mix(v[6] - v[4], v[7] - v[5], fx), fz);
    double dz = mix(mix(v[4] - v[0], v[5] - v[1], fx), mix(v[6] - v[2], v[7] - v[3], fx), fy);
    return vec3_scale(vec3_make(dx, dy, dz), 1.0 / field->spacing_mm);
}

double field_view_sample(const struct field_view *field, struct vec3 p_head) {
    struct cell cell = find_cell(field, p_head);
    double v[8];
    corner_values(field, &cell, v);
    return value_in(&cell, v, p_head);
}

struct vec3 field_view_gradient(const struct field_view *field, struct vec3 p_head) {
    struct cell cell = find_cell(field, p_head);
    double v[8];
    corner_values(field, &cell, v);
    return gradient_in(field, &cell, v);
}

double field_view_sample_gradient(const struct field_view *field, struct vec3 p_head,
                                  struct vec3 *ret_gradient) {
    struct cell cell = find_cell(field, p_head);
    double v[8];
    corner_values(field, &cell, v);
    *ret_gradient = gradient_in(field, &cell, v);
    return value_in(&cell, v, p_head);
}
