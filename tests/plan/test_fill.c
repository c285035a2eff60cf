/* Dots: density, spacing, place and normal on the shipped scan; the plan file read back by planner
 * and guard alike; zones that cannot be filled. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/rng.h"
#include "controller/guard/case_ply.h"
#include "plan/field.h"
#include "plan/fill.h"
#include "plan/scan.h"

static struct mesh mesh;
static char hash[SHA256_HEX_SIZE];

static int set_up(void **state) {
    struct error err = {0};
    (void)state;
    return scan_read("configs/scans/colin27.ply", &mesh, &err) == RESULT_OK &&
                   file_sha256("configs/scans/colin27.ply", hash, &err) == RESULT_OK
               ? 0
               : -1;
}

static int tear_down(void **state) {
    (void)state;
    mesh_release(&mesh);
    return 0;
}

static struct dot_plan fill(const char *path) {
    struct design design;
    struct dot_plan plan;
    struct error err = {0};
    if (design_read(path, &design, &err) != RESULT_OK) fail_msg("%s", err.text);
    if (fill_plan(&mesh, &design, hash, (struct fill_progress){0}, &plan, &err) != RESULT_OK)
        fail_msg("%s", err.text);
    design_release(&design);
    return plan;
}

static void dots_are_blue_noise_on_the_skin(void **state) {
    (void)state;
    struct dot_plan plan = fill("configs/designs/crown.yaml");
    struct field field;
    struct error err = {0};
    assert_int_equal(field_of_mesh(&mesh, 1.5, &field, &err), RESULT_OK);
    double least = INFINITY, sum = 0;
    assert_true(plan.dot_count >= 1500 && plan.dot_count < 2000);
    for (size_t i = 0; i < plan.dot_count; i++) {
        double nearest = INFINITY;
        for (size_t j = 0; j < plan.dot_count; j++)
            if (j != i)
                nearest = fmin(nearest, vec3_distance(plan.dots[i].p_head, plan.dots[j].p_head));
        least = fmin(least, nearest);
        sum += nearest;
        assert_true(fabs(field_view_sample(&field.view, plan.dots[i].p_head)) < 0.1);
        assert_true(vec3_dot(plan.dots[i].n_head,
                             field_view_gradient(&field.view, plan.dots[i].p_head)) > 0.8);
        assert_true(plan.dots[i].depth_um >= 640 && plan.dots[i].depth_um <= 760);
    }
    /* 52 dots/cm2 in a hexagonal lattice would stand 1.49 mm apart. */
    printf("least %.2f mm, mean %.2f mm of 1.49\n", least, sum / (double)plan.dot_count);
    assert_true(least / 1.49 > 0.60);
    field_release(&field);
    dot_plan_release(&plan);
}

static void the_same_seed_gives_the_same_dots(void **state) {
    (void)state;
    struct dot_plan one = fill("configs/designs/patch.yaml"),
                    two = fill("configs/designs/patch.yaml");
    assert_int_equal(one.dot_count, two.dot_count);
    assert_memory_equal(one.dots, two.dots, one.dot_count * sizeof *one.dots);
    dot_plan_release(&one);
    dot_plan_release(&two);
}

