/* Designs and scans that tests and benches make: a plate, a square on it, a scalp, random ones. */
#ifndef SMPRIG_TESTS_DESIGNS_H
#define SMPRIG_TESTS_DESIGNS_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/rng.h"
#include "plan/design.h"
#include "plan/mesh.h"

#define DESIGNS_PLATE_Z_MM 100.0
#define DESIGNS_TEXT_MAX 16384

/* A design from YAML text, by way of a file. */
static inline enum result designs_parse(const char *text, struct design *ret, struct error *err) {
    char path[] = "/tmp/design.XXXXXX";
    int fd = mkstemp(path);
    if (fd < 0) return RESULT_IO;
    size_t size = strlen(text);
    bool is_written = write(fd, text, size) == (ssize_t)size;
    close(fd);
    enum result result = is_written ? design_read(path, ret, err) : RESULT_IO;
    unlink(path);
    return result;
}

static inline struct design designs_must_parse(const char *text) {
    struct design design;
    struct error err = {0};
    if (designs_parse(text, &design, &err) != RESULT_OK) {
        fprintf(stderr, "%s\n%s\n", err.text, text);
        abort();
    }
    return design;
}

static inline void designs_release(struct design *design) {
    design_release(design);
}

/* A flat square plate over the origin, facing up, 3 mm triangles, a margin around `side`. */
static inline struct mesh designs_plate(double side) {
    int n = (int)(side / 3) + 10;
    size_t vertices = (size_t)(n + 1) * (size_t)(n + 1), triangles = 2 * (size_t)n * (size_t)n;
    struct mesh mesh = {vertices, triangles, malloc(3 * vertices * sizeof(float)),
                        malloc(3 * triangles * sizeof(uint32_t)), NULL};
    for (size_t i = 0; i < vertices; i++) {
        mesh.positions[3 * i] = (float)(((double)(i % (size_t)(n + 1)) - n / 2.0) * 3);
        mesh.positions[3 * i + 1] = (float)(((double)(i / (size_t)(n + 1)) - n / 2.0) * 3);
        mesh.positions[3 * i + 2] = (float)DESIGNS_PLATE_Z_MM;
    }
    for (size_t t = 0; t < triangles; t++) {
        uint32_t x = (uint32_t)(t / 2 % (size_t)n), y = (uint32_t)(t / 2 / (size_t)n);
        uint32_t a = y * (uint32_t)(n + 1) + x, b = a + (uint32_t)n + 1;
        uint32_t of[2][3] = {{a, a + 1, b}, {a + 1, b + 1, b}};
        memcpy(mesh.triangles + 3 * t, of[t % 2], sizeof of[0]);
    }
    return mesh;
}

/* Landmarks of a made-up head around the origin, for plates and balls. */
#define DESIGNS_LANDMARKS                                                                 \
    "landmarks: {nasion_mm: [0, 95, 0], brow_mm: [0, 94, 14], ear_left_mm: [-75, 0, 0], " \
    "ear_right_mm: [75, 0, 0]}\n"

/* An egg of a head: half axes 76, 98 and 92 mm around `centre`, open below z = -50 under it, rows x
 * columns of vertices, each moved by up to noise_mm; a hole of hole_mm radius at the back of the
 * crown. */
struct designs_egg {
    struct vec3 centre;
    int rows, columns;
    double noise_mm, hole_mm;
    uint64_t seed;
};

static inline struct mesh designs_make_egg(struct designs_egg egg) {
    size_t vertices = (size_t)egg.rows * (size_t)egg.columns;
    struct mesh mesh = {vertices, 0, malloc(3 * vertices * sizeof(float)),
                        malloc(6 * vertices * sizeof(uint32_t)), NULL};
    struct vec3 hole = {0, -60, 70};
    struct rng rng;
    rng_init(&rng, egg.seed);
    for (size_t i = 0; i < vertices; i++) {
        double theta = 0.01 + 2.15 * (double)(i / (size_t)egg.columns) / (egg.rows - 1);
        double phi = 2 * PI * (double)(i % (size_t)egg.columns) / egg.columns;
        struct vec3 p = {76 * sin(theta) * cos(phi), 98 * sin(theta) * sin(phi), 92 * cos(theta)};
        double out = 1 + egg.noise_mm * rng_range(&rng, -1, 1) / vec3_norm(p);
        p = vec3_mad(egg.centre, out, p);
        mesh.positions[3 * i] = (float)p.x, mesh.positions[3 * i + 1] = (float)p.y;
        mesh.positions[3 * i + 2] = (float)p.z;
    }
    for (int r = 0; r + 1 < egg.rows; r++)
        for (int c = 0; c < egg.columns; c++) {
            uint32_t a = (uint32_t)(r * egg.columns + c);
            uint32_t b = (uint32_t)(r * egg.columns + (c + 1) % egg.columns);
            uint32_t below = (uint32_t)egg.columns,
                     of[6] = {a, a + below, b, b, a + below, b + below};
            struct vec3 p = vec3_sub(mesh_vertex(&mesh, a), egg.centre);
            if (vec3_distance(p, hole) < egg.hole_mm) continue;
            memcpy(mesh.triangles + 3 * mesh.triangle_count, of, sizeof of);
            mesh.triangle_count += 2;
        }
    return mesh;
}

static inline struct design designs_square(double side, double density_per_cm2) {
    char text[DESIGNS_TEXT_MAX];
    snprintf(text, sizeof text,
             "name: square\nstandard_keep_outs: false\n" DESIGNS_LANDMARKS
             "zones:\n  - {name: square, region: posterior, density_per_cm2: %g, depth_um: 700, "
             "diameter_um: 400, outline: [{p_head_mm: [%g, %g, 100]}, {p_head_mm: [%g, %g, 100]}, "
             "{p_head_mm: [%g, %g, 100]}, {p_head_mm: [%g, %g, 100]}]}\n",
             density_per_cm2, -side / 2, -side / 2, side / 2, -side / 2, side / 2, side / 2,
             -side / 2, side / 2);
    return designs_must_parse(text);
}

/* Front and back of the scalp, fading over 25 mm at the rim. */
static inline struct design designs_scalp(double density_per_cm2) {
    char text[DESIGNS_TEXT_MAX];
    snprintf(text, sizeof text,
             "name: scalp\nzones:\n"
             "  - {name: front, region: anterior, density_per_cm2: %g, depth_um: 700, "
             "diameter_um: 400, feather_mm: 25, outline: [{polar_deg: [0, 46]}, {polar_deg: [45, "
             "40]}, {polar_deg: [85, 22]}, {polar_deg: [90, 88]}, {polar_deg: [-90, 88]}, "
             "{polar_deg: [-85, 22]}, {polar_deg: [-45, 40]}]}\n"
             "  - {name: back, region: posterior, density_per_cm2: %g, depth_um: 700, "
             "diameter_um: 400, feather_mm: 25, outline: [{polar_deg: [75, 20]}, {polar_deg: [120, "
             "12]}, {polar_deg: [180, 8]}, {polar_deg: [-120, 12]}, {polar_deg: [-75, 20]}, "
             "{polar_deg: [-80, 75]}, {polar_deg: [0, 75]}, {polar_deg: [80, 75]}]}\n",
             density_per_cm2, density_per_cm2);
    return designs_must_parse(text);
}

#endif
