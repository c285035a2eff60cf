/* Registration: how the ring stands to the scan, T_head_ring.
 *
 * First by landmarks, named points that are known in the scan and touched or clicked on the head
 * (closed form: Horn 1987; Umeyama 1991); then by surface points against the scan's distance field:
 * Gauss-Newton on the field's values, one scalar residual a point, the landmarks kept with their
 * own weight. What the registration leaves at a point is told from the covariance, not from the
 * fit's residual: the target registration error (Fitzpatrick, West and Maurer 1998), here by
 * first-order propagation, which is theirs for landmarks with equal isotropic errors. */
#ifndef SMPRIG_VISION_CALIBRATION_REGISTRATION_H
#define SMPRIG_VISION_CALIBRATION_REGISTRATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/field_view.h"
#include "base/geom.h"
#include "base/result.h"
#include "vision/ring_file.h"

#define LANDMARKS_MIN 4
#define LANDMARKS_MAX 64
#define LANDMARK_NAME_MAX 32
#define LANDMARK_RMS_MAX_MM 0.5 /* hazard 7 */
#define SURFACE_POINTS_MIN 100
/* Spacing of the field to register on: interpolation over 1.5 mm alone costs 9 um, over 1 mm 4. */
#define REGISTER_FIELD_MM 1.0

struct landmark {
    char name[LANDMARK_NAME_MAX];
    double p_head_mm[3], p_ring_mm[3]; /* in the scan; on the head, in the ring's frame */
};

struct landmarks {
    struct landmark list[LANDMARKS_MAX];
    uint32_t count;
};
/* YAML: `landmarks:` of {name, p_head_mm: [x, y, z], p_ring_mm: [x, y, z]}. RESULT_FORMAT,
 * RESULT_RANGE with `file:line:column: ...`; a name twice is refused. */
MUST_USE enum result landmarks_read(const char *path, struct landmarks *ret_landmarks,
                                    struct error *err);
MUST_USE enum result landmarks_parse(const char *name, const char *text, size_t size,
                                     struct landmarks *ret_landmarks, struct error *err);

struct registration {
    struct pose T_head_ring;
    double covariance[36];             /* of the left twist (v, w) in the head frame */
    double landmark_rms_mm;            /* the fit's residual: no measure of the target error */
    double landmark_mm[LANDMARKS_MAX]; /* each landmark's */
    uint32_t landmarks_used;
    double surface_rms_mm; /* of the surface points; 0 without */
    size_t points_used, points_left_out;
};

/* By landmarks alone. RESULT_REFUSED with the reason: too few, on a line, a fit worse than
 * LANDMARK_RMS_MAX_MM - and then whether they are mirrored, two are swapped, or one is off. */
MUST_USE enum result register_landmarks(const struct landmarks *landmarks,
                                        struct registration *ret_registration, struct error *err);

/* Refine by surface points in the ring frame; without landmarks (an empty set) the surface alone
 * holds the pose. RESULT_REFUSED: too few, most of them far from the
 * surface, or a surface that does not hold the pose. Nothing is allocated. */
MUST_USE enum result register_surface(const struct landmarks *landmarks,
                                      const struct field_view *field, const struct vec3 *p_ring,
                                      size_t count, struct registration *registration,
                                      struct error *err);

/* Does the ring lie on the head, its tags' faces outwards? A flat set of landmarks fits mirrored as
 * well as right, and only this tells. RESULT_REFUSED with the tag and the reason. */
MUST_USE enum result register_check_side(const struct field_view *field,
                                         const struct tag_ring *ring,
                                         const struct registration *registration,
                                         struct error *err);

/* Expected error at a point of the head: root of the trace of its covariance, mm, one sigma. */
double register_error_at(const struct registration *registration, struct vec3 p_head);

#endif
