#include "vision/slip_points.h"

#include <math.h>
#include <string.h>

#include "base/field_ray.h"
#include "vision/opencv_shim.h"
#include "vision/tag_pattern.h"

#define AROUND_MM 25.0 /* beyond the ring's own radius */
#define REACH_MM 2000.0
#define FACING_MIN 0.5  /* cosine of skin normal and view */
#define TAG_MARGIN 1.35 /* of a tag's outer half side, the white border and its shadow included */
#define BORDER_PX 20
#define QUALITY 0.02
#define APART_PX 14.0
#define GREY_MAX 245

struct box {
    int left, top, right, bottom;
};

static struct box grown(struct box box, struct pixel p) {
    box.left = (int)fmin(box.left, floor(p.u));
    box.top = (int)fmin(box.top, floor(p.v));
    box.right = (int)fmax(box.right, ceil(p.u));
    box.bottom = (int)fmax(box.bottom, ceil(p.v));
    return box;
}

static void fill(uint8_t *mask, const struct image *image, struct box box, int value) {
    int left = box.left < 0 ? 0 : box.left, top = box.top < 0 ? 0 : box.top;
    int right = box.right >= (int)image->width ? (int)image->width - 1 : box.right;
    int bottom = box.bottom >= (int)image->height ? (int)image->height - 1 : box.bottom;
    if (right < left) return;
    for (int y = top; y <= bottom; y++)
        memset(mask + (size_t)y * image->width + left, value, (size_t)right - (size_t)left + 1);
}

/* Where to look: a box around the ring's surroundings, less a box around each tag. */
static bool make_mask(const struct slip_scene *scene, uint32_t camera, const struct image *image,
                      struct pose T_camera_head, uint8_t *mask) {
    const struct camera_model *model = &scene->cameras.cameras[camera].model;
    struct box empty = {(int)image->width, (int)image->height, -1, -1}, around = empty;
    double reach = scene->radius_mm + AROUND_MM;
    memset(mask, 0, (size_t)image->width * image->height);
    for (int i = 0; i < 8; i++) {
        struct pixel p;
        struct vec3 corner = {i & 1 ? reach : -reach, i & 2 ? reach : -reach,
                              i & 4 ? reach : -reach};
        if (camera_project(model, pose_apply(T_camera_head, vec3_add(scene->centre_head, corner)),
                           &p))
            around = grown(around, p);
    }
    struct box inside = {BORDER_PX, BORDER_PX, (int)image->width - 1 - BORDER_PX,
                         (int)image->height - 1 - BORDER_PX};
    around.left = around.left < inside.left ? inside.left : around.left;
    around.top = around.top < inside.top ? inside.top : around.top;
    around.right = around.right > inside.right ? inside.right : around.right;
    around.bottom = around.bottom > inside.bottom ? inside.bottom : around.bottom;
    if (around.right <= around.left || around.bottom <= around.top) return false;
    fill(mask, image, around, 1);
    for (uint32_t k = 0; k < scene->ring.count; k++) {
        struct pose T_camera_tag = pose_mul(T_camera_head, tag_ring_pose_head(&scene->ring, k));
        double half = TAG_MARGIN * 0.5 * scene->ring.tags[k].size_mm;
        struct box tag = empty;
        for (int i = 0; i < 4; i++) {
            struct pixel p;
            struct vec3 corner = {i & 1 ? half : -half, i & 2 ? half : -half, 0};
            if (camera_project(model, pose_apply(T_camera_tag, corner), &p)) tag = grown(tag, p);
        }
        fill(mask, image, tag, 0);
    }
    return true;
}

/* The skin under a pixel, if it is near the ring and faces the camera. */
static bool place(const struct slip_scene *scene, uint32_t camera, struct pose T_head_camera,
                  struct pixel at, struct vec3 *ret_p_head) {
    struct vec3 ray, p;
    if (!camera_unproject(&scene->cameras.cameras[camera].model, at, &ray)) return false;
    struct vec3 direction = vec3_unit(pose_rotate(T_head_camera, ray));
    if (!field_ray(scene->field, T_head_camera.t, direction, REACH_MM, &p)) return false;
    if (vec3_distance(p, scene->centre_head) > scene->radius_mm + AROUND_MM) return false;
    struct vec3 normal = vec3_unit(field_view_gradient(scene->field, p));
    if (!(-vec3_dot(normal, direction) > FACING_MIN)) return false;
    *ret_p_head = p;
    return true;
}

uint32_t slip_points_choose(const struct slip_scene *scene, uint32_t camera,
                            const struct image *image, struct pose T_rig_head, uint8_t *mask,
                            struct slip_point *ret_points, uint32_t capacity) {
    enum { CORNERS_MAX = 400 };
    float xy[2 * CORNERS_MAX];
    struct pose T_head_camera =
        pose_mul(pose_inverse(T_rig_head), scene->cameras.cameras[camera].T_rig_camera);
    uint32_t count = 0;
    if (!make_mask(scene, camera, image, pose_inverse(T_head_camera), mask)) return 0;
    struct opencv_corners wanted = {QUALITY, APART_PX, CORNERS_MAX};
    uint32_t found = opencv_find_corners(image, mask, &wanted, xy);
    for (uint32_t i = 0; i < found && count < capacity; i++) {
        struct slip_point point = {.x = xy[2 * i], .y = xy[2 * i + 1]};
        struct pixel at = {(double)point.x, (double)point.y};
        if (image->pixels[(size_t)(at.v + 0.5) * image->stride + (size_t)(at.u + 0.5)] > GREY_MAX)
            continue;
        if (place(scene, camera, T_head_camera, at, &point.p_head)) ret_points[count++] = point;
    }
    return count;
}
