#include "vision/acquire.h"

#include <string.h>

#include "base/linalg.h"

#define CANDIDATES_MAX 48
#define TRUNCATE_PX 150.0 /* one tag alone tells its tilt to a few degrees only */
#define HUBER_PX 1.0
#define STEPS_MAX 15
#define SETTLED 1e-7
#define MARGIN_CELLS 5.0 /* half a tag in cells, with its white margin */

static struct vec3 corner_head(const struct tag_ring *ring, uint32_t k, int i) {
    double h = 0.5 * ring->tags[k].size_mm;
    struct vec3 p = {h * tag_corner_signs[i][0], h * tag_corner_signs[i][1], 0};
    return pose_apply(tag_ring_pose_head(ring, k), p);
}

/* Pose of a square from its four corners on the plane z = 1: the projective map from the unit
 * square in closed form (Heckbert 1989), its columns made orthonormal. */
static bool square_pose(const struct vec3 ray[4], double half_mm, struct pose *ret_T) {
    double x0 = ray[0].x, y0 = ray[0].y, x1 = ray[1].x, y1 = ray[1].y;
    double x2 = ray[2].x, y2 = ray[2].y, x3 = ray[3].x, y3 = ray[3].y;
    double dx1 = x1 - x2, dx2 = x3 - x2, dy1 = y1 - y2, dy2 = y3 - y2;
    double sx = x0 - x1 + x2 - x3, sy = y0 - y1 + y2 - y3, det = dx1 * dy2 - dx2 * dy1;
    if (!(fabs(det) > 1e-14)) return false;
    double g = (sx * dy2 - dx2 * sy) / det, h = (dx1 * sy - sx * dy1) / det;
    struct vec3 c0 = {x1 - x0 + g * x1, y1 - y0 + g * y1, g};
    struct vec3 c1 = {x3 - x0 + h * x3, y3 - y0 + h * y3, h};
    struct vec3 c2 = {x0, y0, 1}; /* image of the corner (-,-) */
    double scale = 2 * half_mm / sqrt(vec3_norm(c0) * vec3_norm(c1));
    struct vec3 X = vec3_unit(c0), Y = vec3_unit(c1), Z = vec3_unit(vec3_cross(X, Y));
    struct mat3 R = {{{X.x, Y.x, Z.x}, {X.y, Y.y, Z.y}, {X.z, Y.z, Z.z}}};
    if (!(mat3_det(R) > 0.1)) return false;
    struct pose T = {.R = mat3_orthonormalise(R)};
    struct vec3 corner = vec3_scale(c2, scale);
    T.t = vec3_sub(corner, mat3_apply(T.R, vec3_make(-half_mm, -half_mm, 0)));
    *ret_T = T;
    return pose_is_finite(T);
}

/* The other pose that a small square nearly allows: its normal mirrored at the line of sight. */
static struct pose mirrored(struct pose T) {
    struct vec3 v = vec3_unit(T.t);
    struct mat3 turn = mat3_exp(vec3_scale(v, PI));
    struct mat3 half_turn = {{{-1, 0, 0}, {0, -1, 0}, {0, 0, 1}}};
    return (struct pose){.R = mat3_mul(mat3_mul(turn, T.R), half_turn), .t = T.t};
}

struct scene {
    const struct camera_set *cameras;
    const struct tag_ring *ring;
    const struct tag_sighting *sightings;
    uint32_t count;
    struct pose T_camera_rig[CAMERA_COUNT_MAX];
};

/* Largest corner error of a sighting at a pose, px; INFINITY when it is not visible. */
static double sighting_error(const struct scene *scene, const struct tag_sighting *s,
                             struct pose T_rig_head) {
    struct pose T = pose_mul(scene->T_camera_rig[s->camera_index], T_rig_head);
    struct vec3 normal =
        pose_rotate(pose_mul(T, tag_ring_pose_head(scene->ring, s->tag_index)), vec3_make(0, 0, 1));
    double worst = 0;
    for (int i = 0; i < 4; i++) {
        struct pixel q;
        struct vec3 p = pose_apply(T, corner_head(scene->ring, s->tag_index, i));
        if (!(vec3_dot(normal, p) < 0)) return INFINITY;
        const struct camera_model *model = &scene->cameras->cameras[s->camera_index].model;
        if (!camera_project(model, p, &q)) return INFINITY;
        worst = fmax(worst, hypot(q.u - s->corners[i].u, q.v - s->corners[i].v));
    }
    return worst;
}

