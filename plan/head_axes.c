#include "plan/head_axes.h"

#include <float.h>

/* Proportions of the head's length (see the header). */
#define EAR_BELOW_TOP 0.70
#define BROW_ABOVE_EAR 0.12
#define NASION_ABOVE_EAR 0.03
#define HALF_WIDTH 0.38
/* The band below the top in which front and back are measured: above brows, nose and neck. */
#define BAND_TOP_MM 45.0
#define BAND_BOTTOM_MM 95.0
#define EARS_APART_LEAST_MM 80.0

static double top_of(const struct mesh *mesh) {
    double top = -DBL_MAX;
    for (size_t i = 0; i < mesh->vertex_count; i++)
        top = fmax(top, mesh_vertex(mesh, (uint32_t)i).z);
    return top;
}

struct landmarks landmarks_estimate(const struct mesh *mesh) {
    double top = top_of(mesh), left = DBL_MAX, right = -DBL_MAX, front = -DBL_MAX, back = DBL_MAX;
    for (size_t i = 0; i < mesh->vertex_count; i++) {
        struct vec3 p = mesh_vertex(mesh, (uint32_t)i);
        if (p.z > top - BAND_TOP_MM || p.z < top - BAND_BOTTOM_MM) continue;
        left = fmin(left, p.x), right = fmax(right, p.x);
        back = fmin(back, p.y), front = fmax(front, p.y);
    }
    double length = front - back, middle = (left + right) / 2;
    double ear_y = (front + back) / 2, ear_z = top - EAR_BELOW_TOP * length;
    return (struct landmarks){
        .nasion = {middle, front, ear_z + NASION_ABOVE_EAR * length},
        .brow = {middle, front, ear_z + BROW_ABOVE_EAR * length},
        .ear_left = {middle - HALF_WIDTH * length, ear_y, ear_z},
        .ear_right = {middle + HALF_WIDTH * length, ear_y, ear_z},
    };
}

enum result head_axes_from_landmarks(const struct landmarks *landmarks,
                                     struct head_axes *ret_axes) {
    struct vec3 across = vec3_sub(landmarks->ear_right, landmarks->ear_left);
    struct vec3 centre = vec3_scale(vec3_add(landmarks->ear_right, landmarks->ear_left), 0.5);
    struct vec3 right = vec3_unit(across), ahead = vec3_sub(landmarks->nasion, centre);
    struct vec3 up = vec3_cross(right, ahead);
    if (!(vec3_norm(across) >= EARS_APART_LEAST_MM) || !(vec3_norm(up) >= EARS_APART_LEAST_MM / 2))
        return RESULT_SINGULAR;
    up = vec3_unit(up);
    struct vec3 front = vec3_cross(up, right);
    *ret_axes = (struct head_axes){
        .centre = centre,
        .R_axes_head = {{{right.x, right.y, right.z},
                         {front.x, front.y, front.z},
                         {up.x, up.y, up.z}}},
        .brow = landmarks->brow,
        .ear_left = landmarks->ear_left,
        .ear_right = landmarks->ear_right,
        .length_mm = 2 * vec3_norm(ahead),
    };
    return RESULT_OK;
}

struct vec3 head_axes_direction(const struct head_axes *axes, double azimuth_rad,
                                double elevation_rad) {
    struct vec3 d = {cos(elevation_rad) * sin(azimuth_rad), cos(elevation_rad) * cos(azimuth_rad),
                     sin(elevation_rad)};
    return mat3_apply(mat3_transpose(axes->R_axes_head), d);
}

void head_axes_angles(const struct head_axes *axes, struct vec3 p_head, double *ret_azimuth_rad,
                      double *ret_elevation_rad) {
    struct vec3 d = mat3_apply(axes->R_axes_head, vec3_sub(p_head, axes->centre));
    *ret_azimuth_rad = atan2(d.x, d.y);
    *ret_elevation_rad = atan2(d.z, hypot(d.x, d.y));
}
