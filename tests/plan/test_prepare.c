/* A good scan made bad in known ways - metres, turned, noise, holes, a tuft, a loose piece - and
 * prepared again: it must stand where it stood, closed, and near its old surface. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"
#include "plan/field.h"
#include "plan/prepare.h"
#include "plan/scan.h"

#define NOISE_MM 0.15

static struct mesh scan;
static struct field field;
static struct pose T_file_head; /* where the bad file has the head, mm */

static int set_up(void **state) {
    struct error err = {0};
    (void)state;
    T_file_head = (struct pose){mat3_exp(vec3_make(0.4, -0.7, 1.1)), {120, -35, 60}};
    if (scan_read("configs/scans/colin27.ply", &scan, &err) != RESULT_OK ||
        field_of_mesh(&scan, 1.5, &field, &err) != RESULT_OK) {
        print_message("%s\n", err.text);
        return -1;
    }
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    field_release(&field);
    mesh_release(&scan);
    return 0;
}

static struct vec3 in_file(struct vec3 p_head) {
    return vec3_scale(pose_apply(T_file_head, p_head), 1e-3); /* metres */
}

/* Holes of a few triangles, here and there on the treated region. */
static void punch_holes(struct mesh *mesh, struct rng *rng) {
    size_t kept = 0;
    for (size_t t = 0; t < mesh->triangle_count; t++) {
        bool is_high = mesh_vertex(&scan, scan.triangles[3 * t]).z > 40;
        if (is_high && rng_below(rng, 400) == 0) continue;
        memmove(mesh->triangles + 3 * kept++, mesh->triangles + 3 * t, 12);
    }
    mesh->triangle_count = kept;
}

static struct mesh make_bad(uint64_t seed) {
    struct rng rng;
    struct mesh bad = {.vertex_count = scan.vertex_count + 3,
                       .triangle_count = scan.triangle_count};
    rng_init(&rng, seed);
    print_message("seed %d\n", (int)seed);
    bad.positions = malloc(3 * bad.vertex_count * sizeof *bad.positions);
    bad.triangles = malloc(3 * (bad.triangle_count + 1) * sizeof *bad.triangles);
    memcpy(bad.triangles, scan.triangles, 3 * scan.triangle_count * sizeof *bad.triangles);
    for (size_t i = 0; i < scan.vertex_count; i++) {
        struct vec3 p = mesh_vertex(&scan, (uint32_t)i);
        struct vec3 off = {rng_normal(&rng), rng_normal(&rng), rng_normal(&rng)};
        if (i % 5000 == 7) off = vec3_scale(vec3_unit(p), 12 / NOISE_MM); /* a tuft */
        p = in_file(vec3_mad(p, NOISE_MM, off));
        bad.positions[3 * i] = (float)p.x;
        bad.positions[3 * i + 1] = (float)p.y;
        bad.positions[3 * i + 2] = (float)p.z;
    }
    punch_holes(&bad, &rng);
    for (uint32_t k = 0; k < 3; k++) { /* a loose flake in the air */
        struct vec3 p = in_file(vec3_make(10.0 * k, 130, 90 + k));
        uint32_t v = (uint32_t)scan.vertex_count + k;
        bad.positions[3 * (size_t)v] = (float)p.x;
        bad.positions[3 * (size_t)v + 1] = (float)p.y;
        bad.positions[3 * (size_t)v + 2] = (float)p.z;
        bad.triangles[3 * bad.triangle_count + k] = v;
    }
    bad.triangle_count++;
    return bad;
}

/* Landmarks for which the prepared axes are the scan's own. */
static struct prepare_setup setup_like_the_scan(void) {
    return (struct prepare_setup){.has_landmarks = true,
                                  .nasion = in_file(vec3_make(0, 85, -40)),
                                  .ear_left = in_file(vec3_make(-75, 0, -40)),
                                  .ear_right = in_file(vec3_make(75, 0, -40)),
                                  .cut_z_mm = (double)NAN,
                                  .hole_mm = 30,
                                  .smooth_mm = 0.4};
}

static void a_bad_scan_comes_out_good(void **state) {
    struct mesh bad = make_bad(5);
    struct prepare_setup setup = setup_like_the_scan();
    struct prepare_report report;
    struct mesh_survey survey;
    struct error err = {0};
    double sum2 = 0, worst = 0;
    size_t count = 0;
    (void)state;
    if (prepare_scan(&bad, &setup, (struct fill_progress){0}, &report, &err) != RESULT_OK)
        fail_msg("%s", err.text);
    assert_string_equal(report.unit, "m");
    assert_int_equal(report.pieces_dropped, 1);
    assert_true(report.spikes > 0 && report.holes_filled > 20);
    assert_true(report.moved_max_mm <= 0.4 + 1e-6);
    assert_int_equal(mesh_examine(&bad, &survey), RESULT_OK);
    assert_true(survey.highest_boundary_z < 20); /* the treated region is closed */
    assert_int_equal(survey.components, 1);
    for (size_t i = 0; i < bad.vertex_count; i++) {
        struct vec3 p = mesh_vertex(&bad, (uint32_t)i);
        if (p.z < 20) continue;
        double off = fabs(field_view_sample(&field.view, p));
        sum2 += off * off;
        worst = fmax(worst, off);
        count++;
    }
    print_message("off by %.3f mm rms, %.2f mm at most\n", sqrt(sum2 / (double)count), worst);
    assert_true(sqrt(sum2 / (double)count) < NOISE_MM); /* less than the noise that was put in */
    assert_true(worst < 3);
    mesh_release(&bad);
}

static void nonsense_is_refused(void **state) {
    struct mesh bad = make_bad(6);
    struct prepare_setup setup = setup_like_the_scan();
    struct prepare_report report;
    struct error err = {0};
    (void)state;
    setup.ear_right = setup.ear_left;
    assert_int_equal(prepare_scan(&bad, &setup, (struct fill_progress){0}, &report, &err),
                     RESULT_RANGE);
    assert_non_null(strstr(err.text, "landmarks"));
    for (size_t i = 0; i < 3 * bad.vertex_count; i++) bad.positions[i] *= 7;
    setup = setup_like_the_scan();
    assert_int_equal(prepare_scan(&bad, &setup, (struct fill_progress){0}, &report, &err),
                     RESULT_RANGE);
    assert_non_null(strstr(err.text, "--scale"));
    mesh_release(&bad);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bad_scan_comes_out_good),
        cmocka_unit_test(nonsense_is_refused),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