static double score(const struct scene *scene, struct pose T_rig_head) {
    double sum = 0;
    for (uint32_t i = 0; i < scene->count; i++)
        sum += fmin(sighting_error(scene, &scene->sightings[i], T_rig_head), TRUNCATE_PX);
    return sum;
}

static bool candidate(const struct scene *scene, const struct tag_sighting *s, bool is_mirrored,
                      struct pose *ret_T_rig_head) {
    const struct camera_calibration *camera = &scene->cameras->cameras[s->camera_index];
    struct vec3 ray[4];
    struct pose T_camera_tag;
    for (int i = 0; i < 4; i++)
        if (!camera_unproject(&camera->model, s->corners[i], &ray[i])) return false;
    double half_mm = 0.5 * scene->ring->tags[s->tag_index].size_mm;
    if (!square_pose(ray, half_mm, &T_camera_tag)) return false;
    if (is_mirrored) T_camera_tag = mirrored(T_camera_tag);
    struct pose T_tag_head = pose_inverse(tag_ring_pose_head(scene->ring, s->tag_index));
    *ret_T_rig_head = pose_mul(pose_mul(camera->T_rig_camera, T_camera_tag), T_tag_head);
    return true;
}

/* Add one corner to the normal equations of the left twist. */
static void add_corner(const struct scene *scene, const struct tag_sighting *s, int corner,
                       struct pose T_rig_head, double A[36], double b[6]) {
    struct pixel q;
    struct pixel_jacobian J;
    struct pose T_camera_rig = scene->T_camera_rig[s->camera_index];
    struct vec3 p_rig = pose_apply(T_rig_head, corner_head(scene->ring, s->tag_index, corner));
    const struct camera_model *model = &scene->cameras->cameras[s->camera_index].model;
    if (!camera_project_jacobian(model, pose_apply(T_camera_rig, p_rig), &q, &J)) return;
    double error[2] = {s->corners[corner].u - q.u, s->corners[corner].v - q.v};
    double length = hypot(error[0], error[1]), weight = length > HUBER_PX ? HUBER_PX / length : 1;
    for (int axis = 0; axis < 2; axis++) {
        struct vec3 g = mat3_apply(mat3_transpose(T_camera_rig.R), axis == 0 ? J.du : J.dv);
        struct vec3 m = vec3_cross(p_rig, g);
        double row[6] = {g.x, g.y, g.z, m.x, m.y, m.z};
        for (int i = 0; i < 6; i++) {
            b[i] += weight * row[i] * error[axis];
            for (int j = 0; j < 6; j++) A[6 * i + j] += weight * row[i] * row[j];
        }
    }
}

static bool refine(const struct scene *scene, double gate_px, struct pose *T_rig_head) {
    for (int step = 0; step < STEPS_MAX; step++) {
        double A[36] = {0}, b[6] = {0};
        for (uint32_t i = 0; i < scene->count; i++) {
            if (!(sighting_error(scene, &scene->sightings[i], *T_rig_head) <= gate_px)) continue;
            for (int c = 0; c < 4; c++)
                add_corner(scene, &scene->sightings[i], c, *T_rig_head, A, b);
        }
        if (linalg_cholesky(A, 6) != RESULT_OK) return false;
        linalg_cholesky_solve(A, 6, b);
        struct twist xi = {{b[0], b[1], b[2]}, {b[3], b[4], b[5]}};
        *T_rig_head = pose_mul(pose_exp(xi), *T_rig_head);
        if (!pose_is_finite(*T_rig_head)) return false;
        if (vec3_norm(xi.v) + 100 * vec3_norm(xi.w) < SETTLED) return true;
    }
    return true;
}

static bool best_start(const struct scene *scene, struct pose *ret_T) {
    double best = INFINITY;
    uint32_t tried = scene->count < CANDIDATES_MAX ? scene->count : CANDIDATES_MAX;
    for (uint32_t i = 0; i < 2 * tried; i++) {
        struct pose T;
        if (!candidate(scene, &scene->sightings[i / 2], i % 2 == 1, &T)) continue;
        double s = score(scene, T);
        if (s < best) {
            best = s;
            *ret_T = T;
        }
    }
    return isfinite(best);
}

