/* smprig ring make: drops a ring of tags onto a scan, for the simulated rig and as
 * a sticking plan. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>

#include "base/file.h"
#include "base/options.h"
#include "cli/verbs.h"
#include "controller/guard/case_ply.h"
#include "vision/ring_file.h"

#define SCAN_BYTES_MAX (64u << 20)
#define NORMAL_RADIUS_MM 7.0 /* a tag is as flat as the skin under its whole face */
#define FIRST_ANGLE_DEG 15.0 /* no tag lies on the head's own axes, where a camera may stand */
#define RAY_HEIGHT_MM 150.0

struct ring_options {
    const char *scan, *output;
    double size_mm, radius_mm, lift_mm;
    int64_t count;
    struct vec3 centre_head, axis_head; /* the ray through the treated zone's middle */
};

struct surface {
    float *positions;
    uint32_t *triangles;
    size_t vertex_count, triangle_count;
};

static const char usage[] =
    "Usage: smprig ring make --scan SCAN.ply -o RING.yaml [options]\n"
    "Lay tags flat on a canonical scan, in a circle around the crown.\n\n"
    "  --count N        tags, 3..64 (12)\n"
    "  --size-mm S      side of the black square (10)\n"
    "  --radius-mm R    of the circle, seen along its axis (46)\n"
    "  --lift-mm L      height of the tags above the skin (1)\n";

static bool take_options(int argc, char **argv, struct ring_options *o, int *ret_exit) {
    const char *what;
    const struct option_row rows[] = {
        {"make", .is_word = true, .text = &what, .choices = "make", .is_needed = true},
        {"scan", .text = &o->scan, .is_needed = true},
        {"output", 'o', .text = &o->output, .is_needed = true},
        {"count", .integer = &o->count, .low = 3, .high = 64},
        {"size-mm", .number = &o->size_mm, .low = 1, .high = 100},
        {"radius-mm", .number = &o->radius_mm, .low = 5, .high = 200},
        {"lift-mm", .number = &o->lift_mm, .low = 0, .high = 20},
    };
    const struct options options = {"smprig", usage, OPTION_ROWS(rows)};
    return options_parse(&options, argc, argv, ret_exit);
}

static struct vec3 vertex(const struct surface *surface, size_t triangle, int corner) {
    const float *p =
        &surface->positions[3 * (size_t)surface->triangles[3 * triangle + (size_t)corner]];
    return vec3_make((double)p[0], (double)p[1], (double)p[2]);
}

/* First hit of a ray with the surface (Moeller and Trumbore 1997), as the way along it; INFINITY:
 * none. */
static double shoot(const struct surface *surface, struct vec3 from, struct vec3 along) {
    double nearest = (double)INFINITY;
    for (size_t t = 0; t < surface->triangle_count; t++) {
        struct vec3 a = vertex(surface, t, 0);
        struct vec3 ab = vec3_sub(vertex(surface, t, 1), a),
                    ac = vec3_sub(vertex(surface, t, 2), a);
        struct vec3 p = vec3_cross(along, ac), o = vec3_sub(from, a), q = vec3_cross(o, ab);
        double det = vec3_dot(ab, p), u = vec3_dot(o, p) / det, v = vec3_dot(along, q) / det;
        double way = vec3_dot(ac, q) / det;
        if (fabs(det) > 1e-12 && u >= 0 && v >= 0 && u + v <= 1 && way > 0 && way < nearest) {
            nearest = way;
        }
    }
    return nearest;
}

/* Area-weighted mean normal of the triangles that begin near p. */
static struct vec3 mean_normal(const struct surface *surface, struct vec3 p) {
    struct vec3 sum = {0, 0, 0};
    for (size_t t = 0; t < surface->triangle_count; t++) {
        struct vec3 a = vertex(surface, t, 0);
        if (!(vec3_distance(a, p) < NORMAL_RADIUS_MM)) continue;
        sum = vec3_add(sum, vec3_cross(vec3_sub(vertex(surface, t, 1), a),
                                       vec3_sub(vertex(surface, t, 2), a)));
    }
    return vec3_unit(sum);
}

