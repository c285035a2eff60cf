/* Where things are on a head: landmarks, and the head's own axes made of them.
 *
 * Designs speak in these terms, so that one design fits any scan: a direction is azimuth (0 front,
 * 90 right ear, 180 back, -90 left ear) and elevation (0 in the plane of nasion and ears, 90 the
 * top), seen from the point between the ears. Head frame in, mm. */
#ifndef SMPRIG_PLAN_HEAD_AXES_H
#define SMPRIG_PLAN_HEAD_AXES_H

#include "base/geom.h"
#include "plan/mesh.h"

struct landmarks {
    struct vec3 nasion, brow;        /* root of the nose; between the brows, at their height */
    struct vec3 ear_left, ear_right; /* in front of the ear canals */
};

struct head_axes {
    struct vec3 centre;                    /* between the ears, head frame */
    struct mat3 R_axes_head;               /* rows: right, front, up, in head frame */
    struct vec3 brow, ear_left, ear_right; /* head frame */
    double length_mm;                      /* of the head, front to back */
};

/* Estimate the landmarks from the shape of an RAS scan: the head's length and top are measured, the
 * rest follows from an adult's proportions (ears 0.70 of the length below the top, brow 0.12 above
 * the ears). Good to about a centimetre; a design with its own landmarks is exact. */
struct landmarks landmarks_estimate(const struct mesh *mesh);

/* RESULT_SINGULAR when ears and nasion stand in a line or are no head's width apart. */
MUST_USE enum result head_axes_from_landmarks(const struct landmarks *landmarks,
                                              struct head_axes *ret_axes);

/* Unit direction, head frame. */
struct vec3 head_axes_direction(const struct head_axes *axes, double azimuth_rad,
                                double elevation_rad);
/* Azimuth and elevation (rad) of a head-frame point seen from the centre. */
void head_axes_angles(const struct head_axes *axes, struct vec3 p_head, double *ret_azimuth_rad,
                      double *ret_elevation_rad);

#endif