static void planner_and_guard_read_the_same_file(void **state) {
    (void)state;
    char path[] = "/tmp/plan.XXXXXX", scan_sha256[65], *data = NULL;
    struct dot_plan plan = fill("configs/designs/patch.yaml"), back;
    struct error err = {0};
    size_t size = 0, count = 0;
    struct keep_out mole = {{1, 2, 103}, 3.5};
    plan.keep_outs = malloc(sizeof mole);
    assert_non_null(plan.keep_outs);
    plan.keep_outs[0] = mole, plan.keep_out_count = 1;
    close(mkstemp(path));
    assert_int_equal(dot_plan_write(&plan, path, &err), RESULT_OK);
    assert_int_equal(dot_plan_read(path, &back, &err), RESULT_OK);
    assert_int_equal(file_read(path, 1 << 24, &data, &size, &err), RESULT_OK);
    assert_int_equal(plan_ply_count(data, size, &count), RESULT_OK);
    struct gate_dot *dots = calloc(count, sizeof *dots);
    assert_int_equal(plan_ply_read(data, size, dots, scan_sha256), RESULT_OK);
    assert_string_equal(scan_sha256, hash);
    assert_string_equal(back.zone_names[0], "patch");
    assert_int_equal(count, plan.dot_count);
    assert_int_equal(back.keep_out_count, 1);
    assert_true(vec3_distance(back.keep_outs[0].p_head, mole.p_head) < 1e-5);
    assert_int_equal(dot_plan_keep_out_at(&back, vec3_make(1, 2, 99.6)), 0);
    assert_int_equal(dot_plan_keep_out_at(&back, vec3_make(1, 2, 99.4)), -1);
    assert_int_equal(dot_plan_keep_out_at(&back, vec3_make(NAN, 2, 99)), 0);
    assert_memory_equal(back.shade_rgb, plan.shade_rgb, sizeof back.shade_rgb);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(back.dots[i].id, plan.dots[i].id);
        assert_int_equal(dots[i].id, plan.dots[i].id); /* ids rise as they are made: sorted */
        assert_int_equal(dots[i].depth_um, plan.dots[i].depth_um);
        assert_int_equal(dots[i].region, REGION_POSTERIOR);
        assert_true(fabs((double)dots[i].p[0] - plan.dots[i].p_head.x) < 1e-4);
    }
    /* Every cut and every flipped header byte is refused by both, or reads as a plan of the same
     * size. */
    struct rng rng;
    rng_init(&rng, 71);
    printf("seed 71\n");
    for (int i = 0; i < 2000; i++) {
        size_t at = rng_below(&rng, 500);
        char flipped = (char)(1 << rng_below(&rng, 8)), hash_of_flipped[65];
        data[at] ^= flipped;
        if (plan_ply_read(data, size, dots, hash_of_flipped) == RESULT_OK)
            assert_int_equal(plan_ply_count(data, size, &count), RESULT_OK);
        data[at] ^= flipped;
        assert_int_equal(plan_ply_count(data, size - 1 - at, &count), RESULT_FORMAT);
    }
    free(dots);
    free(data);
    unlink(path);
    dot_plan_release(&plan);
    dot_plan_release(&back);
}

static void zones_that_cannot_be_filled_are_named(void **state) {
    (void)state;
    struct design_point crossed[] = {
        {{20, -36, 100}}, {{-20, -36, 100}}, {{20, -10, 99}}, {{-20, -10, 99}}};
    struct design_point off[] = {{{20, -36, 150}}, {{-20, -36, 150}}, {{0, -10, 150}}};
    struct design_zone zone = {
        .name = "zone", .region = 2, .density_per_cm2 = 50, .depth_um = 700, .diameter_um = 400};
    struct design design = {.name = "bad", .zones = &zone, .zone_count = 1};
    struct dot_plan plan;
    struct error err = {0};
    zone.outline = off, zone.outline_count = 3;
    assert_int_equal(fill_plan(&mesh, &design, hash, (struct fill_progress){0}, &plan, &err),
                     RESULT_RANGE);
    assert_non_null(strstr(err.text, "mm off the scan"));
    for (int i = 0; i < 4; i++) { /* onto the skin, so that only the crossing is wrong */
        struct vec3 p = {crossed[i].p_head_mm[0], crossed[i].p_head_mm[1], 0};
        double best = INFINITY;
        for (uint32_t v = 0; v < mesh.vertex_count; v++) {
            struct vec3 q = mesh_vertex(&mesh, v);
            double d = hypot(q.x - p.x, q.y - p.y);
            if (q.z > 50 && d < best) best = d, crossed[i].p_head_mm[2] = q.z;
        }
    }
    zone.outline = crossed, zone.outline_count = 4;
    assert_int_equal(fill_plan(&mesh, &design, hash, (struct fill_progress){0}, &plan, &err),
                     RESULT_RANGE);
    if (!strstr(err.text, "crosses itself")) fail_msg("%s", err.text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dots_are_blue_noise_on_the_skin),
        cmocka_unit_test(the_same_seed_gives_the_same_dots),
        cmocka_unit_test(planner_and_guard_read_the_same_file),
        cmocka_unit_test(zones_that_cannot_be_filled_are_named),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