static enum result read_surface(const char *path, struct surface *surface, struct error *err) {
    char *data = NULL;
    size_t size = 0;
    enum result result = file_read(path, SCAN_BYTES_MAX, &data, &size, err);
    if (result != RESULT_OK) return result;
    result = scan_ply_count(data, size, &surface->vertex_count, &surface->triangle_count);
    if (result == RESULT_OK) {
        surface->positions = malloc(surface->vertex_count * 3 * sizeof(float));
        surface->triangles = malloc(surface->triangle_count * 3 * sizeof(uint32_t));
        result = surface->positions != NULL && surface->triangles != NULL
                     ? scan_ply_read(data, size, surface->positions, surface->triangles)
                     : RESULT_NO_MEMORY;
    }
    free(data);
    if (result == RESULT_OK) return RESULT_OK;
    return error_set(err, result, "%s: no canonical scan (%s): make one with `smprig scan`", path,
                     result_name(result));
}

/* The tag's pose where a ray beside the axis meets the skin: y away from the axis, z along the
 * normal. */
static enum result lay_tag(const struct surface *surface, const struct ring_options *o,
                           struct vec3 outward, struct pose *ret_pose, struct error *err) {
    struct vec3 start =
        vec3_mad(vec3_mad(o->centre_head, o->radius_mm, outward), RAY_HEIGHT_MM, o->axis_head);
    double way = shoot(surface, start, vec3_scale(o->axis_head, -1));
    struct vec3 p = vec3_mad(start, -way, o->axis_head);
    if (!isfinite(way)) {
        return error_set(err, RESULT_NOT_FOUND, "the circle of %.1f mm leaves the scan",
                         o->radius_mm);
    }
    struct vec3 z = mean_normal(surface, p);
    struct vec3 y = vec3_unit(vec3_mad(outward, -vec3_dot(outward, z), z)), x = vec3_cross(y, z);
    if (!(vec3_dot(z, o->axis_head) > 0.2) || !(vec3_norm(x) > 0.99)) {
        return error_set(err, RESULT_RANGE, "the skin is too steep for a tag at %.1f %.1f %.1f mm",
                         p.x, p.y, p.z);
    }
    ret_pose->R = (struct mat3){{{x.x, y.x, z.x}, {x.y, y.y, z.y}, {x.z, y.z, z.z}}};
    ret_pose->t = vec3_mad(p, o->lift_mm, z);
    return RESULT_OK;
}

static enum result lay_ring(const struct surface *surface, const struct ring_options *o,
                            struct tag_ring *ring, struct error *err) {
    struct vec3 e1 =
        vec3_unit(vec3_sub(vec3_make(1, 0, 0), vec3_scale(o->axis_head, o->axis_head.x)));
    struct vec3 e2 = vec3_cross(o->axis_head, e1);
    ring->T_head_ring = pose_identity();
    for (int64_t k = 0; k < o->count; k++) {
        double angle = FIRST_ANGLE_DEG * RAD_PER_DEG + 2 * PI * (double)k / (double)o->count;
        struct vec3 outward = vec3_add(vec3_scale(e1, cos(angle)), vec3_scale(e2, sin(angle)));
        struct ring_tag *tag = &ring->tags[ring->count++];
        tag->id = (int32_t)k;
        tag->size_mm = o->size_mm;
        enum result result = lay_tag(surface, o, outward, &tag->T_ring_tag, err);
        if (result != RESULT_OK) return result;
    }
    return RESULT_OK;
}

int verb_ring(int argc, char **argv) {
    struct ring_options o = {.size_mm = 10,
                             .radius_mm = 46,
                             .lift_mm = 1,
                             .count = 12,
                             .centre_head = {0, -15, 20},
                             .axis_head = vec3_unit(vec3_make(0, -0.25, 0.97))};
    struct surface surface = {0};
    struct tag_ring ring = {0};
    struct error err = {0};
    int code;
    if (!take_options(argc, argv, &o, &code)) return code;

    enum result result = read_surface(o.scan, &surface, &err);
    if (result == RESULT_OK) result = lay_ring(&surface, &o, &ring, &err);
    if (result == RESULT_OK) result = tag_ring_write(&ring, NULL, o.output, &err);
    free(surface.positions);
    free(surface.triangles);
    if (result == RESULT_OK) return EX_OK;
    err.code = result;
    return verb_fail("ring", &err);
}
