/* Points of the skin that slip_watch follows: chosen in a first look, placed on the scan. */
#ifndef SMPRIG_VISION_SLIP_POINTS_H
#define SMPRIG_VISION_SLIP_POINTS_H

#include "base/field_view.h"
#include "vision/camera.h"
#include "vision/camera_file.h"
#include "vision/ring_file.h"

struct slip_scene {
    struct camera_set cameras;
    struct tag_ring ring;
    const struct field_view *field;
    struct vec3 centre_head; /* of the ring */
    double radius_mm;        /* of the ring about it */
};

struct slip_point {
    struct vec3 p_head;
    float x, y; /* in the first look */
};

/* Corners of one image that lie on skin near the ring and not on a tag. `mask` is scratch of the
 * image's size. Returns how many, at most capacity. */
uint32_t slip_points_choose(const struct slip_scene *scene, uint32_t camera,
                            const struct image *image, struct pose T_rig_head, uint8_t *mask,
                            struct slip_point *ret_points, uint32_t capacity);

#endif