enum result acquire_pose(const struct camera_set *cameras, const struct tag_ring *ring,
                         const struct tag_sighting *sightings, uint32_t count, uint32_t tags_min,
                         struct acquired *ret_acquired) {
    struct scene scene = {cameras, ring, sightings, count, {{.t = {0, 0, 0}}}};
    struct acquired acquired = {.sightings = count};
    struct pose T;
    uint64_t mask = 0;
    double sum = 0;
    uint32_t used = 0;
    for (uint32_t c = 0; c < cameras->count; c++)
        scene.T_camera_rig[c] = pose_inverse(cameras->cameras[c].T_rig_camera);
    if (!best_start(&scene, &T)) return RESULT_NOT_FOUND;
    if (!refine(&scene, TRUNCATE_PX, &T)) return RESULT_NOT_FOUND;
    if (!refine(&scene, ACQUIRE_ERROR_MAX_PX, &T)) return RESULT_NOT_FOUND;
    for (uint32_t i = 0; i < count; i++) {
        double error = sighting_error(&scene, &sightings[i], T);
        if (!(error <= ACQUIRE_ERROR_MAX_PX)) continue;
        mask |= UINT64_C(1) << sightings[i].tag_index;
        sum += error * error;
        used++;
    }
    acquired.tags_used = (uint32_t)__builtin_popcountll(mask);
    if (acquired.tags_used < tags_min || used == 0) return RESULT_NOT_FOUND;
    acquired.T_rig_head = T;
    acquired.residual_px = sqrt(sum / used);
    *ret_acquired = acquired;
    return RESULT_OK;
}

bool acquire_disagreeing(const struct camera_set *cameras, const struct tag_ring *ring,
                         const struct tag_sighting *sightings, uint32_t count,
                         struct acquire_check check) {
    struct scene scene = {cameras, ring, sightings, count, {{.t = {0, 0, 0}}}};
    uint32_t seen = 0, off = 0, c = check.camera_index;
    scene.T_camera_rig[c] = pose_inverse(cameras->cameras[c].T_rig_camera);
    for (uint32_t i = 0; i < count; i++) {
        if (sightings[i].camera_index != c) continue;
        seen++;
        off += !(sighting_error(&scene, &sightings[i], check.T_rig_head) <= ACQUIRE_ERROR_MAX_PX);
    }
    return off >= 2 && 2 * off > seen;
}

struct tag_window acquire_window(const struct camera_calibration *camera,
                                 const struct tag_ring *ring, struct pose T_rig_head,
                                 double margin_mm) {
    struct pose T = pose_mul(pose_inverse(camera->T_rig_camera), T_rig_head);
    double u0 = INFINITY, v0 = INFINITY, u1 = -INFINITY, v1 = -INFINITY;
    for (uint32_t k = 0; k < ring->count; k++) {
        struct pixel q;
        struct vec3 p = pose_apply(T, tag_ring_pose_head(ring, k).t);
        if (!camera_project(&camera->model, p, &q)) return (struct tag_window){0};
        double reach_mm = ring->tags[k].size_mm / 8 * MARGIN_CELLS * 1.42 + margin_mm;
        double reach_px = reach_mm * camera->model.fx_px / p.z;
        u0 = fmin(u0, q.u - reach_px);
        v0 = fmin(v0, q.v - reach_px);
        u1 = fmax(u1, q.u + reach_px);
        v1 = fmax(v1, q.v + reach_px);
    }
    double w = camera->model.width_px, h = camera->model.height_px;
    u0 = fmin(fmax(floor(u0), 0), w);
    v0 = fmin(fmax(floor(v0), 0), h);
    u1 = fmin(fmax(ceil(u1), 0), w);
    v1 = fmin(fmax(ceil(v1), 0), h);
    if (!(u1 - u0 >= 16) || !(v1 - v0 >= 16)) return (struct tag_window){0};
    return (struct tag_window){(uint32_t)u0, (uint32_t)v0, (uint32_t)(u1 - u0),
                               (uint32_t)(v1 - v0)};
}
